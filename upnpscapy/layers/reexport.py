"""The layers again, for Scapy to run as ``scapy.layers.ssdp``."""

from upnpscapy.layers import *  # noqa: F403
