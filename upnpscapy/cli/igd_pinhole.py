"""``upnpscapy igd pinhole``: the firewall of IPv6."""

from __future__ import annotations

from typing import Any

import click

from upnpscapy.cli.igd import igd, igd_verb
from upnpscapy.cli.igd_changes import OWN
from upnpscapy.cli.igd_options import at_gateway, gateway, write_mappings, write_values
from upnpscapy.cli.output import remark, write_out
from upnpscapy.cli.status import DONE

__all__ = ["pinhole"]

PORT = click.IntRange(0, 65535)
LEASE = click.IntRange(1, 86400)


@igd.group()
def pinhole() -> None:
    """Open pinholes in the router's firewall of IPv6.

    The router is searched over IPv6. It does not list pinholes: keep the number that add gives.
    An empty host, or port 0, is every one.
    """


@igd_verb('upnpscapy igd pinhole add "" 0 @ 8080 TCP 3600', pinhole)
@click.argument("remote_host")
@click.argument("remote_port", type=PORT)
@click.argument("ip")
@click.argument("port", type=PORT)
@click.argument("protocol")
@click.argument("lease", type=LEASE, default=86400)
@at_gateway
def add(
    remote_host: str,
    remote_port: int,
    ip: str,
    port: int,
    protocol: str,
    lease: int,
    form: str,
    **options: Any,
) -> int:
    """Let packets of REMOTE_HOST in to PORT of IP, which may be @, for LEASE seconds.

    PROTOCOL is TCP, UDP or a number of IANA's.
    """
    with gateway(ipv6=True, **options) as found:
        made = found.pinholes.add(
            protocol,
            port,
            remote_host,
            remote_port,
            internal_client=None if ip == OWN else ip,
            lease_seconds=lease,
        )
        write_mappings([made], form)
    return DONE


@igd_verb("upnpscapy igd pinhole update 1 3600", pinhole)
@click.argument("unique_id")
@click.argument("lease", type=LEASE)
@at_gateway
def update(unique_id: str, lease: int, form: str, **options: Any) -> int:
    """Let the lease of a pinhole begin anew, with LEASE seconds."""
    with gateway(ipv6=True, **options) as found:
        updated = found.pinholes.update(unique_id, lease)
        if form == "text":
            write_out(f"pinhole {unique_id}, for {lease} s\n")
        else:
            write_mappings([updated], form)
    return DONE


@igd_verb("upnpscapy igd pinhole delete 1", pinhole)
@click.argument("unique_id")
@at_gateway
def delete(unique_id: str, form: str, **options: Any) -> int:
    """Close a pinhole."""
    with gateway(ipv6=True, **options) as found:
        deleted = found.pinholes.delete(unique_id)
        if not deleted:
            remark(f"there is no pinhole {unique_id}")
        write_values({"unique_id": unique_id, "deleted": deleted}, form)
    return DONE


@igd_verb("upnpscapy igd pinhole check 1", pinhole)
@click.argument("unique_id")
@at_gateway
def check(unique_id: str, form: str, **options: Any) -> int:
    """Ask whether packets come through a pinhole; unknown if none came so far."""
    with gateway(ipv6=True, **options) as found:
        working = found.pinholes.check(unique_id)
        write_values({"unique_id": unique_id, "working": working}, form)
    return DONE


@igd_verb("upnpscapy igd pinhole packets 1", pinhole)
@click.argument("unique_id")
@at_gateway
def packets(unique_id: str, form: str, **options: Any) -> int:
    """Count the packets that came through a pinhole."""
    with gateway(ipv6=True, **options) as found:
        count = found.pinholes.packets(unique_id)
        write_values({"unique_id": unique_id, "packets": count}, form)
    return DONE


@igd_verb("upnpscapy igd pinhole status", pinhole)
@at_gateway
def status(form: str, **options: Any) -> int:
    """Ask whether there is a firewall, and whether it opens pinholes."""
    with gateway(ipv6=True, **options) as found:
        told = found.pinholes.status()
        values = {
            "gateway": found.gateway,
            "firewall_enabled": told.enabled,
            "inbound_pinhole_allowed": told.inbound_pinhole_allowed,
            "own_address": found.pinholes.client_address,
        }
        write_values(values, form)
    return DONE


@igd_verb('upnpscapy igd pinhole timeout "" 0 @ 8080 UDP', pinhole)
@click.argument("remote_host")
@click.argument("remote_port", type=PORT)
@click.argument("ip")
@click.argument("port", type=PORT)
@click.argument("protocol")
@at_gateway
def timeout(
    remote_host: str,
    remote_port: int,
    ip: str,
    port: int,
    protocol: str,
    form: str,
    **options: Any,
) -> int:
    """Ask for how long answers pass to who sent something out."""
    with gateway(ipv6=True, **options) as found:
        seconds = found.pinholes.outbound_timeout(
            protocol,
            port,
            remote_host,
            remote_port,
            internal_client=None if ip == OWN else ip,
        )
        write_values({"outbound_pinhole_timeout_seconds": seconds}, form)
    return DONE
