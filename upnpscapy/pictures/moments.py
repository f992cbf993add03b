"""What a pass over captures leaves for pictures, in bounded memory.

Discovery and HTTP are kept apart, each within bounds of its own: so the same is left whether
their rows come mixed, in a pass, or one table after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import FILE_STRIDE, Place
from upnpscapy.forensics.search_row import SearchRow
from upnpscapy.pictures.steps import Dialogue, Dialogues, Pair, Step
from upnpscapy.pictures.tracks import Frame, Tracks

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["Asked", "Moments", "frame_at", "is_group"]

MAX_SEARCHES = 1024
"""Answered searches kept."""

MAX_REPLIES = 32
"""Answers of a search that it is known by."""

MAX_SAYS = 200
"""Characters kept of a target."""

_KIND_OF_ROLE = {
    "description": "document",
    "scpd": "document",
    "icon": "document",
    "presentation": "document",
    "control": "control",
    "subscribe": "subscribe",
    "event": "event",
    "other": "other",
}


class Asked(NamedTuple):
    """A search that was answered."""

    step: Step
    source: bytes
    destination: bytes
    replies: tuple[Frame, ...]


class Moments:
    """Who said what to whom, and when; its methods fit the callbacks of ``analyze``.

    ``analyze(path, on_message=moments.saw, on_search=moments.saw_search,
    on_exchange=moments.saw_exchange)`` gathers it without a second reading.
    """

    def __init__(self) -> None:
        self.discovery = Tracks()
        self.http = Tracks()
        self.answers = Dialogues()
        """Answers to searches, by who searched and who answered."""
        self.exchanges = Dialogues()
        """HTTP exchanges by control point and device; of an event, the device is the client."""
        self.searches: list[Asked] = []
        self.searches_left_out = 0

    @classmethod
    def of(cls, case: Case) -> Moments:
        """What the pass would have left, from the tables of a case; that reads the files again."""
        moments = cls()
        for sighting in case.messages:
            moments.saw(sighting)
        for search in case.searches:
            moments.saw_search(search)
        for exchange in case.exchanges:
            moments.saw_exchange(exchange)
        return moments

    def saw(self, sighting: Sighting) -> None:
        """Take a message of discovery."""
        self.saw_all((sighting,))

    def saw_all(self, found: Sequence[Sighting]) -> None:
        """Take messages of discovery, in their order."""
        self.discovery.take_messages(found)
        wants = self.answers.wants
        for sighting in found:
            if sighting[1].kind == "response":
                dialogue = wants((sighting[6], sighting[4]), "response")
                if dialogue is not None:
                    says = (sighting.target or "")[:MAX_SAYS]
                    frame = sighting.capture, sighting.frame
                    step = Step("response", "response", says, sighting.time_ns, frame)
                    dialogue.steps.append(step)

    def saw_search(self, row: SearchRow) -> None:
        """Take a search whose replies are known."""
        replies, late_replies = row.search.replies, row.search.late_replies
        if not replies.count and not late_replies.count:
            return
        if len(self.searches) >= MAX_SEARCHES:
            self.searches_left_out += 1
            return
        sighting = row.sighting
        says = (sighting.ssdp.st or "")[:MAX_SAYS]
        frame = sighting.capture, sighting.frame
        step = Step("search", "search", says, sighting.time_ns, frame)
        numbers = islice(chain(replies, late_replies), MAX_REPLIES)
        known_by = tuple(frame_at(row.place, number) for number in numbers)
        self.searches.append(Asked(step, sighting.source, sighting.destination, known_by))

    def saw_exchange(self, row: ExchangeRow) -> None:
        """Take an HTTP exchange."""
        exchange, place = row.exchange, row.place
        request, response = exchange.request, exchange.response
        kind = _KIND_OF_ROLE[row.role]
        client, server = exchange.client_address, exchange.server_address
        asked = _begin(request, place)
        answered = _begin(response, place)
        shown = asked or answered
        if shown is None:
            return
        asked_ns = None if request is None else request.time_ns
        answered_ns = None if response is None else response.time_ns
        time_ns = answered_ns if asked_ns is None else asked_ns
        self.http.take(client, server, kind, *shown, time_ns)
        status = exchange.status
        if status is not None and status >= 400 and answered is not None:
            self.http.take(server, client, "refusal", *answered, answered_ns)
        pair = (server, client) if kind == "event" else (client, server)
        dialogue = self.exchanges.wants(pair, kind)
        if dialogue is None:
            return
        says = f"{row.method or '?'} {row.target or ''}"[:MAX_SAYS]
        dialogue.steps.append(
            Step(kind, row.role, says, asked_ns, asked, answered_ns, answered, status)
        )

    @property
    def conversations(self) -> list[tuple[str, str]]:
        """(control point, device) of each conversation, the one with most to tell first."""
        pairs = sorted(self.pairs(), key=self._weight, reverse=True)
        return [(address_text(client), address_text(server)) for client, server in pairs]

    def pairs(self) -> list[Pair]:
        """The same as packed addresses, in the order they began."""
        return list(dict.fromkeys([*self.exchanges.found, *self.answers.found]))

    def dialogues(self, pair: Pair) -> list[Dialogue]:
        """What was kept of a conversation: exchanges, answers."""
        both = (self.exchanges.found.get(pair), self.answers.found.get(pair))
        return [one for one in both if one is not None]

    def _weight(self, pair: Pair) -> tuple[int, int, int]:
        """How many kinds of UPnP it has, how many steps of these, and how many steps in all."""
        counts: dict[str, int] = {}
        for dialogue in self.dialogues(pair):
            counts |= dialogue.counts
        every = sum(counts.values())
        counts.pop("other", None)
        return len(counts), sum(counts.values()), every


def _begin(message: HttpMessage | None, place: Place) -> Frame | None:
    """The frame of a message's first byte."""
    number = None if message is None else message.frames.first
    return None if number is None else frame_at(place, number)


def frame_at(place: Place, number: int) -> Frame:
    """The file and the number in it of a number used inside."""
    ordinal, frame = divmod(number, FILE_STRIDE)
    return place.names[ordinal], frame


def is_group(address: bytes) -> bool:
    """Whether it is multicast, or broadcast to a network."""
    if len(address) == 4:
        return 224 <= address[0] < 240 or address == b"\xff\xff\xff\xff"
    return address[:1] == b"\xff"
