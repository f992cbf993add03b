"""LOCATIONs that lead elsewhere than to a description."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, dns_answer, findings_of, probe
from tests.forensics.packets import Sent, alive, response
from upnpscapy.forensics.rules.locations import RULES

SENDER, READER = "192.168.1.66", "192.168.1.10"


def told(location: str | None, at: float = 0) -> Sent:
    return Sent(alive(LOCATION=location), at, SENDER)


BAD = {
    "intent://example#Intent;scheme=market;end": "the scheme intent",
    "file://192.0.2.66/share/x": "the scheme file",
    "ftp://192.168.1.66/root.xml": "the scheme ftp",
    "javascript:alert(1)": "the scheme javascript",
    "gopher://192.168.1.66:70/_x": "the scheme gopher",
    "\\\\192.168.1.66\\share\\root.xml": "the name of a share",
    "file:\\\\192.168.1.66\\share": "the name of a share",
    "http://admin:admin@192.168.1.1/": "a user name",
    "http://192.168.1.66:445/root.xml": "the port of SMB",
    "http://192.168.1.66:0/root.xml": "the port of no port",
    "HTTP://192.168.1.66:22/": "the port of SSH",
}
GOOD = [
    "http://192.168.1.66:80/root.xml",
    "HTTPS://192.168.1.66/HNAP1/",
    "http://[fe80::1]:2869/root.xml",
    "http://192.168.1.66:49152/a@b.xml",
    "192.168.1.66:80/root.xml",
    "router.lan:80/root.xml",
    "/root.xml",
    "",
    None,
]


@pytest.mark.parametrize(("location", "fault"), BAD.items())
def test_no_address_of_a_description(location: str, fault: str) -> None:
    (finding,) = findings_of([told("http://192.168.1.66/"), told(location, 1)], RULES)
    assert (finding.severity, finding.outcome, finding.subject) == ("HIGH", "attempted", SENDER)
    assert fault in finding.note
    assert list(finding.frames) == [2]
    assert finding.evidence[0].value == location
    assert finding.missing == ["whether anyone opened it"]


@pytest.mark.parametrize("location", GOOD)
def test_an_address_of_a_description(location: str | None) -> None:
    assert findings_of([told(location)], RULES) == []


def test_a_reply_counts_and_repeats_are_one() -> None:
    reply = Sent(response(LOCATION="intent:x"), 0, SENDER, 1900, READER, 50000)
    (finding,) = findings_of([reply, reply._replace(at=1)], RULES)
    assert list(finding.frames) == [1, 2]


SHARE = told("file://nas.example/share", 1)


@pytest.mark.parametrize(
    ("pieces", "frames"),
    [
        ([SHARE, probe(READER, "192.168.1.66", 445, at=2)], None),
        ([dns_answer("nas.example", "192.168.1.66"), SHARE], None),
        ([dns_answer("nas.example", SENDER), SHARE, probe(READER, SENDER, 445, at=2)], [2, 3, 4]),
        ([dns_answer("nas.example", SENDER), probe(READER, SENDER, 445), SHARE], None),
        ([dns_answer("nas.example", SENDER), SHARE, probe(READER, SENDER, 80, at=2)], None),
    ],
)
def test_the_effect_is_a_connection_after_it(pieces: list[Piece], frames: list[int] | None) -> None:
    (finding,) = findings_of(pieces, RULES)
    assert finding.outcome == ("effect" if frames else "attempted")
    if frames:
        assert list(finding.frames) == frames
