"""The comments that a pcapng file has of its packets already."""

from __future__ import annotations

from struct import Struct

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.pcapng import Section

__all__ = ["packet_comments"]

COMMENT, END = 1, 0

_HEAD = 28
"""Bytes of a block before the frame: of an enhanced packet and of an obsolete one."""

_WITH_OPTIONS = (Section.describe_enhanced, Section.describe_packet)


def packet_comments(batch: Batch, start: int, captured: int) -> list[bytes]:
    """The comments of the frame that begins at ``start``, as stored; none where it has none.

    draft-ietf-opsawg-pcapng, 3.5 and 4.3.
    """
    section = getattr(batch.describe, "__self__", None)
    if (
        not isinstance(section, Section)
        or getattr(batch.describe, "__func__", None) not in _WITH_OPTIONS
    ):
        return []
    data, head = batch.data, Struct(f"{section.order}HH").unpack_from
    end = start - _HEAD + section.word(data, start - _HEAD + 4)[0] - 4
    at, found = start + captured + -captured % 4, []
    while at + 4 <= end:
        code, size = head(data, at)
        if code == END or at + 4 + size > end:
            break
        if code == COMMENT:
            found.append(data[at + 4 : at + 4 + size])
        at += 4 + size + -size % 4
    return found
