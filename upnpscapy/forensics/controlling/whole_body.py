"""The body of a control or event message, and what may be believed of it if a part is missing.

XML that ends early can be repaired, but its last value would be cut: ``192.168.1.1`` of
``192.168.1.10``. So of an incomplete body only elements with both their tags count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.protocol.control_defect import ControlDefect

__all__ = ["BODY_DEFECTS", "WholeBody", "whole_body"]

BODY_DEFECTS: dict[str, tuple[str, str]] = {
    "bytes-missing": ("capture", "part of the body is not in the capture"),
    "body-not-kept": ("capture", "part of the body was not kept, for want of room"),
    "body-not-decoded": (
        "RFC 9110, 8.4",
        "the content coding is unknown or damaged, or the body is too long",
    ),
}
"""name → (clause, what it means); ``capture`` where it is no fault of the sender."""

_OF_THE_REST = frozenset(
    "missing-body not-xml xml-repaired not-an-envelope missing-soap-body empty-soap-body "
    "service-mismatch action-mismatch response-name response-service missing-detail "
    "missing-error-code error-code-value fault-code-value fault-string-value fault-status "
    "result-status not-a-property-set property-without-variable last-change-value".split()
)
"""Deviations that the missing part may disprove."""


_END = re.compile(rb"Envelope\s*>[\s\0]*\Z", re.IGNORECASE)

MAX_END = 64
"""Bytes in which the end of an envelope is looked for."""


class WholeBody(NamedTuple):
    """A body without its content coding."""

    data: bytes
    """Up to where something is missing."""
    defect: str | None
    """Why there is no more: a name in ``BODY_DEFECTS``."""

    def judge(self, defects: Iterable[ControlDefect]) -> list[str]:
        """Names of the deviations that are true whatever is missing, with its own."""
        if self.defect is None:
            return [defect.name for defect in defects]
        names = [defect.name for defect in defects if defect.name not in _OF_THE_REST]
        return [*names, self.defect]


def whole_body(message: HttpMessage) -> WholeBody:
    """The body of a message, and whether it is all there."""
    if message.surplus and not message.body and "no-content-length" in message.defects:
        data = message.surplus  # the body, as far as anybody can tell
        whole = message.complete and _END.search(data[-MAX_END:])
        return WholeBody(data, None if whole else "bytes-missing")
    data, complete = message.content()
    if complete:
        return WholeBody(data, None)
    if not message.complete:
        return WholeBody(data, "bytes-missing")
    if len(message.body) < message.body_size:
        return WholeBody(data, "body-not-kept")
    return WholeBody(data, "body-not-decoded")
