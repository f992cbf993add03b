"""UPnP at packet level on Scapy: craft, sniff and dissect, and read whole captures.

Names are imported when they are first used, so that ``import upnpscapy`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from upnpscapy.version import __version__

if TYPE_CHECKING:
    from upnpscapy.errors import CaptureError, MessageError, UpnpError
    from upnpscapy.forensics.case import Case, analyze
    from upnpscapy.protocol.defect import Defect
    from upnpscapy.protocol.httpu import Message, parse
    from upnpscapy.protocol.ssdp import SsdpMessage, parse_ssdp

__all__ = [
    "CaptureError",
    "Case",
    "Defect",
    "Message",
    "MessageError",
    "SsdpMessage",
    "UpnpError",
    "__version__",
    "analyze",
    "parse",
    "parse_ssdp",
    "scapy_ext",
]

_HOMES = {
    "CaptureError": "errors",
    "Case": "forensics.case",
    "Defect": "protocol.defect",
    "Message": "protocol.httpu",
    "MessageError": "errors",
    "SsdpMessage": "protocol.ssdp",
    "UpnpError": "errors",
    "analyze": "forensics.case",
    "parse": "protocol.httpu",
    "parse_ssdp": "protocol.ssdp",
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
