"""What is told to anyone: versions, serial numbers, secrets, and media taken or sent out."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.forensics.judging import Piece, http
from tests.forensics.packets import Sent, alive, search
from tests.forensics.rules.traffic import (
    CLIENT,
    OTHER,
    OUTSIDE,
    SERVER,
    answer,
    get,
    hnap,
    of_rule,
    refusal,
    serious,
    soap,
    subscribe,
    subscribed,
)
from upnpscapy.forensics.rules import (
    banners,
    credentials,
    information,
    media,
    wireless,
)
from upnpscapy.forensics.rules.banners import listed_in
from upnpscapy.forensics.rules.rule import Rule

WLAN = "urn:dslforum-org:service:WLANConfiguration:1"
WPS = "urn:schemas-wifialliance-org:service:WFAWLANConfig:1"
AVT = "urn:schemas-upnp-org:service:AVTransport:1"
CONTENT = "urn:schemas-upnp-org:service:ContentDirectory:1"
SDK = "Linux/5.4, UPnP/1.0, Portable SDK for UPnP devices"

BANNERS: list[tuple[str, str | None, str]] = [
    # SERVER, worst severity, words
    ("Linux UPnP/1.0 MiniUPnPd/1.0", "LOW", "CVE-2013-0230"),
    ("Linux UPnP/1.0 MiniUPnPd/1.3", "LOW", "CVE-2013-0229"),
    ("Linux UPnP/1.0 MiniUPnPd/1.4", "LOW", "Host"),
    ("Linux UPnP/1.0 MiniUPnPd/1.8.20130730", "LOW", "Host"),
    ("Linux UPnP/1.1 MiniUPnPd/2.2.1", "INFO", "2.3.11"),
    ("Linux UPnP/1.1 MiniUPnPd/2.3.10", "INFO", "2.3.11"),
    ("Linux UPnP/1.1 MiniUPnPd/2.3.11", None, ""),
    (SDK, "LOW", "CVE-2012-5958"),
    (f"{SDK}/1.5.9", "LOW", "CVE-2012-5958"),
    (f"{SDK}/1.6.17", "LOW", "CVE-2012-5958"),
    (f"{SDK}/1.8.0", "LOW", "CVE-2012-5958"),
    (f"{SDK}/1.6.18", "LOW", "CVE-2016-6255"),
    (f"{SDK}/1.6.20", "LOW", "CVE-2016-8863"),
    (f"{SDK}/1.6.21", "LOW", "CVE-2020-12695"),
    (f"{SDK}/1.14.0", "INFO", "CVE-2021-28302"),
    (f"{SDK}/1.14.5", None, ""),
    ("Linux, UPnP/1.0, DIR-815 Ver 1.01", "LOW", "CVE-2019-20215"),
    ("Custom/1.0 UPnP/1.0 Proc/Ver", "LOW", "BCMUPnP"),
    ("Linux, UPnP/1.0, Lamp/2.3", None, ""),
]


@pytest.mark.parametrize(("server", "severity", "words"), BANNERS)
def test_version_in_server_is_listed_and_never_called_a_hole(
    server: str, severity: str | None, words: str
) -> None:
    found = of_rule([Sent(alive(SERVER=server), src=SERVER)], banners.outdated)
    assert [one.severity for one in found] == ([severity] if severity else [])
    for one in found:
        assert words in one.note
        assert "vulnerable" not in one.note
        assert (one.outcome, one.confidence, one.numbers) == ("observed", "low", [1])


def test_newer_version_is_not_listed_under_older_advisories() -> None:
    words = " ".join(words for _, words in listed_in(f"{SDK}/1.6.21"))
    assert "CVE-2012-5958" not in words
    assert "CVE-2016-6255" not in words


def test_realtek_is_known_by_port_and_path() -> None:
    place = f"http://{SERVER}:52869/picsdesc.xml"
    sent = Sent(alive(SERVER="miniupnpd/1.4 UPnP/1.4", LOCATION=place), src=SERVER)
    (found,) = of_rule([sent], banners.outdated)
    assert "CVE-2014-8361" in found.note


def test_answer_to_control_has_a_server_too() -> None:
    told = answer("GetStatusInfo", more="Server: Linux UPnP/1.0 MiniUPnPd/1.0\r\n")
    (found,) = of_rule(http(soap("GetStatusInfo"), told), banners.outdated)
    assert (found.subject, found.numbers) == (SERVER, [6])


DESCRIPTION = (
    '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>'
    "<deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType>"
    "<friendlyName>{name}</friendlyName><serialNumber>{serial}</serialNumber>"
    "<UDN>uuid:a</UDN></device></root>"
)


def described(name: str, serial: str) -> list[Piece]:
    body = DESCRIPTION.format(name=name, serial=serial).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return [*http(get("/d.xml"), head.encode() + body)]


@pytest.mark.parametrize(
    ("name", "serial", "words"),
    [
        ("Lamp", "12345", "a serial number"),
        ("Anna's TV", "", "the name"),
        ("DESKTOP-1AB2C3: anna:", "", "the name"),
        ("Lamp", "", None),
        ("Lamp", "00000000", None),
    ],
)
def test_description_tells_of_its_owner(name: str, serial: str, words: str | None) -> None:
    found = of_rule(described(name, serial), information.leak)
    assert [one.severity for one in found] == (["INFO"] if words else [])
    assert all(words and words in one.note for one in found)


@pytest.mark.parametrize(("mac", "count"), [("02:11:22:33:44:55", 1), ("02:11:22:33:44:56", 0)])
def test_link_address_inside_a_udn_is_told(mac: str, count: int) -> None:
    sent = Sent(alive(udn="uuid:2fac1234-31f8-11b4-a222-021122334455"), src=SERVER, mac=mac)
    assert len(of_rule([sent], information.leak)) == count


SECRET = "hunter2-secret"
BASIC = b64encode(f"admin:{SECRET}".encode()).decode()
LOGIN = f'Authorization: Digest username="admin", realm="r", response="{SECRET}"\r\n'
CREDENTIALS: list[tuple[str, bytes, str | None]] = [
    ("basic", soap("Reboot", more=f"Authorization: Basic {BASIC}\r\n"), "MEDIUM"),
    ("digest", soap("Reboot", more=LOGIN), "LOW"),
    ("broken", soap("Reboot", more=f"Authorization: Basic !{SECRET}\r\n"), "MEDIUM"),
    ("other", soap("Reboot", more=f"Authorization: Bearer {SECRET}\r\n"), None),
    ("argument", soap("SetPassword", [("NewPassword", SECRET)]), "MEDIUM"),
    ("key", soap("SetSecurityKeys", [("NewKeyPassphrase", SECRET)]), "MEDIUM"),
    ("hnap", hnap("Login", [("LoginPassword", SECRET)]), "MEDIUM"),
    (
        "nested",
        hnap("SetUsers", [("Users", f"<User><Password>{SECRET}</Password></User>")]),
        "MEDIUM",
    ),
    ("empty", soap("SetPassword", [("NewPassword", "")]), None),
    ("flag", soap("SetX", [("PasswordEnabled", "on"), ("Password", "true")]), None),
    ("no secret", soap("SetX", [("NewName", SECRET)]), None),
]


@pytest.mark.parametrize(
    ("request_", "severity"),
    [case[1:] for case in CREDENTIALS],
    ids=[case[0] for case in CREDENTIALS],
)
def test_credentials_are_found_and_not_shown(request_: bytes, severity: str | None) -> None:
    found = of_rule(http(request_, refusal(401)), credentials.credentials)
    assert [one.severity for one in found] == ([severity] if severity else [])
    for one in found:
        shown = " ".join([one.note, *(part.value or "" for part in one.evidence)])
        assert SECRET not in shown
        assert "redacted" in shown
        assert one.numbers == [4, 6]


KEYS = [("NewWEPKey0", ""), ("NewPreSharedKey", SECRET), ("NewKeyPassphrase", SECRET)]
WIRELESS: list[tuple[str, str, bytes | None, str | None, str]] = [
    ("keys", "GetSecurityKeys", answer("GetSecurityKeys", KEYS, service=WLAN), "HIGH", "accepted"),
    ("info", "GetInfo", answer("GetInfo", [("NewSSID", "a")], service=WLAN), None, ""),
    ("empty", "GetSecurityKeys", answer("GetSecurityKeys", KEYS[:1], service=WLAN), None, ""),
    ("refused", "GetSecurityKeys", refusal(606), "LOW", "attempted"),
    ("unanswered", "GetSecurityKeys", None, "LOW", "attempted"),
]


@pytest.mark.parametrize(
    ("action", "response", "severity", "outcome"),
    [case[1:] for case in WIRELESS],
    ids=[case[0] for case in WIRELESS],
)
def test_keys_of_the_wireless_network_are_found_and_not_shown(
    action: str, response: bytes | None, severity: str | None, outcome: str
) -> None:
    found = of_rule(http(soap(action, service=WLAN), response, port=49000), wireless.keys)
    assert [(one.severity, one.outcome) for one in found] == (
        [(severity, outcome)] if severity else []
    )
    assert all(SECRET not in f"{one.note}{[part.value for part in one.evidence]}" for one in found)


@pytest.mark.parametrize(("count", "step", "expected"), [(21, 10, 1), (20, 10, 0), (21, 40, 0)])
def test_many_messages_of_wps_are_a_brute_force(count: int, step: int, expected: int) -> None:
    request = soap("PutMessage", [("NewInMessage", "QUJD")], service=WPS)
    done = answer("PutMessage", service=WPS)
    pieces = [
        http(request, done, at=number * step, sport=40000 + number, port=49152)
        for number in range(count)
    ]
    found = of_rule(pieces, wireless.guessing)
    assert [(one.severity, one.outcome) for one in found] == [("MEDIUM", "accepted")] * expected


def test_access_point_that_offers_wps_is_told_once() -> None:
    kind = "urn:schemas-wifialliance-org:device:WFADevice:1"
    sent = [Sent(alive(kind), at=at, src=SERVER) for at in range(3)]
    assert [one.severity for one in of_rule(sent, wireless.wps)] == ["INFO"]
    assert of_rule([Sent(alive(), src=SERVER)], wireless.wps) == []


URIS: list[tuple[str, str | None]] = [
    ("http://192.168.1.30/a.mp3", None),
    ("x-rincon-mp3radio://radio.example/a", None),
    (f"http://{OUTSIDE}/radio", "LOW"),
    ("file:///etc/passwd", "MEDIUM"),
    ("gopher://192.168.1.30:25/x", "MEDIUM"),
    ("http://127.0.0.1:8080/", "MEDIUM"),
    (f"http://a:{SECRET}@192.168.1.30/a.mp3", "MEDIUM"),
    ("", None),
]


@pytest.mark.parametrize(("uri", "severity"), URIS)
def test_uri_for_a_player_is_judged_by_scheme_and_host(uri: str, severity: str | None) -> None:
    request = soap("SetAVTransportURI", [("InstanceID", "0"), ("CurrentURI", uri)], service=AVT)
    done = answer("SetAVTransportURI", service=AVT)
    found = of_rule(http(request, done, port=49152), media.media)
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(SECRET not in f"{[part.value for part in one.evidence]}" for one in found)


@pytest.mark.parametrize(("items", "step", "expected"), [(101, 50, 1), (100, 50, 0), (101, 100, 0)])
def test_very_much_browsed_in_five_minutes(items: int, step: int, expected: int) -> None:
    request = soap("Browse", [("ObjectID", "0")], service=CONTENT)
    told = answer("Browse", [("NumberReturned", str(items))], service=CONTENT)
    pieces = [http(request, told, at=n * step, sport=40000 + n, port=8200) for n in range(5)]
    found = of_rule(pieces, media.media)
    assert [one.severity for one in found] == ["LOW"] * expected


@pytest.mark.parametrize(("action", "count"), [("CreateObject", 1), ("Browse", 0)])
def test_upload_to_a_media_server(action: str, count: int) -> None:
    request = soap(action, [("ObjectID", "0")], service=CONTENT)
    assert len(of_rule(http(request, None, port=8200), media.media)) == count


def test_search_for_dial_is_told_once_of_each_host() -> None:
    dial = "urn:dial-multiscreen-org:service:dial:1"
    sent = [Sent(search(dial), at=at, src=src) for at in range(4) for src in (CLIENT, OTHER)]
    found = of_rule([*sent, Sent(search(), src="192.168.1.5")], media.dial)
    assert [(one.severity, one.subject) for one in found] == [("INFO", CLIENT), ("INFO", OTHER)]


ORDINARY: list[tuple[str, list[Piece]]] = [
    ("subscription", [*http(subscribe(), subscribed())]),
    ("description", described("Lamp", "1")),
    ("call", [*http(soap("GetStatusInfo"), answer("GetStatusInfo"))]),
    ("settings", [*http(hnap("GetDeviceSettings"), None, port=80)]),
]


@pytest.mark.parametrize(
    "pieces", [case[1] for case in ORDINARY], ids=[case[0] for case in ORDINARY]
)
def test_ordinary_use_raises_nothing_serious(pieces: list[Piece]) -> None:
    assert serious(pieces) == []


def test_rules_have_ids_of_their_own_a_title_and_a_description() -> None:
    from upnpscapy.forensics.rules import RULES

    rules: list[Rule] = list(RULES)
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.title
        assert len(rule.description) > 60, rule.id


@pytest.mark.parametrize(
    ("service", "count"),
    [
        ("urn:dslforum-org:service:DeviceInfo:1", 1),
        ("urn:schemas-upnp-org:service:SwitchPower:1", 0),
    ],
)
def test_services_of_tr064_in_a_description_are_told(service: str, count: int) -> None:
    inside = f"<serviceList><service><serviceType>{service}</serviceType></service></serviceList>"
    pieces = described("Lamp", "</serialNumber>" + inside + "<serialNumber>")
    assert [one.severity for one in of_rule(pieces, wireless.offered)] == ["INFO"] * count


def test_version_is_told_once_of_each_address() -> None:
    old = "Linux UPnP/1.0 MiniUPnPd/1.0"
    kinds = ("upnp:rootdevice", "urn:a:device:b:1", "urn:a:service:c:1")
    sent = [Sent(alive(kind, SERVER=old), src=src) for kind in kinds for src in (SERVER, OTHER)]
    assert [one.subject for one in of_rule(sent, banners.outdated)] == [SERVER, OTHER]
