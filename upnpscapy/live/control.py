"""One call of an action on the network, without an SCPD (UDA 2.0, 3.2).

A device that answers 405 to POST is asked again by M-POST (UDA 1.0, 3.2.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from upnpscapy.errors import ActionFault
from upnpscapy.live.http import Http
from upnpscapy.live.response import Response
from upnpscapy.protocol.error_codes import error_name
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.soap import Result, parse_call, parse_result
from upnpscapy.protocol.soap_build import Fields, build_call, build_mpost_headers

__all__ = ["call"]

_NOT_ALLOWED = 405
_RESULT_END = re.compile(rb"</[^<>\s]*Response\s*>")


def call(
    control_url: str,
    service_type: str,
    action: str,
    arguments: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    *,
    http: Http | None = None,
    device_url: str | None = None,
) -> Result:
    """Call an action, with arguments as they are and in the order given.

    ``device_url`` is the description that names the control URL, if one did: both must be on
    one host, unless ``http`` allows more.
    Raises ``ActionFault`` for a refusal, of whatever HTTP status; ``ResponseError`` for what is
    no proper answer; ``TransportError`` where none came; ``RefusedError`` for a URL that is not
    followed; ``MessageError`` for what XML or HTTP cannot carry.
    """
    http = http or Http()
    pairs = arguments.items() if isinstance(arguments, Mapping) else arguments
    fields, body = build_call(service_type, action, pairs)
    response = http.request("POST", control_url, fields, body, device_url=device_url)
    if response.status == _NOT_ALLOWED:
        fields = build_mpost_headers(service_type, action, body)
        response = http.request("M-POST", control_url, fields, body, device_url=device_url)
    result = _read(response, fields, body)
    if result.fault is not None:
        code = result.fault.error_code
        raise ActionFault(
            action,
            code,
            result.fault.error_description or result.fault.string,
            None if code is None else error_name(service_type, code),
            url=control_url,
            service_type=service_type,
            status=response.status,
        )
    if result.action is None or not 200 <= response.status < 300 or _is_cut(response, result):
        raise response.error(f"{action}: {_problem(response, result)}")
    return result


def _read(response: Response, fields: Fields, body: bytes) -> Result:
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    sent = parse_call(parse(f"POST * HTTP/1.1\r\n{head}\r\n".encode()), body)
    return parse_result(response.message, response.body, sent)


def _is_cut(response: Response, result: Result) -> bool:
    """Whether a result ends before its element does: 12 can be the start of 1234."""
    repairs = next((one.found or "" for one in result.defects if one.name == "xml-repaired"), "")
    return "cut-short" in repairs and not _RESULT_END.search(response.body)


def _problem(response: Response, result: Result) -> str:
    """What is wrong with an answer, in words."""
    status = response.status_line
    if not response.body:
        return f"{status}, and no body"
    if _is_cut(response, result):
        return f"{status}, and a result that ends in the middle"
    if result.action is not None:
        return f"a result with {status}"
    names = ", ".join(defect.name for defect in result.defects)
    return f"{status}, and no result of an action ({names or 'another document'})"
