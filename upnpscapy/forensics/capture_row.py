"""A row of ``captures``: what is known of one input file, and what was not read of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from upnpscapy.display import Columns, Through, iso_utc, printable
from upnpscapy.tree import Shown, Tree

__all__ = ["CAPTURE_COLUMNS", "CaptureRow"]

CAPTURE_COLUMNS = Columns(
    "capture sha256 format link_types frames first_time last_time bytes_left incomplete limits",
    numbers="frames bytes_left",
    truths="incomplete",
    lists="link_types limits",
)


@dataclass(slots=True, repr=False)
class CaptureRow(Shown):
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

    first_time = Through[str | None](lambda row: iso_utc(row.first_time_ns))
    """When its first frame was captured, as ISO 8601 in UTC."""
    last_time = Through[str | None](lambda row: iso_utc(row.last_time_ns))
    """When its last frame was captured, as ISO 8601 in UTC."""

    def tree(self) -> Tree:
        """What was read of it, and what was not."""
        from upnpscapy.forensics.views.captures import capture_tree

        return capture_tree(self)

    def _summary(self) -> str:
        return f"CaptureRow {printable(self.capture)} {self.format} {self.frames} frames"

    def column(self, name: str) -> object:
        """The value of a column of ``CAPTURE_COLUMNS``."""
        return getattr(self, name)
