"""A port mapping or pinhole on a gateway, as its answers tell it: a row of ``mappings``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from upnpscapy.display import Table, iso_utc, printable
from upnpscapy.errors import ActionFault
from upnpscapy.protocol.mapping_terms import MAPPING_COLUMNS, Terms
from upnpscapy.tree import Shown, Tree, card

__all__ = ["LiveMapping", "Step", "mapping_table", "step_of"]

SECOND = 1_000_000_000

TEXT_COLUMNS = tuple(
    "protocol external_port internal_client internal_port remote_host description "
    "lease_seconds enabled".split()
)
PINHOLE_TEXT_COLUMNS = tuple(
    "unique_id protocol remote_host remote_port internal_client internal_port lease_seconds".split()
)

_OF_TERMS = frozenset(Terms._fields) - {"raw"}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that went otherwise than asked, and what was done about it."""

    action: str
    code: int | None
    """Of the refusal; None if it was none."""
    name: str | None
    """What the specification calls the code."""
    done: str
    """What followed, in words."""

    def __str__(self) -> str:
        known = f" ({self.name})" if self.name else ""
        code = "" if self.code is None else f" error {self.code}{known}:"
        return printable(f"{self.action}:{code} {self.done}")


@dataclass(frozen=True, slots=True, repr=False)
class LiveMapping(Shown):
    """One mapping, or pinhole, as a gateway told of it."""

    capture: str | None
    """The recording's name; None without one."""
    gateway: str
    """Its address."""
    kind: Literal["portmap", "pinhole"]
    control_url: str
    terms: Terms
    """What it says; what was sent and is no number is in ``terms.raw``."""
    state: Literal["open", "deleted", "observed"]
    """``open``: granted here; ``observed``: listed."""
    time_ns: int
    """When the gateway said so."""
    requested_by: str | None = None
    """Who asked for it; None if that is not known."""
    opened_ns: int | None = None
    """When it was granted; None if that is not known."""
    closed_ns: int | None = None
    """When it was deleted."""
    steps: tuple[Step, ...] = ()
    """What went otherwise than asked, until it was there."""
    external_address: str | None = None
    """The gateway's address on the Internet, where that was asked."""

    @property
    def protocol(self) -> str | None:
        """In upper case."""
        return self.terms.protocol

    @property
    def external_port(self) -> int | None:
        """0 is every port that has no mapping of its own; None of a pinhole."""
        return self.terms.external_port

    @property
    def internal_client(self) -> str | None:
        """The host that packets are sent on to."""
        return self.terms.internal_client

    @property
    def internal_port(self) -> int | None:
        """The port of that host."""
        return self.terms.internal_port

    @property
    def remote_host(self) -> str | None:
        """Who may use it; "" is everyone."""
        return self.terms.remote_host

    @property
    def remote_port(self) -> int | None:
        """Of a pinhole; 0 is every port."""
        return self.terms.remote_port

    @property
    def unique_id(self) -> str | None:
        """What a pinhole is known by."""
        return self.terms.unique_id

    @property
    def description(self) -> str | None:
        """A word for people."""
        return self.terms.description

    @property
    def lease_seconds(self) -> int | None:
        """How long it lasts from ``time_ns`` on; 0 is for ever."""
        return self.terms.lease_seconds

    @property
    def enabled(self) -> bool | None:
        """Whether packets pass."""
        return self.terms.enabled

    @property
    def expires_ns(self) -> int | None:
        """When its lease runs out; None of a permanent one, or if that is not known."""
        lease = self.terms.lease_seconds
        return self.time_ns + lease * SECOND if lease else None

    def deleted(self, time_ns: int) -> LiveMapping:
        """The same, gone."""
        return replace(self, state="deleted", time_ns=time_ns, closed_ns=time_ns)

    def with_steps(self, steps: Iterable[Step]) -> LiveMapping:
        """The same after these steps."""
        return replace(self, steps=tuple(steps))

    def column(self, name: str) -> object:
        """The value of a column of the table ``mappings``."""
        if name in _OF_TERMS:
            return getattr(self.terms, name)
        if name in ("opened_time", "closed_time"):
            return iso_utc(self.opened_ns if name == "opened_time" else self.closed_ns)
        if name == "filter":
            return f"{'ipv6' if ':' in self.gateway else 'ip'}.addr == {self.gateway}"
        # Frames are known to who reads the recording.
        return getattr(self, name, None)

    def tree(self) -> Tree:
        """What it says, since when, and what went otherwise than asked."""
        fields = (
            ("gateway", self.gateway),
            ("state", self.state),
            ("description", self.description),
            ("requested by", self.requested_by),
            ("opened", iso_utc(self.opened_ns)),
            ("told", iso_utc(self.time_ns)),
            ("expires", iso_utc(self.expires_ns)),
            ("closed", iso_utc(self.closed_ns)),
            ("control_url", self.control_url),
            *((f"{name} as sent", text) for name, text in self.terms.raw),
            *(("step", str(step)) for step in self.steps),
        )
        return card(str(self), self.kind, fields)

    def _summary(self) -> str:
        return f"LiveMapping {self}"

    def __str__(self) -> str:
        terms = self.terms
        inside = f"{_host(terms.internal_client)}:{_shown(terms.internal_port)}"
        if self.kind == "pinhole":
            remote = f"{_host(terms.remote_host)}:{terms.remote_port or '*'}"
            text = (
                f"pinhole {_shown(terms.unique_id)}  {_shown(terms.protocol)} {remote} → {inside}"
            )
        else:
            port = _shown(terms.external_port)
            known = self.external_address
            outside = f"{_host(known)}:{port}" if known else f"port {port}"
            text = f"{_shown(terms.protocol)} {outside} → {inside}"
            if terms.remote_host:
                text += f", from {terms.remote_host} only"
        if self.state == "deleted":
            return printable(f"{text}, deleted")
        if terms.enabled is False:
            text += ", disabled"
        if terms.lease_seconds is not None:
            text += f", for {terms.lease_seconds} s" if terms.lease_seconds else ", permanent"
        return printable(text)


def mapping_table(rows: Sequence[LiveMapping]) -> Table[LiveMapping]:
    """Mappings with the columns of the contract."""
    pinholes = bool(rows) and all(row.kind == "pinhole" for row in rows)
    text = PINHOLE_TEXT_COLUMNS if pinholes else TEXT_COLUMNS
    return Table("mappings", MAPPING_COLUMNS, lambda: rows, text, lambda: len(rows))


def step_of(fault: ActionFault, done: str) -> Step:
    """What was done about a refusal."""
    return Step(fault.action, fault.code, fault.name, done)


def _host(text: str | None) -> str:
    if not text:
        return "*"
    return f"[{text}]" if ":" in text else text


def _shown(value: Any) -> str:
    return "?" if value is None else str(value)
