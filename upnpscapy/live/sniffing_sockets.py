"""The sockets by which Scapy sniffs, with room for what comes while nobody reads them."""

from __future__ import annotations

import socket
from collections.abc import Iterable

import scapy.layers.inet6
import scapy.layers.l2  # noqa: F401  # these two know the interfaces and what link types are
from scapy.data import ETH_P_ALL
from scapy.interfaces import resolve_iface
from scapy.supersocket import SuperSocket

from upnpscapy.live.receive_buffer import Drops, enlarge

__all__ = ["SniffingSockets"]

BUFFER = 4 << 20
"""Bytes that may wait, of which Linux grants twice as many and counts a KiB for a small frame:
some thousand of them, where Scapy's own 64 KiB hold the answers to one search at most."""

AF_PACKET = getattr(socket, "AF_PACKET", None)
"""Linux's sockets for frames; Scapy has others elsewhere, and those of libpcap."""


class SniffingSockets:
    """One for each interface; they hear from construction on.

    Raises what Scapy and the system raise: without the permission, or for an interface or a
    filter that is none.
    """

    def __init__(self, interfaces: Iterable[str], bpf: str | None) -> None:
        self.names: dict[SuperSocket, str] = {}
        """Each with the name of its interface."""
        self._drops = Drops()
        try:
            for name in interfaces:
                self._open(name, bpf)
        except BaseException:
            self.close()
            raise

    def _open(self, name: str, bpf: str | None) -> None:
        listener = resolve_iface(name).l2listen()
        sock = listener(type=ETH_P_ALL, iface=name, filter=bpf)
        self.names[sock] = name
        if isinstance(sock.ins, socket.socket) and sock.ins.family == AF_PACKET:
            self._drops.add(sock.ins)
            enlarge(sock.ins, BUFFER)

    @property
    def dropped(self) -> int:
        """Frames that came while their socket had no room, as far as the system tells."""
        return self._drops.count()

    def close(self) -> None:
        """Close them all; a second call does nothing."""
        self._drops.count()
        for sock in self.names:
            sock.close()
