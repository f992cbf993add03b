"""Attacks of the corpus hidden in ordinary traffic, and what rules find in it.

Ten recipes of `tests.corpus` are played into the stream, evenly and in order of time. All that
is found of MEDIUM or above must be what they say is to be found, with the frames they say.
"""

import hashlib
import heapq
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import upnpscapy
from tests.corpus.recipe import Expected
from tests.corpus.table import PAIRS
from tests.corpus.wire import Wire
from upnpscapy.forensics.finding import SEVERITIES

from .truth import Frame

PLANTED = (
    "ssdp-cmd-injection",
    "location-mismatch",
    "natpmp-pcp",
    "xxe",
    "upnproxy",
    "mapping-to-gateway",
    "cve-2014-8361",
    "cve-2017-17215",
    "callstranger",
    "drive-by-soap",
)
"""Captures of the corpus, in the order in which they come."""
MEDIUM = SEVERITIES.index("MEDIUM")
PORTS_OF_AN_ATTACK = 500
US = 1000
"""Nanoseconds."""


class Attack(NamedTuple):
    """What a recipe puts on the wire."""

    name: str
    frames: list[tuple[int, bytes]]
    """Microseconds since its beginning, bytes."""
    expected: list[Expected]
    """With frames as the attack counts them, from 1 on."""


@cache
def attacks() -> tuple[Attack, ...]:
    """Return the ten."""
    pairs = {pair.name: pair for pair in PAIRS}
    found = []
    for number, name in enumerate(PLANTED):
        wire = Wire(pairs[name].link)
        wire._port += number * PORTS_OF_AN_ATTACK  # they are connections of one network
        expected = [
            one._replace(rule=one.rule or pairs[name].rule, frames=sorted(set(one.frames)))
            for one in pairs[name].play(wire, True)
        ]
        begin = wire.frames[0][0]
        frames = [((time_ns - begin) // US, data) for time_ns, data in wire.frames]
        found.append(Attack(name, frames, expected))
    return tuple(found)


def digest() -> str:
    """Return what changes when an attack does."""
    known = hashlib.sha256()
    for attack in attacks():
        known.update(repr((attack.frames, attack.expected)).encode())
    return known.hexdigest()


class Planter:
    """Plays the attacks into a stream of so many frames of which they are a part."""

    def __init__(self, frames: int) -> None:
        self._own = sum(len(attack.frames) for attack in attacks())
        self._ordinary = frames - self._own
        self._numbers: list[list[int]] = [[] for _ in attacks()]

    def frames(self, stream: Iterator[Frame]) -> Iterator[Frame]:
        """Yield both, in order of time."""
        every = self._ordinary // (len(attacks()) + 1)
        waiting: list[tuple[int, int, int, bytes]] = []
        number = 0
        for position in range(self._ordinary):
            frame = next(stream)
            which, rest = divmod(position, every)
            if not rest and 0 < which <= len(attacks()):
                for at, (after, data) in enumerate(attacks()[which - 1].frames):
                    heapq.heappush(waiting, (frame.time_us + after, which - 1, at, data))
            # The last frames wait for what is left.
            end = frame.time_us if position < self._ordinary - 1 else 1 << 63
            while waiting and waiting[0][0] < end:
                time_us, which, _, data = heapq.heappop(waiting)
                number += 1
                self._numbers[which].append(number)
                yield Frame(min(time_us, frame.time_us), data, None)
            number += 1
            yield frame

    def as_dict(self) -> list[dict[str, Any]]:
        """Return what is to be found; it holds when all frames have been taken."""
        return [
            {
                "rule": one.rule,
                "severity": one.severity,
                "frames": [numbers[frame - 1] for frame in one.frames],
            }
            for attack, numbers in zip(attacks(), self._numbers, strict=True)
            for one in attack.expected
        ]


def mistakes(path: str, planted: list[dict[str, Any]]) -> list[str]:
    """Return what is found and was not planted, and what was planted and is not found."""
    case = upnpscapy.analyze(path)
    said = [str(failure) for failure in case.rule_failures]
    left = [(one["rule"], one["severity"], one["frames"]) for one in planted]
    for finding in case.findings:
        found = finding.rule.id, finding.severity, finding.numbers
        if found in left:
            left.remove(found)
        elif SEVERITIES.index(finding.severity) >= MEDIUM:
            said.append(f"not planted: {finding.severity} {finding.rule.id}, {finding.note}")
    return said + [f"not found: {' '.join(map(str, one))}" for one in left]
