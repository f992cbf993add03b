"""UPnP at packet level on Scapy: craft, sniff and dissect, and read whole captures.

Names are imported when they are first used, so that ``import upnpscapy`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from upnpscapy.version import __version__

if TYPE_CHECKING:
    from upnpscapy.errors import (
        ActionFault,
        ArgumentError,
        CaptureError,
        ControlError,
        DeadlineError,
        DescriptionError,
        GatewayError,
        MessageError,
        NetworkError,
        OutputError,
        RefusedError,
        ResponseError,
        TransportError,
        UpnpError,
    )
    from upnpscapy.forensics.case import Case, analyze
    from upnpscapy.live.control import call
    from upnpscapy.live.device import LiveDevice, LiveService, describe
    from upnpscapy.live.device_table import DeviceTable
    from upnpscapy.live.http import Http
    from upnpscapy.live.igd import Igd
    from upnpscapy.live.igd_find import find_igd
    from upnpscapy.live.listen import listen
    from upnpscapy.live.live_event import LiveEvent
    from upnpscapy.live.multicast_events import listen_events
    from upnpscapy.live.recorder import Recorder
    from upnpscapy.live.scapy_transport import ScapyTransport
    from upnpscapy.live.search import search
    from upnpscapy.live.subscribe import Subscriber, subscribe
    from upnpscapy.live.watch import watch
    from upnpscapy.protocol.defect import Defect
    from upnpscapy.protocol.httpu import Message, parse
    from upnpscapy.protocol.ssdp import SsdpMessage, parse_ssdp
    from upnpscapy.simulated.gateway import SimulatedGateway
    from upnpscapy.simulated.network import simulate
    from upnpscapy.simulated.renderer import SimulatedRenderer

__all__ = [
    "ActionFault",
    "ArgumentError",
    "CaptureError",
    "Case",
    "ControlError",
    "DeadlineError",
    "Defect",
    "DescriptionError",
    "DeviceTable",
    "GatewayError",
    "Http",
    "Igd",
    "LiveDevice",
    "LiveEvent",
    "LiveService",
    "Message",
    "MessageError",
    "NetworkError",
    "OutputError",
    "Recorder",
    "RefusedError",
    "ResponseError",
    "ScapyTransport",
    "SimulatedGateway",
    "SimulatedRenderer",
    "SsdpMessage",
    "Subscriber",
    "TransportError",
    "UpnpError",
    "__version__",
    "analyze",
    "call",
    "describe",
    "find_igd",
    "listen",
    "listen_events",
    "parse",
    "parse_ssdp",
    "scapy_ext",
    "search",
    "simulate",
    "subscribe",
    "watch",
]

_HOMES = {
    "ActionFault": "errors",
    "ArgumentError": "errors",
    "CaptureError": "errors",
    "Case": "forensics.case",
    "ControlError": "errors",
    "DeadlineError": "errors",
    "Defect": "protocol.defect",
    "DescriptionError": "errors",
    "DeviceTable": "live.device_table",
    "GatewayError": "errors",
    "Http": "live.http",
    "Igd": "live.igd",
    "LiveDevice": "live.device",
    "LiveEvent": "live.live_event",
    "LiveService": "live.device",
    "Message": "protocol.httpu",
    "MessageError": "errors",
    "NetworkError": "errors",
    "OutputError": "errors",
    "Recorder": "live.recorder",
    "RefusedError": "errors",
    "ResponseError": "errors",
    "ScapyTransport": "live.scapy_transport",
    "SimulatedGateway": "simulated.gateway",
    "SimulatedRenderer": "simulated.renderer",
    "SsdpMessage": "protocol.ssdp",
    "Subscriber": "live.subscribe",
    "TransportError": "errors",
    "UpnpError": "errors",
    "analyze": "forensics.case",
    "call": "live.control",
    "describe": "live.device",
    "find_igd": "live.igd_find",
    "listen": "live.listen",
    "listen_events": "live.multicast_events",
    "parse": "protocol.httpu",
    "parse_ssdp": "protocol.ssdp",
    "search": "live.search",
    "simulate": "simulated.network",
    "subscribe": "live.subscribe",
    "watch": "live.watch",
}


def scapy_ext(ext: Any) -> None:
    """Register the layers with Scapy: what ``conf.exts.load("upnpscapy")`` calls."""
    from upnpscapy.layers.extension import scapy_ext

    scapy_ext(ext)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"upnpscapy.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
