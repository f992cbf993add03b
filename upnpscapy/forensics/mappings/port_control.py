"""Mappings that hosts ask for by NAT-PMP and PCP, from the datagrams of UDP port 5351.

- A request and its repeats are one; the answer is the one that comes back to its port and names
  the same mapping, by PCP with the same nonce.
- A mapping belongs to who asked for it, and is known by its internal port: a lifetime of 0 ends
  it, with port 0 all of the client's mappings of a protocol.
- An answer whose request is not in the capture shows a mapping: it is ``observed``.
- What is not well-formed counts only if a router has answered it: other protocols use the port.
"""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.capture.datagrams import address_text
from upnpscapy.forensics.mappings.key import group_of
from upnpscapy.forensics.mappings.port_control_address_row import PortControlAddressRow
from upnpscapy.forensics.mappings.port_control_call import (
    Message,
    PortControlCall,
    PortControlKind,
    kind_of,
    name_of,
    terms_of,
)
from upnpscapy.forensics.mappings.row import MappingRow, MappingState
from upnpscapy.forensics.mappings.table import MappingTable
from upnpscapy.forensics.place import Place
from upnpscapy.protocol.natpmp import ADDRESS, PORT, NatPmp, parse_natpmp
from upnpscapy.protocol.pcp import VERSION, Pcp, parse_pcp

__all__ = ["PortControl"]

SECOND = 1_000_000_000

PAIR_NS = 120 * SECOND
"""How long after a request's last repeat its answer may come; clients give up after 64 s
(RFC 6886, 3.1) or repeat every 17 minutes at most (RFC 6887, 8.1.1)."""

REPEAT_NS = 10 * SECOND
"""How long after the answer the same request is a repeat that crossed it, not a renewal."""

MAX_ASKED = 4096
"""Requests remembered at a time."""

MAX_ADDRESSES = 16_384
"""Rows of external addresses that are kept."""

_ANNOUNCE, _PEER = 0, 2
"""Opcodes of PCP."""


class _Ends(NamedTuple):
    client: bytes
    client_port: int
    gateway: bytes


class _Asked:
    """A request that waits for its answer, or has it."""

    __slots__ = ("call", "last_ns", "row")

    def __init__(self, call: PortControlCall, last_ns: int | None) -> None:
        self.call = call
        self.last_ns = last_ns
        """When it was last sent, or answered."""
        self.row: MappingRow | None = None


class PortControl:
    """The mappings of one capture; takes datagrams in frame order, is complete after ``close``."""

    def __init__(self) -> None:
        self.external_addresses: list[PortControlAddressRow] = []
        """Each answer that told an address, and each announcement."""
        self.addresses_left_out = 0
        self._table = MappingTable()
        self._asked: dict[tuple[_Ends, tuple[object, ...]], _Asked] = {}
        self._latest: dict[_Ends, tuple[object, ...]] = {}
        """Of a client's port: the request sent last, for answers that do not name theirs."""
        self._place = Place("", 0, ("",))

    @property
    def mappings(self) -> list[MappingRow]:
        """The rows, in the order of their first frames."""
        return self._table.rows

    @property
    def left_out(self) -> int:
        """Rows and changes that were not kept for want of room."""
        return self._table.left_out + self.addresses_left_out

    def begin(self, place: Place) -> None:
        """Name the file that the next datagrams come from."""
        self._place = place

    def take(
        self,
        frame: int,
        time_ns: int | None,
        source: bytes,
        sport: int,
        destination: bytes,
        dport: int,
        link_source: bytes | None,
        vlans: tuple[int, ...],
        ttl: int | None,
        payload: bytes,
        truncated: bool,
    ) -> None:
        """Take the fields of a ``Datagram``; what is none of the two protocols is passed over."""
        message = parse_natpmp(payload) or parse_pcp(payload)
        if message is None or truncated or (isinstance(message, Pcp) and _is_foreign(message)):
            return
        self._pass_time(time_ns)
        number = self._place.base + frame
        if message.is_response:
            if sport == PORT:
                ends = _Ends(destination, dport, source)
                self._take_response(message, ends, number, time_ns)
        elif dport == PORT:
            self._take_request(message, _Ends(source, sport, destination), number, time_ns)

    def close(self, end_ns: int | None) -> None:
        """Fix the moment that the states refer to: the end of the capture."""
        for asked in self._asked.values():
            self._settle(asked)
        self._asked.clear()
        self._latest.clear()
        self._table.close(end_ns)

    def _take_request(
        self, message: Message, ends: _Ends, number: int, time_ns: int | None
    ) -> None:
        name = name_of(message)
        key = ends, name
        asked = self._asked.pop(key, None)
        if asked is not None and self._repeats(asked, message, time_ns):
            asked.call.asked_in(number, time_ns)
            if asked.row is not None:
                asked.row.seen_in.add(number)
            elif asked.call.response is None:
                asked.last_ns = time_ns
        else:
            if asked is not None:
                self._settle(asked)
            client, gateway = address_text(ends.client), address_text(ends.gateway)
            call = PortControlCall(self._place, client, ends.client_port, gateway, message)
            call.asked_in(number, time_ns)
            asked = _Asked(call, time_ns)
            if len(self._asked) >= MAX_ASKED:
                self._give_up(next(iter(self._asked)))
        self._asked[key] = asked
        self._latest[ends] = name

    @staticmethod
    def _repeats(asked: _Asked, message: Message, time_ns: int | None) -> bool:
        if asked.call.request is None or bytes(asked.call.request) != bytes(message):
            return False
        if asked.call.response is None or time_ns is None or asked.last_ns is None:
            return asked.call.response is None
        return time_ns - asked.last_ns < REPEAT_NS

    def _take_response(
        self, message: Message, ends: _Ends, number: int, time_ns: int | None
    ) -> None:
        name: tuple[object, ...] | None = name_of(message)
        asked = self._asked.get((ends, name or ()))
        if asked is None and message.result_code:
            # A refusal may end with its head, or be of the version that the router speaks.
            name = self._latest.get(ends)
            asked = None if name is None else self._asked.get((ends, name))
        if asked is not None and _answers_again(asked.call, message):
            if asked.row is not None:
                asked.row.seen_in.add(number)
            return
        if asked is not None and asked.call.response is None:
            call = asked.call
            asked.last_ns = time_ns
        elif message.defects:
            return
        else:
            client, gateway = address_text(ends.client), address_text(ends.gateway)
            call = PortControlCall(self._place, client, ends.client_port, gateway, None)
        call.answered(message, number, time_ns)
        row = self._judge(call)
        if asked is not None and asked.call is call:
            asked.row = row

    def _settle(self, asked: _Asked) -> None:
        """Take note of a request that no answer to was seen."""
        request = asked.call.request
        if asked.call.response is None and request is not None and not request.defects:
            self._judge(asked.call)

    def _judge(self, call: PortControlCall) -> MappingRow | None:
        asked, told = call.request, call.response
        self._note_address(call)
        message = asked or told
        if message is None or message.internal_port is None:
            return None
        kind = kind_of(message)
        terms = terms_of(call)
        ends = asked is not None and asked.lifetime_seconds == 0
        if call.ok and told is not None and told.lifetime_seconds == 0:
            ends = True
        if ends:
            self._end(call, kind)
            return None
        if not call.ok:
            state: MappingState = "requested" if told is None else "refused"
            return self._table.attempt(call, kind, terms, state)
        if asked is None:
            self._table.observe(call, kind, terms)
            return None
        row = self._table.grant(call, kind, terms)
        if row is not None:
            row.asked_port = asked.external_port
            row.asked_lease_seconds = asked.lifetime_seconds
        return row

    def _end(self, call: PortControlCall, kind: PortControlKind) -> None:
        terms = terms_of(call)
        if not call.ok:
            self._table.note(call, kind, terms)
            return
        if terms.internal_port:
            self._table.delete(call, kind, terms)
            return

        def wanted(row: MappingRow) -> bool:
            own = row.terms
            return own.internal_client == terms.internal_client and (
                own.protocol == terms.protocol or terms.protocol == "0"
            )

        self._table.delete_all(call, group_of(kind, call), wanted)

    def _note_address(self, call: PortControlCall) -> None:
        told = call.response
        if told is None or not told.ok or told.external_address is None:
            return
        if isinstance(told, NatPmp):
            if told.opcode != ADDRESS:
                return
        elif not told.lifetime_seconds:
            return
        if len(self.external_addresses) >= MAX_ADDRESSES:
            self.addresses_left_out += 1
            return
        number = call.response_frame
        assert number is not None
        self.external_addresses.append(
            PortControlAddressRow(
                call.place,
                number,
                call.response_time_ns,
                call.server,
                call.client,
                told.external_address,
                call.filter,
            )
        )

    def _pass_time(self, time_ns: int | None) -> None:
        """Give up the requests that are too old to be answered; times may go back."""
        while time_ns is not None and self._asked:
            key, asked = next(iter(self._asked.items()))
            if asked.last_ns is None or time_ns - asked.last_ns <= PAIR_NS:
                break
            self._give_up(key)

    def _give_up(self, key: tuple[_Ends, tuple[object, ...]]) -> None:
        self._settle(self._asked.pop(key))
        ends, name = key
        if self._latest.get(ends) == name:
            del self._latest[ends]


def _is_foreign(message: Pcp) -> bool:
    """Whether what has a first byte like PCP's is of something else."""
    return message.version != VERSION or message.opcode > _PEER


def _answers_again(call: PortControlCall, message: Message) -> bool:
    """Whether a call has this answer already; the seconds since the router's start may differ."""
    told = call.response
    if told is None:
        return False
    return _told(told) == _told(message)


def _told(message: Message) -> tuple[object, ...]:
    return (
        kind_of(message),
        message.result_code,
        message.external_port,
        message.external_address,
        message.lifetime_seconds,
    )
