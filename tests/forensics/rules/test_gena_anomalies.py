"""Eventing that does not fit together, and what libupnp's server was made to store or read."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, arp, http, mac_of, probe
from tests.forensics.rules.traffic import (
    ATTACKER,
    CLIENT,
    OK,
    OTHER,
    SERVER,
    asking,
    event,
    of_rule,
    refusal,
    subscribe,
    subscribed,
    telling,
)
from upnpscapy.forensics.rules import gena_anomalies, libupnp

ANOMALY = gena_anomalies.anomaly
OWN = f"<http://{CLIENT}:5000/cb>"
HOSTS = [arp(CLIENT), arp(SERVER), arp(OTHER), arp(ATTACKER)]


def ending(method: str, client: str) -> list[Piece]:
    request = subscribe(sid="uuid:s40000", method=method)
    return [*http(request, subscribed("uuid:s40000"), at=2, client=client, sport=41000)]


OTHER_ADDRESS = http(
    event("uuid:s40000"), OK, at=1, client=OTHER, server=CLIENT, client_mac=mac_of(SERVER)
)

ROUTER = mac_of("192.168.1.254")
ROUTED = [
    *probe("198.51.100.20", CLIENT, 80, mac=ROUTER),
    *probe("198.51.100.21", CLIENT, 80, mac=ROUTER),
    *http(event("uuid:s40000"), OK, at=1, client="10.9.0.9", server=CLIENT, client_mac=ROUTER),
]

ANOMALIES: list[tuple[str, list[Piece], str | None]] = [
    ("clean", [HOSTS, asking(OWN), telling(), telling(seq=1, at=2, sport=30001)], None),
    ("other publisher", [HOSTS, asking(OWN), telling(server=OTHER)], "MEDIUM"),
    ("publisher behind a router", [asking(OWN), ROUTED], "LOW"),
    ("its other address", [asking(OWN), arp(OTHER, mac_of(SERVER)), OTHER_ADDRESS], None),
    ("late initial", [HOSTS, telling(at=40)], "MEDIUM"),
    ("early initial", [HOSTS, telling(at=20)], "LOW"),
    ("late, but they met", [HOSTS, probe(CLIENT, SERVER, 443, at=35), telling(at=40)], "LOW"),
    ("met too long ago", [HOSTS, probe(CLIENT, SERVER, 443, at=5), telling(at=40)], "MEDIUM"),
    ("late, not initial", [HOSTS, telling(seq=7, at=40)], "LOW"),
    ("SEQ back", [HOSTS, asking(OWN), telling(seq=5), telling(seq=3, at=2, sport=30001)], "LOW"),
    (
        "SEQ wraps",
        [HOSTS, asking(OWN), telling(seq=2**32 - 1), telling(seq=1, at=2, sport=30001)],
        None,
    ),
    ("hijacked", [HOSTS, asking(OWN), ending("SUBSCRIBE", ATTACKER)], "MEDIUM"),
    ("renewed", [HOSTS, asking(OWN), ending("SUBSCRIBE", CLIENT)], None),
    ("ended by another", [HOSTS, asking(OWN), ending("UNSUBSCRIBE", ATTACKER)], "MEDIUM"),
    ("ended", [HOSTS, asking(OWN), ending("UNSUBSCRIBE", CLIENT)], None),
]


@pytest.mark.parametrize(
    ("pieces", "severity"), [case[1:] for case in ANOMALIES], ids=[case[0] for case in ANOMALIES]
)
def test_eventing_that_does_not_fit_together(pieces: list[Piece], severity: str | None) -> None:
    found = of_rule(pieces, ANOMALY)
    assert [one.severity for one in found] == ([severity] if severity else [])


BROKEN: list[tuple[str, int]] = [
    (f"<http://{CLIENT}/a><x>", 1),
    (f"<http://{CLIENT}/a><http://>", 1),
    (f"<http://{CLIENT}/a>", 0),
    (f"<x><http://{CLIENT}/a>", 0),
    (f"<http://{CLIENT}/a><http://{CLIENT}/b>", 0),
]


@pytest.mark.parametrize(("callback", "count"), BROKEN)
def test_nonsense_behind_a_url_in_a_callback(callback: str, count: int) -> None:
    found = of_rule(asking(callback, refusal()), libupnp.bad_callback)
    assert [(one.severity, one.outcome) for one in found] == [("HIGH", "attempted")] * count


def stored(back: bytes, *, target: str = "/up", status: str = "200 OK") -> list[Piece]:
    """Something put on a server of UPnP, and what a GET gives then."""
    body = b"written by upnpscapy-test"
    put = (
        b"POST /up HTTP/1.1\r\nHost: 192.168.1.1:5000\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
    )
    read = f"GET {target} HTTP/1.1\r\nHost: 192.168.1.1:5000\r\n\r\n".encode()
    reply = f"HTTP/1.1 {status}\r\nContent-Length: {len(back)}\r\n\r\n".encode() + back
    return [asking(OWN), http(put, OK, at=1, sport=40001), http(read, reply, at=2, sport=40002)]


@pytest.mark.parametrize(
    ("pieces", "count"),
    [
        (stored(b"written by upnpscapy-test"), 1),
        (stored(b"something else"), 0),
        (stored(b"written by upnpscapy-test", target="/other"), 0),
        (stored(b"written by upnpscapy-test", status="404 Not Found"), 0),
    ],
    ids=["same", "other body", "other target", "not there"],
)
def test_what_was_sent_and_comes_back_was_stored(pieces: list[Piece], count: int) -> None:
    found = of_rule(pieces, libupnp.written)
    assert [(one.severity, one.outcome) for one in found] == [("HIGH", "effect")] * count
