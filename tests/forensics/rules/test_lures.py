"""Passwords and logons that forged devices get, and those that real ones ask for."""

from __future__ import annotations

import base64
import gzip

import pytest

from tests.capture.conversation import response as page_of
from tests.forensics.descriptions import device_xml, root_xml
from tests.forensics.judging import Piece, Timed, http, probe
from tests.forensics.packets import UDN
from tests.forensics.rules.forging import (
    CLIENT,
    DEVICE,
    OUTSIDE,
    ROGUE,
    announced,
    fetched,
    of_rule,
    one,
    replied,
)
from upnpscapy.forensics.rules import logons, lures

RULES = [*lures.RULES, *logons.RULES]

PHISH, FORCED = "phish-presentation", "forced-auth"
KINDS = [f"urn:schemas-upnp-org:device:{name}:1" for name in ("Lamp", "Printer", "MediaServer")]


def posted(server: str, body: bytes, more: str = "") -> list[Timed]:
    head = (
        f"POST /login HTTP/1.1\r\nHost: {server}:5000\r\n{more}"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return http(head.encode() + body, page_of(b"ok"), at=5, server=server, sport=40005)


def forged(body: bytes | None = None) -> list[Piece]:
    """A host that answers for everything, and its description."""
    replies = [replied(st, ROGUE, at=n / 10) for n, st in enumerate(KINDS)]
    return [*replies, fetched(body, server=ROGUE)]


def honest() -> list[Piece]:
    return [announced(ROGUE), fetched(server=ROGUE)]


FORM = b"username=someone&password=upnpscapy-test"


def test_a_password_for_a_forged_device() -> None:
    found = one(PHISH, [*forged(), posted(ROGUE, FORM)], RULES)
    assert (found.severity, found.outcome, found.subject) == ("HIGH", "accepted", ROGUE)
    assert "evil-ssdp-responder" in found.note
    shown = found.note + str(found.evidence)
    assert [word for word in ("upnpscapy-test", "someone") if word in shown] == []
    assert "redacted, 14 characters" in shown


@pytest.mark.parametrize(
    "pieces",
    [
        [*honest(), posted(ROGUE, FORM)],
        [*forged(), posted(ROGUE, b"colour=red")],
        [*forged(), fetched(at=3, sport=40003), posted(DEVICE, FORM)],
    ],
)
def test_no_password_for_a_forged_device(pieces: list[Piece]) -> None:
    assert of_rule(PHISH, pieces, RULES) == []


def test_basic_authentication() -> None:
    token = base64.b64encode(b"someone:upnpscapy-test").decode()
    asked = f"GET / HTTP/1.1\r\nHost: {ROGUE}:5000\r\nAuthorization: Basic {token}\r\n\r\n"
    request = http(asked.encode(), page_of(b"ok"), at=5, server=ROGUE, sport=40005)
    found = one(PHISH, [*forged(), request], RULES)
    assert found.severity == "HIGH"
    assert token not in found.note + str(found.evidence)
    assert of_rule(PHISH, [*honest(), request], RULES) == []


URGENT = root_xml(device_xml(UDN, name="Scanned document: sign in to view"))
FORM_PAGE = b'<html><form><input name="p" type="password"></form></html>'


def test_lures_without_a_password() -> None:
    found = one(PHISH, forged(URGENT), RULES)
    assert (found.severity, found.outcome) == ("MEDIUM", "attempted")
    assert found.missing == ["no password was seen to be sent"]
    assert of_rule(PHISH, [announced(ROGUE), fetched(URGENT, server=ROGUE)], RULES) == []


@pytest.mark.parametrize("extra", [None, "Content-Encoding: gzip\r\nConnection: close\r\n"])
def test_page_with_a_password_field_of_a_host_known_by_discovery_alone(extra: str | None) -> None:
    body = FORM_PAGE if extra is None else gzip.compress(FORM_PAGE)
    page = fetched(body, server=ROGUE, target="/present.html", at=5, sport=40005, extra=extra)
    assert "password field" in one(PHISH, [*forged()[:-1], page], RULES).note
    assert of_rule(PHISH, [*honest(), page], RULES) == []
    assert of_rule(PHISH, [page], RULES) == []


def unc(path: str) -> bytes:
    return root_xml(device_xml(UDN, name=path))


@pytest.mark.parametrize(
    ("path", "count"),
    [
        (f"file://///{OUTSIDE}/share/x.jpg", 1),
        (f"file://{OUTSIDE}/share/x.jpg", 1),
        (rf"\\{OUTSIDE}\share", 1),
        ("file:///C:/x.jpg", 0),
        ("file://localhost/x.jpg", 0),
        (r"C:\Users\x", 0),
        ("http://198.51.100.7/share", 0),
    ],
)
def test_paths_that_windows_opens(path: str, count: int) -> None:
    found = of_rule(FORCED, [fetched(unc(path))], RULES)
    assert [(one.severity, one.outcome) for one in found] == [("HIGH", "attempted")] * count


@pytest.mark.parametrize(
    ("page", "count"),
    [
        (b'<html><img src="file://///198.51.100.7/x/y.jpg"></html>', 1),
        (rb'<html><a href="\\198.51.100.7\share\x">x</a></html>', 1),
        (rb'<html><script>a = "\\u0041\n"; b = "file://x/y"</script></html>', 0),
    ],
)
def test_pages_with_such_paths(page: bytes, count: int) -> None:
    shown = fetched(page, target="/present.html", at=5, sport=40005)
    assert len(of_rule(FORCED, [announced(), shown], RULES)) == count
    assert of_rule(FORCED, [shown], RULES) == []


SHARE = unc(rf"\\{OUTSIDE}\share")


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b"\xff\xfe" + SHARE.decode().encode("utf-16-le"), 1),
        (b"\xff\xfe" + unc("share").decode().encode("utf-16-le"), 0),
        (SHARE.replace(b"<root", b" " * 9000 + b"<root"), 1),
        (unc("share").replace(b"<root", b" " * 9000 + b"<root"), 0),
    ],
    ids=["UTF-16", "UTF-16 without", "late root", "late root without"],
)
def test_descriptions_that_are_none_by_their_first_bytes(body: bytes, count: int) -> None:
    assert len(of_rule(FORCED, [announced(), fetched(body)], RULES)) == count


def test_who_opens_them() -> None:
    pieces: list[Piece] = [
        fetched(unc(rf"\\{OUTSIDE}\share")),
        probe(CLIENT, OUTSIDE, 445, at=9),
    ]
    found = one(FORCED, pieces, RULES)
    assert (found.severity, found.outcome) == ("HIGH", "effect")
    assert found.missing == ["what was said over SMB is not read"]
    before: list[Piece] = [probe(CLIENT, OUTSIDE, 445), fetched(unc(rf"\\{OUTSIDE}\share"), at=9)]
    assert one(FORCED, before, RULES).outcome == "attempted"


def test_smb_to_a_forged_host_and_to_a_nas() -> None:
    smb = probe(CLIENT, ROGUE, 445, at=9)
    assert one(FORCED, [*forged(), smb], RULES).outcome == "effect"
    assert of_rule(FORCED, [*honest(), smb], RULES) == []
    known = probe(CLIENT, ROGUE, 445, at=-9, sport=49999)
    assert of_rule(FORCED, [known, *forged(), smb], RULES) == []
    late = probe(CLIENT, ROGUE, 445, at=60)
    assert of_rule(FORCED, [*forged(), late], RULES) == []


def test_ntlm_is_worst() -> None:
    token = base64.b64encode(b"NTLMSSP\0\x03\0\0\0" + bytes(52)).decode()
    asked = f"GET / HTTP/1.1\r\nHost: {ROGUE}:5000\r\nAuthorization: NTLM {token}\r\n\r\n"
    logon = http(asked.encode(), page_of(b"ok"), at=5, server=ROGUE, sport=40005)
    found = one(FORCED, [*forged(), logon], RULES)
    assert (found.severity, found.outcome) == ("CRITICAL", "effect")
    assert token not in found.note + str(found.evidence)
    assert of_rule(FORCED, [*honest(), logon], RULES) == []
