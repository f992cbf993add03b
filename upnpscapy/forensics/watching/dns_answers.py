"""The addresses in a DNS response (RFC 1035, 4.1); hostile bytes give none, and never raise."""

from __future__ import annotations

from struct import Struct, error
from typing import NamedTuple

from upnpscapy.capture.datagrams import address_text

__all__ = ["HEADER", "AddressRecord", "plain_name", "read_addresses"]

HEADER = 12
"""Bytes before the first question."""

MAX_RECORDS = 128
MAX_JUMPS = 16
"""Compressed parts of one name that are followed."""
MAX_NAME = 255
"""Bytes (RFC 1035, 3.1)."""

A, AAAA = 1, 28
_SIZES = {A: 4, AAAA: 16}

_counts = Struct(">HHHHHH").unpack_from
_record = Struct(">HHIH").unpack_from


class AddressRecord(NamedTuple):
    """An A or AAAA record."""

    name: str
    """As names are compared."""
    address: str
    ttl: int


def plain_name(name: str) -> str:
    """A name as names are compared: in lower case, without the last dot."""
    return name.rstrip(".").lower()


def read_addresses(payload: bytes) -> tuple[str | None, list[AddressRecord]]:
    """The name asked for (None if the response repeats no question), and its addresses."""
    found: list[AddressRecord] = []
    asked: str | None = None
    names: dict[int, str] = {}
    try:
        _, flags, questions, *counts = _counts(payload)
        if not flags & 0x8000:
            return None, []
        at = HEADER
        for number in range(min(questions, MAX_RECORDS)):
            name, at = _read_name(payload, at, names)
            asked = name if number == 0 else asked
            at += 4
        for _ in range(min(sum(counts), MAX_RECORDS)):
            name, at = _read_name(payload, at, names)
            kind, _, ttl, size = _record(payload, at)
            at += 10
            if _SIZES.get(kind) == size and at + size <= len(payload):
                found.append(AddressRecord(name, address_text(payload[at : at + size]), ttl))
            at += size
    except (error, IndexError, _BadNameError):
        pass  # what was read before the damage counts
    return asked, found


class _BadNameError(Exception):
    pass


def _read_name(data: bytes, at: int, names: dict[int, str]) -> tuple[str, int]:
    """A name, and where what follows it begins; ``names`` are those read, by where they begin."""
    begin = at
    if data[at] >= 0xC0:
        begin = (data[at] & 0x3F) << 8 | data[at + 1]
        known = names.get(begin)
        if known is not None:
            return known, at + 2
    labels: list[bytes] = []
    behind: int | None = None
    size = jumps = 0
    while length := data[at]:
        if length >= 0xC0:
            behind = at + 2 if behind is None else behind
            at = (length & 0x3F) << 8 | data[at + 1]
            jumps += 1
        else:
            labels.append(data[at + 1 : at + 1 + length])
            at += 1 + length
            size += 1 + length
        if jumps > MAX_JUMPS or size > MAX_NAME:
            raise _BadNameError
    name = names[begin] = plain_name(b".".join(labels).decode("ascii", "backslashreplace"))
    return name, at + 1 if behind is None else behind
