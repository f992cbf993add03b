"""What waits in the system until a socket is read: how much may, and how much did not fit.

Linux tells the second of every socket; of other systems nothing is known.
"""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress

__all__ = ["Drops", "enlarge"]

SO_RCVBUFFORCE, SO_MEMINFO = (33, 55) if sys.platform == "linux" else (None, None)
"""A size beyond the system's bound, and counters of a socket; Python does not name them."""

_counters = struct.Struct("@9I")
_DROPS = 8
"""SK_MEMINFO_DROPS, among the counters of SO_MEMINFO (Linux 4.12)."""

_WRAP = 1 << 32


def enlarge(sock: socket.socket, size: int) -> None:
    """Let so many bytes wait, or as many as the system grants who may not ask for more."""
    if SO_RCVBUFFORCE is not None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, size)
            return
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


class Drops:
    """Counts what did not fit into the buffers of sockets since they were added.

    Linux counts datagrams of a wrong checksum among it.
    """

    def __init__(self) -> None:
        self._since: dict[socket.socket, tuple[int, int]] = {}

    def add(self, sock: socket.socket) -> None:
        """Count for a socket too, if its system tells."""
        if (told := _told(sock)) is not None:
            self._since[sock] = (told, told)

    def count(self) -> int:
        """How many packets; of a socket that is closed, how many when this was last asked."""
        for sock, (first, _) in list(self._since.items()):
            if (told := _told(sock)) is not None:
                self._since[sock] = (first, told)
        return sum((last - first) % _WRAP for first, last in list(self._since.values()))


def _told(sock: socket.socket) -> int | None:
    if SO_MEMINFO is None:
        return None
    with suppress(OSError, struct.error):
        told = sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, _counters.size)
        return int(_counters.unpack(told)[_DROPS])
    return None
