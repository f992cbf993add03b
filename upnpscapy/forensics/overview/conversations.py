"""Who talked to whom over HTTP, and about what: exchanges counted as they pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from upnpscapy.display import iso_utc
from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.row_of_exchange import RowOfExchange

__all__ = ["CONVERSATION_COLUMNS", "ActionCount", "Conversation", "ConversationCounts"]

CONVERSATION_COLUMNS = tuple(
    "capture client server server_port exchanges roles failed first_frame last_frame first_time "
    "last_time actions".split()
)

MAX_CONVERSATIONS = 4096
"""Pairs of a client and a server's port that are kept, of those with UPnP and of others each."""

MAX_ACTIONS = 128
"""Actions counted of one conversation; a gateway's services have some hundred in all."""

MAX_CODES = 16
"""Refusals of one action that are told apart."""


@dataclass(slots=True)
class ActionCount:
    """All calls of one action in one conversation."""

    service_type: str | None
    action: str | None
    first_frame: int | str | None
    calls: int = 0
    unanswered: int = 0
    """Calls without a response in the capture."""
    refused: dict[str, tuple[int, int | str | None]] = field(default_factory=dict)
    """Code and its name → how often, and the frame of the first such answer."""

    def take(self, call: CallRow) -> None:
        """Take one call."""
        self.calls += 1
        if call.status is None:
            self.unanswered += 1
        elif not call.ok:
            code = f"HTTP {call.status}" if call.error_code is None else str(call.error_code)
            reason = " ".join(filter(None, (code, call.error_name)))
            if reason not in self.refused and len(self.refused) >= MAX_CODES:
                reason = "other"
            times, frame = self.refused.get(reason, (0, _shown(call, "response_frame")))
            self.refused[reason] = times + 1, frame

    def to_dict(self) -> dict[str, Any]:
        """Its counts, JSON-ready."""
        return {
            "service_type": self.service_type,
            "action": self.action,
            "calls": self.calls,
            "first_frame": self.first_frame,
            "unanswered": self.unanswered,
            "refused": [[code, *count] for code, count in self.refused.items()],
        }


class Conversation:
    """All exchanges of one client with one port of one server."""

    def __init__(self, row: ExchangeRow) -> None:
        exchange = row.exchange
        self._place: Place = row.place
        self.capture = row.capture
        self.client = exchange.client
        self.server = exchange.server
        self.server_port = exchange.server_port
        self.roles: dict[str, int] = {}
        self.is_upnp = False
        """Whether anything in it was UPnP."""
        self.failed: dict[str, int] = {}
        """Status that is no success, or ``no response`` → exchanges, of others than calls."""
        self.first: int | None = None
        self.last: int | None = None
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self.counts: dict[tuple[str | None, str | None], ActionCount] = {}
        self.actions_left_out = 0
        """Calls of actions beyond ``MAX_ACTIONS``."""

    def take(self, row: ExchangeRow) -> None:
        """Take an exchange of it."""
        exchange, role = row.exchange, row.role
        self.roles[role] = self.roles.get(role, 0) + 1
        if role != "other":
            self.is_upnp = True
        status = exchange.status
        if role != "control" and not (status and status < 400):
            words = "no response" if status is None else str(status)
            if words in self.failed or len(self.failed) < MAX_CODES:
                self.failed[words] = self.failed.get(words, 0) + 1
        for part in (exchange.request, exchange.response):
            if part is None:
                continue
            frame, time_ns = part.frames.first, part.time_ns
            if frame is not None:
                if self.first is None or frame < self.first:
                    self.first = frame
                if self.last is None or frame > self.last:
                    self.last = frame
            if time_ns is not None:
                if self.first_ns is None or time_ns < self.first_ns:
                    self.first_ns = time_ns
                if self.last_ns is None or time_ns > self.last_ns:
                    self.last_ns = time_ns

    def take_call(self, call: CallRow) -> None:
        """Take a call, whose exchange was taken before."""
        key = call.service_type, call.action
        count = self.counts.get(key)
        if count is None:
            if len(self.counts) >= MAX_ACTIONS:
                self.actions_left_out += 1
                return
            count = self.counts[key] = ActionCount(*key, _shown(call, "frame"))
        count.take(call)

    def column(self, name: str) -> object:
        """The value of a column of ``CONVERSATION_COLUMNS``."""
        if name == "exchanges":
            return sum(self.roles.values())
        if name in ("first_frame", "last_frame"):
            number = self.first if name == "first_frame" else self.last
            return None if number is None else self._place.show(number)
        if name in ("first_time", "last_time"):
            return iso_utc(self.first_ns if name == "first_time" else self.last_ns)
        if name in ("roles", "failed"):
            return [list(pair) for pair in getattr(self, name).items()]
        if name == "actions":
            return [count.to_dict() for count in self.counts.values()]
        return getattr(self, name)


class ConversationCounts:
    """Conversations in the order of their first exchanges."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, bytes, bytes, int], Conversation] = {}
        self._others = 0
        self.left_out = 0
        """Exchanges of conversations beyond ``MAX_CONVERSATIONS``."""
        self.roles: dict[str, int] = {}
        """All exchanges by what they were for."""

    def __iter__(self) -> Iterator[Conversation]:
        """Those with UPnP in them."""
        return (one for one in self._found.values() if one.is_upnp)

    def __len__(self) -> int:
        return len(self._found) - self._others

    @property
    def others(self) -> int:
        """How many conversations have no UPnP in them, as far as they are kept."""
        return self._others

    def take(self, row: ExchangeRow) -> None:
        """Take an exchange."""
        self.roles[row.role] = self.roles.get(row.role, 0) + 1
        key = _ends(row)
        found = self._found.get(key)
        upnp = row.role != "other"
        if found is None:
            kept = len(self) if upnp else self._others
            if kept >= MAX_CONVERSATIONS:
                self.left_out += 1
                return
            found = self._found[key] = Conversation(row)
            self._others += not upnp
        elif upnp and not found.is_upnp:
            self._others -= 1
        found.take(row)

    def take_call(self, call: CallRow) -> None:
        """Take a call, whose exchange was taken before."""
        found = self._found.get(_ends(call))
        if found is not None:
            found.take_call(call)


def _ends(row: RowOfExchange) -> tuple[str, bytes, bytes, int]:
    exchange = row.exchange
    ends = exchange.client_address, exchange.server_address
    return row.place.capture, *ends, exchange.server_port


def _shown(call: CallRow, name: str) -> int | str | None:
    number: int | str | None = call.column(name)  # type: ignore[assignment]  # of a frame
    return number
