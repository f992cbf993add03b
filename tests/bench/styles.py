"""How kinds of control points search.

Modelled on captures of DIAL browsers, Windows, port mapping clients and apps; names are made up.
"""

from typing import NamedTuple

from .families import DIAL, IGD, SPEAKER, UPNP


class Style(NamedTuple):
    """How one kind of control point searches."""

    share: int
    text: str
    targets: tuple[str, ...]
    mx: int
    copies: int = 1
    gap: float = 0.0
    """Seconds between copies."""
    keeps_port: bool = False
    """Asks from the same port each time, a new one otherwise."""
    each_target: bool = False
    """One search of this kind asks for every target from one port, not for a single one."""
    v6: bool = False


_ASK = 'M-SEARCH * HTTP/1.1\nHOST: {host}\nMAN: "ssdp:discover"\nMX: {mx}\nST: {st}\n'
STYLES = (
    Style(40, _ASK + "USER-AGENT: Chromium/122.0.6261.94 Linux\n", (DIAL,), 1, 4, 1.0),
    Style(20, _ASK + "USER-AGENT: Skiff Browser/119.0 Windows\n", (DIAL,), 1, 4, 1.0),
    Style(
        12,
        'M-SEARCH * HTTP/1.1\nHost:{host}\nST:{st}\nMan:"ssdp:discover"\nMX:{mx}\n',
        (UPNP + "device:MediaServer:1", UPNP + "device:MediaRenderer:1", IGD),
        3,
        3,
        3.0,
        v6=True,
    ),
    Style(
        5,
        _ASK + "USER-AGENT: Rill/6.1 UPnP/1.1 RillPlayer/3.0\nCPFN.UPNP.ORG: Rill\n",
        ("ssdp:all",),
        3,
    ),
    Style(16, _ASK, ("upnp:rootdevice",), 5),
    Style(
        12,
        _ASK + "USER-AGENT: Yonder/12 UPnP/1.1 PortKeeper/2.1\n",
        (
            IGD,
            UPNP + "service:WANIPConnection:1",
            UPNP + "service:WANPPPConnection:1",
            "upnp:rootdevice",
        ),
        2,
        each_target=True,
    ),
    Style(14, _ASK + "X-LINTEL: app\n", (SPEAKER,), 1, 3, 0.5, keeps_port=True),
    Style(10, _ASK, (UPNP + "device:basic:1", UPNP + "device:Printer:1"), 2, keeps_port=True),
)
