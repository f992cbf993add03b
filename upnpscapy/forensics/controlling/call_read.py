"""Exchanges to calls: what is certain of a call and its answer, however much of them is there."""

from __future__ import annotations

from dataclasses import replace

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.controlling.whole_body import whole_body
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.protocol.soap import Fault, Result, parse_call, parse_result
from upnpscapy.protocol.soap_fault import fault_of_pairs
from upnpscapy.protocol.xml_body import Pairs, pairs_found

__all__ = ["read_call"]

_OF_UPNP_ALONE = frozenset(
    "encoding-style argument-elements argument-prefix fault-code-value fault-string-value "
    "missing-detail missing-error-code response-name".split()
)
"""Deviations from UDA that SOAP 1.1 has nothing against: HNAP and others are no UPnP."""


def read_call(row: ExchangeRow) -> CallRow | None:
    """An exchange as a call, None if it is none."""
    request, response = row.exchange.request, row.exchange.response
    call = result = asked = answered = None
    if request is not None:
        asked = whole_body(request)
        call = parse_call(request.message, asked.data)
        if call is None:
            return None
    if response is not None and (request is not None or b"nvelope" in response.body):
        answered = whole_body(response)
        result = parse_result(response.message, answered.data, call)
        if request is None and result.action is None and result.fault is None:
            return None
    if call is None and result is None:
        return None
    names = list(row.exchange.defects)
    if call is not None and asked is not None:
        names += asked.judge(call.defects)
        if asked.defect is not None:
            pairs = _values(asked.data, call.action)
            call = replace(call, arguments=pairs, types=(None,) * len(pairs))
    if result is not None and answered is not None:
        names += answered.judge(result.defects)
        if answered.defect is not None:
            action = result.action or (call.action if call is not None else None)
            result = _certain(result, _values(answered.data, f"{action}Response"))
    if call is not None and call.style != "upnp":
        names = [name for name in names if name not in _OF_UPNP_ALONE]
    return CallRow(
        row,
        call,
        result,
        list(dict.fromkeys(names)),
        request_complete=asked is not None and asked.defect is None,
        response_complete=answered is not None and answered.defect is None,
    )


def _values(body: bytes, around: str | None) -> Pairs:
    """What is certain of a body; the element around the values is none if it is empty."""
    return tuple(pair for pair in pairs_found(body) if pair[0] != around)


def _certain(result: Result, pairs: Pairs) -> Result:
    """A result of which only these values are certain."""
    fault = fault_of_pairs(pairs)
    if fault is None and result.fault is not None:
        fault = Fault(None, None, None, None)
    values = () if fault else pairs
    return replace(result, arguments=values, types=(None,) * len(values), fault=fault)
