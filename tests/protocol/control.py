"""What the cases of control and eventing are made of: a message, its values, its deviations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from upnpscapy.protocol.control_defect import ControlDefect
from upnpscapy.protocol.soap_build import ENCODING, ENVELOPE

__all__ = ["ANYTHING", "WANIP", "XML", "Case", "check", "message", "soap"]

WANIP = "urn:schemas-upnp-org:service:WANIPConnection:1"
ANYTHING = "…"
"""As what was found: any text."""
XML = 'Content-Type: text/xml; charset="utf-8"'


class Case(NamedTuple):
    """A message, values its reading has, and every deviation it shows with what was found."""

    name: str
    data: bytes
    expected: dict[str, Any]
    defects: Mapping[str, str | None] = MappingProxyType({})
    call: bytes = b""
    """What it answers, where that matters."""


def message(start: str, *fields: str, body: str | bytes = b"") -> bytes:
    """The bytes of a message of its start line, header lines and body."""
    content = body if isinstance(body, bytes) else body.encode()
    length = (f"Content-Length: {len(content)}",) if content else ()
    return "".join(f"{line}\r\n" for line in (start, *fields, *length, "")).encode() + content


def soap(
    content: str,
    prefix: str = "s",
    style: str = ENCODING,
    namespace: str = ENVELOPE,
    names: tuple[str, str] = ("Envelope", "Body"),
) -> str:
    """An envelope around its content, with the prefix and names wanted."""
    envelope, body = (f"{prefix}:{name}" if prefix else name for name in names)
    xmlns = f"xmlns:{prefix}" if prefix else "xmlns"
    attribute = f' {prefix}:encodingStyle="{style}"' if style and prefix else ""
    return (
        f'<?xml version="1.0"?>\n<{envelope} {xmlns}="{namespace}"{attribute}>'
        f"<{body}>{content}</{body}></{envelope}>"
    )


def check(case: Case, value: object, defects: tuple[ControlDefect, ...]) -> None:
    """The value has what is expected, and shows the expected deviations and no others."""
    for name, expected in case.expected.items():
        assert getattr(value, name) == expected, name
    found = {defect.name: defect.found for defect in defects}
    assert found.keys() == case.defects.keys()
    for name, text in case.defects.items():
        assert found[name] if text == ANYTHING else found[name] == text, name
