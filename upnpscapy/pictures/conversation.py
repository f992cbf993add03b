"""One conversation as beats: what is asked and what is answered, equal ones in a row together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upnpscapy.capture.datagrams import address_text
from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.pictures.moments import Moments, frame_at, is_group
from upnpscapy.pictures.steps import Pair, Step
from upnpscapy.pictures.tracks import Frame
from upnpscapy.protocol.xml_body import Pairs

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["Beat", "beats_of", "choose", "steps_left_out"]

MAX_WORDS = 300
"""Characters of what is said, before it is cut to the place there is."""

MAX_PAIRS = 12
"""Arguments named of a call."""

_MESSAGES = {"alive": "ssdp:alive", "update": "ssdp:update", "byebye": "ssdp:byebye"}


@dataclass(slots=True)
class Beat:
    """One step, or several equal ones in a row."""

    kind: str
    key: tuple[object, ...]
    """Beats with equal ones in a row are taken together."""
    asks: str
    answers: str
    by_device: bool
    """Who begins it."""
    to_all: bool
    count: int
    time_ns: int | None
    frame: Frame | None
    last: Frame | None
    answer_ns: int | None = None
    answer_frame: Frame | None = None
    last_answer: Frame | None = None
    is_refused: bool = False

    @property
    def order(self) -> tuple[int, int]:
        """By time; in the same nanosecond, by frame."""
        frame = self.frame or self.answer_frame
        return self.time_ns or self.answer_ns or 0, 0 if frame is None else frame[1]

    def take(self, more: Beat) -> None:
        """Take an equal one that follows."""
        self.count += more.count
        self.last = more.last or self.last
        self.last_answer = more.last_answer or self.last_answer
        if self.kind in ("response", "document"):
            said = more.asks.partition(" ")[2]
            if said not in self.asks and len(self.asks) < MAX_WORDS:
                self.asks = f"{self.asks}, {said}"[:MAX_WORDS]


def beats_of(case: Case, moments: Moments, pair: Pair) -> list[Beat]:
    """The conversation of a control point and a device, in the order of time."""
    told = _Told(case, pair)
    single = [told.beat(step) for one in moments.dialogues(pair) for step in one.steps]
    single += _searches(moments, pair)
    single += _announcements(moments, pair[1])
    found: list[Beat] = []
    for beat in sorted(single, key=lambda beat: beat.order):
        if found and found[-1].key == beat.key:
            found[-1].take(beat)
        else:
            found.append(beat)
    return found


def steps_left_out(moments: Moments, pair: Pair) -> int:
    """Steps of a conversation that were counted and not kept, but for searches."""
    return sum(sum(one.counts.values()) - len(one.steps) for one in moments.dialogues(pair))


def choose(
    case: Case, moments: Moments, client: str | None, server: str | None, udn: str | None
) -> Pair | None:
    """The conversation with most to tell among those asked for; None if there is none."""
    known = {(address_text(pair[0]), address_text(pair[1])): pair for pair in moments.pairs()}
    servers = None if udn is None else _addresses(case, udn)
    for one, other in moments.conversations:
        asked = client in (None, one) and server in (None, other)
        if asked and (servers is None or other in servers):
            return known[one, other]
    return None


def _addresses(case: Case, udn: str) -> set[str]:
    wanted = udn.strip().lower().removeprefix("uuid:")
    return {
        address
        for device in case.devices
        if device.udn.strip().lower().removeprefix("uuid:") == wanted
        for address in device.addresses
    }


def _searches(moments: Moments, pair: Pair) -> Iterator[Beat]:
    """The searches that the device answered."""
    dialogue = moments.answers.found.get(pair)
    answered = {step.frame for step in dialogue.steps} if dialogue else set()
    for asked in moments.searches:
        if asked.source == pair[0] and not answered.isdisjoint(asked.replies):
            step, group = asked.step, is_group(asked.destination)
            yield Beat(
                "search",
                ("search", step.says, step.frame),
                f"M-SEARCH {step.says}"
                + (f" to {address_text(asked.destination)}" if group else ""),
                "",
                False,
                group,
                1,
                step.time_ns,
                step.frame,
                step.frame,
            )


def _announcements(moments: Moments, server: bytes) -> Iterator[Beat]:
    for kind, cells in moments.discovery.cells(server).items():
        for cell in cells if kind in _MESSAGES else ():
            key, says = ("announcement", kind), f"NOTIFY {_MESSAGES[kind]}"
            first = cell.frames[0]
            yield Beat(kind, key, says, "", True, True, cell.count, cell.first_ns, first, cell.last)


class _Told:
    """What the tables tell of the exchanges of a conversation."""

    def __init__(self, case: Case, pair: Pair) -> None:
        self._calls: dict[Frame, CallRow] = {}
        for call in case.calls:
            exchange = call.exchange
            if (exchange.client_address, exchange.server_address) == pair:
                for number in (exchange.frame, exchange.response_frame):
                    if number is not None:
                        self._calls[frame_at(call.place, number)] = call
        self._events: dict[Frame, str] = {}
        for event in case.events:
            if event.exchange is not None and event.exchange.client_address == pair[1]:
                for number in (event.exchange.frame, event.exchange.response_frame):
                    if number is not None:
                        seq = "" if event.seq is None else f"SEQ {event.seq}: "
                        words = seq + _pairs_words(event.event.properties)
                        self._events[frame_at(event.place, number)] = words
        self._granted: dict[Frame, str] = {}
        for row in case.subscriptions:
            if row.frame is not None and row.timeout_seconds is not None:
                self._granted[frame_at(row.place, row.frame)] = f"for {row.timeout_seconds} s"

    def beat(self, step: Step) -> Beat:
        """A step with what the tables tell of it."""
        place = step.frame or step.answer_frame or ("", 0)
        asks = step.says
        key: tuple[object, ...] = (step.kind, step.role, step.says, step.status)
        answers = "" if step.answer_frame is None else str(step.status)
        refused = step.status is not None and step.status >= 400
        by_device = step.kind in ("event", "response")
        if step.kind == "response":
            key, asks = (step.kind,), f"answer: {step.says}"
        elif step.role == "scpd":
            key = (step.kind, step.role, step.status)
        elif step.kind == "event":
            asks = f"NOTIFY {self._events.get(place, '')}"
            key = (*key, asks)
        elif step.kind == "subscribe" and not refused:
            answers = " ".join(filter(None, (answers, self._granted.get(place, ""))))
        call = self._calls.get(place)
        if step.kind == "control" and call is not None:
            asks = " ".join((call.action or "?", _pairs_words(call.arguments)))
            answers = _answer_words(call) if step.answer_frame else ""
            refused = refused or (call.fault is not None)
            key = (step.kind, call.service_type, call.action, step.status, call.error_code)
        return Beat(
            step.kind,
            key,
            asks[:MAX_WORDS],
            answers[:MAX_WORDS],
            by_device,
            False,
            1,
            step.time_ns,
            step.frame,
            step.frame,
            step.answer_ns,
            step.answer_frame,
            step.answer_frame,
            refused,
        )


def _pairs_words(pairs: Pairs | Iterable[tuple[str, str]]) -> str:
    """``ExternalPort=8080 Protocol=TCP``: the prefix ``New`` says nothing, no value does not."""
    words = []
    for name, value in pairs:
        if value:
            words.append(f"{name.removeprefix('New')}={value[:80]}")
        if len(words) == MAX_PAIRS:
            break
    return " ".join(words)


def _answer_words(call: CallRow) -> str:
    if call.fault is not None:
        code = "" if call.error_code is None else f"{call.error_code} "
        return f"{call.status} error {code}{call.error_name or call.error_description or ''}"
    return f"{call.status} {_pairs_words(call.result or ())}"
