"""A discovery message that is sent again and again, and all that is done each time."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from operator import itemgetter

from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.rates import Rates
from upnpscapy.forensics.watching.seen_messages import Content, Seen

__all__ = ["NO_OTHERS", "RefusedRepeat", "Repeat", "Way", "way_of"]

Way = tuple[bytes, bytes, int, bytes | None]
"""Source, destination, its port, link source: of what comes the same way the marks are equal."""

way_of: Callable[[Sighting], Way] = itemgetter(4, 6, 7, 8)


class Repeat:
    """A message that is kept, and all that is done when it is sent again.

    With a million of them memory is what takes the time: what is looked at lies together, and
    is the same object in all if it is equal.
    """

    __slots__ = (
        *("source", "link", "destination", "steady", "numbers", "last_ns", "sender", "alike"),
        *("others", "seen", "told"),
    )

    def __init__(self, seen: Seen, rates: Rates, same: dict[bytes, bytes]) -> None:
        sent = seen.sighting
        source, link = sent.source, sent.link_source
        self.source = same.setdefault(source, source)
        self.link = None if link is None else same.setdefault(link, link)
        self.destination = same.setdefault(sent.destination, sent.destination)
        self.steady = False
        """It is known to change nothing of its device."""
        self.numbers = array("Q")
        """Frames that ``seen`` is to be told."""
        self.last_ns = seen.last_ns
        self.sender = rates.sender(sent.source)
        self.alike = rates.alike(sent)
        """Where rates want it listed."""
        self.others: dict[bytes, Repeat] = NO_OTHERS
        """The same payload from other senders."""
        self.seen = seen
        self.told = 0
        """How often its device knows of, if it is ``steady``."""

    def tell(self) -> None:
        """Tell ``seen`` what it does not know yet."""
        if self.numbers:
            self.seen.frames.extend(self.numbers)
            self.seen.last_ns = self.last_ns
            del self.numbers[:]


NO_OTHERS: dict[bytes, Repeat] = {}


class RefusedRepeat(Repeat):
    """A message that there was no room for; its ``seen`` is for its device alone.

    What is refused once is refused again, as room only gets less.
    """

    __slots__ = ("content",)

    def __init__(
        self, sighting: Sighting, place: Place, rates: Rates, same: dict[bytes, bytes]
    ) -> None:
        super().__init__(Seen(sighting, place, frozenset()), rates, same)
        self.content: Content = sighting.payload, self.source, self.destination
