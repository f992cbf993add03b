"""The conversations of a report: over HTTP, searches, and subscriptions with their events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from upnpscapy.forensics.overview.conversations import ActionCount, Conversation
from upnpscapy.forensics.overview.counts import Quest
from upnpscapy.forensics.overview.events import EventCount
from upnpscapy.protocol.description_view import short_type
from upnpscapy.protocol.host_text import host_and_port
from upnpscapy.report.words import Moment, counted, cut, moment

__all__ = [
    "ConversationView",
    "EventView",
    "QuestView",
    "view_conversations",
    "view_events",
    "view_quests",
]

MAX_CONVERSATIONS = 100
MAX_ACTIONS = 60
"""Of one conversation."""
MAX_QUESTS = 100
MAX_EVENTS = 100
MAX_VARIABLES = 12
"""Of one subscription."""
MAX_TEXT = 120
"""Characters shown of a name."""

Frame = int | str | None


class ActionView(NamedTuple):
    """All calls of one action."""

    service: str
    action: str
    calls: int
    frame: Frame
    remarks: tuple[str, ...]


class ConversationView(NamedTuple):
    """All exchanges of one client with one port of one server."""

    capture: str
    client: str
    server: str
    roles: str
    failed: str
    first_frame: Frame
    last_frame: Frame
    first: Moment | None
    last: Moment | None
    filter: str
    actions: tuple[ActionView, ...]
    actions_left_out: int
    """Actions that are not listed."""


class QuestView(NamedTuple):
    """All searches of one host for one target."""

    capture: str
    src: str
    user_agent: str
    target: str
    searches: int
    answered: int
    replies: int
    late: int
    frame: int


class EventView(NamedTuple):
    """One subscription with its events."""

    capture: str
    publisher: str
    subscriber: str
    what: str
    state: str
    events: int
    variables: str
    first_frame: object
    last_frame: object


def view_conversations(found: Iterable[Conversation]) -> list[ConversationView]:
    """The first ones."""
    return [_conversation(one) for one in list(found)[:MAX_CONVERSATIONS]]


def view_quests(found: Sequence[Quest]) -> list[QuestView]:
    """The first ones."""
    return [
        QuestView(
            one.capture,
            one.src,
            cut(one.user_agent or "", MAX_TEXT),
            cut(short_type(one.st) or "without a target", MAX_TEXT),
            one.searches,
            one.answered,
            one.replies,
            one.late_replies,
            one.first_frame,
        )
        for one in found[:MAX_QUESTS]
    ]


def view_events(found: Sequence[EventCount]) -> list[EventView]:
    """The first ones."""
    return [_event(one) for one in found[:MAX_EVENTS]]


def _conversation(one: Conversation) -> ConversationView:
    family = "ipv6" if ":" in one.server else "ip"
    ends = f"{family}.addr == {one.client} && {family}.addr == {one.server}"
    counts = list(one.counts.values())
    column = one.column
    return ConversationView(
        one.capture,
        one.client,
        host_and_port(one.server, one.server_port),
        ", ".join(f"{count:,} {role}" for role, count in one.roles.items()),
        ", ".join(f"{status}: {count:,}" for status, count in one.failed.items()),
        _frame(column("first_frame")),
        _frame(column("last_frame")),
        moment(one.first_ns),
        moment(one.last_ns) if one.last_ns != one.first_ns else None,
        f"{ends} && tcp.port == {one.server_port}",
        tuple(_action(count) for count in counts[:MAX_ACTIONS]),
        max(0, len(counts) - MAX_ACTIONS),
    )


def _action(count: ActionCount) -> ActionView:
    remarks = [
        f"{times:,} refused: {cut(reason, MAX_TEXT)}, first in frame {frame}"
        for reason, (times, frame) in count.refused.items()
    ]
    if count.unanswered:
        remarks.append(f"{count.unanswered:,} without an answer")
    service = cut(short_type(count.service_type) or "not known", MAX_TEXT)
    action = cut(count.action or "?", MAX_TEXT)
    return ActionView(service, action, count.calls, count.first_frame, tuple(remarks))


def _event(one: EventCount) -> EventView:
    names = list(one.variables)
    more = f" and {counted(len(names) - MAX_VARIABLES, 'more', 'more')}"
    shown = ", ".join(cut(name, MAX_TEXT) for name in names[:MAX_VARIABLES])
    return EventView(
        one.capture,
        one.publisher,
        one.subscriber,
        cut(one.service or one.event_sub_url or "subscription not captured", MAX_TEXT),
        one.state or "not known",
        one.events,
        shown + (more if len(names) > MAX_VARIABLES else ""),
        one.column("first_frame"),
        one.column("last_frame"),
    )


def _frame(value: object) -> Frame:
    return value if isinstance(value, int | str) else None
