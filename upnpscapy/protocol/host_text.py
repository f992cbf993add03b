"""Addresses as rows write them, so that equal ones are equal text."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, inet_ntop

__all__ = ["host_and_port", "parse_host"]

MAX_REMEMBERED = 64
"""Characters of a text that is remembered; an address has fewer, with its zone too."""

_LINK_ADDRESS = re.compile(r"[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}\Z")


def host_and_port(address: str, port: int | None) -> str:
    """An address and a port, as a URL writes them."""
    host = f"[{address}]" if ":" in address else address
    return host if port is None else f"{host}:{port}"


def parse_host(text: str) -> str:
    """An IP or link address in the form rows have it; an IPv6 zone is left out.

    Raises ``ValueError`` for anything else.
    """
    return _parse(text) if len(text) <= MAX_REMEMBERED else _parse.__wrapped__(text)


@lru_cache(4096)
def _parse(text: str) -> str:
    plain = text.strip().lower()
    if _LINK_ADDRESS.match(plain):
        return plain.replace("-", ":")
    try:
        packed = ip_address(plain.partition("%")[0]).packed
    except ValueError as error:
        raise ValueError("neither an IP address nor a link address") from error
    return inet_ntop(AF_INET if len(packed) == 4 else AF_INET6, packed)
