"""The steps of conversations between a control point and a device, the first ones of each kind."""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.pictures.tracks import Frame

__all__ = ["MAX_STEPS", "Dialogue", "Dialogues", "Pair", "Step"]

Pair = tuple[bytes, bytes]
"""Addresses of a control point and a device."""

MAX_STEPS = 64
"""Of one kind in one conversation."""

MAX_DIALOGUES = 512
"""Conversations kept; scans of many hosts go on beyond."""

MAX_ALL_STEPS = 8192
"""Of all conversations together."""


class Step(NamedTuple):
    """A message from one to the other, with its answer where it is a request."""

    kind: str
    """As in a timeline."""
    role: str
    """That of the exchange, ``answer``, ``search``, ``alive`` …"""
    says: str
    """What is asked for: method and target, or the search target."""
    time_ns: int | None
    frame: Frame | None
    answer_ns: int | None = None
    answer_frame: Frame | None = None
    status: int | None = None
    """Of the answer; None if there is none."""


class Dialogue:
    """What one conversation holds."""

    __slots__ = ("counts", "steps")

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        """Steps by kind, kept or not."""
        self.steps: list[Step] = []


class Dialogues:
    """Conversations in the order they began."""

    def __init__(self) -> None:
        self.found: dict[Pair, Dialogue] = {}
        self.left_out = 0
        """Steps of conversations beyond the bounds."""
        self._kept = 0

    def wants(self, pair: Pair, kind: str) -> Dialogue | None:
        """The conversation that a further step of a kind is to be kept in; it is counted."""
        dialogue = self.found.get(pair)
        if dialogue is None:
            if len(self.found) >= MAX_DIALOGUES:
                self.left_out += 1
                return None
            dialogue = self.found[pair] = Dialogue()
        count = dialogue.counts.get(kind, 0)
        dialogue.counts[kind] = count + 1
        if count >= MAX_STEPS or self._kept >= MAX_ALL_STEPS:
            return None
        self._kept += 1
        return dialogue
