"""Mappings of a recording are those that the router logged, kept and set up, and upnpc printed."""

import re
from ipaddress import IPv6Address

from upnpscapy import Case
from upnpscapy.forensics.mappings.row import MappingRow

from . import logged
from .network import WAN_ROUTER
from .printed import upnpc_sentences
from .story import REMOTE_IPV6, SHORT_LEASE, Story

SECOND = 10**9
DNAT = re.compile(r"@nh,72,8 (0x\w+) th dport (\d+) dnat ip to (\S+):(\d+)")
PINHOLE = re.compile(
    r"th dport (\d+) (?:th sport (\d+) )?@nh,192,128 (0x\w+) @nh,64,128 (0x\w+) @nh,48,8 (0x\w+)"
)
PROTOCOLS = {0x06: "TCP", 0x11: "UDP"}
ASKED = "GetExternalIPAddress"
CLOCK_SECONDS = 2
"""The router cuts both the time of its lease file and its own clock to whole seconds.

So what is left of a lease may be less by one as soon as it is granted.
"""


def port_mappings(case: Case) -> list[MappingRow]:
    return [row for row in case.mappings if row.kind == "portmap"]


def pinholes(case: Case) -> list[MappingRow]:
    return [row for row in case.mappings if row.kind == "pinhole"]


def test_router_logged_the_life_of_every_port_mapping_and_of_no_other(
    story: Story, case: Case
) -> None:
    rows = port_mappings(case)
    expected = logged.lives(story.router_log)
    assert len(rows) == len(expected)
    for row, life in zip(rows, expected, strict=True):
        terms = row.terms
        assert (row.requested_by, row.state) == (life.requested_by, life.state)
        assert row.error_code == life.error_code
        # Of some that are refused the router does not log what was asked for.
        if life.external_port is not None:
            assert (terms.protocol, terms.external_port) == (life.protocol, life.external_port)
        if life.state != "refused":
            assert terms.internal_client == life.internal_client
            assert terms.internal_port == life.internal_port
            assert terms.description == life.description
            assert (terms.lease_seconds is None) == (life.lease_seconds is None)
            off = (terms.lease_seconds or 0) - (life.lease_seconds or 0)
            assert abs(off) <= CLOCK_SECONDS, row
    assert {row.state for row in rows} == {"open", "deleted", "expired", "refused", "replaced"}


def test_router_kept_the_open_mappings_and_no_other(story: Story, case: Case) -> None:
    kept: dict[tuple[object, ...], int] = {}
    for line in story.leases.splitlines():
        protocol, port, client, inside, end, description = line.split(":", 5)
        kept[protocol, int(port), client, int(inside), description] = int(end)
    found: dict[tuple[object, ...], float] = {}
    for row in port_mappings(case):
        if row.state == "open":
            terms = row.terms
            assert row.expires_ns is not None
            key: tuple[object, ...] = (
                terms.protocol,
                terms.external_port,
                terms.internal_client,
                terms.internal_port,
            )
            found[(*key, terms.description)] = row.expires_ns / 1e9
    assert found.keys() == kept.keys()
    for key, until in found.items():
        assert abs(until - kept[key]) <= CLOCK_SECONDS, key


def test_packet_filter_redirected_the_open_mappings_and_no_other(story: Story, case: Case) -> None:
    assert {
        (PROTOCOLS[int(protocol, 16)], int(port), client, int(inside))
        for protocol, port, client, inside in DNAT.findall(story.rules)
    } == {
        (
            row.terms.protocol,
            row.terms.external_port,
            row.terms.internal_client,
            row.terms.internal_port,
        )
        for row in port_mappings(case)
        if row.state == "open"
    }


def test_renewed_mapping_is_one_row_with_the_last_lease_and_description(case: Case) -> None:
    (row,) = (row for row in port_mappings(case) if row.terms.external_port == 8081 and row.live)
    assert (row.terms.description, row.terms.lease_seconds) == ("Büro", 900)
    added = [call for call in case.calls if call.action == "AddPortMapping" and call.ok][:2]
    assert row.opened_in == added[0].response_frame
    assert row.lease_from_ns == added[1].response_time_ns
    assert {frame for call in added for frame in call.frames} <= set(row.frames)


def test_another_internal_port_replaces_a_mapping_of_the_same_client(case: Case) -> None:
    old, new = (row for row in port_mappings(case) if row.terms.external_port == 9443)
    assert (old.terms.internal_port, old.state) == (8443, "replaced")
    assert (new.terms.internal_port, new.terms.lease_seconds) == (8444, 650)
    assert old.closed_in == new.opened_in
    assert old.closed_by == new.requested_by == old.requested_by


def test_expired_mapping_ends_when_its_lease_does_and_without_a_frame(case: Case) -> None:
    expired = [row for row in port_mappings(case) if row.state == "expired"]
    assert [row.terms.external_port for row in expired] == [5060, 4040]
    for row in expired:
        assert row.terms.lease_seconds == int(SHORT_LEASE)
        assert row.closed_in is None
        assert row.opened_ns is not None
        assert row.closed_ns is not None
        early = row.opened_ns + int(SHORT_LEASE) * SECOND - row.closed_ns
        assert 0 <= early <= SECOND  # the router's clock has whole seconds
    (taken,) = (
        row
        for row in port_mappings(case)
        if row.terms.external_port == 5060 and row.state == "open"
    )
    assert taken.requested_by != expired[0].requested_by
    assert taken.opened_ns is not None
    assert expired[0].closed_ns is not None
    assert taken.opened_ns >= expired[0].closed_ns


def test_port_that_the_router_chose_is_the_one_that_upnpc_printed(story: Story, case: Case) -> None:
    (told,) = (told for told in story.told if "-n" in told.words)
    (row,) = (row for row in port_mappings(case) if row.asked_port is not None)
    (entry,) = (
        sentence
        for sentence in upnpc_sentences(told.text)
        if sentence.action == "GetSpecificPortMappingEntry"
    )
    assert str(row.terms.external_port) == entry.values["NewExternalPort"]
    assert (row.asked_port, row.terms.external_port, row.requested_by) == (8081, 8082, told.address)


def test_pinholes_are_those_that_the_router_logged(story: Story, case: Case) -> None:
    entries = logged.calls(story.router_log)
    opened = [entry.values for entry in entries if entry.action == "AddPinhole"]
    assert [
        {
            "RemoteHost": row.terms.remote_host,
            "RemotePort": str(row.terms.remote_port),
            "InternalClient": row.terms.internal_client,
            "InternalPort": str(row.terms.internal_port),
            "Protocol": {"TCP": "6", "UDP": "17"}[row.terms.protocol or ""],
            "LeaseTime": str(row.terms.lease_seconds),
        }
        for row in pinholes(case)
    ] == [{**opened[0], "LeaseTime": "900"}, opened[1]]
    updated = [entry.values for entry in entries if entry.action == "UpdatePinhole"]
    assert updated == [{"NewLeaseTime": "900", "UniqueID": "1"}]
    assert [(row.terms.unique_id, row.state) for row in pinholes(case)] == [
        ("1", "deleted"),
        ("2", "open"),
    ]


def test_packet_filter_let_the_open_pinhole_in_and_no_other(story: Story, case: Case) -> None:
    (open_one,) = (row for row in pinholes(case) if row.state == "open")
    (rule,) = PINHOLE.findall(story.rules)
    inside, remote_port, client, remote, protocol = rule
    assert (int(inside), int(remote_port)) == (
        open_one.terms.internal_port,
        open_one.terms.remote_port,
    )
    assert PROTOCOLS[int(protocol, 16)] == open_one.terms.protocol
    assert int(client, 16) == int(IPv6Address(open_one.terms.internal_client or ""))
    assert int(remote, 16) == int(IPv6Address(open_one.terms.remote_host or ""))
    assert open_one.terms.remote_host == REMOTE_IPV6


def test_external_address_is_the_one_of_every_answer(story: Story, case: Case) -> None:
    asked = [call for call in logged.calls(story.router_log) if call.action == ASKED]
    assert [row.address for row in case.external_addresses] == [WAN_ROUTER] * len(asked)
    printed = [
        sentence.values["NewExternalIPAddress"]
        for told in story.told
        if told.words[0] == "upnpc"
        for sentence in upnpc_sentences(told.text)
        if sentence.action == ASKED
    ]
    # upnp-client asked once.
    assert printed == [WAN_ROUTER] * (len(asked) - 1)
    assert {row.gateway for row in case.external_addresses} == {"192.168.77.1"}
    assert {row.address_class for row in case.external_addresses} == {"public"}
