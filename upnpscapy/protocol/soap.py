"""What control messages mean: a call of an action, its result, or a fault (UDA 2.0, 3).

``parse_call`` and ``parse_result`` read any message and never raise; each deviation is named.
Arguments stay in wire order under the names they were sent with, since order is significant and
a misspelt name is a fact about the device.
A stream hands over head and body apart: ``body`` is the decoded body, without chunks.
Writing is in ``soap_build``, names of error codes are in ``error_codes``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from upnpscapy.display import printable
from upnpscapy.protocol.control_defect import ControlDefect, first_of_each
from upnpscapy.protocol.httpu import Headers, Message, text
from upnpscapy.protocol.memory import Memory
from upnpscapy.protocol.plain_body import plain_element
from upnpscapy.protocol.soap_build import CONTROL, ENCODING, ENVELOPE
from upnpscapy.protocol.soap_fault import Fault, fault_of_element, fault_of_pairs
from upnpscapy.protocol.xml import Element
from upnpscapy.protocol.xml_body import (
    Pairs,
    attribute_of,
    judge_content_type,
    pairs_found,
    read_body,
    value_of,
)
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

__all__ = ["Call", "Fault", "Result", "Style", "parse_call", "parse_result"]

Style = Literal["upnp", "hnap", "soap"]
"""``hnap``: D-Link's Home Network Administration Protocol; ``soap``: any other SOAP 1.1."""

_HNAP = re.compile(r"https?://purenetworks\.com/HNAP1/", re.IGNORECASE)
_MPOST_FIELD = re.compile(rb"([0-9]{2})-soapaction\Z")
_MPOST_MAN = re.compile(r"\"([^\"]*)\"\s*;\s*ns\s*=\s*\"?([0-9]{2})\"?\s*(?:,|\Z)", re.IGNORECASE)
_RESPONSE = "Response"


@dataclass(frozen=True, slots=True, repr=False)
class Call(Shown):
    """One call of an action, as the control point sent it."""

    method: str
    soap_action: str | None
    """SOAPACTION or 01-SOAPACTION as sent, with its quotes."""
    service_type: str | None
    """Of SOAPACTION; of the body where that says none."""
    action: str | None
    body_service_type: str | None
    """The namespace of the action's element."""
    body_action: str | None
    arguments: Pairs
    types: tuple[str | None, ...]
    """For each argument its ``dt:dt`` or ``xsi:type`` as sent, mostly None."""
    prefix: str | None
    """Of the action's element, "" without one, None without an element."""
    style: Style
    body: bytes
    defects: tuple[ControlDefect, ...]

    def tree(self) -> Tree:
        """The action with its arguments, and what deviates."""
        from upnpscapy.protocol.control_view import call_tree

        return call_tree(self)

    def _summary(self) -> str:
        return (
            f"Call {printable((self.action or '?')[:MAX_SUMMARY])} {len(self.arguments)} arguments"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Result(Shown):
    """One answer to a call: arguments, or a fault, or neither if it could not be read."""

    status: int | None
    service_type: str | None
    """The namespace of the result's element."""
    action: str | None
    """The name of the result's element without its Response."""
    arguments: Pairs
    types: tuple[str | None, ...]
    prefix: str | None
    fault: Fault | None
    body: bytes
    defects: tuple[ControlDefect, ...]

    @property
    def ok(self) -> bool:
        """The action was carried out: a result came, with status 200 and without a fault."""
        return self.status == 200 and self.fault is None and self.action is not None

    def tree(self) -> Tree:
        """What came back, or the refusal, and what deviates."""
        from upnpscapy.protocol.control_view import result_tree

        return result_tree(self)

    def _summary(self) -> str:
        action = printable((self.action or "?")[:MAX_SUMMARY])
        error = "" if self.fault is None else f" error {self.fault.error_code}"
        return f"Result {action} {self.status}{error}"


def parse_call(message: Message, body: bytes | None = None) -> Call | None:
    """A request as a call, None if it is none: no SOAPACTION, and no envelope in its body.

    ``body`` is the body where the message has only the head.
    """
    if message.start.method is None:
        return None
    content = message.body if body is None else body
    fields = _soap_actions(message.headers)
    if not fields and not (b"Envelope" in content or b"envelope" in content):
        return None
    defects: list[ControlDefect] = []
    method = text(message.start.method)
    if method.upper() not in ("POST", "M-POST"):
        defects.append(ControlDefect("control-method", method))
    sent, service_type, action = _read_soap_action(fields, message.headers, defects)
    named: tuple[str | None, str | None] = (None, None)
    types: tuple[str | None, ...] = ()
    prefix = None
    plain = plain_element(content)
    if plain is not None:
        judge_content_type(message.headers, defects)
        prefix, namespace, name, pairs = plain
        named = namespace, name
    else:
        root = read_body(message.headers, content, defects)
        element = _action_element(root, defects, root_is_action=bool(fields)) if root else None
        if element is None:
            if not fields and root is not None and root.name.lower() != "envelope":
                return None
            pairs = () if root else pairs_found(content)
        else:
            named = element.namespace, element.name
            prefix = element.prefix
            pairs, types = _arguments(element, defects)
    _judge_same("service-mismatch", service_type, named[0], defects)
    _judge_same("action-mismatch", action, named[1], defects)
    return Call(
        method,
        sent,
        named[0] if service_type is None else service_type,
        named[1] if action is None else action,
        *named,
        pairs,
        types or (None,) * len(pairs),
        prefix,
        _style(sent, service_type or named[0]),
        content,
        first_of_each(defects),
    )


def parse_result(message: Message, body: bytes | None = None, call: Call | None = None) -> Result:
    """A response as the answer to a call; what cannot be read is in ``body`` and ``defects``.

    A fault is found with any status, as devices send it with 200 too.
    ``call`` is what it answers, where that is known.
    """
    content = message.body if body is None else body
    status = message.start.status
    defects: list[ControlDefect] = []
    service_type = name = action = prefix = fault = None
    pairs: Pairs = ()
    types: tuple[str | None, ...] = ()
    plain = plain_element(content)
    if plain is not None:
        judge_content_type(message.headers, defects)
        prefix, service_type, name, pairs = plain
    elif (root := read_body(message.headers, content, defects)) is None:
        pairs = pairs_found(content)
        fault = fault_of_pairs(pairs)
        pairs = () if fault else pairs
    elif element := _action_element(root, defects, root_is_action=_is_answer(root)):
        if element.name.lower() in ("fault", "upnperror"):
            fault = fault_of_element(element, defects)
        else:
            pairs, types = _arguments(element, defects)
            prefix, service_type, name = element.prefix, element.namespace, element.name
    if name is not None:
        action = name.removesuffix(_RESPONSE)
        expected = call.action if call else None
        if name == action or expected not in (None, action):
            defects.append(ControlDefect("response-name", name))
        if call:
            _judge_same("response-service", call.service_type, service_type, defects)
    if fault is not None and status != 500:
        defects.append(ControlDefect("fault-status", str(status)))
    if action is not None and status != 200:
        defects.append(ControlDefect("result-status", str(status)))
    types = types or (None,) * len(pairs)
    return Result(
        status, service_type, action, pairs, types, prefix, fault, content, first_of_each(defects)
    )


def _soap_actions(headers: Headers) -> list[tuple[str | None, str]]:
    """(prefix number of M-POST, value) of each SOAPACTION."""
    found: list[tuple[str | None, str]] = []
    for header in headers:
        if header.key == b"soapaction":
            found.append((None, text(header.value)))
        elif header.key.endswith(b"-soapaction") and (match := _MPOST_FIELD.match(header.key)):
            found.append((text(match.group(1)), text(header.value)))
    return found


def _read_soap_action(
    fields: list[tuple[str | None, str]], headers: Headers, defects: list[ControlDefect]
) -> tuple[str | None, str | None, str | None]:
    """(as sent, service type, action): ``"urn:…:service:…:1#Action"`` (UDA 2.0, 3.2.1)."""
    if not fields:
        defects.append(ControlDefect("missing-soapaction"))
        return None, None, None
    if len(fields) > 1:
        defects.append(ControlDefect("duplicate-soapaction", fields[1][1]))
    number, sent = fields[0]
    if number is not None:
        man = _MPOST_MAN.search(text(headers.get(b"man") or b""))
        if man is None or man.groups() != (ENVELOPE, number):
            shown = headers.get(b"man")
            defects.append(ControlDefect("mpost-man", None if shown is None else text(shown)))
    service_type, action, found = _NAMED[sent]
    defects += found
    return sent, service_type, action


def _read_named(sent: str) -> tuple[str | None, str | None, tuple[ControlDefect, ...]]:
    """(service type, action, deviations) of a SOAPACTION."""
    found: list[ControlDefect] = []
    value = sent.strip()
    if not (len(value) > 1 and value[0] == value[-1] == '"'):
        found.append(ControlDefect("soapaction-unquoted", sent))
    value = value.strip("\"' \t")
    if hnap := _HNAP.match(value):
        return hnap.group(), value[hnap.end() :] or None, tuple(found)
    service_type, hash_sign, action = value.rpartition("#")
    if not (service_type and action):
        found.append(ControlDefect("soapaction-value", sent))
    if not hash_sign:
        return None, None, tuple(found)
    return service_type or None, action or None, tuple(found)


_NAMED = Memory(_read_named, len, limit=256, entries=1024)
"""SOAPACTION as sent → what it names: a control point calls the same actions again."""


def _action_element(
    root: Element, defects: list[ControlDefect], *, root_is_action: bool
) -> Element | None:
    """The first element of the envelope's Body: the call, the result or the fault."""
    if root.name.lower() != "envelope":
        defects.append(ControlDefect("not-an-envelope", root.name))
        return root if root_is_action else None
    if root.namespace != ENVELOPE:
        defects.append(ControlDefect("envelope-namespace", root.namespace))
    if attribute_of(root, "encodingstyle") != ENCODING:
        defects.append(ControlDefect("encoding-style", attribute_of(root, "encodingstyle")))
    body = root.find("Body")
    if body is None:
        defects.append(ControlDefect("missing-soap-body"))
        return None
    defects.extend(
        ControlDefect("element-case", element.name)
        for element, name in ((root, "Envelope"), (body, "Body"))
        if element.name != name
    )
    if not body.children:
        defects.append(ControlDefect("empty-soap-body"))
        return None
    if len(body.children) > 1:
        defects.append(ControlDefect("several-actions", body.children[1].name))
    return body.children[0]


def _is_answer(root: Element) -> bool:
    return root.name.endswith(_RESPONSE) or root.name.lower() in ("fault", "upnperror")


def _arguments(
    element: Element, defects: list[ControlDefect]
) -> tuple[Pairs, tuple[str | None, ...]]:
    if not element.namespace:
        defects.append(ControlDefect("action-namespace", element.name))
    pairs = []
    types = []
    seen: set[str] = set()
    for child in element.children:
        # QueryStateVariable's varName is in a namespace (UDA 1.0, 3.3).
        if child.prefix and element.namespace != CONTROL:
            defects.append(ControlDefect("argument-prefix", f"{child.prefix}:{child.name}"))
        if child.children:
            defects.append(ControlDefect("argument-elements", child.name))
        if child.name in seen:
            defects.append(ControlDefect("duplicate-argument", child.name))
        seen.add(child.name)
        pairs.append((child.name, value_of(child)))
        data_type = attribute_of(child, "dt")
        types.append(attribute_of(child, "type") if data_type is None else data_type)
    return tuple(pairs), tuple(types)


def _judge_same(
    name: str, header: str | None, body: str | None, defects: list[ControlDefect]
) -> None:
    if header is not None and body is not None and header != body:
        defects.append(ControlDefect(name, body))


def _style(soap_action: str | None, service_type: str | None) -> Style:
    if _HNAP.search(soap_action or "") or _HNAP.match(service_type or ""):
        return "hnap"
    return "upnp" if (service_type or "").lower().startswith("urn:") else "soap"
