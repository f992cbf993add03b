"""What one sees in the frames that prove a finding: messages as text, and bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.errors import CaptureError
from upnpscapy.forensics.finding import Evidence, Finding
from upnpscapy.forensics.place import FILE_STRIDE
from upnpscapy.report.dump import Line, Range, hex_lines, is_text, text_lines
from upnpscapy.report.locate import locate
from upnpscapy.report.payload import Part, Payload, assemble, payload_of
from upnpscapy.report.words import Moment, cut, frame_words, moment

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["Dump", "EvidenceView", "Message", "Seen", "view_evidence"]

MAX_PARTS = 12
"""Parts of a finding's evidence that are listed; a request, its answer and effects are three."""

MAX_MESSAGES = 3
"""Parts of a finding's evidence whose bytes are shown."""

MAX_FRAMES = 8
"""Frames of a part that are read, the first ones."""

MAX_DUMPS = 3
"""Frames of a message whose bytes are shown."""

MAX_SHOWN = 200
"""Frames read for all findings together, so that a look-up does not become a second reading."""


class Dump(NamedTuple):
    """Bytes of one frame."""

    frame: int | str
    lines: tuple[Line, ...]
    is_marked: bool


class Message(NamedTuple):
    """A message, or what of it is in the frames."""

    text: tuple[Line, ...]
    """Empty of what is no text."""
    dumps: tuple[Dump, ...]


class EvidenceView(NamedTuple):
    """One part of a finding's evidence."""

    what: str
    frames: str
    time: Moment | None
    last: Moment | None
    source: str | None
    destination: str | None
    value: str | None
    messages: tuple[Message, ...] = ()


class Seen:
    """The payloads of frames that are shown; which these are is known before they are read."""

    def __init__(self) -> None:
        self._wanted: dict[str, set[int]] = {}
        self._found: dict[tuple[str, int], Payload] = {}
        self.room = MAX_SHOWN

    def want(self, finding: Finding) -> bool:
        """Note the frames of a finding as wanted; False if there is no room for them."""
        frames = {
            _in_file(one, number)
            for one in finding.evidence[:MAX_MESSAGES]
            for number in one.frames[:MAX_FRAMES]
        }
        if len(frames) > self.room:
            return False
        self.room -= len(frames)
        for name, number in frames:
            self._wanted.setdefault(name, set()).add(number)
        return True

    def read(self, case: Case) -> None:
        """Look the wanted frames up; what cannot be read any more is not shown."""
        for name, numbers in self._wanted.items():
            with suppress(CaptureError):
                for frame in case.frames(name, numbers):
                    self._found[name, frame.number] = payload_of(frame)

    def of(self, evidence: Evidence) -> Iterator[Payload]:
        """The payloads of a part's frames, as far as they were read."""
        for number in evidence.frames[:MAX_FRAMES]:
            found = self._found.get(_in_file(evidence, number))
            if found is not None:
                yield found._replace(frame=evidence.place.show(number))


def view_evidence(finding: Finding, seen: Seen | None) -> list[EvidenceView]:
    """The parts of a finding's evidence; without ``seen`` without their bytes."""
    views = []
    for place, one in enumerate(finding.evidence[:MAX_PARTS]):
        messages: tuple[Message, ...] = ()
        if seen is not None and place < MAX_MESSAGES:
            messages = tuple(_messages(one, seen, always=not place))
        show = one.place.show
        last = one.last_ns if one.last_ns != one.time_ns else None
        views.append(
            EvidenceView(
                cut(one.what),
                frame_words(one.frames, show=show),
                moment(one.time_ns),
                moment(last),
                one.source,
                one.destination,
                None if one.value is None else cut(one.value),
                messages,
            )
        )
    return views


def _messages(evidence: Evidence, seen: Seen, *, always: bool) -> Iterator[Message]:
    """The messages of a part: bytes are shown of what is marked, of what is no text, or always."""
    for whole in assemble(seen.of(evidence)):
        marked = locate(evidence.value, whole.data)
        text = tuple(text_lines(whole.data, marked)) if is_text(whole.data) else ()
        ranges = [_in_payload(part, marked) for part in whole.parts]
        shown = [place for place, own in enumerate(ranges) if own is not None][:MAX_DUMPS]
        if not shown and whole.parts and (always or not text):
            shown = [0]
        yield Message(text, tuple(_dump(whole.parts[one], ranges[one]) for one in shown))


def _in_payload(part: Part, marked: Range | None) -> Range | None:
    """Where what is marked of a message is in the frame of one of its parts."""
    if marked is None or marked[0] >= part.at + part.size or part.at >= marked[1]:
        return None
    shift = part.start - part.at
    return max(part.at, marked[0]) + shift, min(part.at + part.size, marked[1]) + shift


def _dump(part: Part, marked: Range | None) -> Dump:
    payload = part.payload
    lines = tuple(hex_lines(payload.data, payload.start, payload.end, marked))
    return Dump(payload.frame, lines, marked is not None)


def _in_file(evidence: Evidence, number: int) -> tuple[str, int]:
    ordinal, frame = divmod(number, FILE_STRIDE)
    return evidence.place.names[ordinal], frame
