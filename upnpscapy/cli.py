"""The ``upnpscapy`` command: arguments to calls, errors to exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from upnpscapy.display import Table, csv_line, printable, to_json
from upnpscapy.version import __version__

if TYPE_CHECKING:
    from upnpscapy.forensics.run import OnSearch, Run
    from upnpscapy.forensics.selection import Selection

__all__ = ["main"]

DONE, USAGE, UNREADABLE, INTERNAL, INTERRUPTED = 0, 2, 3, 70, 130

PROGRESS_FROM = 64 << 20
"""Bytes of input from which on a bar is worth showing."""

F = TypeVar("F", bound=Callable[..., Any])


def main() -> None:
    """Run the command and end the process with the contract's exit status."""
    try:
        status = upnpscapy.main(standalone_mode=False)
    except click.exceptions.Exit as exit_:
        status = exit_.exit_code
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough; the rest of the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = DONE
    except Exception:
        traceback.print_exc()
        _remark("internal error: please report the lines above")
        status = INTERNAL
    sys.exit(status if isinstance(status, int) else DONE)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="upnpscapy")
def upnpscapy() -> None:
    """UPnP in packet captures: who announced, searched and answered what, and in which frames."""


_LISTING_OPTIONS = (
    click.argument("files", nargs=-1, required=True, metavar="FILE..."),
    click.option(
        "-T",
        "--format",
        "form",
        type=click.Choice(["text", "json", "jsonl", "csv"]),
        default="text",
        show_default=True,
        help="How to write the rows.",
    ),
    click.option("--host", metavar="ADDRESS", help="Only this IP or link address."),
    click.option("--udn", metavar="UDN", help="Only this device, uuid:… or without."),
    click.option("--since", metavar="TIME", help="Not before: ISO 8601, or seconds."),
    click.option("--until", metavar="TIME", help="Not after: ISO 8601, or seconds."),
    click.option("--join", is_flag=True, help="The files are one rotated capture."),
)


def _listing(example: str) -> Callable[[F], F]:
    """The arguments and options every offline listing has, and its example."""

    def decorate(function: F) -> F:
        for option in reversed(_LISTING_OPTIONS):
            function = option(function)
        function.__doc__ = f"{cleandoc(function.__doc__ or '')}\n\n\b\nExample:\n  {example}\n"
        return function

    return decorate


@upnpscapy.command()
@_listing("upnpscapy inspect pcaps/discovery.pcapng")
def inspect(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """The whole story of captures, top down.

    FILE is a pcap or pcapng file, also gzip, zstd or xz; - is standard input.
    """
    from upnpscapy.forensics.overview import Overview
    from upnpscapy.inspect import print_overview

    selection = _selection(choice)
    overview = Overview()

    def take_search(row: Any) -> None:
        if selection.includes(row):
            overview.saw_search(row)

    run = _run(files, join, take_search)
    with _progress(files) as progress:
        run.progress = progress
        for sighting in run.messages():
            if selection.includes(sighting):
                overview.saw(sighting)
    devices = [device for device in run.devices if selection.includes(device)]
    print_overview(form, run.captures, overview, devices)
    return _finish(run)


@upnpscapy.command()
@_listing("upnpscapy captures -T json pcaps/*.pcap")
def captures(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """What is known of the files themselves: format, SHA-256, frames, times, what was cut.

    With --host or --udn: the files in which one of their messages is.
    """
    from upnpscapy.forensics.tables import capture_table

    selection = _selection(choice)
    run = _run(files, join)
    chosen = set()
    with _progress(files) as progress:
        run.progress = progress
        for sighting in run.messages():
            if selection.includes(sighting):
                chosen.add(sighting.capture)
    rows = [row for row in run.captures if selection.is_all or row.capture in chosen]
    _write(capture_table(lambda: rows), form)
    return _finish(run)


@upnpscapy.command()
@_listing("tcpdump -i eth0 -U -w - udp | upnpscapy messages - -T jsonl")
def messages(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """Every SSDP datagram, typed, with its deviations from the standard.

    FILE - is standard input: rows are written as they arrive.
    """
    from upnpscapy.forensics.tables import message_table

    selection = _selection(choice)
    run = _run(files, join)
    with _progress(files, form) as progress:
        run.progress = progress
        found = run.messages()
        rows = found if selection.is_all else filter(selection.includes, found)
        _write(message_table(lambda: rows), form, live="-" in files)
    return _finish(run)


@upnpscapy.command()
@_listing("upnpscapy searches --host 192.0.2.7 capture.pcapng")
def searches(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """Every M-SEARCH with the frames of its replies, late ones apart.

    A search is listed when no reply can belong to it any more, 30 seconds of capture later.
    """
    from upnpscapy.forensics.tables import search_table

    selection = _selection(choice)
    found: list[Any] = []
    run = _run(files, join, found.append)

    def rows() -> Iterator[Any]:
        for _ in run.messages():
            yield from filter(selection.includes, found)
            found.clear()
        yield from filter(selection.includes, found)

    with _progress(files, form) as progress:
        run.progress = progress
        _write(search_table(rows), form, live="-" in files)
    return _finish(run)


@upnpscapy.command()
@_listing("upnpscapy devices -T csv pcaps/discovery.pcapng")
def devices(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """Every device as its sender presents it, with its state at the end of the capture."""
    from upnpscapy.forensics.tables import device_table

    selection = _selection(choice)
    run = _run(files, join)
    with _progress(files) as progress:
        run.progress = progress
        for _ in run.messages():
            pass
    rows = [device for device in run.devices if selection.includes(device)]
    _write(device_table(lambda: rows), form)
    return _finish(run)


@upnpscapy.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    r"""Write what makes SHELL complete this command.

    \b
    Example:
      eval "$(upnpscapy completion bash)"
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(upnpscapy, {}, "upnpscapy", "_UPNPSCAPY_COMPLETE").source())
    return DONE


def _selection(choice: dict[str, str | None]) -> Selection:
    from upnpscapy.forensics.selection import Selection, parse_host, parse_time

    def read(name: str, parse: Callable[[str], Any]) -> Any:
        value = choice[name]
        try:
            return None if value is None else parse(value)
        except ValueError as error:
            raise click.BadParameter(f"{value!r}: {error}", param_hint=f"--{name}") from error

    return Selection(
        read("host", parse_host),
        choice["udn"],
        read("since", parse_time),
        read("until", parse_time),
    )


def _run(files: tuple[str, ...], join: bool, on_search: OnSearch | None = None) -> Run:
    from upnpscapy.forensics.run import Input, Run

    if files.count("-") > 1:
        raise click.UsageError("standard input can be read once only")
    if join and "-" in files and len(files) > 1:
        raise click.UsageError("--join needs files whose first frames can be looked at before")
    return Run([Input(name, name) for name in files], join=join, on_search=on_search)


def _progress(files: Iterable[str], form: str = "") -> Any:
    """A progress bar, unless rows go to the same terminal meanwhile."""
    from contextlib import nullcontext

    sizes = {name: Path(name).stat().st_size for name in files if Path(name).is_file()}
    rows_are_shown = form != "" and sys.stdout.isatty()
    if rows_are_shown or not sys.stderr.isatty() or sum(sizes.values()) < PROGRESS_FROM:
        return nullcontext()
    from upnpscapy.terminal import ProgressBar

    return ProgressBar(sizes)


def _write(table: Table[Any], form: str, *, live: bool = False) -> None:
    """Write a table's rows to standard output as they come."""
    if form == "text":
        from upnpscapy.terminal import print_table, stdout_console

        if not print_table(stdout_console(), table, live=live):
            _remark(f"no {table.name}")
        return
    for piece in _pieces(table, form):
        _out(piece, flush=live)


def _pieces(table: Table[Any], form: str) -> Iterator[str]:
    if form == "csv":
        yield csv_line(table.columns)
        yield from (csv_line(row.values()) for row in table.to_dicts())
    elif form == "jsonl":
        yield from (to_json(row) + "\n" for row in table.to_dicts())
    else:
        yield "["
        for place, row in enumerate(table.to_dicts()):
            yield (",\n" if place else "\n") + to_json(row)
        yield "\n]\n"


def _out(text: str, *, flush: bool = False) -> None:
    """Bytes, so that line ends and encoding are the same on every system."""
    sys.stdout.buffer.write(text.encode())
    if flush:
        sys.stdout.buffer.flush()


def _finish(run: Run) -> int:
    """Remarks on what was not read, and the exit status."""
    sys.stdout.flush()
    for row in run.captures:
        for limit in row.limits:
            if not any(error.path == row.capture for error in run.errors):
                _remark(f"{row.capture}: {limit}")
    for error in run.errors:
        _remark(str(error))
    return UNREADABLE if run.errors else DONE


def _remark(text: str) -> None:
    click.echo(f"upnpscapy: {printable(text)}", err=True)
