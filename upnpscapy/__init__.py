"""UPnP at packet level on Scapy: craft, sniff and dissect, and read whole captures."""

from upnpscapy.version import __version__

__all__ = ["__version__"]
