"""The ledger of NAT-PMP and PCP: what each order of datagrams makes of a mapping."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.asking import (
    CLIENT,
    NONCE,
    OTHER,
    ROUTER,
    asked,
    from_router,
    lives,
    pcp_asked,
    pcp_told,
    read,
    third_party,
    to_router,
    told,
)
from tests.forensics.judging import Piece, datagram
from upnpscapy.forensics.mappings import port_control
from upnpscapy.forensics.mappings.port_control import PortControl
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.place import Place
from upnpscapy.protocol.natpmp import (
    build_natpmp_address_request,
    build_natpmp_address_response,
    build_natpmp_map_request,
    build_natpmp_map_response,
)
from upnpscapy.protocol.pcp import PcpOption


def only(*pieces: Piece) -> MappingRow:
    (row,) = read(*pieces).mappings
    return row


ALL_TCP = build_natpmp_map_request("TCP", 0, 0, 0)
ALL_TCP_GONE = build_natpmp_map_response("TCP", 0, 0, 0)
REFUSAL = bytes.fromhex("0082 0002 00000001")
PCP_IS_TOO_NEW = bytes.fromhex("0081 0001 00000001")
NATPMP_IS_TOO_OLD = bytes.fromhex("0281 0001") + bytes(20)

LIVES: dict[str, tuple[list[Piece], list[str]]] = {
    "asked and granted": ([asked(), told()], ["open 2 - [1, 2]"]),
    "asked": ([asked()], ["requested - - [1]"]),
    "asked and refused": ([asked(), told(result=2)], ["refused - - [1, 2]"]),
    "refused by the head alone": ([asked(), from_router(REFUSAL, 0.5)], ["refused - - [1, 2]"]),
    "asked three times": (
        [asked(0), asked(0.25), asked(0.75), told(1)],
        ["open 4 - [1, 2, 3, 4]"],
    ),
    "a repeat crosses the answer": (
        [asked(0), told(0.24), asked(0.25), told(0.5)],
        ["open 2 - [1, 2, 3, 4]"],
    ),
    "a refusal is said twice": (
        [asked(0), told(0.24, result=2), asked(0.25), told(0.5, result=2)],
        ["refused - - [1, 2, 3, 4]"],
    ),
    "asked again after two minutes": (
        [asked(0), asked(130)],
        ["requested - - [1]", "requested - - [2]"],
    ),
    "renewed": (
        [asked(0), told(0.5), asked(1800), told(1800.5)],
        ["open 2 - [1, 2, 3, 4]"],
    ),
    "renewed from another port": (
        [asked(0), told(0.5), asked(1800, sport=40001), told(1800.5, dport=40001)],
        ["open 2 - [1, 2, 3, 4]"],
    ),
    "given another port when renewed": (
        [asked(0), told(0.5), asked(1800), told(1800.5, outer=3333)],
        ["replaced 2 4 [1, 2, 3, 4]", "open 4 - [3, 4]"],
    ),
    "deleted": (
        [asked(0), told(0.5), asked(9, lease=0), told(9.5, outer=0, lease=0)],
        ["deleted 2 4 [1, 2, 3, 4]"],
    ),
    "to be deleted, without an answer": (
        [asked(0), told(0.5), asked(9, lease=0)],
        ["open 2 - [1, 2, 3]"],
    ),
    "to be deleted, and refused": (
        [asked(0), told(0.5), asked(9, lease=0), told(9.5, outer=0, lease=0, result=2)],
        ["open 2 - [1, 2, 3, 4]"],
    ),
    "deleted before it was seen": (
        [asked(9, lease=0), told(9.5, outer=0, lease=0)],
        ["deleted - 2 [1, 2]"],
    ),
    "all of a protocol deleted": (
        [
            *(asked(0, 22), told(0.5, 22), asked(1, 23), told(1.5, 23, 2323)),
            *(asked(2, 24, client=OTHER), told(2.5, 24, 2424, client=OTHER)),
            *(to_router(ALL_TCP, 9), from_router(ALL_TCP_GONE, 9.5)),
        ],
        ["deleted 2 8 [1, 2, 7, 8]", "deleted 4 8 [3, 4, 7, 8]", "open 6 - [5, 6]"],
    ),
    "expired": ([asked(0, lease=60), told(0.5, lease=60), told(99, 1, 1)], [
        "expired 2 - [1, 2]",
        "observed - - [3]",
    ]),
    "answered to another port": (
        [asked(), told(dport=40001)],
        ["requested - - [1]", "observed - - [2]"],
    ),
    "answered about another port": (
        [asked(), told(port=23)],
        ["requested - - [1]", "observed - - [2]"],
    ),
    "answered, the request is not in the capture": ([told()], ["observed - - [1]"]),
    "a request too short": ([to_router(b"\0\2\0\0\0\x16")], []),
    "a request too long": ([to_router(build_natpmp_map_request("TCP", 22) + b"x")], []),
    "a request too long, answered": (
        [to_router(build_natpmp_map_request("TCP", 22) + b"x"), told()],
        ["open 2 - [1, 2]"],
    ),
    "a client's own port is 5351": ([datagram(b"\0\2" * 6, CLIENT, 5351, OTHER, 9)], []),
    "something else": ([to_router(b"d1:ad2:id20:"), to_router(b"\1" * 24), to_router(b"")], []),
    "by PCP": ([pcp_asked(), pcp_told()], ["open 2 - [1, 2]"]),
    "by PCP with another nonce": (
        [pcp_asked(), pcp_told(nonce=bytes(12))],
        ["requested - - [1]", "observed - - [2]"],
    ),
    "by PCP refused": ([pcp_asked(), pcp_told(result=2)], ["refused - - [1, 2]"]),
    "by PCP deleted": (
        [pcp_asked(0), pcp_told(0.5), pcp_asked(9, lease=0), pcp_told(9.5, lease=0)],
        ["deleted 2 4 [1, 2, 3, 4]"],
    ),
    "by PCP all deleted": (
        [
            *(pcp_asked(0), pcp_told(0.5), pcp_asked(1, protocol=17), pcp_told(1.5, protocol=17)),
            *(pcp_asked(9, 0, 0, 0), pcp_told(9.5, 0, 0, 0)),
        ],
        ["deleted 2 6 [1, 2, 5, 6]", "deleted 4 6 [3, 4, 5, 6]"],
    ),
    "by PCP, the router announces its end": (
        [pcp_asked(0), pcp_told(0.5), pcp_told(20, lease=0)],
        ["deleted 2 3 [1, 2, 3]"],
    ),
    "PCP to a router of NAT-PMP": (
        [pcp_asked(), from_router(PCP_IS_TOO_NEW, 0.5)],
        ["refused - - [1, 2]"],
    ),
    "NAT-PMP to a router of PCP": (
        [asked(), from_router(NATPMP_IS_TOO_OLD, 0.5)],
        ["refused - - [1, 2]"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LIVES)
def test_lives(case: str) -> None:
    pieces, expected = LIVES[case]
    assert lives(*pieces) == expected


def test_columns_of_natpmp() -> None:
    row = only(asked(outer=99, lease=7200), told())
    expected = {
        "gateway": ROUTER,
        "kind": "natpmp",
        "control_url": None,
        "protocol": "TCP",
        "external_port": 2222,
        "internal_client": CLIENT,
        "internal_port": 22,
        "remote_host": "",
        "remote_port": None,
        "unique_id": None,
        "description": None,
        "lease_seconds": 3600,
        "enabled": None,
        "requested_by": CLIENT,
        "opened_frame": 2,
        "closed_frame": None,
        "state": "open",
        "error_code": None,
        "filter": f"udp.port == 5351 && ip.addr == {CLIENT} && ip.addr == {ROUTER}",
    }
    assert {name: row.column(name) for name in expected} == expected
    assert (row.asked_port, row.asked_lease_seconds) == (99, 7200)


def test_columns_of_pcp() -> None:
    options = (third_party(OTHER), PcpOption(3, b"\0\x78\0\x50" + bytes(10) + b"\xff\xff\xcb\0q\0"))
    row = only(pcp_asked(options=options), pcp_told(options=options, result=1, lease=1800))
    expected = {
        "kind": "pcp",
        "external_port": 0,
        "internal_client": OTHER,
        "remote_host": "203.0.113.0/24",
        "remote_port": 80,
        "unique_id": NONCE.hex(),
        "lease_seconds": 3600,
        "requested_by": CLIENT,
        "state": "refused",
        "error_code": 1,
    }
    assert {name: row.column(name) for name in expected} == expected


@pytest.mark.parametrize("result", [1, 2, 3, 4, 5, 99])
def test_a_refusal_keeps_its_code(result: int) -> None:
    row = only(asked(outer=80), told(result=result, outer=0, lease=0))
    assert (row.state, row.error_code, row.terms.external_port) == ("refused", result, 80)


def test_external_addresses_are_told_by_answers_and_announcements() -> None:
    answer = build_natpmp_address_response("198.51.100.7")
    run = read(
        to_router(build_natpmp_address_request()),
        from_router(answer, 0.1),
        datagram(answer, ROUTER, 5351, "224.0.0.1", 5350, at=5),
        from_router(build_natpmp_address_response("0.0.0.0", result_code=3), 6),
        pcp_asked(7),
        pcp_told(8),
        pcp_told(9, result=2),
    )
    rows = [(row.frame, row.gateway, row.address, row.address_class) for row in (
        run.external_addresses
    )]  # fmt: skip
    assert rows == [
        (2, ROUTER, "198.51.100.7", "documentation"),
        (3, ROUTER, "198.51.100.7", "documentation"),
        (6, ROUTER, "203.0.113.9", "documentation"),
    ]
    row = run.external_addresses[0]
    assert row.involves(CLIENT)
    assert row.involves("198.51.100.7")
    assert not row.involves(OTHER)
    assert (row.column("frame"), row.column("capture")) == (2, "made.pcap")


def test_mappings_of_a_joined_capture_name_the_file() -> None:
    found = PortControl()
    request, answer = asked(), told()
    for ordinal, sent in enumerate((request, answer)):
        found.begin(Place("ab"[ordinal], ordinal, ("a", "b")))
        feed(found, 7, sent.payload, sent.src, sent.sport, sent.dst, sent.dport)
    found.close(None)
    (row,) = found.mappings
    assert (list(row.frames), row.column("opened_frame")) == ([7, "b:7"], "b:7")


def feed(
    found: PortControl, frame: int, payload: bytes, src: str, sport: int, dst: str, dport: int
) -> None:
    source, destination = (bytes(map(int, one.split("."))) for one in (src, dst))
    ends = source, sport, destination, dport
    found.take(frame, frame * 10**9, *ends, None, (), 64, payload, False)


def test_requests_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_control, "MAX_ASKED", 8)
    found = PortControl()
    for number in range(50):
        request = build_natpmp_map_request("UDP", number + 1)
        feed(found, number + 1, request, CLIENT, 40000 + number % 3, ROUTER, 5351)
        assert len(found._asked) <= 8
        assert len(found._latest) <= 8
    found.close(None)
    assert len(found.mappings) == 50


def test_what_is_cut_off_is_passed_over() -> None:
    found = PortControl()
    fields = (1, 0, bytes(4), 40000, bytes(4), 5351, None, (), 64, asked().payload)
    found.take(*fields, True)
    found.close(None)
    assert found.mappings == []
    found.take(*fields, False)
    found.close(None)
    assert len(found.mappings) == 1


SOME = st.one_of(
    st.binary(max_size=90),
    st.sampled_from([asked().payload, told().payload, pcp_asked().payload, pcp_told().payload]),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(SOME, st.booleans()), max_size=12))
def test_nothing_raises_and_every_row_has_its_frames(sent: list[tuple[bytes, bool]]) -> None:
    found = PortControl()
    for number, (payload, answer) in enumerate(sent, 1):
        ends = (ROUTER, 5351, CLIENT, 40000) if answer else (CLIENT, 40000, ROUTER, 5351)
        feed(found, number, payload, *ends)
    found.close(10**12)
    for row in found.mappings:
        assert set(row.frames) <= set(range(1, len(sent) + 1))
        assert row.state in ("requested", "open", "refused", "observed", "deleted", "expired",
                             "replaced")  # fmt: skip
        assert row.kind in ("natpmp", "pcp")
