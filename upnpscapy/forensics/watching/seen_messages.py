"""The distinct discovery messages of a capture, each with the frames of its repeats.

Devices repeat themselves: a million messages are some thousand distinct ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from upnpscapy.capture.ip import is_group
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.finding import Evidence
from upnpscapy.forensics.key_index import KeyIndex
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.message_marks import marks_of
from upnpscapy.protocol.frames import Frames
from upnpscapy.protocol.httpu import Header
from upnpscapy.protocol.ssdp import Kind

__all__ = ["Content", "Group", "Seen", "SeenMessages", "Sendings"]

MAX_MESSAGES = 6144
MAX_OF_A_LINK = 2048
MAX_OF_A_SENDER = 512
"""Distinct messages kept: in all, of one link address, and of one IP address."""

MAX_PECULIAR = 2048
MAX_PECULIAR_OF_A_LINK = 256
MAX_OF_A_MARK = 48
"""The same of those with a mark, which are kept besides: no flood pushes them out.
Of one sender so many of the same marks."""

BYTES = 6 << 20
"""Of payload; what is made of it takes some times more."""

COPY_NS = 5_000_000
"""What a bridge or a mirror port repeats, it repeats within this."""

Group = tuple[bytes, bytes, bytes | None, bytes]
"""Payload, sender, link address of the sender, destination."""

Content = tuple[bytes, bytes, bytes]
"""The same without the link address: what a bridge leaves as it is."""

Sent = Sequence[Sighting]

_SenderMarks = tuple[bytes, frozenset[str]]


class Sendings:
    """A message, and the frames it was sent in."""

    __slots__ = ("frames", "kind", "last_ns", "ssdp")

    def __init__(self, sighting: Sighting) -> None:
        self.ssdp = sighting.ssdp
        """What it means."""
        self.kind: Kind = self.ssdp.kind
        """``search alive byebye update response other``."""
        self.frames = Frames()
        """Numbered as inside, unlike ``Sighting.frame``."""
        self.last_ns = sighting.time_ns


class Seen(Sendings):
    """One message of one sender to one destination, and its repeats."""

    __slots__ = (
        *("dst", "first_ns", "link_src", "marks", "payload", "place", "sighting", "src"),
        "to_group",
    )

    def __init__(self, sighting: Sighting, place: Place, marks: frozenset[str]) -> None:
        super().__init__(sighting)
        self.sighting = sighting
        """The first time it was sent."""
        self.payload = sighting.payload
        self.src = sighting.src
        """The sender's address."""
        self.dst = sighting.dst
        """The receiver's address."""
        self.to_group = is_group(sighting.destination)
        """Whether it went to many."""
        self.link_src = sighting.link_src
        """The sender's link address."""
        self.place = place
        self.first_ns = sighting.time_ns
        self.marks = marks
        """What is peculiar about it: some of ``message_marks.MARKS``."""

    def evidence(self, what: str, value: object = None) -> Evidence:
        """Its frames as evidence."""
        ends, times = (self.src, self.dst), (self.first_ns, self.last_ns)
        return Evidence.of(what, self.place, self.frames, times[0], *ends, value, times[1])

    def __repr__(self) -> str:
        return f"<Seen {self.kind} {self.src} {self.ssdp.target} {self.frames!r}>"


class SeenMessages:
    """Distinct messages in the order they were first seen.

    What a bridge sent on, or a mirror port copied, with another link address is left out.
    """

    def __init__(self) -> None:
        self.left_out = 0
        """Messages that are no repeats of those kept."""
        self._seen: list[Seen] = []
        self._fields: KeyIndex[Header] | None = None
        self._of_devices: defaultdict[str, list[Seen]] | None = None
        self._copies: set[Group] = set()
        self._first: dict[Content, Group] = {}
        self._of_sender: dict[bytes, int] = {}
        self._of_link: dict[bytes | None, int] = {}
        self._peculiar = 0
        self._peculiar_of_link: dict[bytes | None, int] = {}
        self._of_marks: dict[_SenderMarks, int] = {}
        self._left, self._left_for_copies = BYTES, BYTES

    def __iter__(self) -> Iterator[Seen]:
        return iter(self._seen)

    def __len__(self) -> int:
        return len(self._seen)

    def of_kind(self, *kinds: Kind) -> Iterator[Seen]:
        """Those of some kinds, in order."""
        return (seen for seen in self._seen if seen.kind in kinds)

    def from_sender(self, address: str) -> Iterator[Seen]:
        """Those of one IP address, in order."""
        return (seen for seen in self._seen if seen.src == address)

    def with_field(self, is_wanted: Callable[[Header], bool]) -> Iterator[tuple[Seen, Header]]:
        """(Message, field) for each header field that is wanted, in order.

        Messages have most of their fields in common: each distinct one is asked about once.
        """
        if self._fields is None:
            self._fields = KeyIndex(seen.ssdp.message.headers for seen in self._seen)
        for place in self._fields.having(is_wanted):
            seen = self._seen[place]
            for header in seen.ssdp.message.headers:
                if is_wanted(header):
                    yield seen, header

    @property
    def of_devices(self) -> Mapping[str, list[Seen]]:
        """UDN, in lower case → the messages that have it in their USN, in order."""
        if self._of_devices is None:
            self._of_devices = defaultdict(list)
            for seen in self._seen:
                udn = seen.ssdp.udn
                if udn is not None:
                    self._of_devices[udn.lower()].append(seen)
        return self._of_devices

    @property
    def peculiar(self) -> Iterator[Seen]:
        """Those with a mark, in order; they are among the others too."""
        return (seen for seen in self._seen if seen.marks)

    def take(
        self, group: Group, sighting: Sighting, place: Place, sent: Callable[[Group], Sent]
    ) -> Seen | None:
        """A message that equals none so far if it is kept from now on, and to be told its frames.

        ``sent`` gives all equal messages of a batch of frames.
        """
        if self._copies and group in self._copies:
            return None
        payload, source, _, destination = group
        content = payload, source, destination
        first = self._first.get(content)
        if first is not None and self._is_copy(sighting, sent(first)):
            if len(payload) <= self._left_for_copies:
                self._left_for_copies -= len(payload)
                self._copies.add(group)
            return None
        marks = self._room(group, sighting)
        if marks is None:
            self.left_out += 1
            return None
        seen = Seen(sighting, place, marks)
        self._first.setdefault(content, group)
        self._left -= len(payload)
        self._seen.append(seen)
        self._fields = self._of_devices = None
        return seen

    def can_be_copy(self, content: Content) -> bool:
        """Whether it is kept from one link address, so that from another it may be a copy."""
        return content in self._first

    def refuses_again(self, content: Content) -> bool:
        """Whether a message that was not taken is refused for want of room, once more.

        Then it always will be, unless it becomes a copy of one that is kept.
        """
        if content in self._first:
            return False
        self.left_out += 1
        return True

    def close(self) -> None:
        """Drop what only taking needs."""
        self._first.clear()
        self._copies.clear()

    def _room(self, group: Group, sighting: Sighting) -> frozenset[str] | None:
        """The marks of a message if there is room for it, else None."""
        payload, source, link, _ = group
        if len(payload) > self._left:
            return None
        of_sender, of_link = self._of_sender.get(source, 0), self._of_link.get(link, 0)
        ordinary = (
            of_sender < MAX_OF_A_SENDER
            and (of_link < MAX_OF_A_LINK or link is None)
            and len(self._seen) - self._peculiar < MAX_MESSAGES
        )
        if not ordinary and (
            self._peculiar >= MAX_PECULIAR
            or self._peculiar_of_link.get(link, 0) >= MAX_PECULIAR_OF_A_LINK
        ):
            return None
        marks = marks_of(sighting)
        if ordinary:
            self._of_sender[source], self._of_link[link] = of_sender + 1, of_link + 1
            return marks
        count = self._of_marks.get((source, marks), 0)
        if not marks or count >= MAX_OF_A_MARK:
            return None
        self._of_marks[source, marks] = count + 1
        self._peculiar += 1
        self._peculiar_of_link[link] = self._peculiar_of_link.get(link, 0) + 1
        return marks

    @staticmethod
    def _is_copy(sighting: Sighting, before: Sent) -> bool:
        """Whether what was sent first was sent from another link address just then."""
        time_ns = sighting.time_ns
        if time_ns is None:
            return False
        times = (sighting.time_ns for sighting in before[:64])
        return any(time is not None and abs(time - time_ns) <= COPY_NS for time in times)
