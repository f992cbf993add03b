"""``upnpscapy igd``: the ports of the router, looked at; ``igd_changes`` is for changing them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from upnpscapy.cli.command import upnpscapy
from upnpscapy.cli.igd_options import (
    at_gateway,
    entry,
    gateway,
    steps_told,
    write_mappings,
    write_values,
)
from upnpscapy.cli.output import remark, write_table
from upnpscapy.cli.status import DONE, USAGE

__all__ = ["igd", "igd_verb"]

EXAMPLES = """\b
Examples:
  upnpscapy igd status
  upnpscapy igd list -T csv
  upnpscapy igd add @ 8080 8080 TCP 3600
  upnpscapy igd delete 8080 TCP
  upnpscapy igd hold @ 8080 8080 TCP
  upnpscapy igd pinhole add "" 0 @ 8080 TCP 3600
"""


@upnpscapy.group(epilog=EXAMPLES)
def igd() -> None:
    """List, add and delete port mappings at the router.

    The router is searched, and taken if it is connected and has a public address; arguments are
    in upnpc's order.
    Status 1 says that no gateway answered, 2 that it refused.
    """


def igd_verb(
    example: str, parent: click.Group = igd, **attributes: Any
) -> Callable[[Callable[..., int]], click.Command]:
    """Make a function a verb of ``igd``, or of a group in it, with an example."""
    return parent.command(epilog=f"\b\nExample:\n  {example}", **attributes)


@igd_verb("upnpscapy igd status --url http://192.168.1.1:5000/rootDesc.xml -T json")
@at_gateway
def status(form: str, any_wan: bool, **options: Any) -> int:
    """Say which gateway it is, whether it is connected, and its address outside."""
    with gateway(any_wan=True, **options) as found:
        told = found.found_status or found.status()
        values = {
            "gateway": found.gateway,
            "friendly_name": found.device.friendly_name,
            "location": found.location,
            "service": told.service,
            "control_url": found.connection.control_url,
            "connection_status": told.connection_status,
            "last_error": told.last_error,
            "uptime_seconds": told.uptime_seconds,
            "external_address": told.external_address,
            "address_class": told.address_class,
            "own_address": found.own_address,
        }
        write_values(values, form)
        for problem in (*told.problems, told.reason):
            if problem:
                remark(problem)
        for other in found.others:
            remark(f"answered too: {other}")
    return DONE


@igd_verb("upnpscapy igd list -T jsonl", name="list")
@at_gateway
def list_mappings(form: str, any_wan: bool, **options: Any) -> int:
    """List every mapping, with the columns of mappings."""
    from upnpscapy.live.igd_mapping import mapping_table

    with gateway(any_wan=True, **options) as found:
        listing = found.listing()
        steps_told(listing.steps)
        write_table(mapping_table(listing.mappings), form)
    return DONE


@igd_verb("upnpscapy igd get 8080 TCP")
@entry
@at_gateway
def get(
    external_port: int, protocol: str, remote_host: str, form: str, any_wan: bool, **options: Any
) -> int:
    """Show one mapping; status 2 says that there is none."""
    with gateway(any_wan=True, **options) as found:
        mapping = found.get(protocol, external_port, remote_host)
        if mapping is None:
            remark(f"{protocol} port {external_port} is not mapped")
            return USAGE
        write_mappings([mapping], form)
    return DONE
