"""A row of ``captures``: what is known of one input file, and what was not read of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from upnpscapy.display import Columns, iso_utc

__all__ = ["CAPTURE_COLUMNS", "CaptureRow"]

CAPTURE_COLUMNS = Columns(
    "capture sha256 format link_types frames first_time last_time bytes_left incomplete limits",
    numbers="frames bytes_left",
    truths="incomplete",
    lists="link_types limits",
)


@dataclass(slots=True)
class CaptureRow:
    """One input file."""

    capture: str
    """Its name as given."""
    sha256: str
    """Of the file as stored, compressed or not."""
    format: str | None
    """``pcap``, ``pcap-ns`` or ``pcapng``, with ``+gzip``, ``+zstd`` or ``+xz``."""
    link_types: list[str]
    frames: int
    first_time_ns: int | None
    last_time_ns: int | None
    bytes_left: int
    """Bytes at the end, after decompression, that were not read as frames."""
    incomplete: bool
    """Whether the reading stopped before the end of the file, or the file before its own."""
    limits: list[str] = field(default_factory=list)
    """What was cut, dropped, or hit a limit, in words."""

    def column(self, name: str) -> object:
        """The value of a column of ``CAPTURE_COLUMNS``."""
        if name == "first_time":
            return iso_utc(self.first_time_ns)
        if name == "last_time":
            return iso_utc(self.last_time_ns)
        return getattr(self, name)
