"""Mappings asked for by SOAP, as connections of a capture made in memory."""

from __future__ import annotations

from typing import Any

from tests.forensics.controlling import WANIP, done, envelope, post, refused, sent
from tests.forensics.judging import Timed, http

__all__ = ["ATTACKER", "CLIENT", "OTHER", "PUBLIC", "ROUTER", "add", "call", "delete", "mapping"]

ROUTER, CLIENT, OTHER = "192.168.1.1", "192.168.1.10", "192.168.1.20"
PUBLIC, ATTACKER = "203.0.113.9", "198.51.100.66"
"""Of documentation, which is not local."""

LENGTH = 10
"""Frames of a connection with an answer (see ``http``)."""


def mapping(**more: str) -> list[tuple[str, str]]:
    values = {
        "NewRemoteHost": "",
        "NewExternalPort": "6881",
        "NewProtocol": "TCP",
        "NewInternalPort": "6881",
        "NewInternalClient": CLIENT,
        "NewEnabled": "1",
        "NewPortMappingDescription": "seed",
        "NewLeaseDuration": "3600",
    }
    return list((values | more).items())


def call(
    action: str,
    values: list[tuple[str, str]],
    answer: int | list[tuple[str, str]] | None = (),  # type: ignore[assignment]
    *,
    service: str = WANIP,
    **more: Any,
) -> list[Timed]:
    """A call; its answer is the code of a fault, what came back, or None."""
    request = post(action, *values)
    if service != WANIP:
        body = envelope(action, values, service)
        fields = f'Host: {ROUTER}\r\nSOAPACTION: "{service}#{action}"\r\nContent-Type: text/xml\r\n'
        request = sent("POST /ctl HTTP/1.1", body, fields)
    if answer is None:
        return http(request, **more)
    if isinstance(answer, int):
        return http(request, refused(answer, "No"), **more)
    return http(request, done(action, *answer), **more)


def add(answer: int | None = 0, *, terms: dict[str, str] | None = None, **more: Any) -> list[Timed]:
    """AddPortMapping: granted, refused with a code, or None for no answer."""
    return call("AddPortMapping", mapping(**(terms or {})), [] if answer == 0 else answer, **more)


def delete(port: int = 6881, answer: int | None = 0, **more: Any) -> list[Timed]:
    """DeletePortMapping."""
    values = [("NewRemoteHost", ""), ("NewExternalPort", str(port)), ("NewProtocol", "TCP")]
    return call("DeletePortMapping", values, [] if answer == 0 else answer, **more)
