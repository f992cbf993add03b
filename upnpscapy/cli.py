"""The ``upnpscapy`` command: arguments to calls, errors to exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from upnpscapy.display import Table, csv_line, printable, to_json
from upnpscapy.forensics.collector import rare_collections
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
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal of another encoding shows what it lacks as an escape.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with rare_collections():
            status = upnpscapy.main(prog_name="upnpscapy", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        status = exit_.exit_code
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        status = INTERRUPTED
    except Exception:
        for line in traceback.format_exc().splitlines():
            click.echo(printable(line), err=True)
        _remark("internal error: please report the lines above")
        status = INTERNAL
    sys.exit(status if isinstance(status, int) else DONE)


class _Group(click.Group):
    """The command, which is done when the reader of its output has seen enough."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # click would make it status 1; the rest of the buffer has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="upnpscapy")
def upnpscapy() -> None:
    """UPnP in packet captures: who announced, searched and answered what, and in which frames."""


_LISTING_OPTIONS = (
    click.argument(
        "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True)
    ),
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


def _verb(example: str, **attributes: Any) -> Callable[[Callable[..., int]], click.Command]:
    """A command whose help ends with an example."""
    return upnpscapy.command(epilog=f"\b\nExample:\n  {example}", **attributes)


def _listing(function: F) -> F:
    """Give a verb the arguments and options of every offline listing."""
    for option in reversed(_LISTING_OPTIONS):
        function = option(function)
    return function


@_verb("upnpscapy inspect pcaps/discovery.pcapng")
@_listing
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

    def take_exchange(row: Any) -> None:
        if selection.includes(row):
            overview.saw_exchange(row)

    run = _run(files, join, take_search, on_exchange=take_exchange, facts=True)
    with _progress(files) as progress:
        run.progress = progress
        for sighting in run.messages():
            if selection.includes(sighting):
                overview.saw(sighting)
    devices = [device for device in run.devices if selection.includes(device)]
    mappings = [mapping for mapping in run.mappings if selection.includes(mapping)]
    print_overview(form, run.captures, overview, devices, mappings)
    if overview.left_out:
        _remark(f"{overview.left_out} searches for other targets are not shown, too many targets")
    return _finish(run)


@_verb("upnpscapy captures -T json pcaps/*.pcap")
@_listing
def captures(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """The files themselves: format, SHA-256, what was cut.

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


@_verb("tcpdump -i eth0 -U -w - udp | upnpscapy messages - -T jsonl")
@_listing
def messages(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """Every SSDP datagram, with its deviations.

    FILE - is standard input: rows are written as they arrive.
    """
    from upnpscapy.forensics.tables import message_table

    selection = _selection(choice)
    run = _run(files, join)
    with _progress(files, form) as progress:
        run.progress = progress
        found = run.messages()
        rows = found if selection.is_all else filter(selection.includes, found)
        _write(message_table(lambda: rows, several=len(files) > 1), form, live="-" in files)
    return _finish(run)


@_verb("upnpscapy searches --host 192.0.2.7 capture.pcapng")
@_listing
def searches(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """Every M-SEARCH with its replies, late ones apart.

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
        _write(search_table(rows, several=len(files) > 1), form, live="-" in files)
    return _finish(run)


@_verb("upnpscapy exchanges -T jsonl pcaps/igd2-session.pcap")
@_listing
def exchanges(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """Every HTTP request with its response.

    On whatever port; listed in the order in which they are complete.
    """
    from upnpscapy.forensics.tables import exchange_table

    selection = _selection(choice)
    found: list[Any] = []
    run = _run(files, join, on_exchange=found.append)

    def rows() -> Iterator[Any]:
        for _ in run.messages():
            yield from filter(selection.includes, found)
            found.clear()
        yield from filter(selection.includes, found)

    with _progress(files, form) as progress:
        run.progress = progress
        _write(exchange_table(rows, several=len(files) > 1), form, live="-" in files)
    return _finish(run)


@_verb("upnpscapy devices -T csv pcaps/discovery.pcapng")
@_listing
def devices(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """Every device as its sender presents it.

    Its state is that at the end of the capture; names come from captured descriptions.
    """
    from upnpscapy.forensics.tables import device_table

    selection = _selection(choice)
    run = _run(files, join, facts=True)
    with _progress(files) as progress:
        run.progress = progress
        for _ in run.messages():
            pass
    rows = [device for device in run.devices if selection.includes(device)]
    _write(device_table(lambda: rows, several=len(files) > 1), form)
    return _finish(run)


_FACT_VERBS = {
    "calls": (
        "Every action called, with its result or error.",
        "upnpscapy calls -T jsonl pcaps/igd2-session.pcap",
    ),
    "mappings": (
        "The life of every port mapping and pinhole.",
        "upnpscapy mappings pcaps/igd2-session.pcap",
    ),
    "external_addresses": (
        "What gateways said is their address.",
        "upnpscapy external_addresses pcaps/igd2-session.pcap",
    ),
    "services": (
        "Every service that a description names.",
        "upnpscapy services pcaps/media-server.pcap",
    ),
    "subscriptions": (
        "Every subscription to events, and how it ended.",
        "upnpscapy subscriptions pcaps/events.pcap",
    ),
    "events": (
        "Every event message with its properties.",
        "upnpscapy events -T jsonl pcaps/events.pcap",
    ),
}
"""Tables that are known when the capture has been read: summary and example."""


def _add_fact_verb(name: str, summary: str, example: str) -> None:
    @_verb(example, name=name, help=summary)
    @_listing
    def verb(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
        from upnpscapy.forensics.tables import fact_table

        selection = _selection(choice)
        run = _run(files, join, facts=True)
        with _progress(files) as progress:
            run.progress = progress
            for _ in run.messages():
                pass
        rows = [row for row in getattr(run, name) if selection.includes(row)]
        _write(fact_table(name, lambda: rows, several=len(files) > 1), form)
        return _finish(run)


for _name, (_summary, _example) in _FACT_VERBS.items():
    _add_fact_verb(_name, _summary, _example)


@_verb('eval "$(upnpscapy completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Write what makes SHELL complete this command."""
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


def _run(files: tuple[str, ...], join: bool, on_search: OnSearch | None = None, **more: Any) -> Run:
    """A pass over the files; ``more`` as ``Run`` takes it."""
    from upnpscapy.forensics.run import Input, Run

    if files.count("-") > 1:
        raise click.UsageError("standard input can be read once only")
    if join and "-" in files and len(files) > 1:
        raise click.UsageError("--join needs files whose first frames can be looked at before")
    return Run([Input(name, name) for name in files], join=join, on_search=on_search, **more)


def _progress(files: Iterable[str], form: str = "") -> Any:
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
