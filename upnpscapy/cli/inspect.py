"""``upnpscapy inspect``: the whole story."""

from __future__ import annotations

from typing import Any

from upnpscapy.cli.command import verb
from upnpscapy.cli.options import listing, selection
from upnpscapy.cli.output import remark
from upnpscapy.cli.reading import finish, new_run, progress_bar

__all__ = ["inspect"]


@verb("upnpscapy inspect pcaps/discovery.pcapng")
@listing
def inspect(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """The whole story of captures, top down.

    FILE is a pcap or pcapng file, also gzip, zstd or xz; - is standard input.
    """
    from upnpscapy.forensics.overview import Overview
    from upnpscapy.inspect import print_overview

    chosen = selection(choice)
    overview = Overview()

    def take_search(row: Any) -> None:
        if chosen.includes(row):
            overview.saw_search(row)

    def take_exchange(row: Any) -> None:
        if chosen.includes(row):
            overview.saw_exchange(row)

    run = new_run(files, join, take_search, on_exchange=take_exchange, facts=True)
    with progress_bar(files) as progress:
        run.progress = progress
        for sighting in run.messages():
            if chosen.includes(sighting):
                overview.saw(sighting)
    devices = [device for device in run.devices if chosen.includes(device)]
    mappings = [mapping for mapping in run.mappings if chosen.includes(mapping)]
    print_overview(form, run.captures, overview, devices, mappings)
    if overview.left_out:
        remark(f"{overview.left_out} searches for other targets are not shown, too many targets")
    return finish(run)
