"""What ``inspect`` tells: the story of the captures, top down, each line with a frame.

Fed with the messages, searches and exchanges of a run, it counts; memory is bounded.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import Row
from upnpscapy.forensics.budget import Budget
from upnpscapy.forensics.described.device_tree import Branch, device_trees
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.overview.conversations import CONVERSATION_COLUMNS, ConversationCounts
from upnpscapy.forensics.overview.counts import (
    DEFECT_COLUMNS,
    QUEST_COLUMNS,
    DefectCounts,
    Quest,
)
from upnpscapy.forensics.overview.events import EVENT_COUNT_COLUMNS, EventCount, count_events
from upnpscapy.forensics.search_row import SearchRow
from upnpscapy.forensics.selection import Selection
from upnpscapy.forensics.tables import (
    capture_table,
    device_table,
    fact_table,
    finding_table,
)
from upnpscapy.protocol.ssdp import PORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from upnpscapy.forensics.capture_row import CaptureRow
    from upnpscapy.forensics.case import Case
    from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
    from upnpscapy.forensics.described.captured_document import CapturedDocument
    from upnpscapy.forensics.described.service_row import ServiceRow
    from upnpscapy.forensics.finding import Finding
    from upnpscapy.forensics.inventory import Device
    from upnpscapy.forensics.mappings.port_control_address_row import AnyExternalAddressRow
    from upnpscapy.forensics.mappings.row import MappingRow
    from upnpscapy.forensics.place import Place
    from upnpscapy.forensics.run import Run

__all__ = ["Overview"]

MAX_QUESTS = 4096
"""Pairs of searcher and target kept; a flood with invented targets goes on beyond."""

_DOCUMENTS = frozenset(("description", "scpd", "icon", "presentation"))
"""Roles whose exchanges are in no table but ``exchanges``: their deviations are counted there."""


class _Deviating(Protocol):
    """A row; its frames are those inside."""

    @property
    def capture(self) -> str: ...
    @property
    def place(self) -> Place: ...
    @property
    def frames(self) -> list[int]: ...


class Overview:
    """Counts over what passes, in the order of first frames; the rest after ``finish``.

    Everything is of the rows that are chosen.
    """

    def __init__(self, chosen: Selection | None = None) -> None:
        self._chosen = chosen or Selection()
        self._choosing = not self._chosen.is_all
        self._budget = Budget()
        self.kinds: Counter[str] = Counter()
        """Messages by kind."""
        self.quests: dict[tuple[str, str, str | None], Quest] = {}
        self.quests_left_out = 0
        """Searches of quests beyond ``MAX_QUESTS``."""
        self.defects = DefectCounts()
        """Those of messages, exchanges, calls, subscriptions and events."""
        self.conversations = ConversationCounts()
        self.captures: list[CaptureRow] = []
        self.devices: list[Device] = []
        self.trees: list[Branch] = []
        """The same in each other."""
        self.services: list[ServiceRow] = []
        """Those of the devices."""
        self.mappings: list[MappingRow] = []
        self.external_addresses: list[AnyExternalAddressRow] = []
        self.documents: list[CapturedDocument] = []
        self.subscriptions: list[SubscriptionRow] = []
        self.events: list[EventCount] = []
        self.findings: list[Finding] = []

    def saw_all(self, found: Sequence[Sighting]) -> None:
        """Take messages, in their order."""
        if self._choosing:
            found = list(filter(self._chosen.includes, found))
            self.kinds.update([sighting[1].kind for sighting in found])
        take = self.defects.take
        for sighting in found:
            message = sighting[1]
            if message.defects or (message.kind == "response" and sighting[5] != PORT):
                take("messages", sighting.defects, sighting[0], sighting[2])

    def saw_exchange(self, row: ExchangeRow) -> None:
        """Take an HTTP exchange."""
        if self._choosing and not self._chosen.includes(row):
            return
        self.conversations.take(row)
        if row.role in _DOCUMENTS:
            self._take_defects("exchanges", row, row.exchange.defects)

    def saw_search(self, row: SearchRow) -> None:
        """Take a search whose replies are known."""
        if self._choosing and not self._chosen.includes(row):
            return
        sighting = row.sighting
        key = (sighting.capture, sighting.src, sighting.ssdp.st)
        quest = self.quests.get(key)
        if quest is None:
            if len(self.quests) >= MAX_QUESTS or not self._budget.keep(sighting.ssdp.st or ""):
                self.quests_left_out += 1
                return
            quest = self.quests[key] = Quest(*key, sighting.ssdp.user_agent, sighting.frame)
        replies, late_replies = row.search.replies.count, row.search.late_replies.count
        quest.searches += 1
        quest.replies += replies
        quest.late_replies += late_replies
        if replies or late_replies:
            quest.answered += 1

    def finish(self, run: Run | Case) -> None:
        """Take what is known when a pass is over."""
        chosen = self._chosen.includes
        if not self._choosing:
            self.kinds = run.kinds
        self.captures = list(run.captures)
        self.devices = list(filter(chosen, run.devices))
        self.trees = device_trees(self.devices, run.services)
        self.services = [row for tree in self.trees for row in tree.walk_services()]
        self.mappings = list(filter(chosen, run.mappings))
        self.findings = list(filter(chosen, run.findings))
        self.external_addresses = list(filter(chosen, run.external_addresses))
        self.documents = list(filter(chosen, run.documents))
        for document in self.documents:
            first = next(iter(document.frames), None)
            self.defects.take("documents", document.defects, document.capture, first)
        for call in filter(chosen, run.calls):
            self.conversations.take_call(call)
            self._take_defects("calls", call, call.defects)
        self.subscriptions = list(filter(chosen, run.subscriptions))
        for subscription in self.subscriptions:
            self._take_defects("subscriptions", subscription, subscription.defects)
        events = list(filter(chosen, run.events))
        for event in events:
            self._take_defects("events", event, event.defects)
        self.events = count_events(self.subscriptions, events, run.services)

    def _take_defects(self, table: str, row: _Deviating, names: list[str]) -> None:
        if names:
            first = next(iter(row.frames), None)
            shown = None if first is None else row.place.show(first)
            self.defects.take(table, names, row.capture, shown)

    @property
    def left_out(self) -> list[str]:
        """What the bounds left out, in words."""
        counts = (
            (self.quests_left_out, "searches for other targets are not shown, too many targets"),
            (self.conversations.left_out, "HTTP exchanges of other hosts are not counted"),
        )
        return [f"{count} {words}" for count, words in counts if count]

    def to_dict(self) -> dict[str, Any]:
        """The sections, JSON-ready."""
        addresses = fact_table("external_addresses", lambda: self.external_addresses)
        return {
            "captures": list(capture_table(lambda: self.captures).to_dicts()),
            "messages": self.kinds,
            "exchanges": self.conversations.roles,
            "findings": list(finding_table(lambda: self.findings).to_dicts()),
            "devices": list(device_table(lambda: self.devices).to_dicts()),
            "services": list(fact_table("services", lambda: self.services).to_dicts()),
            "conversations": _dicts(CONVERSATION_COLUMNS, self.conversations),
            "mappings": list(fact_table("mappings", lambda: self.mappings).to_dicts()),
            "external_addresses": list(addresses.to_dicts()),
            "events": _dicts(EVENT_COUNT_COLUMNS, self.events),
            "searches": _dicts(QUEST_COLUMNS, self.quests.values()),
            "defects": _dicts(DEFECT_COLUMNS, self.defects.of_messages()),
        }


def _dicts(columns: tuple[str, ...], rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [{name: row.column(name) for name in columns} for row in rows]
