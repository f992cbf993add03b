"""Exchanges as plain tuples, to go from one process to another at little cost.

Objects of classes are what costs in a pickle; lines of heads come again and again, and are read
once on either side.
"""

from __future__ import annotations

from typing import Any

from upnpscapy.capture.exchange import Exchange
from upnpscapy.capture.http_message import NO_HEADERS, HttpMessage
from upnpscapy.protocol.frames import Frames
from upnpscapy.protocol.http_lines import HEADERS, STARTS
from upnpscapy.protocol.httpu import Headers, Message

__all__ = ["Record", "from_record", "to_record"]

Record = tuple[Any, ...]


def to_record(exchange: Exchange) -> Record:
    """All of an exchange."""
    return (
        exchange.client_address,
        exchange.client_port,
        exchange.server_address,
        exchange.server_port,
        None if exchange.request is None else _message_to_record(exchange.request),
        None if exchange.response is None else _message_to_record(exchange.response),
        exchange.interim,
        exchange.response_lost,
        exchange.uncertain,
        exchange.after_loss,
        exchange.ended,
    )


def from_record(record: Record) -> Exchange:
    """The exchange that a record was made of."""
    client, client_port, server, server_port, request, response, *rest = record
    return Exchange(
        client,
        client_port,
        server,
        server_port,
        None if request is None else _message_from_record(request),
        None if response is None else _message_from_record(response),
        *rest,
    )


def _message_to_record(message: HttpMessage) -> Record:
    trailers = message.trailers
    return (
        _head_to_record(message.message),
        message.frames.state(),
        None if trailers is NO_HEADERS else list(trailers),
        message.time_ns,
        message.end_time_ns,
        message.offset,
        message.acked,
        message.end_offset,
        message.body,
        message.body_size,
        message.gaps,
        message.bytes_missing,
        message.surplus,
        message.surplus_size,
        message.ended,
        message.defects,
        message.conflicts,
        message.noted,
    )


def _message_from_record(record: Record) -> HttpMessage:
    head, frames, trailers, time_ns, end_time_ns, offset, acked, end_offset, *body = record
    data, size, gaps, missing, surplus, surplus_size, ended, defects, conflicts, noted = body
    return HttpMessage(
        _head_from_record(head),
        time_ns,
        end_time_ns,
        offset,
        acked,
        end_offset,
        Frames.from_state(frames),
        data,
        size,
        gaps,
        missing,
        surplus,
        surplus_size,
        NO_HEADERS if trailers is None else Headers(trailers),
        ended,
        defects,
        conflicts,
        noted,
    )


def _head_to_record(head: Message) -> Message | Record:
    """Where nothing deviates, its lines: each is a header by itself."""
    if head.defects:
        return head
    lines = [header.line for header in head.headers]
    return head.prologue, head.start.line, lines, head.blank, head.body


def _head_from_record(record: Message | Record) -> Message:
    if isinstance(record, Message):
        return record
    prologue, start, lines, blank, body = record
    headers = Headers([HEADERS[line][0] for line in lines])
    return Message(prologue, STARTS[start][0], headers, blank, body, ())
