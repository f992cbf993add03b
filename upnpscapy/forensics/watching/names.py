"""What host names were resolved to in a capture: A and AAAA answers of DNS and mDNS.

Captures have many answers and rules few questions: responses are kept as bytes, by the name
that was asked for, and read when someone asks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from upnpscapy.capture.datagrams import address_text
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.dns_answers import HEADER, plain_name, read_addresses
from upnpscapy.forensics.watching.surroundings import Surroundings

__all__ = ["Answer", "Names"]

MAX_NAMES = 16_384
FEW, MAX_RESPONSES = 8, 32
"""Distinct responses kept for one name: whatever they say, and if they have a local address.

Names of the Web have new addresses all the time; what matters is a name that becomes local.
"""

MAX_ASKED = 16
"""Names whose responses are looked for; if more are asked for, all are read."""

MAX_WAITING = 512
"""Responses that wait to be looked at."""

MAX_LABEL = 63
"""Bytes of a part of a name (RFC 1035, 3.1)."""

BYTES = 8 << 20
"""Of all responses kept."""

MAX_SIZE = 4096
"""Bytes of a response that is kept."""


_MAY_BE_LOCAL = re.compile(
    rb"\0\x04(?:\n|\x7f|\xc0\xa8|\xac[\x10-\x1f]|\xa9\xfe|\0)|\0\x10(?:[\xfc-\xfe]|\0)", re.DOTALL
)
"""The length of an address, and how one begins that is private, of the link, or of the host."""


class Answer(NamedTuple):
    """One address that a name was said to have."""

    name: str
    """In lower case, without the last dot."""
    address: str
    ttl: int
    """Seconds."""
    frame: int
    """Of the first such answer, numbered as inside."""
    time_ns: int | None
    source: str
    """Who answered."""
    place: Place


class _Response(NamedTuple):
    payload: bytes
    frame: int
    time_ns: int | None
    source: bytes
    place: Place


_Received = tuple[bytes, int, int | None, bytes, Place]
"""What a ``_Response`` is made of, which most never become."""


class Names:
    """Answers by name, in the order they were first seen."""

    def __init__(self) -> None:
        self._responses: dict[bytes, list[_Response]] = {}
        self._maybe_local: list[_Response] = []
        """Those of them in which an address may be one that is local by itself."""
        self._known: set[bytes] = set()
        """What is kept, but for the number of the question."""
        self._answers: dict[str, list[Answer]] | None = None
        self._asked: dict[str, list[Answer]] = {}
        self._search: _Haystack | None = None
        self._left = BYTES
        self._left_out = 0
        self._waiting: list[_Received] = []

    @property
    def left_out(self) -> int:
        """Responses beyond those kept."""
        self._take()
        return self._left_out

    def saw_response(
        self, payload: bytes, frame: int, time_ns: int | None, source: bytes, place: Place
    ) -> None:
        """Take a datagram from or to the port of DNS or mDNS; only answers are kept."""
        self._waiting.append((payload, frame, time_ns, source, place))
        if len(self._waiting) >= MAX_WAITING or len(payload) > MAX_SIZE:
            self._take()

    def _take(self) -> None:
        """Take what waits; together, as between two responses much else comes."""
        known = self._known
        for received in self._waiting:
            payload = received[0]
            if len(payload) >= HEADER + 5 and payload[2] & 0x80 and payload[6:8] != b"\0\0":
                same = payload[2:]
                if same not in known:
                    self._keep(payload, same, received)
        self._waiting.clear()

    def _keep(self, payload: bytes, same: bytes, received: _Received) -> None:
        # All that is asked for one name begins alike; mDNS has the answer's name there.
        key = payload[HEADER : payload.find(b"\0", HEADER) + 5].lower()
        responses = self._responses.get(key)
        if responses is None:
            if len(self._responses) >= MAX_NAMES:
                self._left_out += 1
                return
            responses = self._responses[key] = []
        may_be_local = _MAY_BE_LOCAL.search(payload, HEADER) is not None
        if len(responses) >= FEW and not may_be_local:
            return
        size = len(payload)
        if len(responses) >= MAX_RESPONSES or size > MAX_SIZE or size > self._left:
            self._left_out += 1
            return
        self._left -= size
        self._known.add(same)
        response = _Response(*received)
        responses.append(response)
        if may_be_local:
            self._maybe_local.append(response)
        self._answers = self._search = None
        self._asked.clear()

    def of(self, name: str) -> list[Answer]:
        """What a name was resolved to, also by an alias, earliest first; empty if nothing tells.

        Each address comes once for each who answered.
        """
        self._take()
        name = plain_name(name)
        if self._answers is None and len(self._asked) >= MAX_ASKED:
            self._answers = self._read(self._kept)
        if self._answers is not None:
            return self._answers.get(name, [])
        answers = self._asked.get(name)
        if answers is None:
            if self._search is None:
                self._search = _Haystack(self._kept)
            told = self._search.having(_first_label(name))
            answers = self._asked[name] = self._read(told).get(name, [])
        return answers

    def local(self, surroundings: Surroundings) -> set[str]:
        """Names that were said to have an address which is local."""
        self._take()
        kept = self._maybe_local if surroundings.is_private else self._kept
        return {
            name
            for name, answers in self._read(kept).items()
            if any(surroundings.is_local(answer.address) for answer in answers)
        }

    @property
    def _kept(self) -> list[_Response]:
        self._take()
        return [one for group in self._responses.values() for one in group]

    @staticmethod
    def _read(kept: Iterable[_Response]) -> dict[str, list[Answer]]:
        """The answers of some responses, by name."""
        found: dict[str, dict[tuple[str, str], Answer]] = {}
        for response in sorted(kept, key=lambda one: one.frame):
            asked, records = read_addresses(response.payload)
            source = address_text(response.source)
            for record in records:
                name, address, ttl = record
                of = response.frame, response.time_ns, source, response.place
                for told in (name,) if not asked or asked == name else (asked, name):
                    answers = found.setdefault(told, {})
                    if (address, source) not in answers:
                        answers[address, source] = Answer(told, address, ttl, *of)
        return {name: list(answers.values()) for name, answers in found.items()}


class _Haystack:
    """All responses in one text, to find those with a label."""

    def __init__(self, kept: list[_Response]) -> None:
        self._kept = kept
        payloads = [one.payload for one in kept]
        self._text = b"".join(payloads).lower()
        self._ends = list(accumulate(map(len, payloads)))

    def having(self, label: bytes) -> Iterator[_Response]:
        """Those that have a label in them, all for an empty one."""
        if not label:
            yield from self._kept
            return
        at = self._text.find(label)
        while at >= 0:
            place = bisect_right(self._ends, at)
            yield self._kept[place]
            at = self._text.find(label, self._ends[place])


def _first_label(name: str) -> bytes:
    """What every response that tells of a name has in it, b"" where nothing is known.

    Labels are written out at least once, each behind its length (RFC 1035, 4.1.4).
    """
    label = name.partition(".")[0]
    if "\\" in label or not label.isascii() or len(label) > MAX_LABEL:
        return b""
    return bytes([len(label)]) + label.encode()
