"""``upnpscapy simulate``: a gateway and a renderer to try things with, without a network."""

from __future__ import annotations

import threading
from typing import Any

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.interrupt import interruptible
from upnpscapy.cli.output import remark, write_out
from upnpscapy.cli.status import DONE, INTERRUPTED, USAGE

__all__ = ["simulate"]

_PORT = click.IntRange(0, 65535)


@verb("upnpscapy simulate gateway --seconds 60 --verbose")
@click.argument("what", type=click.Choice(["gateway", "renderer", "all"]), default="all")
@click.option(
    "--address",
    "--interface",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where: an IPv4 address of this host, or an interface; others see what is not loopback.",
)
@click.option("--port", type=_PORT, default=0, metavar="PORT", help="Of HTTP.  [default: any]")
@click.option(
    "--search-port",
    type=_PORT,
    metavar="PORT",
    help="Of unicast searches; 0 is any.  [default: 1900 if it is free]",
)
@click.option(
    "--igd",
    type=click.Choice(["1", "2"]),
    default="2",
    show_default=True,
    help="Version of InternetGatewayDevice.",
)
@click.option(
    "--any-client", is_flag=True, help="Let everyone map ports to any host, not just to himself."
)
@click.option("--permanent-only", is_flag=True, help="Refuse leases with error 725.")
@click.option(
    "--unicast-only",
    is_flag=True,
    help="Announce nothing to the group, and do not listen to it.",
)
@click.option(
    "--mx-delay",
    "delay_seconds",
    type=click.FloatRange(0, 5),
    default=0.0,
    metavar="SECONDS",
    help="Delay answers by up to so much, within MX.  [default: at once]",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="When to end.",
)
@click.option("--verbose", is_flag=True, help="Say each request on standard error.")
def simulate(
    what: str,
    igd: str,
    any_client: bool,
    permanent_only: bool,
    seconds: float | None,
    verbose: bool,
    unicast_only: bool,
    **options: Any,
) -> int:
    """Simulate a gateway and a media renderer.

    They answer searches, serve their descriptions, keep port mappings and send events, but route
    and play nothing.
    Their LOCATIONs are written to standard output when they are there.
    It goes on until Ctrl-C or --seconds, and says byebye.
    """
    from upnpscapy.errors import NetworkError
    from upnpscapy.simulated.device import SimulatedDevice
    from upnpscapy.simulated.gateway import SimulatedGateway
    from upnpscapy.simulated.network import simulate as begin
    from upnpscapy.simulated.renderer import SimulatedRenderer

    devices: list[SimulatedDevice] = []
    if what != "renderer":
        devices.append(
            SimulatedGateway(int(igd), any_client=any_client, permanent_only=permanent_only)
        )
    if what != "gateway":
        devices.append(SimulatedRenderer())
    options["multicast"] = not unicast_only
    if verbose:
        options["on_request"] = remark
    stopped = threading.Event()
    with interruptible(stopped.set) as interrupt:
        try:
            network = begin(*devices, **options)
        except NetworkError as error:
            remark(str(error))
            return USAGE
        with network:
            for location in network.locations:
                write_out(f"{location}\n", flush=True)
            remark(f"searches are answered at {network.search_at}")
            for problem in network.problems:
                remark(problem)
            _wait(stopped, seconds)
    return INTERRUPTED if interrupt.came else DONE


def _wait(stopped: threading.Event, seconds: float | None) -> None:
    """Until either; a wait without end would not let Ctrl-C come on Windows."""
    if seconds is not None:
        stopped.wait(seconds)
        return
    while not stopped.wait(1):
        pass
