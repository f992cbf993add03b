"""Browsers that control devices, and what devices tell: versions, secrets, media."""

from __future__ import annotations

from base64 import b64encode

from tests.corpus.recipe import Expected, Pair, pair
from tests.corpus.saying import CLIENT, IGD, LAMP, OUTSIDE, announce, fetch
from tests.corpus.wire import ROUTER, Wire
from tests.forensics.descriptions import device_xml, root_xml
from tests.forensics.packets import UDN
from tests.forensics.rules.mapping_pieces import mapping
from tests.forensics.rules.traffic import OK, answer, get, soap

__all__ = ["PAIRS"]

WLAN = "urn:dslforum-org:service:WLANConfiguration:1"
WPS = "urn:schemas-wifialliance-org:service:WFAWLANConfig:1"
AVT = "urn:schemas-upnp-org:service:AVTransport:1"
DONE = answer("AddPortMapping")


@pair("dns-rebinding", "Host: a name that DNS gave two addresses, the address")
def rebinding(wire: Wire, bad: bool) -> list[Expected]:
    name = "rebind.example"
    answers = [wire.dns(name, OUTSIDE, CLIENT, ttl=10)]
    wire.wait(3)
    answers.append(wire.dns(name, ROUTER, CLIENT, ttl=10))
    request = soap("AddPortMapping", mapping(), host=f"{name}:5000" if bad else ROUTER)
    talk = wire.http(request, DONE)
    return [Expected("HIGH", "accepted", ROUTER, [*answers, *talk.both])]


@pair("drive-by-soap", "Origin: a foreign page, none")
def drive_by(wire: Wire, bad: bool) -> list[Expected]:
    more = "Origin: http://evil.example\r\n" if bad else ""
    talk = wire.http(soap("AddPortMapping", mapping(), more=more), DONE)
    return [Expected("HIGH", "accepted", ROUTER, talk.both)]


@pair("flash-upnp-hack", "what is asked for before the call: crossdomain.xml, a description")
def flash(wire: Wire, bad: bool) -> list[Expected]:
    wire.http(soap("GetStatusInfo"), answer("GetStatusInfo"), client="192.168.1.30")
    first = wire.http(get("/crossdomain.xml" if bad else "/root.xml"), OK)
    call = wire.http(soap("AddPortMapping", mapping()), DONE)
    return [Expected("HIGH", "accepted", ROUTER, [*first.both, *call.request])]


@pair("cleartext-credentials", "Authorization: Basic, none", "cooked")
def credentials(wire: Wire, bad: bool) -> list[Expected]:
    token = b64encode(b"admin:upnpscapy-test").decode()
    more = f"Authorization: Basic {token}\r\n" if bad else ""
    talk = wire.http(soap("GetStatusInfo", more=more), answer("GetStatusInfo"))
    return [Expected("MEDIUM", "accepted", ROUTER, talk.both)]


@pair("tr064-keys", "the action: GetSecurityKeys, GetInfo")
def keys(wire: Wire, bad: bool) -> list[Expected]:
    name = "GetSecurityKeys" if bad else "GetInfo"
    values = [("NewKeyPassphrase", "upnpscapy-test")] if bad else [("NewSSID", "upnpscapy")]
    told = answer(name, values, service=WLAN)
    talk = wire.http(soap(name, service=WLAN), told, port=49000)
    return [Expected("HIGH", "accepted", ROUTER, talk.both)]


@pair("tr064-exposed", "the type of a service: of TR-064, of a lamp")
def tr064(wire: Wire, bad: bool) -> list[Expected]:
    kind = "urn:dslforum-org:service:DeviceInfo:1"
    service = f"<service><serviceType>{kind}</serviceType></service>" if bad else ""
    got = fetch(wire, root_xml(device_xml(UDN, services=service)), server=ROUTER, port=49000)
    return [Expected("INFO", "observed", ROUTER, got.heads)]


@pair("wps-exposed", "NT: an access point's, a gateway's")
def wps(wire: Wire, bad: bool) -> list[Expected]:
    kind = "urn:schemas-wifialliance-org:device:WFADevice:1" if bad else IGD
    frame = announce(wire, ROUTER, kind)
    return [Expected("INFO", "observed", ROUTER, [frame])]


@pair("wps-brute-force", "how many messages in 10 minutes: 22, 4")
def guessing(wire: Wire, bad: bool) -> list[Expected]:
    request = soap("PutMessage", [("NewInMessage", "QUJD")], service=WPS)
    told = answer("PutMessage", service=WPS)
    talks = []
    for number in range(22 if bad else 4):
        talks.append(wire.http(request, told, port=49152, plain=bool(number)))
        wire.wait(10)
    cited = [*talks[:15], talks[-1]]
    return [Expected("MEDIUM", "accepted", ROUTER, [n for talk in cited for n in talk.request])]


@pair("media-control-abuse", "the scheme of CurrentURI: file, http")
def media(wire: Wire, bad: bool) -> list[Expected]:
    uri = "file:///etc/passwd" if bad else "http://192.168.1.30/a.mp3"
    values = [("InstanceID", "0"), ("CurrentURI", uri)]
    request = soap("SetAVTransportURI", values, service=AVT, host=LAMP)
    told = answer("SetAVTransportURI", service=AVT)
    talk = wire.http(request, told, server=LAMP, port=49152)
    return [Expected("MEDIUM", "accepted", LAMP, talk.both)]


@pair("dial-chromecast", "Origin of who starts an app: a foreign page, an app")
def dial(wire: Wire, bad: bool) -> list[Expected]:
    origin = "https://evil.example" if bad else "package:com.example.app"
    more = f"Origin: {origin}\r\nContent-Length: 0\r\n"
    talk = wire.http(get("/apps/YouTube", more, LAMP, "POST"), OK, server=LAMP, port=8008)
    return [Expected("MEDIUM", "accepted", LAMP, talk.both)]


@pair("info-leak", "a serial number, none")
def leak(wire: Wire, bad: bool) -> list[Expected]:
    body = root_xml(device_xml(UDN).replace("<serialNumber>7<", f"<serialNumber>{'12345' * bad}<"))
    got = fetch(wire, body)
    return [Expected("INFO", "observed", LAMP, got.heads)]


PAIRS: tuple[Pair, ...] = tuple(one for one in globals().values() if isinstance(one, Pair))
