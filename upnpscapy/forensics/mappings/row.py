"""A row of ``mappings``: one mapping's life, from what was asked and answered about it."""

from __future__ import annotations

from upnpscapy.display import Through, iso_utc, printable
from upnpscapy.forensics.mappings.call import MappingCall, frames_of, moment_of
from upnpscapy.forensics.place import FrameNumbers, Place
from upnpscapy.protocol.frames import Frames
from upnpscapy.protocol.mapping_terms import MAPPING_COLUMNS, MappingKind, MappingState, Terms
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

__all__ = ["MAPPING_COLUMNS", "MappingKind", "MappingRow", "MappingState"]

SECOND = 1_000_000_000

MAX_CONNECTIONS = 8
"""Connections a filter names; of more it is that of the gateway."""

MAX_RENEWALS = 32
"""Renewals kept of one mapping, the first ones; of a lease of an hour, more than a day's."""

LEASE_TICK = SECOND
"""By how much a gateway that counts whole seconds may end a lease early (miniupnpd)."""

LEASE_SLACK = 5
"""Seconds by which the rest of a lease in a listing may differ from the lease as granted."""


class MappingRow(Shown):
    """One mapping, or one attempt to have one."""

    __slots__ = (
        "_filters",
        "_place",
        "asked_lease_seconds",
        "asked_port",
        "capture",
        "closed_by",
        "closed_in",
        "closed_ns",
        "control_url",
        "error_code",
        "gateway",
        "kind",
        "last_time_ns",
        "lease_from_ns",
        "opened_in",
        "opened_ns",
        "renewal_count",
        "renewals",
        "requested_by",
        "seen_in",
        "state",
        "terms",
        "time_ns",
    )

    def __init__(
        self, call: MappingCall, kind: MappingKind, state: MappingState, terms: Terms
    ) -> None:
        self._place = call.place
        self._filters: list[str] | None = []
        self.capture = call.capture
        self.kind = kind
        self.gateway = call.server
        self.control_url = call.control_url
        self.state: MappingState = state
        self.terms = terms
        """What it says; what was sent and is no number is in ``terms.raw``."""
        self.requested_by: str | None = None
        """Who asked for it; None if that was not seen."""
        self.asked_port: int | None = None
        """What AddAnyPortMapping asked for; ``external_port`` is what it got."""
        self.asked_lease_seconds = terms.lease_seconds
        """As asked for last; ``lease_seconds`` is what a listing said, where it says otherwise."""
        self.lease_from_ns: int | None = None
        """When its lease began to run, or was last told."""
        self.opened_in: int | None = None
        self.opened_ns: int | None = None
        self.renewals: tuple[tuple[int | None, int | None], ...] = ()
        """(time, frame) of the answers that granted it once more, the first ``MAX_RENEWALS``."""
        self.renewal_count = 0
        self.closed_by: str | None = None
        """Who had it deleted, or asked for what replaced it."""
        self.closed_in: int | None = None
        self.closed_ns: int | None = None
        self.error_code: int | None = None
        self.seen_in = Frames()
        self.time_ns = call.time_ns if call.time_ns is not None else call.response_time_ns
        """When it was first asked for or seen."""
        self.last_time_ns = self.time_ns
        self.note(call)

    protocol = Through[str | None]("terms.protocol")
    external_port = Through[int | None]("terms.external_port")
    internal_client = Through[str | None]("terms.internal_client")
    internal_port = Through[int | None]("terms.internal_port")
    remote_host = Through[str | None]("terms.remote_host")
    remote_port = Through[int | None]("terms.remote_port")
    unique_id = Through[str | None]("terms.unique_id")
    description = Through[str | None]("terms.description")
    lease_seconds = Through[int | None]("terms.lease_seconds")
    enabled = Through[bool | None]("terms.enabled")

    @property
    def opened_frame(self) -> int | str | None:
        """Frame of the answer that granted it."""
        return self._shown(self.opened_in)

    @property
    def opened_time(self) -> str | None:
        """When it was granted, as ISO 8601 in UTC."""
        return iso_utc(self.opened_ns)

    @property
    def closed_frame(self) -> int | str | None:
        """Frame of the answer that ended it; None if its lease did."""
        return self._shown(self.closed_in)

    @property
    def closed_time(self) -> str | None:
        """When it ended, as ISO 8601 in UTC."""
        return iso_utc(self.closed_ns)

    @property
    def place(self) -> Place:
        """The file it was first seen in."""
        return self._place

    @property
    def live(self) -> bool:
        """Whether nothing has ended it so far."""
        return self.state in ("open", "observed")

    @property
    def expires_ns(self) -> int | None:
        """When its lease runs out; None of a permanent one, or if that is not known."""
        lease = self.terms.lease_seconds
        if not lease or self.lease_from_ns is None:
            return None
        return self.lease_from_ns + lease * SECOND

    def lapsed(self, now_ns: int | None) -> bool:
        """Whether its lease has run out by a time."""
        expires = self.expires_ns
        return expires is not None and now_ns is not None and now_ns > expires

    def ran_out(self, now_ns: int | None) -> bool:
        """Whether a mapping that is known to be gone by a time may have come to its lease's end."""
        return self.lapsed(None if now_ns is None else now_ns + LEASE_TICK)

    def note(self, call: MappingCall) -> None:
        """Take the frames of a call as evidence."""
        for frame in frames_of(call):
            self.seen_in.add(frame)
        moment = moment_of(call)
        if moment is not None:
            self.last_time_ns = max(moment, self.last_time_ns or moment)
        if self._filters is not None and call.filter not in self._filters:
            self._filters.append(call.filter)
            if len(self._filters) > MAX_CONNECTIONS:
                self._filters = None

    def note_listed_lease(self, terms: Terms, now: int | None) -> None:
        """Take a listing's lease, which is the rest of it (IGD:2) or all of it (many IGD:1).

        It wins over what was asked for unless it is either: a gateway may cap or ignore leases.
        Of a mapping that was not seen opened, the last listing counts.
        """
        listed, lease = terms.lease_seconds, self.terms.lease_seconds
        if listed is None or (listed == lease and self.state == "open"):
            return
        expires = self.expires_ns
        if self.state == "open" and listed and expires is not None and now is not None:
            rest = (expires - now) / SECOND
            if abs(rest - listed) <= LEASE_SLACK:
                return
        self.terms = self.terms.updated(terms, "lease_seconds")
        self.lease_from_ns = now

    def opened(self, call: MappingCall) -> None:
        """Take the answer that granted it."""
        self.state = "open"
        self.requested_by = call.client
        self.opened_in, self.opened_ns = call.response_frame, moment_of(call)

    def renewed(self, call: MappingCall) -> None:
        """Take an answer that granted it once more."""
        self.renewal_count += 1
        if len(self.renewals) < MAX_RENEWALS:
            self.renewals += ((moment_of(call), call.response_frame),)

    def closed(self, state: MappingState, call: MappingCall, by: str | None = None) -> None:
        """Take the answer that ended it, or that said that it had ended."""
        self.state = state
        self.closed_by = by
        self.closed_in, self.closed_ns = call.response_frame, moment_of(call)

    def expired(self, gone_ns: int | None = None) -> None:
        """End it by its lease: no frame says so, but it may be known to be gone by a time."""
        self.state = "expired"
        ends = [time for time in (self.expires_ns, gone_ns) if time is not None]
        self.closed_in, self.closed_ns = None, min(ends, default=None)

    @property
    def frames(self) -> FrameNumbers:
        """The frames that tell of it."""
        return FrameNumbers(self.seen_in, self._place)

    @property
    def filter(self) -> str:
        """A Wireshark display filter that shows its frames, and the rest of those connections."""
        if self._filters is None:
            return f"{'ipv6' if ':' in self.gateway else 'ip'}.addr == {self.gateway}"
        if len(self._filters) == 1:
            return self._filters[0]
        return " || ".join(f"({one})" for one in self._filters)

    def involves(self, host: str) -> bool:
        """Whether an address is the gateway, the internal client, or who opened or ended it."""
        return host in (
            self.gateway,
            self.terms.internal_client,
            self.requested_by,
            self.closed_by,
        )

    def column(self, name: str) -> object:
        """The value of a column of ``MAPPING_COLUMNS``."""
        return getattr(self, name)

    def _shown(self, frame: int | None) -> int | str | None:
        return None if frame is None else self._place.show(frame)

    def tree(self) -> Tree:
        """Its whole life."""
        from upnpscapy.forensics.views.mappings import mapping_tree

        return mapping_tree(self)

    def _summary(self) -> str:
        from upnpscapy.forensics.mappings.words import label

        words = printable(label(self)[:MAX_SUMMARY])
        return f"MappingRow {self.kind} {self.state} {self.gateway} {words}"
