"""``upnpscapy listen``: what devices and control points say to all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.discovering import common_options, discovering, ended
from upnpscapy.cli.interrupt import interruptible
from upnpscapy.cli.output import write_table

__all__ = ["listen"]

CHANGE_TEXT = tuple("time change fields udn device_type src locations server".split())


@verb("upnpscapy listen --devices --search")
@common_options
@click.option(
    "--search",
    is_flag=False,
    flag_value="ssdp:all",
    metavar="[ST]",
    help="Search first, so as not to wait for devices to announce themselves.",
)
@click.option(
    "--devices",
    is_flag=True,
    help="Write what becomes of devices, not each message: appeared, updated, rebooted, gone "
    "(it said so), expired (its max-age is over).",
)
@click.option("--count", type=click.IntRange(min=1), metavar="ROWS", help="End after so many rows.")
def listen(form: str, devices: bool, count: int | None, **options: Any) -> int:
    """Listen to discovery, beside others.

    On port 1900, which other programs can have too.
    Each message is written when it arrives; the columns are those of messages.
    It goes on until Ctrl-C, --timeout or --count; status 1 says that nothing was heard.
    """
    from upnpscapy.display import Table
    from upnpscapy.forensics.tables import message_table
    from upnpscapy.live.listen import listen
    from upnpscapy.live.seen_device import CHANGE_COLUMNS
    from upnpscapy.live.watch import watch

    heard = 0
    with discovering(options) as arguments:
        run: Any = watch(**arguments) if devices else listen(**arguments)

        def rows() -> Iterator[Any]:
            nonlocal heard
            for heard, row in enumerate(islice(run, count), 1):  # noqa: B007
                yield row

        with run, interruptible(run.stop) as interrupt:
            if devices:
                table: Table[Any] = Table("changes", CHANGE_COLUMNS, rows, CHANGE_TEXT)
            else:
                table = message_table(rows)
            write_table(table, form, live=True)
    return ended(run, heard, interrupted=interrupt.came)
