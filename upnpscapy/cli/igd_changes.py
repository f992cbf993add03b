"""The verbs of ``upnpscapy igd`` that make and end mappings."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from upnpscapy.cli.igd import igd_verb
from upnpscapy.cli.igd_options import (
    PROTOCOL,
    at_gateway,
    entry,
    gateway,
    steps_told,
    write_mappings,
)
from upnpscapy.cli.output import remark, write_out
from upnpscapy.cli.status import DONE

if TYPE_CHECKING:
    from upnpscapy.live.igd import Igd

__all__ = ["OWN", "add", "add_any", "delete", "delete_range", "given_mapping", "mapping_arguments"]

F = TypeVar("F", bound=Callable[..., Any])

LEASE = click.IntRange(0, 2**32 - 1)

OWN = "@"
"""As IP: this host's address toward the gateway."""

_MAPPING = (
    click.argument("ip"),
    click.argument("port", type=click.IntRange(1, 65535)),
    click.argument("external_port", type=click.IntRange(0, 65535)),
    click.argument("protocol", type=PROTOCOL, metavar="PROTOCOL"),
    click.argument("lease", type=LEASE, required=False, metavar="[LEASE]"),
    click.argument("remote_host", default=""),
    click.option(
        "-e",
        "--description",
        default="upnpscapy",
        show_default=True,
        metavar="TEXT",
        help="What the mapping is for.",
    ),
    click.option(
        "--no-retry",
        is_flag=True,
        help="Do not ask for something else where the gateway refuses what was asked for.",
    ),
)


def mapping_arguments(function: F) -> F:
    """Give a verb the arguments of a mapping; ``given_mapping`` takes them."""
    for one in reversed(_MAPPING):
        function = one(function)
    return at_gateway(function)


_NO_VERIFY = click.option(
    "--no-verify", is_flag=True, help="Do not ask afterwards whether the mapping is there."
)


@igd_verb("upnpscapy igd add @ 80 8080 TCP 3600 -e 'web server'")
@mapping_arguments
@click.option(
    "--other-port", is_flag=True, help="Take another external port where this one is taken."
)
@_NO_VERIFY
def add(other_port: bool, **given: Any) -> int:
    """Map EXTERNAL_PORT of the gateway to PORT of IP.

    IP may be @, the address of this host.
    LEASE is in seconds, by default a day, and 0 for ever; REMOTE_HOST alone may use the mapping.
    Where the gateway refuses that, and is known to grant something like it, that is asked for,
    and said; --no-retry leaves it at the refusal.
    """
    return _add("add", given, other_port=other_port)


@igd_verb("upnpscapy igd add-any @ 80 8080 TCP 3600", name="add-any")
@mapping_arguments
@_NO_VERIFY
def add_any(**given: Any) -> int:
    """Map a port of the gateway, EXTERNAL_PORT if it is free, to PORT of IP.

    Else as igd add. A gateway that cannot choose one is asked for some ports in turn.
    """
    return _add("add_any", given)


def _add(method: str, given: dict[str, Any], **more: Any) -> int:
    arguments = given_mapping(given)
    form, verify = given.pop("form"), not given.pop("no_verify")
    with gateway(**given) as found:
        mapping = getattr(found, method)(**arguments, **more, verify=verify)
        steps_told(mapping.steps)
        write_mappings([mapping], form)
    return DONE


def given_mapping(given: dict[str, Any]) -> dict[str, Any]:
    """What a method of ``Igd`` takes, out of what a verb was given."""
    ip, lease = given.pop("ip"), given.pop("lease")
    arguments = {
        "protocol": given.pop("protocol"),
        "port": given.pop("port"),
        "external_port": given.pop("external_port"),
        "internal_client": None if ip == OWN else ip,
        "description": given.pop("description"),
        "remote_host": given.pop("remote_host"),
        "retry": not given.pop("no_retry"),
    }
    return arguments if lease is None else arguments | {"lease_seconds": lease}


@igd_verb("upnpscapy igd delete 8080 TCP")
@entry
@at_gateway
def delete(
    external_port: int, protocol: str, remote_host: str, form: str, any_wan: bool, **options: Any
) -> int:
    """End the mapping of EXTERNAL_PORT."""
    from upnpscapy.protocol.mapping_terms import Terms

    with gateway(any_wan=True, **options) as found:
        if not found.delete(protocol, external_port, remote_host):
            remark(f"{protocol} port {external_port} was not mapped")
            write_mappings([], form)
            return DONE
        terms = Terms(protocol=protocol, external_port=external_port, remote_host=remote_host)
        _write_deleted(found, terms, form)
    return DONE


def _write_deleted(found: Igd, terms: Any, form: str) -> None:
    if form == "text":
        write_out(f"{terms.protocol} port {terms.external_port}, deleted\n")
    else:
        write_mappings([found.connection.observed(terms).deleted(time.time_ns())], form)


@igd_verb("upnpscapy igd delete-range 8000 8099 TCP", name="delete-range")
@click.argument("start", type=click.IntRange(0, 65535))
@click.argument("end", type=click.IntRange(0, 65535))
@click.argument("protocol", type=PROTOCOL, metavar="PROTOCOL")
@click.option("--manage", is_flag=True, help="Those of other hosts too, if the gateway lets us.")
@at_gateway
def delete_range(
    start: int, end: int, protocol: str, manage: bool, form: str, any_wan: bool, **options: Any
) -> int:
    """End the mappings of external ports from START to END, and show which are gone."""
    with gateway(any_wan=True, **options) as found:
        gone = found.delete_range(protocol, start, end, manage=manage)
        if gone:
            steps_told(gone[0].steps)
        else:
            remark(f"no {protocol} mapping from {start} to {end} was removed")
        write_mappings(gone, form)
    return DONE
