"""A discovery message that is sent again and again, and all that is done each time."""

from __future__ import annotations

from array import array

from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.watching.rates import Rates
from upnpscapy.forensics.watching.seen_messages import Sendings

__all__ = ["Repeat"]


class Repeat:
    """A message, and all that is done when it is sent again.

    One that there was no room for has ``seen`` for its device alone.
    """

    __slots__ = ("alike", "last_ns", "numbers", "seen", "sender", "steady", "told")

    def __init__(self, sighting: Sighting, seen: Sendings, rates: Rates) -> None:
        self.steady = False
        """It is known to change nothing of its device."""
        self.numbers = array("Q")
        """Frames that ``seen`` is to be told, numbered as in their file."""
        self.last_ns = seen.last_ns
        self.sender = rates.sender(sighting.source)
        self.alike = rates.alike(sighting)
        """Where rates want it listed."""
        self.seen = seen
        self.told = 0
        """How often its device knows of, if it is ``steady``."""

    def tell(self, base: int) -> None:
        """Tell ``seen`` what it does not know yet; ``base`` is that of the file's frames."""
        numbers = self.numbers
        if numbers:
            self.seen.frames.extend(array("Q", map(base.__add__, numbers)) if base else numbers)
            self.seen.last_ns = self.last_ns
            del numbers[:]
