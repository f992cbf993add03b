"""The HTTP requests that rules look at, each once, and the parts of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.call_read import read_call
from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.controlling.requested_calls import RequestedCalls
from upnpscapy.forensics.controlling.whole_body import whole_body
from upnpscapy.forensics.rules.evidence import Row
from upnpscapy.protocol.httpu import text
from upnpscapy.protocol.memory import Memory
from upnpscapy.protocol.soap import Call

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = [
    "body_of",
    "calls_at",
    "calls_having",
    "calls_named",
    "calls_of",
    "header_of",
    "headers_of",
    "hnap_calls",
    "local_name",
    "method_of",
    "requests_of",
    "target_of",
]


def calls_of(facts: Facts) -> Iterator[tuple[CallRow, Call]]:
    """The calls whose request was seen: those of the table, then suspects it had no room for."""
    return iter(facts.once(_requested).calls)


def calls_named(facts: Facts, actions: Iterable[str]) -> Iterator[tuple[CallRow, Call]]:
    """Those of some actions, in the same order; names are compared as they are written."""
    return facts.once(_requested).named(actions)


def calls_at(facts: Facts, is_wanted: Callable[[bytes], bool]) -> Iterator[tuple[CallRow, Call]]:
    """Those whose request has a target that is wanted, in the same order."""
    return facts.once(_requested).at(is_wanted)


def calls_having(
    facts: Facts, is_wanted: Callable[[str, str], bool]
) -> Iterator[tuple[CallRow, Call]]:
    """Those with an argument whose name and value are wanted, in the same order.

    Each distinct argument is asked about once.
    """
    return facts.once(_requested).having(is_wanted)


def hnap_calls(facts: Facts) -> Iterator[tuple[CallRow, Call]]:
    """Those in the manner of HNAP, in the same order."""
    return iter(facts.once(_requested).of_hnap)


def _requested(facts: Facts) -> RequestedCalls:
    return RequestedCalls(_calls_of(facts))


def _calls_of(facts: Facts) -> Iterator[tuple[CallRow, Call]]:
    for row in facts.calls:
        call = row.call
        if call is not None:
            yield row, call
    for suspect in facts.suspects:
        if suspect.role == "control" and facts.call_of(suspect.exchange) is None:
            found = read_call(suspect)
            if found is not None and found.call is not None:
                yield found, found.call


def requests_of(facts: Facts, *marks: str) -> Iterator[Row]:
    """Suspects, with any of some marks if any are given; as calls where they are calls."""
    suspects = facts.suspects.marked(*marks) if marks else iter(facts.suspects)
    for suspect in suspects:
        if suspect.exchange.request is not None:
            yield facts.call_of(suspect.exchange) or suspect


def method_of(row: Row) -> str:
    """The request's method in upper case, "" without a request."""
    return text(row.exchange.method or b"").upper()


def target_of(row: Row) -> str:
    """The request's target as sent, "" without a request."""
    return text(row.exchange.target or b"")


def header_of(row: Row, name: str) -> str | None:
    """The value of a header of the request, None if there is none."""
    request = row.exchange.request
    value = None if request is None else request.message.headers.get(name)
    return None if value is None else text(value)


def headers_of(row: Row) -> Iterator[tuple[str, str]]:
    """Names and values of the request's headers."""
    request = row.exchange.request
    return iter(()) if request is None else request.message.headers.pairs()


def body_of(row: Row) -> bytes:
    """The request's body without its codings, as far as it is there."""
    if isinstance(row, CallRow) and row.call is not None:
        return row.call.body
    request = row.exchange.request
    return b"" if request is None else whole_body(request).data


def local_name(service_type: str | None) -> str:
    """``WANIPConnection`` of ``urn:schemas-upnp-org:service:WANIPConnection:1``."""
    return _LOCAL_NAMES[service_type or ""]


def _local_name(service_type: str) -> str:
    parts = service_type.split(":")
    return parts[-2] if len(parts) > 1 else parts[0]


_LOCAL_NAMES = Memory(_local_name, len, limit=256, entries=1024)
"""Service type → its name; every call has one, and real ones are not a third as long."""
