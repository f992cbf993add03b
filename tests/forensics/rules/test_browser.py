"""Requests that a web page made a browser send, and those of programs and of the device's pages."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, dns_answer, http
from tests.forensics.rules.traffic import (
    CLIENT,
    OK,
    OTHER,
    OUTSIDE,
    SERVER,
    answer,
    get,
    of_rule,
    refusal,
    serious,
    soap,
    subscribe,
    subscribed,
)
from upnpscapy.forensics.rules import browser, media

ADD, DONE = "AddPortMapping", answer("AddPortMapping")
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
MOZILLA = "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
PLAIN = "Content-Type: text/plain\r\n"


def named(host: str) -> list[Piece]:
    return [*http(soap(ADD, host=host), DONE, at=5)]


def answers(*addresses: str, ttl: int = 10) -> list[Piece]:
    return [dns_answer("evil.example", one, ttl=ttl, at=at) for at, one in enumerate(addresses)]


HOSTS: list[tuple[str, str | None]] = [
    (SERVER, None),
    (f"{SERVER}:5000", None),
    ("[fe80::1]:5000", None),
    ("evil.example", "HIGH"),
    ("EVIL.example.:5000", "HIGH"),
    ("fritz.box", None),
    ("router.asus.com", None),
    ("tplinkwifi.net", None),
    ("lamp.local:80", None),
    ("router", None),
]


@pytest.mark.parametrize(("host", "severity"), HOSTS)
def test_action_by_a_name_that_is_not_of_home(host: str, severity: str | None) -> None:
    found = of_rule(named(host), browser.rebinding)
    assert [one.severity for one in found] == ([severity] if severity else [])
    for one in found:
        assert (one.outcome, one.confidence, one.numbers) == ("accepted", "medium", [4, 6])
    assert serious(named(host)) == (["dns-rebinding"] if severity else [])


def test_two_answers_of_dns_are_evidence() -> None:
    pieces = [answers(OUTSIDE, SERVER), named("evil.example")]
    (found,) = of_rule(pieces, browser.rebinding)
    assert (found.severity, found.confidence) == ("HIGH", "high")
    assert found.numbers == [1, 2, 6, 8]


def test_even_a_description_counts_with_two_answers_of_dns() -> None:
    known = http(soap("GetStatusInfo"), answer("GetStatusInfo"), at=3, sport=39999)
    fetch = http(get("/d.xml", host="evil.example"), OK, at=5)
    assert of_rule([known, fetch], browser.rebinding) == []
    (found,) = of_rule([answers(OUTSIDE, SERVER), known, fetch], browser.rebinding)
    assert found.severity == "HIGH"


def test_name_that_is_local_only_is_low() -> None:
    pieces = [answers(SERVER), named("evil.example")]
    assert [one.severity for one in of_rule(pieces, browser.rebinding)] == ["LOW"]


def test_device_that_refuses_names_is_told() -> None:
    pieces = http(soap(ADD, host="evil.example"), FORBIDDEN)
    (found,) = of_rule(pieces, browser.rebinding)
    assert found.outcome == "attempted"
    assert "refused with status 403" in found.note


def test_server_on_the_internet_may_have_a_name() -> None:
    pieces = http(soap(ADD, host="cloud.example"), DONE, server=OUTSIDE)
    assert of_rule(pieces, browser.rebinding) == []


def test_subscription_by_a_name_counts() -> None:
    pieces = http(subscribe(host="evil.example"), subscribed())
    assert [one.outcome for one in of_rule(pieces, browser.rebinding)] == ["accepted"]


DRIVEN: list[tuple[str, str, str, str, str | None]] = [
    # name, action, header fields, Content-Type, severity
    ("plain", ADD, "", "", None),
    ("origin", ADD, "Origin: http://evil.example\r\n", "", "HIGH"),
    ("null", ADD, "Origin: null\r\n", "", "HIGH"),
    ("reads", "GetStatusInfo", "Origin: null\r\n", "", "MEDIUM"),
    ("own", ADD, f"Origin: http://{SERVER}\r\n", "", "INFO"),
    ("own port", ADD, f"Origin: http://{SERVER}:8080\r\n", "", "INFO"),
    ("referer", ADD, "Referer: https://evil.example/x\r\n", "", "HIGH"),
    ("own referer", ADD, f"Referer: http://{SERVER}/ui\r\n", "", "INFO"),
    ("fetch", ADD, "Sec-Fetch-Site: cross-site\r\n", "", "HIGH"),
    ("fetch own", ADD, "Sec-Fetch-Site: same-origin\r\n", "", "INFO"),
    ("form", ADD, MOZILLA, PLAIN, "HIGH"),
    ("program", ADD, "User-Agent: tool/1.0\r\n", PLAIN, None),
    ("agent", ADD, MOZILLA, "", None),
    ("msie", ADD, "User-Agent: Mozilla/4.0 (compatible; MSIE 6.0)\r\n", "", None),
    ("language", ADD, MOZILLA + "Accept-Language: en\r\n", "", "MEDIUM"),
]


@pytest.mark.parametrize(
    ("action", "more", "kind", "severity"),
    [case[1:] for case in DRIVEN],
    ids=[case[0] for case in DRIVEN],
)
def test_action_with_marks_of_a_browser(
    action: str, more: str, kind: str, severity: str | None
) -> None:
    request = soap(action, more=more, kind=kind) if kind else soap(action, more=more)
    pieces = http(request, answer(action))
    found = of_rule(pieces, browser.drive_by)
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all((one.outcome, one.numbers) == ("accepted", [4, 6]) for one in found)
    assert serious(pieces) == (["drive-by-soap"] if severity in ("HIGH", "MEDIUM") else [])


def test_refused_action_of_a_page_is_attempted() -> None:
    pieces = http(soap(ADD, more="Origin: null\r\n"), refusal())
    (found,) = of_rule(pieces, browser.drive_by)
    assert found.outcome == "attempted"
    assert "refused with error 606 (Action not authorized)" in found.note


@pytest.mark.parametrize(("asked", "count"), [("soapaction", 1), ("x-other", 0)])
def test_leave_asked_for_by_a_page_counts_for_actions(asked: str, count: int) -> None:
    more = f"Origin: http://evil.example\r\nAccess-Control-Request-Headers: {asked}\r\n"
    asking = http(get("/ctl", more, method="OPTIONS"), OK)
    known = http(soap("GetStatusInfo"), answer("GetStatusInfo"), at=1, sport=40001)
    found = of_rule([asking, known], browser.drive_by)
    assert [one.severity for one in found] == ["MEDIUM"] * count
    assert [one.severity for one in of_rule([asking], browser.drive_by)] == ["LOW"] * count


def test_leave_may_be_asked_for_elsewhere() -> None:
    more = "Origin: http://a.example\r\nAccess-Control-Request-Headers: soapaction\r\n"
    asking = http(get("/service", more, host="b.example", method="OPTIONS"), OK, server=OUTSIDE)
    assert of_rule(asking, browser.drive_by) == []


@pytest.mark.parametrize(
    ("method", "severities"), [("SUBSCRIBE", ["LOW"]), ("unsubscribe", ["LOW"]), ("GET", [])]
)
def test_leave_to_subscribe(method: str, severities: list[str]) -> None:
    more = f"Origin: http://evil.example\r\nAccess-Control-Request-Method: {method}\r\n"
    found = of_rule(http(get("/evt", more, method="OPTIONS"), OK), browser.drive_by)
    assert [one.severity for one in found] == severities


SWF = "Referer: http://evil.example/a.swf\r\n"


@pytest.mark.parametrize(
    ("request_", "after", "severity"),
    [
        (get("/crossdomain.xml"), False, "LOW"),
        (get("/crossdomain.xml"), True, "HIGH"),
        (get("/d.xml", "x-flash-version: 9,0,115,0\r\n"), False, "LOW"),
        (soap(ADD, more=SWF), False, "HIGH"),
        (get("/d.xml"), True, None),
    ],
    ids=["asks", "then controls", "player", "controls", "no Flash"],
)
def test_flash_is_worse_if_control_follows(
    request_: bytes, after: bool, severity: str | None
) -> None:
    known = http(soap("GetStatusInfo"), answer("GetStatusInfo"), client=OTHER)
    asked = http(request_, OK, at=1, sport=40001)
    control = http(soap(ADD), DONE, at=2, sport=40002) if after else []
    found = of_rule([known, asked, control], browser.flash)
    assert [one.severity for one in found] == ([severity] if severity else [])


@pytest.mark.parametrize("more", [SWF, "x-flash-version: 9,0,115,0\r\n"])
def test_flash_may_ask_before_the_server_is_known(more: str) -> None:
    asked = http(get("/d.xml", more), OK)
    control = http(soap(ADD), DONE, at=2, sport=40002)
    assert [one.severity for one in of_rule([asked, control], browser.flash)] == ["HIGH"]
    assert of_rule(asked, browser.flash) == []


LAUNCHES: list[tuple[str, str, str | None]] = [
    ("Origin: https://evil.example\r\n", CLIENT, "MEDIUM"),
    ("Origin: package:com.example.app\r\n", CLIENT, None),
    (f"Origin: http://{SERVER}:8008\r\n", CLIENT, None),
    ("", CLIENT, None),
    ("", OUTSIDE, "MEDIUM"),
]


@pytest.mark.parametrize(("more", "client", "severity"), LAUNCHES)
def test_app_started_by_a_page_or_from_outside(
    more: str, client: str, severity: str | None
) -> None:
    request = get("/apps/YouTube", more + "Content-Length: 0\r\n", method="POST")
    pieces = http(request, OK, client=client, port=8008)
    found = of_rule(pieces, media.dial)
    assert [one.severity for one in found] == ([severity] if severity else [])
