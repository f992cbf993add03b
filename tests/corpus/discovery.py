"""Discovery: amplification, exposure, floods, malformed and hostile messages."""

from __future__ import annotations

import base64
import hashlib

from tests.corpus.recipe import Expected, Pair, pair
from tests.corpus.saying import CLIENT, LAMP, OTHER, OUTSIDE, ROGUE, announce, ask, reply
from tests.corpus.wire import Wire
from tests.forensics.packets import alive

__all__ = ["PAIRS"]

TYPES = [f"urn:example-org:service:Lamp{number}:1" for number in range(20)]


@pair("ssdp-reflector", "the address in whose name is searched: of the Internet, of the network")
def reflector(wire: Wire, bad: bool) -> list[Expected]:
    victim, frames = OUTSIDE if bad else "192.168.1.77", []
    wire.arp(CLIENT, LAMP)
    for _ in range(25):
        frames.append(ask(wire, victim, dst=LAMP, sport=4444, ttl=54))
        frames += [reply(wire, LAMP, victim, kind, dport=4444) for kind in TYPES[:3]]
        wire.wait(0.1)
    return [
        Expected("HIGH", "effect", victim, frames),
        Expected("HIGH", "effect", LAMP, frames, "ssdp-wan-exposed"),
    ]


@pair("ssdp-amplification-victim", "the number of responses in 10 s: 60, 40")
def victim(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT)
    wire.wait(30)
    frames = []
    for number in range(60 if bad else 40):
        source = f"203.0.113.{10 + number % 20}"
        udn = f"uuid:{number:08}"
        frames.append(reply(wire, source, CLIENT, TYPES[number % 20], udn, dport=50053))
        wire.wait(0.05)
    return [Expected("HIGH", "effect", CLIENT, frames)]


@pair("ssdp-diffraction", "the port of the response: 39246, 1900")
def diffraction(wire: Wire, bad: bool) -> list[Expected]:
    ask(wire, CLIENT, "upnp:rootdevice")
    frame = reply(wire, LAMP, sport=39246 if bad else 1900)
    return [Expected("INFO", "observed", LAMP, [frame])]


@pair("ssdp-wan-exposed", "the address of who searches: of the Internet, of the network")
def exposed(wire: Wire, bad: bool) -> list[Expected]:
    source = OUTSIDE if bad else CLIENT
    asked = ask(wire, source, "upnp:rootdevice", LAMP, sport=52601, ttl=247)
    told = reply(wire, LAMP, source, dport=52601)
    return [Expected("HIGH", "effect", LAMP, [asked, told])]


@pair("ssdp-internet-scanner", "how many hosts are searched one by one: 14, 4")
def scanner(wire: Wire, bad: bool) -> list[Expected]:
    hosts = [f"192.168.1.{number}" for number in range(17, 31 if bad else 21)]
    frames = []
    for host in hosts:
        frames.append(ask(wire, ROGUE, "upnp:rootdevice", host, sport=4000, ttl=64))
        wire.wait(0.05)
        if host == LAMP:
            reply(wire, LAMP, ROGUE, dport=4000)
    return [Expected("LOW", "effect", ROGUE, frames)]


@pair("ssdp-recon", "what is searched: ssdp:all, upnp:rootdevice")
def recon(wire: Wire, bad: bool) -> list[Expected]:
    frame = ask(wire, CLIENT, "ssdp:all" if bad else "upnp:rootdevice")
    reply(wire)
    return [Expected("LOW", "attempted", CLIENT, [frame])]


@pair("ssdp-notify-flood", "the announcements in 10 s: 240, 100 as of the noisiest benign device")
def notify_flood(wire: Wire, bad: bool) -> list[Expected]:
    count = 240 if bad else 100
    frames = []
    for number in range(count):
        frames.append(announce(wire, ROGUE, TYPES[number % 20]))
        wire.wait(9 / count)
    return [Expected("MEDIUM", "observed", ROGUE, frames)]


@pair("ssdp-search-flood", "the searches in 10 s: 80, 26 as of the busiest benign host")
def search_flood(wire: Wire, bad: bool) -> list[Expected]:
    count = 80 if bad else 26
    frames = []
    for number in range(count):
        frames.append(ask(wire, CLIENT, TYPES[number % 4]))
        wire.wait(9 / count)
    return [Expected("MEDIUM", "observed", CLIENT, frames)]


@pair("ssdp-off-link", "the TTL of a multicast: 255, 2")
def off_link(wire: Wire, bad: bool) -> list[Expected]:
    frame = ask(wire, CLIENT, "upnp:rootdevice", ttl=255 if bad else 2)
    return [Expected("INFO", "observed", "SSDP multicast", [frame])]


@pair("ssdp-search-mx", "the seconds that a search lets wait: 0, 2")
def search_mx(wire: Wire, bad: bool) -> list[Expected]:
    frame = ask(wire, CLIENT, "upnp:rootdevice", MX="0" if bad else "2")
    return [Expected("INFO", "observed", CLIENT, [frame])]


@pair("upnp-in-sensitive-segment", "the port that a controller answers at: 502, 503")
def beside_controllers(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, LAMP, OTHER)
    tried = wire.connect(CLIENT, OTHER, 502 if bad else 503)
    frame = announce(wire)
    return [Expected("LOW", "observed", LAMP, [frame, *tried])]


@pair("ssdp-overflow", "the length of a UUID in ST: 200, 36 characters", "vlan")
def overflow(wire: Wire, bad: bool) -> list[Expected]:
    frame = ask(wire, ROGUE, "uuid:" + "A" * (200 if bad else 36), LAMP, ttl=64)
    return [Expected("HIGH", "attempted", LAMP, [frame])]


@pair("ssdp-oversize", "the length of a header field: 513, 512 characters")
def oversize(wire: Wire, bad: bool) -> list[Expected]:
    frame = announce(wire, ROGUE, more={"X-TOKEN": "A" * (513 if bad else 512)})
    return [Expected("MEDIUM", "attempted", ROGUE, [frame])]


@pair("cve-2001-0877", "the port of LOCATION: 19 (chargen), 5000", "cooked")
def chargen(wire: Wire, bad: bool) -> list[Expected]:
    frame = announce(wire, ROGUE, location=f"http://{ROGUE}:{19 if bad else 5000}/root.xml")
    return [Expected("HIGH", "attempted", ROGUE, [frame])]


@pair("ssdp-cmd-injection", "a backtick in ST (IPv6)")
def command(wire: Wire, bad: bool) -> list[Expected]:
    st = "uuid:`echo upnpscapy-test`" if bad else "uuid:echo upnpscapy-test"
    frame = ask(wire, "fe80::66", st, "fe80::20", ttl=64)
    return [Expected("CRITICAL", "attempted", "fe80::20", [frame])]


@pair("ssdp-covert", "whether a long value is another one in each message")
def covert(wire: Wire, bad: bool) -> list[Expected]:
    frames = []
    for number in range(12):
        digest = hashlib.sha512(bytes([number if bad else 0])).digest()
        token = base64.b64encode(digest).decode()
        frames.append(announce(wire, ROGUE, more={"X-TOKEN": token}))
        wire.wait(5)
    return [Expected("LOW", "observed", ROGUE, frames[:8])]


@pair("bootid-configid", "a BOOTID that goes down, that goes up")
def boot_id(wire: Wire, bad: bool) -> list[Expected]:
    frames = []
    for number in (7, 5) if bad else (5, 7):
        frames.append(announce(wire, LAMP, more={"BOOTID.UPNP.ORG": str(number)}))
        wire.wait(60)
    return [Expected("LOW", "observed", LAMP, frames[1:])]


@pair("outdated-stack", "the version in SERVER: 1.6.17, 1.14.5")
def outdated(wire: Wire, bad: bool) -> list[Expected]:
    server = f"Linux/5.4, UPnP/1.0, Portable SDK for UPnP devices/1.{'6.17' if bad else '14.5'}"
    payload = alive(SERVER=server, LOCATION=f"http://{LAMP}:5000/root.xml")
    frame = wire.udp(payload, LAMP, "239.255.255.250", ttl=4)
    return [Expected("LOW", "observed", LAMP, [frame])]


PAIRS: tuple[Pair, ...] = tuple(one for one in globals().values() if isinstance(one, Pair))
