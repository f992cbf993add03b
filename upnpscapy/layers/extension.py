"""What ``conf.exts.load("upnpscapy")`` runs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from upnpscapy.version import __version__

__all__ = ["scapy_ext"]


def scapy_ext(ext: Any) -> None:
    """Bind the layers, and make them loadable as ``scapy.layers.ssdp``.

    Scapy runs a registered file as a module of its own, so what is registered only names the
    classes again: there is one ``SSDP``, however it was loaded.
    """
    ext.config(name="upnpscapy", version=__version__)
    ext.register(name="ssdp", mode=ext.MODE.LAYERS, path=Path(__file__).with_name("reexport.py"))
    import_module("upnpscapy.layers")
