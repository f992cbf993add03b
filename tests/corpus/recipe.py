"""Recipes of captures in pairs: one with an attack, and a twin that differs in one attribute.

A recipe is a function that plays both on a wire, and gives what the attack is to be found for:

    @pair("location-mismatch", "the host of LOCATION")
    def location_mismatch(wire, bad):
        ...
        return [Expected("HIGH", "attempted", ROGUE, frames)]

Frames are those that the recipe put on the wire itself: it says what a rule must cite, whatever
the rule says.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tests.corpus.wire import Link, Wire
from upnpscapy.capture.pcapng_write import Interface, PcapngWriter
from upnpscapy.forensics.rules import RULES

__all__ = ["Expected", "Pair", "capture_of", "encoded", "pair", "sidecar_of"]

SCHEMA = 1
MADE_BY = "python -m tests.corpus"


class Expected(NamedTuple):
    """A finding that must be there."""

    severity: str
    outcome: str
    subject: str
    frames: Iterable[int]
    rule: str = ""
    """Empty for that of the pair."""


Play = Callable[[Wire, bool], list[Expected]]


class Pair(NamedTuple):
    """A recipe, and what it is of."""

    rule: str
    differs: str
    """The attribute that the twin has otherwise."""
    play: Play
    link: Link = "ether"
    variant: str = ""
    """Another way in which a rule's subject shows; empty for the first."""

    @property
    def name(self) -> str:
        """Of the capture, without its suffix."""
        return f"{self.rule}-{self.variant}" if self.variant else self.rule

    def files(self) -> dict[str, bytes]:
        """Names and contents of the four files."""
        found = {}
        for bad, name in ((True, self.name), (False, f"{self.name}-twin")):
            wire = Wire(self.link)
            expected = self.play(wire, bad)
            found[f"{name}.pcapng"] = capture_of(self.rule, wire)
            found[f"{name}.json"] = sidecar_of(self, wire, expected if bad else [])
        return found


def pair(
    rule: str, differs: str, link: Link = "ether", variant: str = ""
) -> Callable[[Play], Pair]:
    """Make a function a recipe."""

    def make(play: Play) -> Pair:
        return Pair(rule, differs, play, link, variant)

    return make


def capture_of(rule: str, wire: Wire) -> bytes:
    """The pcapng file of what was played; its section says that it is synthetic."""
    file = io.BytesIO()
    writer = PcapngWriter(file, comments=[f"SYNTHETIC upnpscapy {rule}"], application=MADE_BY)
    interface = Interface(wire.link_type)
    for time_ns, frame in wire.frames:
        writer.write(interface, frame, time_ns)
    return file.getvalue()


def sidecar_of(pair: Pair, wire: Wire, expected: list[Expected]) -> bytes:
    """What a capture is and must be found for, as JSON."""
    return encoded(
        {
            "schema": SCHEMA,
            "rule": pair.rule,
            "title": TITLES[pair.rule],
            "attack": bool(expected),
            "differs": pair.differs,
            "synthetic": True,
            "made_by": MADE_BY,
            "link": pair.link,
            "frames": len(wire.frames),
            "findings": [
                {
                    "rule": one.rule or pair.rule,
                    "severity": one.severity,
                    "outcome": one.outcome,
                    "subject": one.subject,
                    "frames": sorted(set(one.frames)),
                }
                for one in expected
            ],
        }
    )


def encoded(sidecar: dict[str, Any]) -> bytes:
    """JSON with each list of frames in a line."""
    text = json.dumps(sidecar, indent=2, ensure_ascii=False)
    return re.sub(r"\[[\s\d,]+\]", _in_a_line, text).encode() + b"\n"


def _in_a_line(numbers: re.Match[str]) -> str:
    return f"[{', '.join(re.findall('[0-9]+', numbers[0]))}]"


TITLES = {rule.id: rule.title for rule in RULES}
