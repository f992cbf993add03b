"""The ledger of mappings: what each order of questions and answers makes of a mapping."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forensics.mapping_calls import (
    ADD,
    CLIENT,
    GATEWAY,
    HOLE,
    KEY,
    OTHER,
    SECOND,
    Said,
    add,
    asked,
    granted,
    hole,
    ledger,
    listed,
    refused,
    rows,
)
from tests.forensics.mapping_lives import LIVES, THEIRS, delete, listing, on_hole
from upnpscapy.forensics.controlling import call_window
from upnpscapy.forensics.mappings import table as mapping_table
from upnpscapy.forensics.mappings.ledger import MAPPING_COLUMNS, Ledger, MappingRow
from upnpscapy.forensics.mappings.row import MAX_RENEWALS
from upnpscapy.forensics.place import FILE_STRIDE, Place


def only(*calls: Said, end: float = 1000) -> MappingRow:
    (row,) = ledger(*calls, end=end).mappings
    return row


@pytest.mark.parametrize("case", LIVES)
def test_lives(case: str) -> None:
    calls, expected = LIVES[case]
    assert rows(*calls) == expected


def test_columns_of_a_granted_mapping() -> None:
    row = only(add(1))
    assert {name: row.column(name) for name in MAPPING_COLUMNS if name != "frames"} == {
        "capture": "a.pcap",
        "gateway": GATEWAY,
        "kind": "portmap",
        "control_url": f"http://{GATEWAY}/ctl",
        "protocol": "TCP",
        "external_port": 6881,
        "internal_client": CLIENT,
        "internal_port": 6881,
        "remote_host": "",
        "remote_port": None,
        "unique_id": None,
        "description": "seed",
        "lease_seconds": 3600,
        "enabled": True,
        "requested_by": CLIENT,
        "opened_frame": 2,
        "opened_time": "1970-01-01T00:00:02.000000000Z",
        "closed_frame": None,
        "closed_time": None,
        "state": "open",
        "error_code": None,
        "filter": "tcp.stream == 0",
    }


def test_columns_of_a_pinhole() -> None:
    row = only(hole(1), end=10)
    columns = "kind protocol external_port internal_port remote_port unique_id state".split()
    assert [row.column(name) for name in columns] == ["pinhole", "TCP", None, 443, 0, "7", "open"]
    assert row.terms.raw_text("protocol") == "6"


@pytest.mark.parametrize("code", [402, 501, 606, 715, 716, 718, 724, 725, 726, 727, 728, 729, 899])
def test_a_refusal_keeps_its_code(code: int) -> None:
    row = only(refused("AddPortMapping", 1, ADD, code))
    assert (row.state, row.error_code, row.requested_by) == ("refused", code, CLIENT)
    assert (row.column("opened_frame"), row.column("closed_frame")) == (None, None)


@pytest.mark.parametrize(
    ("end", "state", "closed"),
    [
        (3602, "open", None),
        (3603, "expired", "1970-01-01T01:00:02.000000000Z"),
    ],
)
def test_a_lease_runs_from_the_answer(end: float, state: str, closed: str | None) -> None:
    row = only(add(1), end=end)
    assert (row.state, row.column("closed_time")) == (state, closed)
    assert row.column("closed_frame") is None


def test_renewals_are_dated() -> None:
    row = only(add(1), add(100), add(200))
    assert row.renewals == ((101 * SECOND, 101), (201 * SECOND, 201))
    assert row.renewal_count == 2


def test_what_grants_nothing_more_is_no_renewal() -> None:
    calls = [add(1), asked("AddPortMapping", 5, ADD), refused("AddPortMapping", 7, ADD, 501)]
    first, *_ = ledger(*calls, listed(9)).mappings
    assert (first.renewals, first.renewal_count) == ((), 0)


def test_what_was_listed_before_is_opened_and_then_renewed() -> None:
    row = only(listed(1), add(10), add(20))
    assert (row.opened_in, row.renewals) == (11, ((21 * SECOND, 21),))


def test_an_updated_pinhole_is_renewed() -> None:
    row = only(hole(1), on_hole("UpdatePinhole", 50, NewLeaseTime="600"))
    assert row.renewals == ((51 * SECOND, 51),)


def test_renewals_are_counted_beyond_those_kept() -> None:
    row = only(*(add(at) for at in range(1, 2 * MAX_RENEWALS, 1)))
    assert row.renewal_count == 2 * MAX_RENEWALS - 2
    assert [frame for _, frame in row.renewals] == [*range(3, MAX_RENEWALS + 3)]


def test_a_renewal_moves_the_end_and_keeps_the_beginning() -> None:
    again = ADD | {"NewLeaseDuration": "100", "NewPortMappingDescription": "new"}
    row = only(add(1), granted("AddPortMapping", 50, again), end=9999)
    assert row.opened_ns == 2 * SECOND
    assert row.closed_ns == 151 * SECOND
    assert row.terms.description == "new"


@pytest.mark.parametrize("lease", ["0", "forever", "-1", ""])
def test_without_a_lease_it_stays_open(lease: str) -> None:
    row = only(granted("AddPortMapping", 1, ADD | {"NewLeaseDuration": lease}), end=1e9)
    assert row.state == "open"
    assert row.terms.lease_seconds == (0 if lease == "0" else None)
    assert row.terms.raw_text("lease_seconds") == (None if lease == "0" else lease)


def test_without_times_nothing_expires() -> None:
    row = only(add(1, timed=False), end=1e9)
    assert (row.state, row.column("opened_time"), row.column("opened_frame")) == ("open", None, 2)


@pytest.mark.parametrize(
    ("granted_lease", "listed_lease", "lease", "expires"),
    [
        ("3600", "3600", 3600, 3602),  # all of the lease, as many IGD:1 say
        ("3600", "3501", 3600, 3602),  # the rest of it, as IGD:2 says
        ("3600", "3498", 3600, 3602),
        ("3600", "0", 0, None),  # made permanent
        ("3600", "60", 60, 161),  # cut
        ("0", "604800", 604800, 604901),  # capped
        ("0", "0", 0, None),
    ],
)
def test_a_listing_tells_the_lease(
    granted_lease: str, listed_lease: str, lease: int, expires: int | None
) -> None:
    first = granted("AddPortMapping", 1, ADD | {"NewLeaseDuration": granted_lease})
    row = only(first, listed(100, NewLeaseDuration=listed_lease), end=200)
    assert row.terms.lease_seconds == lease
    assert row.asked_lease_seconds == int(granted_lease)
    assert row.expires_ns == (None if expires is None else expires * SECOND)


def test_a_listing_tells_only_what_is_unknown_otherwise() -> None:
    short = {name: ADD[name] for name in (*KEY, "NewInternalPort", "NewInternalClient")}
    row = only(
        granted("AddPortMapping", 1, short | {"NewPortMappingDescription": "mine"}),
        listed(5, NewPortMappingDescription="theirs"),
    )
    assert (row.terms.description, row.terms.enabled, row.terms.lease_seconds) == (
        "mine",
        True,
        3600,
    )


def test_the_reserved_port_is_the_external_one() -> None:
    row = only(
        granted("AddAnyPortMapping", 1, ADD, {"NewReservedPort": "50001"}),
        delete(9, NewExternalPort="50001"),
    )
    assert (row.terms.external_port, row.asked_port, row.state) == (50001, 6881, "deleted")


def test_without_a_reserved_port_the_external_one_is_unknown() -> None:
    row = only(granted("AddAnyPortMapping", 1, ADD, {}))
    assert (row.terms.external_port, row.asked_port, row.state) == (None, 6881, "open")


@pytest.mark.parametrize("code", [728, None])
def test_of_a_refused_or_unanswered_any_port_the_asked_one_is_shown(code: int | None) -> None:
    action = "AddAnyPortMapping"
    row = only(asked(action, 1, ADD) if code is None else refused(action, 1, ADD, code))
    assert row.terms.external_port == 6881


ENTRIES = (
    '<p:PortMappingList xmlns:p="urn:schemas-upnp-org:gw:WANIPConnection">'
    + "".join(
        "<p:PortMappingEntry><p:NewRemoteHost/><p:NewExternalPort>"
        f"{port}</p:NewExternalPort><p:NewProtocol>TCP</p:NewProtocol>"
        f"<p:NewInternalPort>{port}</p:NewInternalPort>"
        f"<p:NewInternalClient>{CLIENT}</p:NewInternalClient><p:NewEnabled>1</p:NewEnabled>"
        "<p:NewDescription>a &amp; b</p:NewDescription><p:NewLeaseTime>99</p:NewLeaseTime>"
        "</p:PortMappingEntry>"
        for port in (6881, 80)
    )
    + "</p:PortMappingList>"
)
LISTINGS = {
    "as specified": ENTRIES,
    "declared": f'<?xml version="1.0" encoding="utf-16"?>\n{ENTRIES}',
    "escaped twice": escape(ENTRIES),
    "without its root": ENTRIES.partition(">")[2].rpartition("<")[0],
    "undeclared prefix": ENTRIES.replace(' xmlns:p="urn:schemas-upnp-org:gw:WANIPConnection"', ""),
    "without prefix": ENTRIES.replace("p:", ""),
}


@pytest.mark.parametrize("form", LISTINGS)
def test_a_listing_of_port_mappings(form: str) -> None:
    found = ledger(add(1), listing(5, LISTINGS[form]), end=50)
    assert [(row.state, row.terms.external_port) for row in found.mappings] == [
        ("open", 6881),
        ("observed", 80),
    ]
    new = found.mappings[1].terms
    assert (new.remote_host, new.description, new.lease_seconds) == ("", "a & b", 99)


@pytest.mark.parametrize(
    "broken",
    [
        ENTRIES[:-100],
        ENTRIES.replace("80</p:NewExternalPort>", "80</p:New", 1).replace("6881", "7"),
        ENTRIES + "<PortMappingEntry>",
        "</PortMappingEntry>" + ENTRIES,
    ],
)
def test_of_a_broken_listing_whole_entries_are_read(broken: str) -> None:
    found = ledger(listing(1, broken))
    assert found.unreadable == 1
    assert found.mappings[0].terms.internal_client == CLIENT


def test_a_full_table_is_read() -> None:
    entry = ENTRIES[ENTRIES.index("<p:PortMappingEntry>") :].partition("</p:PortMappingEntry>")[0]
    full = "".join(
        entry.replace("6881", str(port)) + "</p:PortMappingEntry>" for port in range(10_000)
    )
    found = ledger(listing(1, f"<p:PortMappingList>{full}</p:PortMappingList>"))
    assert (len(found.mappings), found.unreadable) == (10_000, 0)


def test_a_wildcard_is_not_a_missing_remote_host() -> None:
    short = {name: value for name, value in ADD.items() if name != "NewRemoteHost"}
    assert only(add(1)).column("remote_host") == ""
    assert only(granted("AddPortMapping", 1, short)).column("remote_host") is None


def test_values_are_bare_and_the_text_is_kept() -> None:
    odd = {
        "NewProtocol": "udp",
        "NewExternalPort": " 0080 ",
        "NewInternalPort": "http",
        "NewInternalClient": f" {CLIENT}\n",
        "NewEnabled": "yes",
    }
    terms = only(granted("AddPortMapping", 1, ADD | odd)).terms
    assert terms[:4] == ("UDP", 80, CLIENT, None)
    assert terms.enabled is True
    assert dict(terms.raw) == {
        column: odd[name]
        for column, name in (
            ("protocol", "NewProtocol"),
            ("external_port", "NewExternalPort"),
            ("internal_client", "NewInternalClient"),
            ("internal_port", "NewInternalPort"),
            ("enabled", "NewEnabled"),
        )
    }


def test_who_is_involved() -> None:
    row = only(
        granted("AddPortMapping", 1, THEIRS),
        granted("DeletePortMapping", 9, KEY, client="10.0.0.9"),
    )
    assert [row.involves(one) for one in (GATEWAY, CLIENT, OTHER, "10.0.0.9", "10.0.0.8")] == [
        True,
        True,
        True,
        True,
        False,
    ]
    assert (row.requested_by, row.closed_by) == (CLIENT, "10.0.0.9")


def test_of_a_mapping_only_deleted_the_rest_is_unknown() -> None:
    row = only(delete(9))
    assert (row.requested_by, row.closed_by, row.terms.internal_client) == (None, CLIENT, None)
    assert row.column("opened_time") is None


def test_an_empty_client_is_who_asks() -> None:
    mine = ADD | {"NewInternalClient": ""}
    row = only(granted("AddPortMapping", 1, mine), add(5))
    assert row.state == "open"


def test_a_filter_shows_every_connection() -> None:
    assert only(add(1, filter="a"), add(5, filter="b")).filter == "(a) || (b)"
    many = [add(at, filter=f"tcp.stream == {at}") for at in range(1, 40, 2)]
    assert only(*many).filter == f"ip.addr == {GATEWAY}"


def test_frames_of_joined_files_name_their_file() -> None:
    names = ("a.pcap", "b.pcap")
    second = add(9)
    second.place = Place("b.pcap", 1, names)
    second.frames = [FILE_STRIDE + 3, FILE_STRIDE + 4]
    ended = delete(20)
    ended.frames, ended.response_frame = [FILE_STRIDE + 8], FILE_STRIDE + 8
    row = only(add(1, place=Place("a.pcap", 0, names)), second, ended)
    assert list(row.frames) == [1, 2, "b.pcap:3", "b.pcap:4", "b.pcap:8"]
    assert (row.column("opened_frame"), row.column("closed_frame")) == (2, "b.pcap:8")


def test_rows_are_in_the_order_of_their_first_frames() -> None:
    late = asked("AddPortMapping", 1, THEIRS)
    assert [row.state for row in ledger(add(5), late).mappings] == ["requested", "open"]


@pytest.mark.parametrize("case", LIVES)
def test_calls_come_in_any_order(case: str) -> None:
    calls, expected = LIVES[case]
    assert rows(*reversed(calls)) == expected


def test_calls_are_held_back_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_window, "MAX_CALLS", 4)
    found = Ledger()
    calls = [granted("AddPortMapping", at, ADD | {"NewExternalPort": str(at)}) for at in range(9)]
    for call in calls:
        found.take(call)
    assert len(found.mappings) == 6
    found.close(None)
    assert [row.terms.external_port for row in found.mappings] == list(range(9))


def test_long_calls_are_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_window, "MAX_CHARACTERS", 100)
    found = Ledger()
    found.take(listing(1, ENTRIES))
    assert len(found.mappings) == 2


def test_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping_table, "MAX_MAPPINGS", 2)
    calls = [granted("AddPortMapping", at, ADD | {"NewExternalPort": str(at)}) for at in (1, 3, 5)]
    found = ledger(*calls, delete(9, NewExternalPort="1"))
    assert ([row.state for row in found.mappings], found.left_out) == (["deleted", "open"], 1)


def test_text_is_bounded() -> None:
    long = ADD | {"NewPortMappingDescription": "x" * 5000}
    calls = [
        granted("AddPortMapping", at, long | {"NewExternalPort": str(at)}) for at in range(20_000)
    ]
    found = ledger(*calls)
    assert found.left_out
    assert len(found.mappings) + found.left_out == 20_000
    assert found.mappings[0].terms.description == "x" * 1024


EVERYTHING = [call for calls, _ in LIVES.values() for call in calls]


@given(st.lists(st.sampled_from(EVERYTHING), max_size=12), st.integers(0, 9000))
def test_any_order_of_calls_makes_sound_rows(calls: list[Said], end: int) -> None:
    for row in ledger(*calls, end=end).mappings:
        assert (row.error_code is not None) <= (row.state == "refused")
        assert (row.closed_ns is not None) == (row.state in ("deleted", "expired", "replaced"))
        assert (row.closed_in is not None) == (row.state in ("deleted", "replaced"))
        assert row.opened_in is None or row.state not in ("requested", "refused", "observed")
        assert {row.opened_in, row.closed_in} - {None} <= set(row.frames)


names = st.sampled_from([*ADD, *HOLE, "UniqueID", "NewReservedPort", "NewStartPort", "NewEndPort"])
values = st.text(max_size=8) | st.sampled_from(["1", "TCP", ENTRIES, CLIENT])
pairs = st.lists(st.tuples(names, values), max_size=8)
actions = st.sampled_from(sorted({call.action or "" for call in EVERYTHING}))
calls_of_anything = st.builds(
    Said, actions, st.integers(0, 99), pairs, pairs | st.none(), st.just(200), ok=st.booleans()
)


@given(st.lists(calls_of_anything, max_size=6))
def test_any_values_make_rows(calls: list[Said]) -> None:
    for row in ledger(*calls).mappings:
        assert [row.column(name) for name in MAPPING_COLUMNS]
        assert row.terms.protocol is None or row.terms.protocol == row.terms.protocol.strip()
