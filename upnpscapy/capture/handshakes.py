"""Segments with SYN: the connections that were tried, whatever they would carry."""

from __future__ import annotations

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.passing import SYN

__all__ = ["FLAGS_4", "FLAGS_6", "Syn", "read_syn"]

Syn = tuple[int, int | None, bytes, int, bytes | None]
"""Frame, time, ends, flags, and the link address of the sender, of a segment with SYN.

The ends are as in the packet: addresses of source and destination, then their ports.
"""

FLAGS_4, FLAGS_6 = 47, 67
"""Where TCP's flags are in a plain Ethernet frame of IPv4, and of IPv6."""

_ENDS = {FLAGS_4: 26, FLAGS_6: 22}
"""Where the ends begin, which lie before sequence numbers and a length: nine bytes."""


def read_syn(batch: Batch, frame: int, at: int, flags_at: int) -> Syn | None:
    """A SYN in the plain frame, of this number, that begins there; None if it is none."""
    data, place = batch.data, at + flags_at
    if place >= len(data) or not data[place] & SYN:
        return None
    time_ns, captured, _ = batch.describe(data, at)
    if flags_at >= captured:
        return None
    ends = data[at + _ENDS[flags_at] : place - 9]
    return frame, time_ns, ends, data[place], data[at + 6 : at + 12]
