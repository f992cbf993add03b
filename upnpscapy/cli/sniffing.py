"""Listings of what passes an interface instead of what a file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from upnpscapy.cli.interrupt import interruptible
from upnpscapy.cli.options import form_option, join_option, selecting
from upnpscapy.cli.output import remark
from upnpscapy.cli.reading import finish
from upnpscapy.cli.status import INTERRUPTED, USAGE

__all__ = ["list_sniffed", "listing_or_sniffing"]

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "-i",
        "--interface",
        "interfaces",
        multiple=True,
        metavar="NAME",
        help="Sniff on this interface instead of reading a file; needs root. May be repeated.",
    ),
    click.option("-w", "--write", metavar="FILE", help="Record what is sniffed, pcapng."),
    click.option(
        "--seconds",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Sniff so long.  [default: until Ctrl-C]",
    ),
    click.option("--count", type=click.IntRange(min=1), metavar="ROWS", help="Sniff so many rows."),
)


def listing_or_sniffing(function: F) -> F:
    """Give a verb what every listing takes, and what it takes to sniff instead."""
    for option in reversed(_OPTIONS):
        function = option(function)
    files = click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(allow_dash=True))
    return files(form_option(selecting(join_option(function))))


def list_sniffed(
    write_rows: Callable[[Iterable[Any]], None],
    interfaces: tuple[str, ...],
    *,
    write: str | None,
    seconds: float | None,
) -> int:
    """Let rows of ``messages`` be written as they come, by the road of all captures."""
    from upnpscapy.errors import NetworkError
    from upnpscapy.forensics.run import Input, Run
    from upnpscapy.live.live_capture import LiveCapture

    try:
        capture = LiveCapture(interfaces, seconds=seconds, record=write)
    except NetworkError as error:
        remark(str(error))
        return USAGE
    with capture, interruptible(capture.stop) as interrupt:
        run = Run([Input(write or ",".join(interfaces), capture.file)])
        write_rows(run.messages())
        capture.stop()
    if capture.lost:
        remark(f"{capture.lost} frames were lost, they came too fast")
    if capture.error is not None:
        remark(str(capture.error))
        return USAGE
    status = finish(run)
    return INTERRUPTED if interrupt.came else status
