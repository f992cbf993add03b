"""Many mappings together: bursts, scans, listings, and mappings of others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.forensics.asking import asked, told
from tests.forensics.judging import Piece, arp, findings_of, mac_of, probe
from tests.forensics.rules.mapping_pieces import (
    ATTACKER,
    CLIENT,
    OTHER,
    ROUTER,
    add,
    call,
    delete,
    mapping,
)
from upnpscapy.forensics.rules.mapping_patterns import (
    malware_mapping_pattern,
    portmap_enumeration,
)
from upnpscapy.forensics.rules.mapping_tamper import mapping_tamper

MINUTE = 60


def burst(count: int, seconds: float = 1, answer: int | None = 0, **terms: str) -> list[Piece]:
    ports = [{"NewExternalPort": str(2000 + n)} | terms for n in range(count)]
    return [add(answer, at=seconds * n, sport=41000 + n, terms=one) for n, one in enumerate(ports)]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (burst(9), []),
        (burst(10), [("MEDIUM", "accepted")]),
        (burst(27), [("HIGH", "accepted")]),
        (burst(27, answer=606), [("HIGH", "attempted")]),
        (burst(27, seconds=40), []),
        (burst(27, NewProtocol="UDP"), []),
        (burst(27, NewExternalPort="443"), []),
        (burst(27, NewInternalClient=OTHER), []),
        ([*burst(2), *burst(2, NewProtocol="UDP")], []),
    ],
)
def test_a_burst_of_mappings_to_oneself(
    pieces: list[Piece], expected: list[tuple[str, str]]
) -> None:
    found = findings_of(pieces, malware_mapping_pattern)
    assert [(one.severity, one.outcome) for one in found] == expected


def test_a_burst_by_natpmp() -> None:
    pieces = [
        (asked(n, port=3000 + n), told(n + 0.5, port=3000 + n, outer=3000 + n)) for n in range(12)
    ]
    (found,) = findings_of(pieces, malware_mapping_pattern)
    assert (found.severity, found.subject) == ("MEDIUM", CLIENT)
    assert "12 TCP ports" in found.note


def scan(hosts: int, port: int = 445, at: float = 10) -> list[Piece]:
    return [
        probe(CLIENT, f"198.51.100.{n}", port, at=at + n / 10, sport=50000 + n, answered=False)
        for n in range(1, hosts + 1)
    ]


@pytest.mark.parametrize(
    ("pieces", "count"),
    [
        ([add(), *scan(21)], 1),
        ([*scan(21, at=-10), add()], 1),
        ([add(), *scan(20)], 0),
        ([add(), *scan(21, port=443)], 0),
        ([add(), *scan(21, at=11 * MINUTE)], 0),
        ([add(terms={"NewExternalPort": "80"}), *scan(21)], 0),
        (scan(21), 0),
    ],
)
def test_a_mapping_and_a_scan_of_smb(pieces: list[Piece], count: int) -> None:
    found = findings_of(pieces, malware_mapping_pattern)
    assert [(one.severity, one.subject) for one in found] == [("HIGH", CLIENT)] * count


@pytest.mark.parametrize(("visitors", "local", "count"), [(5, 0, 1), (4, 3, 0)])
def test_many_who_come_through_a_mapping(visitors: int, local: int, count: int) -> None:
    sources = [f"198.51.100.{n + 1}" for n in range(visitors)]
    sources += [f"192.168.1.{n + 100}" for n in range(local)]
    came = [probe(one, CLIENT, 6881, at=60 + n) for n, one in enumerate(sources)]
    found = findings_of([add(), came], malware_mapping_pattern)
    assert [(one.severity, one.outcome, one.confidence) for one in found] == [
        ("LOW", "effect", "low")
    ] * count


def listing(entries: int, *, client: str = CLIENT, server: str = ROUTER) -> list[Piece]:
    ends = {"client": client, "server": server}
    name = "GetGenericPortMappingEntry"
    found: list[Piece] = [
        call(name, [("NewPortMappingIndex", str(n))], mapping(), at=n, sport=42000 + n, **ends)
        for n in range(entries)
    ]
    end = [("NewPortMappingIndex", str(entries))]
    return [*found, call(name, end, 713, at=entries, sport=42000 + entries, **ends)]


@pytest.mark.parametrize(
    ("entries", "expected"), [(3, []), (4, ["LOW"]), (98, ["LOW"]), (99, ["MEDIUM"])]
)
def test_reading_the_table(entries: int, expected: list[str]) -> None:
    found = findings_of(listing(entries), portmap_enumeration)  # and the 713 at its end
    assert [one.severity for one in found] == expected


def test_reading_it_again_and_again_is_no_more() -> None:
    pieces = [
        call("GetGenericPortMappingEntry", [("NewPortMappingIndex", "0")], mapping(), at=n,
             sport=42000 + n)
        for n in range(20)
    ]  # fmt: skip
    assert findings_of(pieces, portmap_enumeration) == []


def test_reading_the_table_from_outside() -> None:
    (found,) = findings_of(listing(5, client=ATTACKER, server="203.0.113.1"), portmap_enumeration)
    assert found.severity == "MEDIUM"


@pytest.mark.parametrize(("count", "code", "expected"), [(50, 714, 1), (49, 714, 0), (50, 0, 0)])
def test_guessing_ports(count: int, code: int, expected: int) -> None:
    pieces = [
        call(
            "GetSpecificPortMappingEntry",
            [("NewRemoteHost", ""), ("NewExternalPort", str(n)), ("NewProtocol", "TCP")],
            code or mapping(NewExternalPort=str(n)),
            at=n,
            sport=43000 + n,
        )
        for n in range(count)
    ]
    found = findings_of(pieces, portmap_enumeration)
    assert [one.severity for one in found] == ["MEDIUM"] * expected


@pytest.mark.parametrize(("last", "count"), [("65535", 1), ("1024", 0)])
def test_asking_for_all_ports(last: str, count: int) -> None:
    values = [
        ("NewStartPort", "1"),
        ("NewEndPort", last),
        ("NewProtocol", "TCP"),
        ("NewManage", "1"),
        ("NewNumberOfPorts", "0"),
    ]
    pieces = [call("GetListOfPortMappings", values, [("NewPortListing", "")])]
    found = findings_of(pieces, portmap_enumeration)
    assert [one.severity for one in found] == ["LOW"] * count


LATER: dict[str, Any] = {"at": 9.0, "sport": 45000}


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([add(), delete(client=OTHER, **LATER)], [("MEDIUM", "accepted")]),
        ([add(), delete(client=CLIENT, **LATER)], []),
        ([add(terms={"NewInternalClient": OTHER}), delete(client=OTHER, **LATER)], []),
        ([add(), delete(client=OTHER, answer=606, **LATER)], [("LOW", "attempted")]),
        ([add(), delete(client=OTHER, answer=714, **LATER)], []),
        ([add(), delete(7000, client=OTHER, answer=606, **LATER)], []),
        ([add(606), delete(client=OTHER, answer=606, **LATER)], []),
        (
            [arp(CLIENT), arp(OTHER, mac_of(CLIENT)), add(), delete(client=OTHER, **LATER)],
            [],
        ),
        (
            [add(), add(client=OTHER, terms={"NewInternalClient": OTHER}, **LATER)],
            [("MEDIUM", "accepted")],
        ),
        ([add(), add(client=OTHER, terms={"NewInternalClient": OTHER}, answer=718, **LATER)], []),
        ([add(), add(terms={"NewInternalPort": "22"}, **LATER)], []),
        ([add(), add(**LATER)], []),
    ],
)
def test_the_mapping_of_another(pieces: list[Piece], expected: list[tuple[str, str]]) -> None:
    found = findings_of(pieces, mapping_tamper)
    assert [(one.severity, one.outcome) for one in found] == expected


def test_what_one_host_did_to_another_is_one_claim() -> None:
    ports = range(2000, 2006)
    added = [add(at=n, sport=n + 30000, terms={"NewExternalPort": str(n)}) for n in ports]
    gone = [delete(n, client=OTHER, at=n + 10, sport=n + 40000) for n in ports]
    (found,) = findings_of([added, gone], mapping_tamper)
    assert "and 2 more" in found.note
    assert len(found.numbers) == 4 * len(ports)


def test_a_deletion_is_proved_by_both_requests() -> None:
    (found,) = findings_of([add(), delete(client=OTHER, at=9)], mapping_tamper)
    assert found.numbers == [4, 6, 14, 16]
    assert found.subject == OTHER
    assert [one.what for one in found.evidence][-1].startswith(
        "the request by which it was deleted"
    )


@pytest.mark.parametrize(("count", "seconds", "expected"), [(6, 5, 1), (5, 5, 0), (6, 20, 0)])
def test_many_mappings_of_unknown_owners(count: int, seconds: int, expected: int) -> None:
    pieces = [delete(2000 + n, at=seconds * n, sport=44000 + n) for n in range(count)]
    found = findings_of(pieces, mapping_tamper)
    assert [(one.severity, one.confidence) for one in found] == [("MEDIUM", "low")] * expected
    own = [
        add(at=n / 10, sport=40000 + n, terms={"NewExternalPort": str(2000 + n)})
        for n in range(count)
    ]
    assert findings_of([own, [delete(2000 + n, at=9, sport=44000 + n) for n in range(count)]],
                       mapping_tamper) == []  # fmt: skip
