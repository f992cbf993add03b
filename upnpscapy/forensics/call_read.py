"""Exchanges to calls: what is certain of a call and its answer, however much of them is there."""

from __future__ import annotations

from dataclasses import replace

from upnpscapy.forensics.call_row import CallRow
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.whole_body import whole_body
from upnpscapy.protocol.soap import Fault, Result, parse_call, parse_result
from upnpscapy.protocol.soap_fault import fault_of_pairs
from upnpscapy.protocol.xml_body import Pairs, pairs_found

__all__ = ["read_call"]


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
            pairs = pairs_found(asked.data)
            call = replace(call, arguments=pairs, types=(None,) * len(pairs))
    if result is not None and answered is not None:
        names += answered.judge(result.defects)
        if answered.defect is not None:
            result = _certain(result, pairs_found(answered.data))
    return CallRow(
        row,
        call,
        result,
        list(dict.fromkeys(names)),
        request_complete=asked is not None and asked.defect is None,
        response_complete=answered is not None and answered.defect is None,
    )


def _certain(result: Result, pairs: Pairs) -> Result:
    """A result of which only these values are certain."""
    fault = fault_of_pairs(pairs)
    if fault is None and result.fault is not None:
        fault = Fault(None, None, None, None)
    values = () if fault else pairs
    return replace(result, arguments=values, types=(None,) * len(values), fault=fault)
