"""One response to a search that was sent here."""

from __future__ import annotations

from dataclasses import dataclass

from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import printable
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree, card

__all__ = ["Reply"]


@dataclass(frozen=True, slots=True, repr=False)
class Reply(Shown):
    """A response to a search."""

    sighting: Sighting
    """The message with its envelope, a row of ``messages``."""
    search: Sighting | None
    """The M-SEARCH it answers; None if it names another target than any that was sent."""
    late: bool
    """It came after MX and a second more."""

    @property
    def usn(self) -> str | None:
        """Unique service name: device and type."""
        return self.sighting.ssdp.usn

    @property
    def st(self) -> str | None:
        """The target it answers for."""
        return self.sighting.ssdp.st

    @property
    def udn(self) -> str | None:
        """The device, ``uuid:…``."""
        return self.sighting.ssdp.udn

    @property
    def location(self) -> str | None:
        """Where its description is."""
        return self.sighting.ssdp.location

    @property
    def server(self) -> str | None:
        """What the device says that it runs."""
        return self.sighting.ssdp.server

    @property
    def src(self) -> str:
        """The address that answered."""
        return self.sighting.src

    @property
    def defects(self) -> list[str]:
        """Names of its deviations."""
        return self.sighting.defects

    def column(self, name: str) -> object:
        """The value of a column of ``messages``."""
        return self.sighting.column(name)

    def tree(self) -> Tree:
        """The message with its envelope, and what it answers."""
        asked = "no search that was sent" if self.search is None else f"for {self.search.st}"
        fields = (("answers", asked), ("late", self.late or None))
        return card(self.src, self.usn or "", fields, self.sighting.tree().roots)

    def _summary(self) -> str:
        return printable(f"Reply {self.src} {(self.usn or self.st or '')[:MAX_SUMMARY]}")

    def __str__(self) -> str:
        return f"{self.src}  {self.usn or self.st}  {self.location or ''}".rstrip()
