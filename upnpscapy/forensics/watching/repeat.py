"""A discovery message that is sent again and again, and all that is done each time."""

from __future__ import annotations

from array import array

from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.rates import Rates
from upnpscapy.forensics.watching.seen_messages import Content, Seen
from upnpscapy.protocol.ssdp_values import PORT

__all__ = ["RefusedRepeat", "Repeat", "is_usual"]


def is_usual(sighting: Sighting) -> bool:
    """Whether a message goes where such messages go; marks tell the others apart."""
    return sighting[7] == PORT or sighting[1].kind == "response"


class Repeat:
    """A message that is kept, and all that is done when it is sent again."""

    __slots__ = ("alike", "last_ns", "numbers", "seen", "sender", "steady", "told")

    def __init__(self, seen: Seen, rates: Rates) -> None:
        self.steady = False
        """It is known to change nothing of its device."""
        self.numbers = array("Q")
        """Frames that ``seen`` is to be told, numbered as in their file."""
        self.last_ns = seen.last_ns
        self.sender = rates.sender(seen.sighting.source)
        self.alike = rates.alike(seen.sighting)
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


class RefusedRepeat(Repeat):
    """A message that there was no room for; its ``seen`` is for its device alone.

    What is refused once is refused again, as room only gets less.
    """

    __slots__ = ("content",)

    def __init__(self, sighting: Sighting, place: Place, rates: Rates) -> None:
        super().__init__(Seen(sighting, place, frozenset()), rates)
        self.content: Content = sighting.payload, sighting.source, sighting.destination
