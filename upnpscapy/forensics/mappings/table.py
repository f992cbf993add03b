"""The gateways' tables of mappings as their answers tell them: what opens, changes and ends a row.

Nothing is called open, deleted or refused without an answer that says so.
A lease is the only end without a frame; a listing that says otherwise makes a row of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from upnpscapy.forensics.budget import Budget
from upnpscapy.forensics.mappings.call import MappingCall, moment_of
from upnpscapy.forensics.mappings.key import Group, Key, key_of
from upnpscapy.forensics.mappings.row import MappingKind, MappingRow, MappingState
from upnpscapy.protocol.mapping_terms import Terms

__all__ = ["MAX_MAPPINGS", "MappingTable"]

MAX_MAPPINGS = 32_768
"""Rows kept; beyond half of all ports of a gateway it is a flood of attempts."""

_RENEWED = ("lease_seconds", "description", "enabled", "internal_client", "internal_port")
_COMPLETED = ("internal_client", "internal_port", "remote_host", "description", "enabled")


class MappingTable:
    """Rows by what the gateways know them by."""

    def __init__(self) -> None:
        self.rows: list[MappingRow] = []
        self.left_out = 0
        """Rows beyond ``MAX_MAPPINGS``, and rows or changes beyond the budget."""
        self.budget = Budget()
        self._latest: dict[Key, MappingRow] = {}
        self._of_remote_host: dict[Key, Key] = {}
        """The same for anyone → the latest that is for one remote host."""
        self._live: defaultdict[Group, dict[Key, MappingRow]] = defaultdict(dict)

    def attempt(
        self, call: MappingCall, kind: MappingKind, terms: Terms, state: MappingState
    ) -> MappingRow | None:
        """Add a request that opened nothing as far as is known: refused, or unanswered."""
        row = self._add(None, call, kind, state, terms)
        if row is not None:
            row.requested_by = call.client
            row.error_code = call.error_code
        return row

    def grant(self, call: MappingCall, kind: MappingKind, terms: Terms) -> MappingRow | None:
        """Open a mapping, or renew the one that is there for the same client.

        What was there for another is replaced.
        """
        now = moment_of(call)
        key = key_of(kind, call, terms)
        row = self._current(key, now)
        if row is not None and key is not None and row.live:
            if _same(row, terms, call.client):
                if row.state == "observed":
                    row.opened(call)
                else:
                    row.renewed(call)
                self._renew(row, call, terms)
                return row
            if row.state == "open" and row.ran_out(now):
                row.expired(now)
            elif not row.lapsed(now):
                self._end(key, row, "replaced", call, by=call.client)
        row = self._add(key, call, kind, "open", terms)
        if row is not None:
            row.opened(call)
            row.lease_from_ns = now
        return row

    def renew(self, call: MappingCall, kind: MappingKind, terms: Terms) -> None:
        """Give a mapping a new lease; one that was not seen before is observed by that."""
        row = self._current(key_of(kind, call, terms), moment_of(call))
        if row is not None and row.live:
            row.renewed(call)
            self._renew(row, call, terms)
        else:
            self.observe(call, kind, terms)

    def observe(self, call: MappingCall, kind: MappingKind, terms: Terms) -> None:
        """Take a mapping that the gateway says it has."""
        now = moment_of(call)
        key = key_of(kind, call, terms)
        if key is None and terms.internal_client is None:
            return
        row = self._current(key, now)
        if key is not None and (row is None or not row.live):
            key, row = self._narrowed_to(key, terms, now) or (key, row)
        if row is not None and key is not None and row.live:
            if _same(row, terms, None):
                row.note(call)
                row.note_listed_lease(terms, now)
                self._change(row, row.terms.completed(terms, *_COMPLETED))
                return
            if row.ran_out(now):
                row.expired(now)
            else:
                self._end(key, row, "replaced", call)
        row = self._add(key, call, kind, "observed", terms)
        if row is not None:
            row.asked_lease_seconds = None
            row.lease_from_ns = now

    def delete(self, call: MappingCall, kind: MappingKind, terms: Terms) -> None:
        """End a mapping that the gateway says it deleted; one not seen before gets a row.

        One whose lease should have run out was there still: the gateway knows better.
        """
        key = key_of(kind, call, terms)
        row = self._current(key, moment_of(call))
        if row is None:
            row = self._add(key, call, kind, "deleted", terms)
            if row is not None:
                row.closed("deleted", call, by=call.client)
                self._forget(key)
        elif key is not None and (row.live or row.state == "expired"):
            self._end(key, row, "deleted", call, by=call.client)
        else:
            row.note(call)

    def delete_all(
        self, call: MappingCall, group: Group, wanted: Callable[[MappingRow], bool]
    ) -> None:
        """End those mappings of a service that are wanted."""
        now = moment_of(call)
        for key in list(self._live[group]):
            row = self._current(key, now)
            if row is not None and row.live and wanted(row):
                self._end(key, row, "deleted", call, by=call.client)

    def miss(self, call: MappingCall, kind: MappingKind, terms: Terms) -> None:
        """Take the answer that there is no such mapping: it has expired, or was deleted by then."""
        now = moment_of(call)
        key = key_of(kind, call, terms)
        row = self._current(key, now)
        if row is None or key is None:
            return
        if not row.live:
            row.note(call)
        elif row.ran_out(now):
            row.note(call)
            row.expired(now)
            self._forget(key)
        else:
            self._end(key, row, "deleted", call)

    def note(self, call: MappingCall, kind: MappingKind, terms: Terms) -> None:
        """Take a call that changes nothing as evidence of the mapping it is about."""
        row = self._current(key_of(kind, call, terms), moment_of(call))
        if row is not None:
            row.note(call)

    def close(self, end_ns: int | None) -> None:
        """Expire what has not outlived the capture, and put the rows in order of first frames."""
        for row in self.rows:
            if row.state == "open" and row.lapsed(end_ns):
                row.expired()
        self.rows.sort(key=lambda row: row.seen_in.first or 0)

    def _current(self, key: Key | None, now: int | None) -> MappingRow | None:
        """The latest row of a key, after its lease has ended it if that is so."""
        row = None if key is None else self._latest.get(key)
        if row is not None and row.state == "open" and row.lapsed(now):
            row.expired()
            self._forget(key)
        return row

    def _narrowed_to(
        self, key: Key, terms: Terms, now: int | None
    ) -> tuple[Key, MappingRow] | None:
        """The mapping for one remote host that a listing without remote hosts is about.

        miniupnpd's table for nftables has no remote hosts, so it lists all as for anyone.
        """
        narrowed = self._of_remote_host.get(key)
        row = self._current(narrowed, now)
        if narrowed is None or row is None or not (row.live and _same(row, terms, None)):
            return None
        return narrowed, row

    def _add(
        self,
        key: Key | None,
        call: MappingCall,
        kind: MappingKind,
        state: MappingState,
        terms: Terms,
    ) -> MappingRow | None:
        text = terms.text + (call.control_url or "") + call.filter
        if len(self.rows) >= MAX_MAPPINGS or not self.budget.keep(text):
            self.left_out += 1
            if key is not None:
                self._latest.pop(key, None)
                self._forget(key)
            return None
        row = MappingRow(call, kind, state, terms)
        self.rows.append(row)
        if key is not None:
            self._latest[key] = self._live[key.group][key] = row
            if key.remote_host:
                self._of_remote_host[key._replace(remote_host="")] = key
        return row

    def _end(
        self,
        key: Key,
        row: MappingRow,
        state: MappingState,
        call: MappingCall,
        by: str | None = None,
    ) -> None:
        row.note(call)
        row.closed(state, call, by)
        self._forget(key)

    def _forget(self, key: Key | None) -> None:
        if key is not None:
            self._live[key.group].pop(key, None)

    def _renew(self, row: MappingRow, call: MappingCall, terms: Terms) -> None:
        row.note(call)
        if terms.lease_seconds is not None:
            row.asked_lease_seconds = terms.lease_seconds
            row.lease_from_ns = moment_of(call)
        self._change(row, row.terms.updated(terms, *_RENEWED))

    def _change(self, row: MappingRow, terms: Terms) -> None:
        if terms == row.terms:
            return
        if self.budget.keep(terms.text, instead_of=row.terms.text):
            row.terms = terms
        else:
            self.left_out += 1


def _same(row: MappingRow, terms: Terms, asker: str | None) -> bool:
    """Whether terms lead where a row leads, as far as both say.

    An empty client is who asks (miniupnpd).
    """
    old = row.terms
    pairs: list[tuple[object, object]] = [
        (old.internal_client or row.requested_by, terms.internal_client or asker),
        (old.internal_port, terms.internal_port),
    ]
    if row.kind == "pinhole":
        pairs += [
            (old.protocol, terms.protocol),
            (old.remote_host, terms.remote_host),
            (old.remote_port, terms.remote_port),
        ]
    elif row.kind != "portmap":
        pairs.append((old.external_port, terms.external_port))
    return all(one is None or other is None or one == other for one, other in pairs)
