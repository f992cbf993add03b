"""Calls and results as cards: arguments in wire order as sent, a refusal with its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.protocol.description_view import short_type
from upnpscapy.protocol.error_codes import error_name
from upnpscapy.tree import Tree, card

if TYPE_CHECKING:
    from upnpscapy.protocol.soap import Call, Result
    from upnpscapy.protocol.soap_fault import Fault
    from upnpscapy.protocol.xml_body import Pairs

__all__ = ["EMPTY", "call_tree", "fault_fields", "result_tree"]

EMPTY = '""'
"""What was sent empty is a value."""


def call_tree(call: Call) -> Tree:
    """The action with its arguments, and what deviates."""
    remarks = (f"defect: {defect}" for defect in call.defects)
    kind = short_type(call.service_type)
    return card(call.action or "call", kind, _values(call.arguments), remarks=remarks)


def result_tree(result: Result) -> Tree:
    """What came back, or the refusal, and what deviates."""
    remarks = (f"defect: {defect}" for defect in result.defects)
    note = "  ".join(filter(None, (short_type(result.service_type), str(result.status or ""))))
    if result.fault is None:
        return card(result.action or "result", note, _values(result.arguments), remarks=remarks)
    return card("error", note, fault_fields(result.fault, result.service_type), remarks=remarks)


def fault_fields(fault: Fault, service_type: str | None) -> Iterator[tuple[str, object]]:
    """The parts of a refusal, and what the service's specification calls its code."""
    code = fault.error_code
    yield "error_code", code
    yield "name", None if code is None else error_name(service_type, code)
    yield "error_description", fault.error_description
    yield "faultcode", fault.code
    yield "faultstring", fault.string


def _values(pairs: Pairs) -> Iterator[tuple[str, object]]:
    return ((name, value or EMPTY) for name, value in pairs)
