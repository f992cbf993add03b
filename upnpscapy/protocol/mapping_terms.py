"""What a mapping says: ports, hosts, lease, from arguments or from an entry of a listing.

What was not sent is None, what was sent empty is ``""`` (a wildcard RemoteHost).
Where a value is written otherwise than it was sent, or cannot be read, ``raw`` has the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, get_args

from upnpscapy.display import Columns
from upnpscapy.protocol.data_types import parse_value
from upnpscapy.protocol.host_text import parse_host

__all__ = [
    "MAPPING_COLUMNS",
    "PINHOLE",
    "PORTMAP",
    "MappingKind",
    "MappingState",
    "Terms",
    "bare_address",
    "read_terms",
    "value_among",
]

MappingKind = Literal["portmap", "pinhole", "natpmp", "pcp"]
MappingState = Literal["requested", "open", "deleted", "expired", "refused", "replaced", "observed"]

MAPPING_COLUMNS = Columns(
    "capture gateway kind control_url protocol external_port internal_client internal_port "
    "remote_host remote_port unique_id description lease_seconds enabled requested_by "
    "opened_frame opened_time closed_frame closed_time state error_code frames filter",
    numbers="external_port internal_port remote_port lease_seconds opened_frame closed_frame "
    "error_code",
    truths="enabled",
    lists="frames",
    choices={"kind": get_args(MappingKind), "state": get_args(MappingState)},
)
"""Of the table ``mappings``, on the network as in captures."""

MAX_CHARACTERS = 1024
"""Kept of one value; descriptions of real mappings have tens."""

PORTMAP: dict[str, tuple[str, ...]] = {
    "protocol": ("NewProtocol",),
    "external_port": ("NewExternalPort",),
    "internal_client": ("NewInternalClient",),
    "internal_port": ("NewInternalPort",),
    "remote_host": ("NewRemoteHost",),
    # An entry of A_ARG_TYPE_PortListing has other names than the actions.
    "description": ("NewPortMappingDescription", "NewDescription"),
    "lease_seconds": ("NewLeaseDuration", "NewLeaseTime"),
    "enabled": ("NewEnabled",),
}
"""column → names of WANIPConnection:1 and :2, and of WANPPPConnection:1."""

PINHOLE: dict[str, tuple[str, ...]] = {
    "protocol": ("Protocol",),
    "internal_client": ("InternalClient",),
    "internal_port": ("InternalPort",),
    "remote_host": ("RemoteHost",),
    "remote_port": ("RemotePort",),
    "unique_id": ("UniqueID",),
    "lease_seconds": ("LeaseTime", "NewLeaseTime"),
}
"""column → names of WANIPv6FirewallControl:1."""

_NUMBERS = frozenset("external_port internal_port remote_port lease_seconds".split())
_ADDRESSES = frozenset(("internal_client", "remote_host"))
_MAX_NUMBER = 2**32 - 1
_NUMBER = re.compile(r"[0-9]{1,40}\Z")
_PROTOCOLS = {"6": "TCP", "17": "UDP"}
"""Pinholes name protocols by IANA's numbers."""


class Terms(NamedTuple):
    """The values of one mapping; the names are columns of ``mappings``."""

    protocol: str | None = None
    """In upper case; a pinhole's 6 and 17 as TCP and UDP."""
    external_port: int | None = None
    internal_client: str | None = None
    internal_port: int | None = None
    remote_host: str | None = None
    remote_port: int | None = None
    unique_id: str | None = None
    description: str | None = None
    lease_seconds: int | None = None
    enabled: bool | None = None
    raw: tuple[tuple[str, str], ...] = ()
    """(column, text as sent) where that is not how the column is written."""

    def raw_text(self, column: str) -> str | None:
        """The text a column was read from, where it says more than the column."""
        return next((text for name, text in self.raw if name == column), None)

    def updated(self, newer: Terms, *names: str) -> Terms:
        """These with the named values of others, as far as those have them."""
        changed = {
            name: getattr(newer, name)
            for name in names
            if getattr(newer, name) is not None or newer.raw_text(name) is not None
        }
        raw = tuple(pair for pair in self.raw if pair[0] not in changed)
        raw += tuple(pair for pair in newer.raw if pair[0] in changed)
        return self._replace(**changed, raw=raw)

    def completed(self, newer: Terms, *names: str) -> Terms:
        """These with the named values of others where these have none."""
        return self.updated(newer, *(name for name in names if getattr(self, name) is None))

    @property
    def text(self) -> str:
        """All text in them, for those who count it."""
        own = [value for value in self[:-1] if isinstance(value, str)]
        return "".join(own + [text for _, text in self.raw])


def read_terms(pairs: Sequence[tuple[str, str]], names: dict[str, tuple[str, ...]]) -> Terms:
    """The terms among (name, value) pairs; of equal names the first counts."""
    values: dict[str, object] = {}
    raw: list[tuple[str, str]] = []
    by_name = dict(reversed(pairs))
    in_any_case: dict[str, str] | None = None
    for column, choices in names.items():
        for name in choices:
            sent = by_name.get(name)
            if sent is None:
                if in_any_case is None:
                    in_any_case = {found.lower(): value for found, value in reversed(pairs)}
                sent = in_any_case.get(name.lower())
            if sent is not None:
                break
        else:
            continue
        sent = sent[:MAX_CHARACTERS]
        value = _READERS.get(column, str)(sent)
        values[column] = value
        shown = int(value) if isinstance(value, bool) else value
        if value is None or str(shown) != sent:
            raw.append((column, sent))
    return Terms(**values, raw=tuple(raw))  # type: ignore[arg-type]  # each by its reader


def value_among(pairs: Iterable[tuple[str, str]], name: str) -> str | None:
    """The first value of a name, else of one that differs in case only."""
    key, other = name.lower(), None
    for found, value in pairs:
        if found == name:
            return value
        if other is None and found.lower() == key:
            other = value
    return other


def bare_address(text: str) -> str:
    """An address as rows have it, anything else (a host name) without blanks around it."""
    plain = text.strip()
    try:
        return parse_host(plain.removeprefix("[").removesuffix("]"))
    except ValueError:
        return plain


def _number(text: str) -> int | None:
    plain = text.strip()
    number = int(plain) if _NUMBER.match(plain) else None
    return None if number is None or number > _MAX_NUMBER else number


def _protocol(text: str) -> str:
    plain = text.strip().upper()
    return _PROTOCOLS.get(plain, plain)


def _truth(text: str) -> bool | None:
    value: bool | None = parse_value("boolean", text).value
    return value


_READERS: dict[str, Callable[[str], object]] = {
    "protocol": _protocol,
    "unique_id": str.strip,
    "enabled": _truth,
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(_ADDRESSES, bare_address),
}
