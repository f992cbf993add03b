"""A device's refusal of an action: SOAP's fault with the UPnP error in it (UDA 2.0, 3.2.5).

Devices write the tags in other cases, leave the detail out, or put the error code beside it;
so the parts are looked for by name, in any case and at any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from upnpscapy.protocol.control_defect import ControlDefect
from upnpscapy.protocol.xml import Element

__all__ = ["Fault", "fault_of_element", "fault_of_pairs"]

_CODE = re.compile(r"\s*[+-]?[0-9]{1,9}\s*\Z")
_NAMES = {
    name.lower(): name
    for name in (
        *("Fault", "faultcode", "faultstring", "faultactor", "detail"),
        *("UPnPError", "errorCode", "errorDescription"),
    )
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal; each part is as sent without the blanks around it, None where it is missing."""

    code: str | None
    """SOAP's faultcode, ``s:Client``."""
    string: str | None
    """SOAP's faultstring, ``UPnPError``."""
    error_code: int | None
    """UPnP's errorCode, None if it is missing or no number."""
    error_description: str | None


def fault_of_element(element: Element, defects: list[ControlDefect]) -> Fault:
    """The fault an element holds; deviations are added to the list."""
    parts: dict[str, str] = {}
    names = set()
    for part in element.walk():
        key = part.name.lower()
        if key in _NAMES:
            names.add(key)
            if part.name != _NAMES[key]:
                defects.append(ControlDefect("element-case", part.name))
            if not part.children:
                parts.setdefault(key, part.text)
    fault = _fault(parts)
    if "upnperror" not in names:
        defects.append(ControlDefect("missing-detail"))
    if fault.code is None or fault.code.rpartition(":")[2] != "Client":
        defects.append(ControlDefect("fault-code-value", fault.code))
    if fault.string != "UPnPError":
        defects.append(ControlDefect("fault-string-value", fault.string))
    if "errorcode" not in parts:
        defects.append(ControlDefect("missing-error-code"))
    elif fault.error_code is None:
        defects.append(ControlDefect("error-code-value", parts["errorcode"]))
    return fault


def fault_of_pairs(pairs: Iterable[tuple[str, str]]) -> Fault | None:
    """The fault that plain elements make up, None if they have neither code nor error."""
    parts: dict[str, str] = {}
    for name, value in pairs:
        parts.setdefault(name.lower(), value.strip())
    return _fault(parts) if parts.keys() & {"faultcode", "errorcode"} else None


def _fault(parts: Mapping[str, str]) -> Fault:
    error_code = parts.get("errorcode", "")
    return Fault(
        parts.get("faultcode"),
        parts.get("faultstring"),
        int(error_code) if _CODE.match(error_code) else None,
        parts.get("errordescription"),
    )
