"""Evidence and claims of what was asked over HTTP: request, answer, and the connection after it.

A rule yields ``Act``s, one of each request that it objects to; ``claims_of`` makes claims of them,
one for what one client did to one server, with the frames of the first requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import Claim, Confidence, Evidence, Outcome, Severity
from upnpscapy.forensics.row_of_exchange import RowOfExchange
from upnpscapy.forensics.rules.text import hosts_in, is_address

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.connections import Attempt
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.names import Answer

__all__ = [
    "Act",
    "Row",
    "answer_of",
    "answered",
    "asked",
    "claims_of",
    "connected",
    "missing_of",
    "outcome_of",
    "reached",
    "resolved",
]

Row = RowOfExchange

MAX_ACTS = 16
"""Requests of one claim whose frames are its evidence."""

MAX_EFFECTS = 4
"""Connections after a request that are its evidence."""

_RANK: dict[Outcome, int] = {"observed": 0, "attempted": 1, "accepted": 2, "effect": 3}


@dataclass(slots=True)
class Act:
    """One request that a rule objects to."""

    row: Row
    what: str
    """What the request is: ``AddPortMapping``."""
    note: str
    """What is wrong with it, without the final stop; the same words make one claim."""
    value: object = None
    """The literal value that matched."""
    severity: Severity | None = None
    confidence: Confidence = "high"
    effects: tuple[Evidence, ...] = ()
    """What was seen to follow from it."""
    unseen: tuple[str, ...] = ()
    """What was looked for and is not in the capture, besides the answer."""
    context: tuple[Evidence, ...] = ()
    """What was seen before it, and explains it."""
    command: str = ""
    """A command in it: the hosts it names are looked for among the device's connections."""


def claims_of(acts: Iterable[Act], facts: Facts | None = None) -> Iterator[Claim]:
    """A claim for what one client did to one server, in the order of the first requests.

    ``facts`` are needed where acts have a command.
    """
    groups: dict[tuple[str, str, str, Severity | None], list[Act]] = {}
    counts: Counter[tuple[str, str, str, Severity | None]] = Counter()
    answers: dict[tuple[str, str, str, Severity | None], Counter[str]] = {}
    for act in acts:
        key = act.row.client, act.row.server, act.note, act.severity
        group = groups.setdefault(key, [])
        counts[key] += 1
        answers.setdefault(key, Counter())[answer_of(act.row)] += 1
        if len(group) < MAX_ACTS:
            group.append(act)
        elif _rank(act) > min(map(_rank, group)):
            group[min(range(len(group)), key=lambda at: _rank(group[at]))] = act
    for key, group in groups.items():
        if facts is not None:
            _look(facts, group)
        yield _claim(group, counts[key], answers[key])


def _look(facts: Facts, acts: list[Act]) -> None:
    for act in acts:
        if act.command:
            act.effects, act.unseen = reached(facts, act.row, act.command)


def _claim(acts: list[Act], count: int, answers: Counter[str]) -> Claim:
    evidence: list[Evidence] = []
    missing: dict[str, None] = {}
    for act in acts:
        answer = answered(act.row)
        evidence += (asked(act.row, act.what, act.value), *([answer] if answer else ()))
        evidence += (*act.context, *act.effects)
        missing |= dict.fromkeys((*missing_of(act.row), *act.unseen))
    first = acts[0]
    told = ", ".join(
        words if len(answers) == 1 else f"{words} ({times} of {count})"
        for words, times in answers.most_common(4)
    )
    seen = [f"{one.what} was seen" for act in acts for one in act.effects]
    whose = "the request" if count == 1 else f"{count} requests"
    were = "was" if count == 1 else "were"
    parts = [first.note, f"{whose} of {first.row.client} {were} {told}", *dict.fromkeys(seen)]
    note = "; ".join(parts) + "."
    return Claim(
        first.row.server,
        note[:1].upper() + note[1:],
        max((_outcome(act) for act in acts), key=_RANK.__getitem__),
        tuple(dict.fromkeys(evidence)),
        max((act.confidence for act in acts), key=("low", "medium", "high").index),
        tuple(missing),
        first.severity,
    )


def asked(row: Row, what: str, value: object = None) -> Evidence:
    """The frames of a request; those of the answer where the request was not seen."""
    part = row.exchange.request or row.exchange.response
    frames = () if part is None else part.frames
    return Evidence.of(what, row.place, frames, row.time_ns, row.client, row.server, value)


def answered(row: Row, what: str = "the answer", value: object = None) -> Evidence | None:
    """The frames of an answer, None if there is none."""
    part = row.exchange.response
    if part is None:
        return None
    said = answer_of(row) if value is None else value
    return Evidence.of(what, row.place, part.frames, part.time_ns, row.server, row.client, said)


def connected(attempt: Attempt, what: str) -> Evidence:
    """The frames of a TCP connection that was tried."""
    return Evidence.of(
        what,
        attempt.place,
        attempt.frames,
        attempt.time_ns,
        attempt.source,
        attempt.destination,
        f"{attempt.destination}:{attempt.dport} {'answered' if attempt.answered else 'no answer'}",
    )


def resolved(answer: Answer) -> Evidence:
    """The frame in which a name was said to have an address."""
    said = f"{answer.name} is {answer.address}, for {answer.ttl} seconds"
    return Evidence.of(
        "an answer of DNS", answer.place, (answer.frame,), answer.time_ns, answer.source, None, said
    )


def reached(facts: Facts, row: Row, text: str) -> tuple[tuple[Evidence, ...], tuple[str, ...]]:
    """Connections of the server, after a request, to hosts that a command in it names.

    The second part says which of them it was not seen to connect to.
    """
    found: list[Evidence] = []
    unseen: list[str] = []
    for host in hosts_in(text):
        known = [host] if is_address(host) else [one.address for one in facts.names.of(host)]
        attempts = [
            attempt
            for address in known
            for attempt in facts.connections.to(address, source=row.server, after_ns=row.time_ns)
        ]
        what = f"a connection of the device to {host}"
        found += [connected(attempt, what) for attempt in attempts[:MAX_EFFECTS]]
        if not attempts:
            unseen.append(f"no connection of the device to {host} in the capture")
    return tuple(found[:MAX_EFFECTS]), tuple(unseen)


def missing_of(row: Row) -> tuple[str, ...]:
    """What of an exchange is not in the capture."""
    exchange = row.exchange
    found = []
    if exchange.request is None:
        found.append("no request in the capture")
    elif exchange.request.bytes_missing:
        found.append(
            f"{exchange.request.bytes_missing} bytes of the request are not in the capture"
        )
    if exchange.response is None:
        lost = exchange.response_lost
        found.append("the response is in a gap" if lost else "no response in the capture")
    elif exchange.response.bytes_missing:
        missing = exchange.response.bytes_missing
        found.append(f"{missing} bytes of the response are not in the capture")
    if exchange.uncertain:
        found.append("segments that tell for certain which request was answered")
    return tuple(found)


def outcome_of(row: Row) -> Outcome:
    """``accepted`` where the server said so, else ``attempted``."""
    if isinstance(row, CallRow):
        return "accepted" if row.ok else "attempted"
    return "accepted" if 200 <= (row.status or 0) < 300 else "attempted"


def answer_of(row: Row) -> str:
    """How a request was answered: ``accepted (status 200)``, ``refused with error 606 (…)``."""
    if row.exchange.response is None:
        return "not seen to be answered"
    if outcome_of(row) == "accepted":
        return f"accepted (status {row.status})"
    if isinstance(row, CallRow) and row.fault is not None:
        name = f" ({row.error_name})" if row.error_name else ""
        code = "a fault" if row.error_code is None else f"error {row.error_code}{name}"
        return f"refused with {code}"
    if (row.status or 0) < 300:
        return f"answered with status {row.status}, but without a result"
    return f"refused with status {row.status}"


def _outcome(act: Act) -> Outcome:
    return "effect" if act.effects else outcome_of(act.row)


def _rank(act: Act) -> int:
    return _RANK[_outcome(act)]
