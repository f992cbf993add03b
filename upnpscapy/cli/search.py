"""``upnpscapy search``: who is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.discovering import common_options, discovering, ended
from upnpscapy.cli.interrupt import interruptible
from upnpscapy.cli.output import write_table

__all__ = ["search"]

TEXT_COLUMNS = ("src", "st", "usn", "location", "server", "defects")


@verb("upnpscapy search upnp:rootdevice --interface eth0 --mx 1 -T jsonl")
@click.argument("st", default="ssdp:all", metavar="[ST]")
@common_options
@click.option(
    "--unicast", metavar="HOST", help="Ask one host only: an address, a name, or HOST:PORT."
)
@click.option(
    "--broadcast", is_flag=True, help="Ask 255.255.255.255 too, for devices that need it."
)
@click.option(
    "--repeat",
    type=click.IntRange(0, 10),
    default=1,
    show_default=True,
    metavar="TIMES",
    help="How often to ask again: datagrams get lost.",
)
@click.option("--all-replies", is_flag=True, help="Show answers to the repetition too.")
@click.option("--user-agent", metavar="TEXT", help="OS/version UPnP/version product/version.")
@click.option(
    "--control-point", "control_point_name", metavar="NAME", help="CPFN.UPNP.ORG, of UDA 2.0."
)
@click.option(
    "--control-point-uuid", metavar="UUID", help="CPUUID.UPNP.ORG, which goes with the name."
)
@click.option(
    "--tcp-port", type=click.IntRange(49152, 65535), metavar="PORT", help="TCPPORT.UPNP.ORG."
)
@click.option(
    "--header", "headers", multiple=True, metavar="NAME:VALUE", help="Another header field."
)
def search(st: str, form: str, headers: tuple[str, ...], **options: Any) -> int:
    """Search for devices and services.

    ST is what to search for: ssdp:all, upnp:rootdevice, uuid:… or urn:….
    Each answer is written when it arrives; the columns are those of messages.
    Status 1 says that nobody answered.
    """
    from upnpscapy.display import Table
    from upnpscapy.forensics.tables import message_table
    from upnpscapy.live.search import search

    fields = [_field(header) for header in headers]
    with discovering(options) as arguments:
        run = search(st, headers=fields, **arguments)

        def rows() -> Iterator[Any]:
            for reply in run:
                yield reply.sighting

        columns = message_table(tuple).columns
        with interruptible(run.stop) as interrupt:
            write_table(Table("replies", columns, rows, TEXT_COLUMNS), form, live=True)
    return ended(run, run.replies, interrupted=interrupt.came)


def _field(header: str) -> tuple[str, str]:
    name, colon, value = header.partition(":")
    if not colon:
        raise click.BadParameter(f"{header!r} is not NAME:VALUE", param_hint="--header")
    return name.strip(), value.strip()
