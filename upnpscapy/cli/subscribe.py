"""``upnpscapy subscribe``: the events of a device's services as they come."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.interrupt import interruptible
from upnpscapy.cli.options import form_option
from upnpscapy.cli.output import remark, write_table
from upnpscapy.cli.reaching import open_http, reaching, request_options
from upnpscapy.cli.status import DONE, INTERRUPTED, USAGE
from upnpscapy.display import printable

if TYPE_CHECKING:
    from upnpscapy.live.device import LiveDevice
    from upnpscapy.live.notice import Notice
    from upnpscapy.live.service import LiveService

__all__ = ["subscribe"]


@verb("upnpscapy subscribe http://192.168.1.1:5000/rootDesc.xml WANIPConn1 -T jsonl")
@click.argument("url")
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@form_option
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="When to end.",
)
@click.option("--count", type=click.IntRange(min=1), metavar="ROWS", help="End after so many rows.")
@click.option(
    "--duration",
    "duration_seconds",
    type=click.IntRange(1, 2**31 - 1),
    default=1800,
    show_default=True,
    metavar="SECONDS",
    help="For how long to subscribe; it is renewed until the end.",
)
@click.option(
    "--resubscribe",
    is_flag=True,
    help="Subscribe anew when events were lost, to get the whole state.",
)
@click.option(
    "--callback-address",
    metavar="ADDRESS",
    help="Where events are to come.  [default: the one that faces the device]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="At which port of it.  [default: any]",
)
@click.option(
    "--any-sender", is_flag=True, help="Take events from other addresses than the device's too."
)
@reaching
def subscribe(
    url: str,
    services: tuple[str, ...],
    form: str,
    seconds: float | None,
    count: int | None,
    **options: Any,
) -> int:
    """Subscribe to the events of a device.

    URL is the LOCATION of its description.
    SERVICE is a short id (WANIPConn1), a service id or a type, also of an embedded device.
    Without it all services that send events are subscribed to.

    Each event is written when it arrives; the columns are those of events.
    It goes on until Ctrl-C, --seconds or --count, and then unsubscribes.
    Status 2 says that the device, or a service that was named, refused.
    """
    from upnpscapy.display import Table
    from upnpscapy.errors import UpnpError
    from upnpscapy.forensics.tables import FACTS
    from upnpscapy.live.device import describe
    from upnpscapy.live.subscribe import Subscriber, Target
    from upnpscapy.live.subscribe import subscribe as begin

    with open_http(**request_options(options)) as http:
        try:
            device = describe(url, http=http)
            targets: list[Target] = [_service(device, name) for name in services]
            subscriber: Subscriber = begin(
                *(targets or [device]), http=http, timeout=seconds, on_notice=_tell, **options
            )
        except UpnpError as error:
            remark(str(error))
            return USAGE
        columns, text = FACTS["events"]
        with subscriber, interruptible(subscriber.stop) as interrupt:
            table: Table[Any] = Table(
                "events", columns, lambda: _rows(subscriber, count), tuple(text.split())
            )
            write_table(table, form, live=True)
        if subscriber.dropped:
            remark(f"{subscriber.dropped} events dropped, written too slowly")
        if subscriber.refused:
            refused = ", ".join(f"{number} ({why})" for why, number in subscriber.refused.items())
            remark(f"not taken: {refused}")
    return INTERRUPTED if interrupt.came else DONE


def _service(device: LiveDevice, name: str) -> LiveService:
    found = device.find_service(name)
    if found is None:
        known = ", ".join(printable(service.short_id) for service in device.services) or "none"
        raise click.UsageError(f"no service {printable(name)!r}; there are: {known}")
    return found


def _rows(subscriber: Any, count: int | None) -> Iterator[Any]:
    for event in islice(subscriber, count):
        for defect in event.defects:
            remark(f"defect: {defect}")
        yield event


def _tell(notice: Notice) -> None:
    if notice.kind != "renewed":
        remark(str(notice))
