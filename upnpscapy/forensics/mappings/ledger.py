"""The mapping ledger: each port mapping's and pinhole's life, from the calls of a capture.

What is taken is the actions of WANIPConnection:1 and :2, WANPPPConnection:1 and
WANIPv6FirewallControl:1, by their names: devices and attacks misspell service types.

- A gateway's answer decides; a request without one is ``requested`` and changes nothing else.
- The same client and internal port again is a renewal, another client replaces.
- Deleting what was not there (714, 730, 704 of pinholes) leaves a row as it was.
- Asking for what is not there ends a row: ``expired`` if its lease has run out, else ``deleted``
  in the frame of that answer, which is when it was gone at the latest. Gateways count whole
  seconds, so what is gone in the last second of its lease has expired.
- A listing's lease wins over the lease that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from upnpscapy.forensics.controlling.call_window import CallWindow
from upnpscapy.forensics.mappings.call import MappingCall, answer_of, value_among
from upnpscapy.forensics.mappings.key import group_of
from upnpscapy.forensics.mappings.row import (
    MAPPING_COLUMNS,
    MappingKind,
    MappingRow,
    MappingState,
)
from upnpscapy.forensics.mappings.table import MappingTable
from upnpscapy.protocol.mapping_listing import read_listing
from upnpscapy.protocol.mapping_terms import PINHOLE, PORTMAP, Terms, bare_address, read_terms

__all__ = ["MAPPING_COLUMNS", "Ledger", "MappingCall", "MappingRow"]

NO_SUCH_ENTRY = {"portmap": 714, "pinhole": 704}
NO_PACKET_SENT = 709
"""CheckPinholeWorking: the pinhole is there, nothing has come through it."""

_NAMES = {"portmap": PORTMAP, "pinhole": PINHOLE}


class Ledger:
    """The mappings of one capture; takes calls in any order, is complete after ``close``."""

    def __init__(self) -> None:
        self._window = CallWindow()
        self._table = MappingTable()
        self._latest_ns: int | None = None
        self.unreadable = 0
        """Listings of GetListOfPortMappings of which an entry, or more, could not be read."""

    @property
    def mappings(self) -> list[MappingRow]:
        """The rows, in the order of their first frames."""
        return self._table.rows

    @property
    def left_out(self) -> int:
        """Rows and changes that were not kept for want of room."""
        return self._table.left_out

    def take(self, call: MappingCall) -> None:
        """Take a call of any action; those of mappings are noted."""
        for moment in (call.time_ns, call.response_time_ns):
            if moment is not None:
                self._latest_ns = max(moment, self._latest_ns or moment)
        if (call.action or "").lower() in _ACTIONS:
            for ready in self._window.push(call):
                self._judge(ready)

    def close(self, end_ns: int | None) -> None:
        """Fix the moment that the states refer to: the end of the capture."""
        for ready in self._window.drain():
            self._judge(ready)
        ends = [time for time in (end_ns, self._latest_ns) if time is not None]
        self._table.close(max(ends, default=None))

    def _judge(self, call: MappingCall) -> None:
        _ACTIONS[(call.action or "").lower()](self, call)

    def _add_port_mapping(self, call: MappingCall) -> None:
        self._open(call, "portmap", read_terms(call.arguments, PORTMAP))

    def _add_any_port_mapping(self, call: MappingCall) -> None:
        """The external port is what the gateway reserved, not what was asked for."""
        asked = read_terms(call.arguments, PORTMAP)
        if answer_of(call) != "granted":
            self._open(call, "portmap", asked)
            return
        reserved = value_among(call.result or (), "NewReservedPort")
        rest = [pair for pair in call.arguments if pair[0].lower() != "newexternalport"]
        if reserved is not None:
            rest.append(("NewExternalPort", reserved))
        row = self._open(call, "portmap", read_terms(rest, PORTMAP))
        if row is not None:
            row.asked_port = asked.external_port

    def _add_pinhole(self, call: MappingCall) -> None:
        self._open(call, "pinhole", read_terms([*call.arguments, *(call.result or ())], PINHOLE))

    def _open(self, call: MappingCall, kind: MappingKind, terms: Terms) -> MappingRow | None:
        answer = answer_of(call)
        if answer == "granted":
            return self._table.grant(call, kind, terms)
        state: MappingState = "refused" if answer == "refused" else "requested"
        return self._table.attempt(call, kind, terms, state)

    def _update_pinhole(self, call: MappingCall) -> None:
        terms = read_terms(call.arguments, PINHOLE)
        if answer_of(call) == "granted":
            self._table.renew(call, "pinhole", terms)
        else:
            self._not_granted(call, "pinhole", terms)

    def _delete_port_mapping(self, call: MappingCall) -> None:
        self._delete(call, "portmap")

    def _delete_pinhole(self, call: MappingCall) -> None:
        self._delete(call, "pinhole")

    def _delete(self, call: MappingCall, kind: MappingKind) -> None:
        terms = read_terms(call.arguments, _NAMES[kind])
        act = self._table.delete if answer_of(call) == "granted" else self._table.note
        act(call, kind, terms)

    def _delete_range(self, call: MappingCall) -> None:
        """Of all clients, or of who asks alone where NewManage is 0 (WANIPConnection:2, 2.5.20)."""
        if answer_of(call) != "granted":
            return
        first, last, protocol = (
            read_terms([(name, value_among(call.arguments, sent) or "")], PORTMAP)
            for name, sent in (
                ("NewExternalPort", "NewStartPort"),
                ("NewExternalPort", "NewEndPort"),
                ("NewProtocol", "NewProtocol"),
            )
        )
        start, end = first.external_port, last.external_port
        if start is None or end is None:
            return
        managed = read_terms(
            [("NewEnabled", value_among(call.arguments, "NewManage") or "1")], PORTMAP
        ).enabled

        def wanted(row: MappingRow) -> bool:
            terms = row.terms
            return (
                terms.external_port is not None
                and start <= terms.external_port <= end
                and terms.protocol == protocol.protocol
                and (
                    managed is not False
                    or bare_address(call.client) == (terms.internal_client or row.requested_by)
                )
            )

        self._table.delete_all(call, group_of("portmap", call), wanted)

    def _get_specific(self, call: MappingCall) -> None:
        self._query(call, "portmap")

    def _query_pinhole(self, call: MappingCall) -> None:
        self._query(call, "pinhole")

    def _query(self, call: MappingCall, kind: MappingKind) -> None:
        """The key is in the request, the rest in the result."""
        terms = read_terms([*call.arguments, *(call.result or ())], _NAMES[kind])
        if answer_of(call) == "granted" or (
            kind == "pinhole" and call.error_code == NO_PACKET_SENT
        ):
            self._table.observe(call, kind, terms)
        else:
            self._not_granted(call, kind, terms)

    def _not_granted(self, call: MappingCall, kind: MappingKind, terms: Terms) -> None:
        gone = answer_of(call) == "refused" and call.error_code == NO_SUCH_ENTRY[kind]
        act = self._table.miss if gone else self._table.note
        act(call, kind, terms)

    def _get_generic(self, call: MappingCall) -> None:
        if answer_of(call) == "granted":
            self._table.observe(call, "portmap", read_terms(call.result or (), PORTMAP))

    def _get_list(self, call: MappingCall) -> None:
        if answer_of(call) != "granted":
            return
        entries, complete = read_listing(call.result or ())
        self.unreadable += not complete
        for terms in entries:
            self._table.observe(call, "portmap", terms)


_ACTIONS: dict[str, Callable[[Ledger, MappingCall], None]] = {
    "addportmapping": Ledger._add_port_mapping,
    "addanyportmapping": Ledger._add_any_port_mapping,
    "deleteportmapping": Ledger._delete_port_mapping,
    "deleteportmappingrange": Ledger._delete_range,
    "getspecificportmappingentry": Ledger._get_specific,
    "getgenericportmappingentry": Ledger._get_generic,
    "getlistofportmappings": Ledger._get_list,
    "addpinhole": Ledger._add_pinhole,
    "updatepinhole": Ledger._update_pinhole,
    "deletepinhole": Ledger._delete_pinhole,
    "checkpinholeworking": Ledger._query_pinhole,
    "getpinholepackets": Ledger._query_pinhole,
}
"""action in lower case → what it tells."""
