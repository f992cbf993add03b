"""Values longer than a buffer, one for each published condition, and ones just short enough."""

from __future__ import annotations

from time import process_time

import pytest

from tests.forensics.judging import mac_of
from tests.forensics.packets import UDN, Sent, alive, search
from tests.forensics.rules.forging import CLIENT, DEVICE, OUTSIDE, ROGUE, of_rule, one, ssdp
from upnpscapy.forensics.rules.oversize import RULES

KNOWN: dict[str, tuple[bytes, bytes]] = {
    "CVE-2001-0876": (
        alive(LOCATION="http://192.168.1.66/" + "A" * 500),
        alive(LOCATION="http://192.168.1.66/" + "A" * 490),
    ),
    "AD20060714": (b"M-SEARCH " + b"A" * 500, b"M-SEARCH " + b"A" * 499 + b"\n"),
    "CVE-2012-5958": (
        search("urn:schemas:device:" + "A" * 181),
        search("urn:schemas:device:" + "A" * 180),
    ),
    "CVE-2012-5961": (
        search("urn:schemas:device:Lamp:" + "A" * 181),
        search("urn:schemas:device:Lamp:" + "A" * 180),
    ),
    "CVE-2012-5963": (search("uuid:" + "A" * 181), search("uuid:" + "A" * 100)),
    "CVE-2012-5964": (search("urn:service:" + "A" * 181), search("urn:service:" + "A" * 180)),
    "CVE-2012-5965": (search("urn:device:" + "A" * 181), search("urn:device:" + "A" * 180)),
    "CVE-2013-0229": (b"M-SEARCH" + b"A" * 1482, b"M-SEARCH\r\n" + b"A" * 1482),
    "CVE-2021-27137": (search("uuid:" + "A" * 128), search("uuid:" + "A" * 127)),
    "CVE-2024-54802": (search(HOST="A" * 257), search(HOST="A" * 256)),
}


@pytest.mark.parametrize("cve", KNOWN)
def test_a_known_overflow_and_a_value_short_enough(cve: str) -> None:
    bad, good = KNOWN[cve]
    found = one("ssdp-overflow", [ssdp(bad, ROGUE, DEVICE, dport=1900)], RULES)
    assert (found.severity, found.outcome, found.subject) == ("HIGH", "attempted", DEVICE)
    assert cve in found.note
    assert list(found.frames) == [1]
    assert found.missing == ["whether a device failed"]
    assert of_rule("ssdp-overflow", [ssdp(good, ROGUE, DEVICE)], RULES) == []


def test_one_message_that_fits_several_is_one_finding() -> None:
    sent = [ssdp(search("uuid:" + "A" * n), ROGUE, at=n) for n in (200, 201, 202)]
    found = one("ssdp-overflow", sent, RULES)
    assert "CVE-2012-5963, CVE-2021-27137" in found.note
    assert list(found.frames) == [1, 2, 3]


def test_where_it_came_from_is_said() -> None:
    sent = ssdp(search("uuid:" + "A" * 200), OUTSIDE, DEVICE, ttl=50)
    assert "from outside" in one("ssdp-overflow", [sent], RULES).note


OVERSIZE = {
    "a long value": (alive(more={"X-TOKEN": "A" * 513}), alive(more={"X-TOKEN": "A" * 512})),
    "NUL": (search("urn:a:b\0c"), search("urn:a:b c")),
    "beyond ASCII": (
        alive(udn="uuid:L\u00e4mpchen"),
        alive(SERVER="L\u00e4mpchen UPnP/1.0"),
    ),
    "many fields": (
        search(**{f"X-{n}": "1" for n in range(61)}),
        search(**{f"X-{n}": "1" for n in range(60)}),
    ),
}


@pytest.mark.parametrize("case", OVERSIZE)
def test_what_no_device_sends(case: str) -> None:
    bad, good = OVERSIZE[case]
    found = one("ssdp-oversize", [ssdp(bad, ROGUE)], RULES)
    assert (found.severity, found.outcome, found.subject) == ("MEDIUM", "attempted", ROGUE)
    assert of_rule("ssdp-oversize", [ssdp(good, ROGUE)], RULES) == []


def test_what_fits_a_cve_is_not_oversize_too() -> None:
    sent = ssdp(search("uuid:" + "A" * 600), ROGUE)
    assert of_rule("ssdp-oversize", [sent], RULES) == []


def test_a_nul_behind_the_message_is_no_field() -> None:
    assert of_rule("ssdp-oversize", [ssdp(search() + b"\0", ROGUE)], RULES) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://192.168.1.66:19/", "chargen"),
        ("http://192.168.1.66:7/", "echo"),
        ("http://239.255.255.250:80/", "multicast"),
        ("http://255.255.255.255/", "broadcast"),
        ("http://192.168.1.66:1900/", None),
        ("http://192.168.1.255:80/", None),
    ],
)
def test_a_location_that_makes_readers_flood(url: str, words: str | None) -> None:
    found = of_rule("cve-2001-0877", [ssdp(alive(LOCATION=url), ROGUE)], RULES)
    assert [words in one.note for one in found if words] == ([True] if words else [])
    assert len(found) == bool(words)


def test_the_broadcast_address_of_a_network_that_is_known() -> None:
    sent = ssdp(alive(LOCATION="http://192.168.1.255/"), ROGUE)
    assert "broadcast" in one("cve-2001-0877", [sent], RULES, ["192.168.1.0/24"]).note


def test_long_fields_of_vendors_are_benign() -> None:
    """The longest lines known have 300 bytes; a friendly name in Latin-1 is in another field."""
    sent = [
        ssdp(alive(more={"X-User-Agent": "A" * 300, "X-NAME": "K\u00fcche"}), DEVICE),
        ssdp(alive(f"urn:schemas-upnp-org:device:{'L' * 64}:1", UDN), DEVICE),
    ]
    assert [found.rule.id for rule in RULES for found in of_rule(rule.id, sent, RULES)] == []


def test_large_messages_cost_little() -> None:
    lines = [b"ST: uuid:" + b"A" * 60, b"LOCATION: http://a/" + b"`" * 90, b"X: " + b"schemas:" * 9]
    payload = b"M-SEARCH * HTTP/1.1\r\n" + b"\r\n".join(lines * 250)
    sent = [
        Sent(payload + str(n).encode(), n, CLIENT, mac=mac_of(CLIENT).hex(":")) for n in range(30)
    ]
    start = process_time()
    of_rule("ssdp-overflow", sent, RULES)
    assert process_time() - start < 3
