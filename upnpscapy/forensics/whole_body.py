"""The body of a control or event message, and what may be believed of it if a part is missing.

XML that ends early can be repaired, but its last value would be cut: ``192.168.1.1`` of
``192.168.1.10``. So of an incomplete body only elements with both their tags count.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.protocol.control_defect import ControlDefect

__all__ = ["WholeBody", "url_of", "whole_body"]

_OF_THE_REST = frozenset(
    "missing-body not-xml xml-repaired not-an-envelope missing-soap-body empty-soap-body "
    "service-mismatch action-mismatch response-name response-service missing-detail "
    "missing-error-code error-code-value fault-code-value fault-string-value fault-status "
    "result-status not-a-property-set property-without-variable last-change-value".split()
)
"""Deviations that the missing part may disprove."""


class WholeBody(NamedTuple):
    """A body without its content coding."""

    data: bytes
    """Up to where something is missing."""
    defect: str | None
    """Why there is no more: ``bytes-missing``, not captured; ``body-not-kept``, for want of
    room; ``body-not-decoded``, its content coding is unknown or damaged, or it is too long."""

    def judge(self, defects: Iterable[ControlDefect]) -> list[str]:
        """Names of the deviations that are true whatever is missing, with its own."""
        if self.defect is None:
            return [defect.name for defect in defects]
        names = [defect.name for defect in defects if defect.name not in _OF_THE_REST]
        return [*names, self.defect]


def whole_body(message: HttpMessage) -> WholeBody:
    """The body of a message, and whether it is all there."""
    data, complete = message.content()
    if complete:
        return WholeBody(data, None)
    if not message.complete:
        return WholeBody(data, "bytes-missing")
    if len(message.body) < message.body_size:
        return WholeBody(data, "body-not-kept")
    return WholeBody(data, "body-not-decoded")


def url_of(server: str, port: int, target: str) -> str:
    """The absolute URL a request went to: by address, whatever its HOST says.

    A target in absolute form (RFC 9112, 3.2.2) stays as it is.
    """
    if "://" in target.partition("?")[0]:
        return target
    host = f"[{server}]" if ":" in server else server
    return f"http://{host}:{port}{'' if target.startswith('/') else '/'}{target}"
