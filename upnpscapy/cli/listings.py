"""The tables whose rows stream out while a capture is read, and the files themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.options import listing, selection
from upnpscapy.cli.output import write_table
from upnpscapy.cli.reading import finish, new_run, progress_bar
from upnpscapy.cli.sniffing import list_sniffed, listing_or_sniffing

__all__ = ["captures", "exchanges", "messages", "searches"]


@verb("upnpscapy captures -T json pcaps/*.pcap")
@listing
def captures(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """The files themselves: format, SHA-256, what was cut.

    With --host or --udn: the files in which one of their messages is.
    """
    from upnpscapy.forensics.tables import capture_table

    chosen = selection(choice)
    run = new_run(files, join)
    named = set()
    with progress_bar(files) as progress:
        run.progress = progress
        for sighting in run.messages():
            if chosen.includes(sighting):
                named.add(sighting.capture)
    rows = [row for row in run.captures if chosen.is_all or row.capture in named]
    write_table(capture_table(lambda: rows), form)
    return finish(run)


@verb("upnpscapy messages --interface eth0 --seconds 60 -T jsonl")
@listing_or_sniffing
def messages(
    files: tuple[str, ...],
    form: str,
    join: bool,
    interfaces: tuple[str, ...],
    write: str | None,
    seconds: float | None,
    count: int | None,
    **choice: str | None,
) -> int:
    """Every SSDP datagram, with its deviations.

    FILE - is standard input: rows are written as they arrive, as those of --interface are.
    """
    from upnpscapy.forensics.tables import message_table

    chosen = selection(choice)

    def write_rows(found: Iterable[Any], *, live: bool) -> None:
        rows = found if chosen.is_all else filter(chosen.includes, found)
        rows = islice(rows, count)
        write_table(message_table(lambda: rows, several=len(files) > 1), form, live=live)

    if bool(files) == bool(interfaces):
        raise click.UsageError("give either FILE... or --interface")
    if interfaces:
        return list_sniffed(
            partial(write_rows, live=True), interfaces, write=write, seconds=seconds
        )
    if (write, seconds, count) != (None, None, None):
        raise click.UsageError("--write, --seconds and --count go with --interface")
    run = new_run(files, join)
    with progress_bar(files, form) as progress:
        run.progress = progress
        write_rows(run.messages(), live="-" in files)
    return finish(run)


@verb("upnpscapy searches --host 192.0.2.7 capture.pcapng")
@listing
def searches(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """Every M-SEARCH with its replies, late ones apart.

    A search is listed when no reply can belong to it any more, 30 seconds of capture later.
    """
    from upnpscapy.forensics.tables import search_table

    return _as_they_come(files, form, join, choice, search_table, "on_search")


@verb("upnpscapy exchanges -T jsonl pcaps/igd2-session.pcap")
@listing
def exchanges(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """Every HTTP request with its response.

    On whatever port; listed in the order in which they are complete.
    """
    from upnpscapy.forensics.tables import exchange_table

    return _as_they_come(files, form, join, choice, exchange_table, "on_exchange")


def _as_they_come(
    files: tuple[str, ...],
    form: str,
    join: bool,
    choice: dict[str, str | None],
    table: Any,
    event: str,
) -> int:
    """Write the rows that ``Run`` hands to one of its callbacks."""
    chosen = selection(choice)
    found: list[Any] = []
    hook: dict[str, Any] = {event: found.append}
    run = new_run(files, join, **hook)

    def rows() -> Iterator[Any]:
        for _ in run.messages():
            yield from filter(chosen.includes, found)
            found.clear()
        yield from filter(chosen.includes, found)

    with progress_bar(files, form) as progress:
        run.progress = progress
        write_table(table(rows, several=len(files) > 1), form, live="-" in files)
    return finish(run)
