"""Port mappings, and what else a gateway is told to do."""

from __future__ import annotations

from tests.corpus.recipe import Expected, Pair, pair
from tests.corpus.saying import CLIENT, OTHER, OUTSIDE
from tests.corpus.wire import ROUTER, Talk, Wire
from tests.forensics.rules.mapping_pieces import mapping
from tests.forensics.rules.traffic import answer, refusal, soap
from upnpscapy.protocol.natpmp import build_natpmp_map_request, build_natpmp_map_response

__all__ = ["PAIRS", "add"]

WAN, RELAY, VISITOR = "203.0.113.1", "203.0.113.9", "198.51.100.66"
LAN = "urn:schemas-upnp-org:service:LANHostConfigManagement:1"


def add(
    wire: Wire,
    fault: int = 0,
    *,
    client: str = CLIENT,
    server: str = ROUTER,
    plain: bool = False,
    **terms: str,
) -> Talk:
    """AddPortMapping of one's own port 6881, but for the terms; granted, or refused with a code."""
    told = refusal(fault) if fault else answer("AddPortMapping")
    asked = soap("AddPortMapping", mapping(**terms), host=server)
    return wire.http(asked, told, client=client, server=server, plain=plain)


def visit(wire: Wire, source: str, client: str = CLIENT, port: int = 6881) -> tuple[int, ...]:
    """Somebody outside uses a mapping, as it looks on the inner side."""
    return wire.connect(source, client, port)


@pair("upnproxy", "NewInternalClient: of the Internet, who asks")
def upnproxy(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    asked = add(wire, NewInternalClient=RELAY if bad else CLIENT)
    wire.wait(30)
    relayed = wire.connect(ROUTER, RELAY if bad else CLIENT, 6881)
    return [Expected("CRITICAL", "effect", RELAY, [*asked.granted, *relayed])]


@pair("eternal-silence", "NewPortMappingDescription: galleta silenciosa, seed")
def eternal_silence(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    words = "galleta silenciosa" if bad else "seed"
    asked = add(wire, NewPortMappingDescription=words, NewExternalPort="47669")
    return [Expected("CRITICAL", "accepted", CLIENT, asked.granted)]


@pair("third-party-mapping", "NewInternalClient: another host, who asks", "cooked")
def third_party_mapping(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, OTHER, ROUTER)
    target = OTHER if bad else CLIENT
    asked = add(wire, NewInternalClient=target)
    wire.wait(30)
    came = visit(wire, VISITOR, target)
    return [Expected("MEDIUM", "effect", OTHER, [*asked.granted, *came])]


@pair("mapping-to-gateway", "NewInternalClient: the gateway, who asks")
def mapping_to_gateway(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    asked = add(wire, NewInternalClient=ROUTER if bad else CLIENT)
    return [Expected("HIGH", "accepted", ROUTER, asked.granted)]


@pair("sensitive-port-mapping", "NewInternalPort: 3389, 6881", "vlan")
def sensitive(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    asked = add(wire, NewInternalPort="3389" if bad else "6881")
    return [Expected("HIGH", "accepted", CLIENT, asked.granted)]


@pair("open-ended-mapping", "NewLeaseDuration: 0, 3600")
def open_ended(wire: Wire, bad: bool) -> list[Expected]:
    asked = add(wire, NewLeaseDuration="0" if bad else "3600")
    return [Expected("INFO", "accepted", CLIENT, asked.granted)]


@pair("denied-mapping", "the answer: 718, granted")
def denied(wire: Wire, bad: bool) -> list[Expected]:
    asked = add(wire, 718 if bad else 0)
    return [Expected("INFO", "attempted", CLIENT, asked.both)]


@pair("natpmp-pcp", "the address of who asks: of the Internet, of the network")
def natpmp(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    client, server = (VISITOR, WAN) if bad else (CLIENT, ROUTER)
    request = build_natpmp_map_request("TCP", 6881, 6881)
    response = build_natpmp_map_response("TCP", 6881, 6881, 3600)
    frames = [
        wire.udp(request, client, server, sport=40000, dport=5351),
        wire.udp(response, server, client, sport=5351, dport=40000),
    ]
    return [Expected("CRITICAL", "accepted", WAN, frames)]


@pair("malware-mapping-pattern", "how many ports a host maps to itself in minutes: 27, 4")
def pattern(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    frames: list[int] = []
    for number in range(27 if bad else 4):
        asked = add(wire, NewExternalPort=str(20000 + number), plain=bool(number))
        if number < 16:
            frames += asked.granted
        wire.wait(1)
    return [Expected("HIGH", "accepted", CLIENT, frames)]


@pair("portmap-enumeration", "how many entries of the table are read in turn: 8, 2")
def enumeration(wire: Wire, bad: bool) -> list[Expected]:
    frames: list[int] = []
    entries = 8 if bad else 2
    for number in range(entries + 1):
        request = soap("GetGenericPortMappingEntry", [("NewPortMappingIndex", str(number))])
        entry = mapping(NewExternalPort=str(6881 + number))
        told = answer("GetGenericPortMappingEntry", entry) if number < entries else refusal(713)
        frames += wire.http(request, told, plain=bool(number)).both
    return [Expected("LOW", "accepted", ROUTER, frames)]


@pair("mapping-tamper", "who deletes a mapping: another host, its owner")
def tamper(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, OTHER, ROUTER)
    made = add(wire)
    wire.wait(60)
    key = [("NewRemoteHost", ""), ("NewExternalPort", "6881"), ("NewProtocol", "TCP")]
    request = soap("DeletePortMapping", key)
    gone = wire.http(request, answer("DeletePortMapping"), client=OTHER if bad else CLIENT)
    return [Expected("MEDIUM", "accepted", OTHER, [*made.both, *gone.granted])]


@pair("igd-control-from-wan", "the address of who asks: of the Internet, of the network")
def from_wan(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER)
    client, server = (OUTSIDE, WAN) if bad else (CLIENT, ROUTER)
    asked = add(wire, client=client, server=server, NewInternalClient=CLIENT)
    return [Expected("CRITICAL", "accepted", WAN, asked.both)]


@pair("dangerous-actions", "the action: SetDNSServer, GetDNSServers")
def dangerous(wire: Wire, bad: bool) -> list[Expected]:
    name = "SetDNSServer" if bad else "GetDNSServers"
    values = [("NewDNSServers", OUTSIDE)] if bad else []
    asked = wire.http(soap(name, values, service=LAN), answer(name, service=LAN))
    return [Expected("HIGH", "accepted", ROUTER, asked.both)]


@pair("double-nat", "NewExternalIPAddress: a private address, one of the Internet")
def double_nat(wire: Wire, bad: bool) -> list[Expected]:
    values = [("NewExternalIPAddress", "10.0.0.7" if bad else "203.0.113.1")]
    name = "GetExternalIPAddress"
    asked = wire.http(soap(name), answer(name, values))
    return [Expected("INFO", "observed", ROUTER, asked.answer[:1])]


PAIRS: tuple[Pair, ...] = tuple(one for one in globals().values() if isinstance(one, Pair))
