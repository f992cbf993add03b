"""A pass over the files of a verb: how it begins, shows its progress and ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from upnpscapy.cli.output import remark
from upnpscapy.cli.status import DONE, UNREADABLE

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case
    from upnpscapy.forensics.run import OnSearch, Run

__all__ = ["check_files", "finish", "new_run", "progress_bar"]

PROGRESS_FROM = 64 << 20
"""Bytes of input from which on a bar is worth showing."""


def check_files(files: tuple[str, ...], join: bool) -> None:
    """Refuse what standard input cannot do; raises ``click.UsageError``."""
    if files.count("-") > 1:
        raise click.UsageError("standard input can be read once only")
    if join and "-" in files and len(files) > 1:
        raise click.UsageError("--join needs files whose first frames can be looked at before")


def new_run(
    files: tuple[str, ...],
    join: bool,
    on_search: OnSearch | None = None,
    copies: ExitStack | None = None,
    **more: Any,
) -> Run:
    """A pass over the files; ``more`` as ``Run`` takes it.

    With ``copies``, standard input is copied, to be read again as long as that is open.
    """
    from upnpscapy.forensics.run import Input, Run

    check_files(files, join)
    inputs = [Input.as_now(name, name) for name in files]
    if copies is not None and "-" in files:
        from upnpscapy.forensics.extract.inputs import given_files

        kept = given_files(files, join, copies)
        inputs = [Input(file.name, file.source, file.spool, file.size) for file in kept]
    return Run(inputs, join=join, on_search=on_search, **more)


def progress_bar(files: Iterable[str], form: str = "") -> Any:
    """A progress bar, unless rows go to the same terminal meanwhile."""
    sizes: dict[str, int] = {}
    for name in files:
        with suppress(OSError):  # the reading will say
            if Path(name).is_file():
                sizes[name] = Path(name).stat().st_size
    rows_are_shown = form != "" and sys.stdout.isatty()
    if rows_are_shown or not sys.stderr.isatty() or sum(sizes.values()) < PROGRESS_FROM:
        return nullcontext()
    from upnpscapy.terminal import ProgressBar

    return ProgressBar(sizes)


def finish(run: Run | Case) -> int:
    """Remarks on what was not read, and the exit status."""
    sys.stdout.flush()
    for row in run.captures:
        for limit in row.limits:
            if not any(error.path == row.capture for error in run.errors):
                remark(f"{row.capture}: {limit}")
    for error in run.errors:
        remark(str(error))
    return UNREADABLE if run.errors else DONE
