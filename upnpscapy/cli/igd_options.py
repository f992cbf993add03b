"""What every verb of ``upnpscapy igd`` takes, and how it gets its gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from upnpscapy.cli.options import form_option
from upnpscapy.cli.output import remark, write_out, write_table
from upnpscapy.cli.reaching import open_http
from upnpscapy.cli.status import NO_ANSWER, USAGE
from upnpscapy.display import cell_text, csv_line, printable, to_json

if TYPE_CHECKING:
    from upnpscapy.live.igd import Igd
    from upnpscapy.live.igd_mapping import LiveMapping, Step

__all__ = [
    "PROTOCOL",
    "at_gateway",
    "entry",
    "gateway",
    "steps_told",
    "write_mappings",
    "write_values",
]

F = TypeVar("F", bound=Callable[..., Any])

REQUEST_SECONDS = 30.0
"""In which a device has to answer (UDA 2.0, 3.2)."""

PROTOCOL = click.Choice(["TCP", "UDP"], case_sensitive=False)

_ENTRY = (
    click.argument("external_port", type=click.IntRange(0, 65535)),
    click.argument("protocol", type=PROTOCOL, metavar="PROTOCOL"),
    click.argument("remote_host", default=""),
)

_OPTIONS = (
    form_option,
    click.option("--url", metavar="LOCATION", help="The gateway's description: do not search."),
    click.option("--gateway", "host", metavar="HOST", help="Search at this host only."),
    click.option("-i", "--interface", metavar="NAME|ADDRESS", help="Search only by this one."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="How long to search for a gateway, and how long one request may take."
        "  [default: 3 and 30]",
    ),
    click.option(
        "--any-wan",
        is_flag=True,
        help="Go on though the gateway's WAN is not connected, or has no public address.",
    ),
    click.option(
        "--allow",
        multiple=True,
        metavar="HOST",
        help="Follow URLs to this host or network though it is not local, or not the gateway's.",
    ),
    click.option("-w", "--write", metavar="FILE", help="Record what is sent and received, pcapng."),
)


def entry(function: F) -> F:
    """Give a verb the arguments that name a mapping."""
    for argument in reversed(_ENTRY):
        function = argument(function)
    return function


def at_gateway(function: F) -> F:
    """Give a verb the options that ``gateway`` takes."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@contextmanager
def gateway(
    *,
    url: str | None,
    host: str | None,
    interface: str | None,
    timeout: float | None,
    any_wan: bool,
    allow: tuple[str, ...],
    write: str | None,
    ipv6: bool = False,
) -> Iterator[Igd]:
    """The gateway that the options ask for; errors end the verb with a word and its status."""
    from upnpscapy.errors import GatewayError, RefusedError, TransportError, UpnpError
    from upnpscapy.live.igd_find import TIMEOUT_SECONDS, find_igd

    seconds = REQUEST_SECONDS if timeout is None else timeout
    link = None if interface is None or _is_address(interface) else interface
    with open_http(timeout=seconds, allow=allow, interface=link, write=write) as http:
        try:
            igd = find_igd(
                url,
                host=host,
                timeout=TIMEOUT_SECONDS if timeout is None else timeout,
                interfaces=interface,
                any_wan=any_wan,
                ipv6=ipv6,
                http=http,
            )
        except UpnpError as error:
            _tell(error)
            silent = isinstance(error, TransportError) and not isinstance(error, RefusedError)
            absent = isinstance(error, GatewayError) and error.kind in ("none", "not-igd")
            if isinstance(error, GatewayError) and error.kind.startswith("not-") and not absent:
                remark("--any-wan goes on all the same")
            raise click.exceptions.Exit(NO_ANSWER if silent or absent else USAGE) from error
        try:
            yield igd
        except UpnpError as error:
            _tell(error)
            raise click.exceptions.Exit(USAGE) from error


def write_mappings(mappings: Iterable[LiveMapping], form: str) -> None:
    """Mappings that were made or ended: a sentence each, or rows of ``mappings``."""
    from upnpscapy.live.igd_mapping import mapping_table

    rows = list(mappings)
    if form == "text":
        write_out("".join(f"{printable(str(row))}\n" for row in rows), flush=True)
        return
    write_table(mapping_table(rows), form, live=True)


def write_values(values: dict[str, Any], form: str) -> None:
    """Values by name: lines of text, or one row."""
    if form == "text":
        width = max(map(len, values))
        for name, value in values.items():
            shown = "unknown" if value is None else cell_text(value)
            write_out(f"{name.replace('_', ' ').ljust(width)}  {shown}\n")
    elif form == "csv":
        write_out(csv_line(values) + csv_line(values.values()))
    else:
        write_out(to_json(values) + "\n")


def steps_told(steps: Iterable[Step]) -> None:
    """Say what went otherwise than asked."""
    for step in steps:
        remark(str(step))


def _tell(error: BaseException) -> None:
    remark(str(error))
    for note in getattr(error, "__notes__", ()):
        remark(f"  {note}")


def _is_address(text: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
