"""The catalogue of deviations in NAT-PMP and PCP messages."""

from __future__ import annotations

from upnpscapy.protocol.deviation import Deviation

__all__ = ["CATALOGUE", "PortControlDefect"]

CATALOGUE: dict[str, tuple[str, str]] = {
    "too-short": ("RFC 6886, 3; RFC 6887, 7", "the message ends before its fields do"),
    "trailing-bytes": ("RFC 6886, 3; RFC 6887, 7", "bytes follow what the fields tell of"),
    "reserved-not-zero": ("RFC 6886, 3.3; RFC 6887, 7", "a reserved field is not zero"),
    "unknown-version": ("RFC 6886, 3.5; RFC 6887, 9", "the version is neither 0 nor 2"),
    "unknown-opcode": ("RFC 6886, 3.5; RFC 6887, 7", "no operation has this opcode"),
    "unknown-result": ("RFC 6886, 3.5; RFC 6887, 7.4", "no result has this code"),
    "length-not-of-four": ("RFC 6887, 7", "the length is not a multiple of four bytes"),
    "too-long": ("RFC 6887, 7", "the message is longer than 1100 bytes"),
    "option-cut": ("RFC 6887, 7.3", "an option is longer than what is left of the message"),
    "option-length": ("RFC 6887, 13", "an option has not the length its code asks for"),
    "duplicate-option": ("RFC 6887, 13", "an option that may come once comes again"),
}
"""name → (clause, what it means)."""


class PortControlDefect(Deviation[int]):
    """One deviation; ``found`` is the offset of the byte where it is."""

    __slots__ = ()

    catalogue = CATALOGUE
