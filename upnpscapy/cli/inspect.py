"""``upnpscapy inspect``: the whole story."""

from __future__ import annotations

from upnpscapy.cli.command import verb
from upnpscapy.cli.judging import chosen_rules, say_failures
from upnpscapy.cli.options import listing, selection
from upnpscapy.cli.output import remark
from upnpscapy.cli.reading import finish, new_run, progress_bar

__all__ = ["inspect"]


@verb("upnpscapy inspect pcaps/igd2-session.pcap")
@listing
def inspect(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
    """The whole story of captures, top down.

    FILE is a pcap or pcapng file, also gzip, zstd or xz; - is standard input.
    """
    from upnpscapy.forensics.overview.overview import Overview
    from upnpscapy.inspect import print_overview

    overview = Overview(selection(choice))
    run = new_run(
        *(files, join, overview.saw_search),
        on_exchange=overview.saw_exchange,
        facts=True,
        rules=chosen_rules(()),
    )
    with progress_bar(files) as progress:
        run.progress = progress
        for found in run.batches():
            overview.saw_all(found)
    overview.finish(run)
    print_overview(form, overview)
    for words in overview.left_out:
        remark(words)
    status = finish(run)
    return say_failures(run) or status
