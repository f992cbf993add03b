"""What tells of a frame, already when its record is walked, that nobody wants it.

Most frames of a capture are TCP segments of connections that are known not to be HTTP.
A record's lengths and what matters of the frame behind them lie side by side,
so that one look at the bytes finds the next record and passes over this one.
"""

from __future__ import annotations

__all__ = ["HEAD", "HEAD_SIZE"]

HEAD = "12x3s8xB2x12s9xB"
"""Of an Ethernet frame: ``PLAIN_IPV4``, protocol, the key of the direction, flags of TCP.

What a frame is too short for is read from the bytes behind it. That does no harm: a frame that
ends before its flags is no segment of anything."""

HEAD_SIZE = 48
