"""UDNs of two hosts, second gateways and BOOTIDs, and what only looks like them."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, Timed, datagram, http, mac_of
from tests.forensics.packets import UDN, Sent, update
from tests.forensics.rules.forging import (
    CLIENT,
    DEVICE,
    IGD,
    ROGUE,
    announced,
    left,
    of_rule,
    one,
    replied,
    ssdp,
)
from tests.forensics.rules.traffic import answer, soap
from upnpscapy.forensics.rules.identity import RULES

CONFLICT = "udn-conflict"


def both(
    nt: str = "upnp:rootdevice",
    udn: str = UDN,
    *,
    location: str | None = None,
    mac: str | None = None,
) -> list[Sent]:
    return [
        announced(DEVICE, nt, udn, at=0),
        announced(ROGUE, nt, udn, at=10, location=location, mac=mac),
        announced(DEVICE, nt, udn, at=20),
    ]


def test_two_hosts_by_turns() -> None:
    found = one(CONFLICT, both(), RULES)
    assert (found.severity, found.outcome, found.subject) == ("MEDIUM", "observed", UDN)
    assert list(found.frames) == [1, 2, 3]
    assert all(host in found.note for host in (DEVICE, ROGUE))
    assert one(CONFLICT, both(IGD), RULES).severity == "HIGH"


def test_boot_ids_that_differ_are_more_certain() -> None:
    first, second, third = both()
    second = announced(ROGUE, at=10, more={"BOOTID.UPNP.ORG": "7"})
    third = announced(DEVICE, at=20, more={"BOOTID.UPNP.ORG": "5"})
    again = announced(DEVICE, at=20, more={"BOOTID.UPNP.ORG": "5"})._replace(at=30)
    assert one(CONFLICT, [first, second, third, again], RULES).confidence == "high"


@pytest.mark.parametrize(
    ("pieces", "severity"),
    [
        (both()[:2], "LOW"),
        ([both()[0], left(at=5), both()[1]], None),
        ([both()[0], announced(ROGUE, at=3000)], None),
        (both(udn="uuid:12345678-1234-1234-1234-0060085db3f6"), "INFO"),
        (both(mac="02:00:c0:a8:01:02"), "LOW"),
        (both(mac=mac_of(DEVICE).hex(":")), None),
        (both(location=f"http://{DEVICE}:5000/other.xml"), None),
        (both(udn="uuid:other")[1:2] + both()[::2], None),
    ],
)
def test_what_is_less_or_no_conflict(pieces: list[Sent], severity: str | None) -> None:
    found = of_rule(CONFLICT, pieces, RULES)
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_a_camera_that_left_its_own_access_point() -> None:
    mac = "02:00:00:00:00:42"
    pieces = [
        announced("192.168.4.3", mac=mac),
        announced("10.10.10.51", mac=mac, at=5),
        announced("192.168.4.3", mac=mac, at=6),
    ]
    assert of_rule(CONFLICT, pieces, RULES) == []


ROGUE_IGD = "rogue-igd"


def dhcp(router: str = DEVICE) -> Sent:
    """A lease that names the router."""
    packed = bytes(map(int, router.split(".")))
    options = b"\x35\x01\x05\x01\x04\xff\xff\xff\x00\x03\x04" + packed + b"\xff"
    fixed = b"\x02\x01\x06\x00" + bytes(232)
    return datagram(fixed + b"\x63\x82\x53\x63" + options, router, 67, CLIENT, 68)


def gateways(server: str = "Linux UPnP/1.0", mac: str | None = None) -> list[Piece]:
    return [
        dhcp(),
        replied(IGD, ROGUE, udn="uuid:rogue", at=1, mac=mac, more={"SERVER": server}),
        replied(IGD, DEVICE, udn="uuid:real", at=1.25),
    ]


def called(server: str) -> list[Timed]:
    return http(soap("AddPortMapping"), answer("AddPortMapping"), at=2, server=server)


def test_a_second_gateway() -> None:
    found = one(ROGUE_IGD, gateways(), RULES)
    assert (found.severity, found.outcome, found.subject) == ("MEDIUM", "attempted", ROGUE)
    assert list(found.frames) == [2, 3]
    assert "250.0 ms before" in found.note
    assert found.missing == ["no call to it in the capture"]


def test_a_second_gateway_that_is_used() -> None:
    found = one(ROGUE_IGD, [*gateways(), called(ROGUE)], RULES)
    assert (found.severity, found.outcome, found.confidence) == ("HIGH", "effect", "high")
    assert f"{CLIENT} called AddPortMapping" in found.note
    assert one(ROGUE_IGD, [*gateways(), called(DEVICE)], RULES).severity == "MEDIUM"


def test_where_nothing_tells_who_the_router_is() -> None:
    found = one(ROGUE_IGD, [*gateways()[1:], called(ROGUE), called(DEVICE)], RULES)
    assert (found.severity, found.outcome, found.confidence) == ("LOW", "observed", "low")
    assert list(found.frames) == [1, 2]


@pytest.mark.parametrize(
    ("pieces", "severity"),
    [
        (gateways()[1:], "LOW"),
        (gateways(server="Microsoft-Windows/10.0 UPnP/1.0 UPnP-Device-Host/1.0"), "LOW"),
        (gateways(mac="02:00:c0:a8:01:09"), "LOW"),
        (gateways()[::2], None),
        ([dhcp(), announced(ROGUE), announced(DEVICE, IGD)], None),
    ],
)
def test_what_is_less_or_no_second_gateway(pieces: list[Piece], severity: str | None) -> None:
    found = of_rule(ROGUE_IGD, pieces, RULES)
    assert [one.severity for one in found] == ([severity] if severity else [])


def booted(*values: int, udn: str = UDN) -> list[Sent]:
    return [
        announced(udn=udn, at=n, more={"BOOTID.UPNP.ORG": str(value), "CONFIGID.UPNP.ORG": "1"})
        for n, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (booted(7, 3), "BOOTID 3 after 7"),
        (booted(3, 7, 3), "BOOTID 3 after 7"),
        (booted(3, 3, 7, 9), None),
        ([*booted(7), *booted(3, udn="uuid:other")], None),
        ([ssdp(update(3, 4), DEVICE)], None),
        ([announced(more={"CONFIGID.UPNP.ORG": "16777216"})], "CONFIGID 16777216"),
        ([announced(more={"CONFIGID.UPNP.ORG": "16777215"})], None),
        ([announced(more={"SEARCHPORT.UPNP.ORG": "1024"})], "SEARCHPORT 1024"),
        ([announced(more={"SEARCHPORT.UPNP.ORG": "49152"})], None),
    ],
)
def test_boot_ids(pieces: list[Sent], words: str | None) -> None:
    found = of_rule("bootid-configid", pieces, RULES)
    assert [one.severity for one in found] == (["LOW"] if words else [])
    assert words is None or words in found[0].note
