"""The tables that are known when a capture has been read."""

from __future__ import annotations

from upnpscapy.cli.command import verb
from upnpscapy.cli.options import listing, selection
from upnpscapy.cli.output import write_table
from upnpscapy.cli.reading import finish, new_run, progress_bar

__all__ = ["FACT_VERBS"]

FACT_VERBS = {
    "devices": (
        "Every device as its sender presents it.\n\n"
        "Its state is that at the end of the capture; names come from captured descriptions.",
        "upnpscapy devices -T csv pcaps/discovery.pcapng",
    ),
    "services": (
        "Every service that a description names.",
        "upnpscapy services pcaps/media-server.pcap",
    ),
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
    "subscriptions": (
        "Every subscription to events, and how it ended.",
        "upnpscapy subscriptions pcaps/events.pcap",
    ),
    "events": (
        "Every event message with its properties.",
        "upnpscapy events -T jsonl pcaps/events.pcap",
    ),
}
"""table → summary and example."""


def _add_fact_verb(name: str, summary: str, example: str) -> None:
    @verb(example, name=name, help=summary)
    @listing
    def list_facts(files: tuple[str, ...], form: str, join: bool, **choice: str | None) -> int:
        from upnpscapy.forensics.tables import device_table, fact_table

        chosen = selection(choice)
        run = new_run(files, join, facts=True)
        with progress_bar(files) as progress:
            run.progress = progress
            for _ in run.messages():
                pass
        rows = [row for row in getattr(run, name) if chosen.includes(row)]
        several = len(files) > 1
        if name == "devices":
            write_table(device_table(lambda: rows, several=several), form)
        else:
            write_table(fact_table(name, lambda: rows, several=several), form)
        return finish(run)


for _name, (_summary, _example) in FACT_VERBS.items():
    _add_fact_verb(_name, _summary, _example)
