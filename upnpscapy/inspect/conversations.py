"""The conversations of an overview as trees: two ends, what it was about, and actions called."""

from __future__ import annotations

from collections.abc import Iterator

from upnpscapy.forensics.overview.conversations import (
    ActionCount,
    Conversation,
    ConversationCounts,
)
from upnpscapy.protocol.description_view import short_type
from upnpscapy.protocol.host_text import host_and_port
from upnpscapy.tree import Node, Tree

__all__ = ["conversations_tree"]

SHOWN = 50
"""Conversations shown."""


def conversations_tree(counts: ConversationCounts, *, several: bool) -> Tree:
    """Those with UPnP in them; of the others a word."""
    found = list(counts)
    words = []
    if len(found) > SHOWN:
        words.append(f"… {len(found) - SHOWN} more: upnpscapy exchanges lists all")
    if counts.others:
        words.append(f"and {counts.others} without UPnP: upnpscapy exchanges lists all")
    return Tree(tuple(_node(one, several=several) for one in found[:SHOWN]), tuple(words))


def _node(conversation: Conversation, *, several: bool) -> Node:
    roles = ", ".join(f"{count} {role}" for role, count in conversation.roles.items())
    return Node(
        f"{conversation.client} → {host_and_port(conversation.server, conversation.server_port)}",
        roles,
        tuple(_fields(conversation, several)),
        tuple(_service_nodes(conversation)),
    )


def _fields(conversation: Conversation, several: bool) -> Iterator[tuple[str, str]]:
    if several:
        yield "capture", conversation.capture
    column = conversation.column
    if conversation.first is not None:
        yield "frames", f"{column('first_frame')} to {column('last_frame')}"
    if conversation.first_ns is not None:
        yield "time", f"{column('first_time')} to {column('last_time')}"
    if conversation.failed:
        found = (f"{status} {count} times" for status, count in conversation.failed.items())
        yield "failed", ", ".join(found)
    if conversation.actions_left_out:
        yield "not shown", f"{conversation.actions_left_out} calls of more actions"


def _service_nodes(conversation: Conversation) -> Iterator[Node]:
    by_service: dict[str | None, list[ActionCount]] = {}
    for count in conversation.counts.values():
        by_service.setdefault(count.service_type, []).append(count)
    for service_type, counts in by_service.items():
        label = short_type(service_type) or "service not known"
        yield Node(label, fields=tuple((one.action or "?", _words(one)) for one in counts))


def _words(count: ActionCount) -> str:
    times = f"{count.calls} calls from" if count.calls > 1 else "1 call in"
    words = [f"{times} frame {'?' if count.first_frame is None else count.first_frame}"]
    for reason, (refused, frame) in count.refused.items():
        words.append(f"{refused} refused: {reason}, first in frame {frame}")
    if count.unanswered:
        words.append(f"{count.unanswered} without an answer")
    return "; ".join(words)
