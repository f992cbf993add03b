"""Fields that are longer than devices have room for, and fields that may be long."""

from __future__ import annotations

import pytest

from tests.forensics.judging import http
from tests.forensics.rules.traffic import WANIP, get, of_rule, serious, soap, subscribe, subscribed
from upnpscapy.forensics.rules import overflows
from upnpscapy.forensics.rules.rule import Rule

BROWSE = "urn:schemas-upnp-org:service:ContentDirectory:1"


def named(length: int) -> bytes:
    return soap("GetStatusInfo", named=f'"{WANIP}#{"A" * length}"')


def renewal(length: int, method: str = "SUBSCRIBE") -> bytes:
    return subscribe(sid="uuid:" + "A" * (length - 5), method=method)


def callback(length: int) -> bytes:
    return subscribe(f"<{'http://192.168.1.10/'.ljust(length - 2, 'A')}>")


def port(length: int, host: str = "192.168.1.10") -> bytes:
    return subscribe(f"<http://{host}:{'1' * length}/cb>")


def header(length: int, name: str = "X-Long") -> bytes:
    return soap("GetStatusInfo", more=f"{name}: {'A' * length}\r\n")


CASES: list[tuple[str, Rule, bytes, str | None]] = [
    ("soapaction", overflows.soap_action, named(2049), "HIGH"),
    ("soapaction", overflows.soap_action, named(2048), None),
    ("sid", overflows.long_sid, renewal(129), "HIGH"),
    ("sid", overflows.long_sid, renewal(128), None),
    ("end", overflows.long_sid, renewal(129, "UNSUBSCRIBE"), "HIGH"),
    ("callback", overflows.long_callback, callback(513), "HIGH"),
    ("callback", overflows.long_callback, callback(500), None),
    ("port", overflows.long_port, port(12), "HIGH"),
    ("port", overflows.long_port, port(5), None),
    ("port of IPv6", overflows.long_port, port(12, "[2001:db8::7]"), "HIGH"),
    ("port of IPv6", overflows.long_port, port(5, "[2001:db8::7]"), None),
    ("header", overflows.oversize, header(1025), "MEDIUM"),
    ("header", overflows.oversize, header(1024), None),
    ("cookie", overflows.oversize, header(1025, "Cookie"), None),
]


@pytest.mark.parametrize(
    ("rule", "request_", "severity"),
    [case[1:] for case in CASES],
    ids=[f"{case[0]}-{case[3]}" for case in CASES],
)
def test_limit_is_the_last_length_that_is_no_finding(
    rule: Rule, request_: bytes, severity: str | None
) -> None:
    pieces = http(request_, None, port=5000)
    found = of_rule(pieces, rule)
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert [one.outcome for one in found] == ["attempted"] * len(found)
    # A request of several segments has its first in frame 4.
    assert [one.numbers[0] for one in found] == [4] * len(found)
    if severity and rule is not overflows.oversize:
        assert of_rule(pieces, overflows.oversize) == []


def test_overlong_request_line_is_found() -> None:
    pieces = http(subscribe(target="/evt?" + "A" * 1100), subscribed())
    (found,) = of_rule(pieces, overflows.oversize)
    assert (found.severity, found.outcome) == ("MEDIUM", "accepted")


def test_long_header_of_other_web_traffic_is_none_of_our_business() -> None:
    assert serious(http(get("/index.html", "X-Long: " + "A" * 5000 + "\r\n"), None, port=80)) == []
