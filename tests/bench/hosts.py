"""The hosts of a benchmark capture: devices, control points and the segments they share."""

import random
import uuid
from collections import defaultdict
from typing import NamedTuple

from .families import (
    BYEBYE,
    BYEBYE_BOOT,
    FAMILIES,
    GATEWAY,
    QUIRKS,
    UPDATE,
    Family,
    Wire,
    well_formed,
)
from .frames import Endpoint, Path
from .styles import STYLES, Style

MULTICAST_4 = Endpoint(bytes.fromhex("01005e7ffffa"), bytes((239, 255, 255, 250)))
MULTICAST_6 = Endpoint(bytes.fromhex("33330000000c"), bytes.fromhex("ff02" + "00" * 13 + "0c"))
HOST_4, HOST_6 = "239.255.255.250:1900", "[FF02::C]:1900"
QUIRKY_SHARE = 0.06
V6_SEARCHERS = 0.5
"""Share of the control points of a kind that can IPv6 which use it."""


def multicast_path(source: Endpoint, ttl: int, ident: int = 0) -> Path:
    """Return the path from a host to the SSDP group of its address family."""
    return Path(source, MULTICAST_6 if len(source.ip) == 16 else MULTICAST_4, ttl, ident)


class Advert(NamedTuple):
    """One thing a device announces."""

    nt: str
    usn: str
    udn: str


class Host:
    """A device on the network, with what its next message will say."""

    def __init__(self, rng: random.Random, family: Family, segment: int, number: int) -> None:
        self.family = family
        self.segment = segment
        self.mac = bytes((2, 0x5E, segment, rng.getrandbits(8), number >> 8, number & 255))
        self.ip4 = Endpoint(self.mac, bytes((10, 20, segment, number)))
        self.ip6 = Endpoint(self.mac, link_local(self.mac))
        self.multicast = [multicast_path(self.ip4, family.ttl, rng.getrandbits(16))]
        if family.v6:
            self.multicast.append(multicast_path(self.ip6, family.ttl))
        udns = [f"uuid:{uuid.UUID(int=rng.getrandbits(128), version=4)}" for _ in family.types]
        self.udn = udns[0]
        self.adverts = [Advert("upnp:rootdevice", f"{self.udn}::upnp:rootdevice", self.udn)]
        for udn, types in zip(udns, family.types, strict=True):
            self.adverts.append(Advert(udn, udn, udn))
            self.adverts += (Advert(name, f"{udn}::{name}", udn) for name in types)
        wire: Wire = well_formed
        if family is not GATEWAY and rng.random() < QUIRKY_SHARE:
            wire = rng.choice(QUIRKS)
        self.templates = {
            "alive": wire(family.alive),
            "response": wire(family.reply),
            "byebye": wire(BYEBYE_BOOT if family.boots else BYEBYE),
            "update": wire(UPDATE),
        }
        self.dated = "{date}" in family.reply
        self.up = True
        self._facts = {
            "server": rng.choice(family.servers),
            "age": family.age,
            "token": f"{rng.getrandbits(64):016x}",
            "config": rng.randrange(1, 4000),
            "udn": self.udn,
        }
        self._boot = 1_700_000_000 + rng.randrange(1_000_000)
        self._locations = [
            family.location.format(address=address, udn=self.udn)
            for address in (".".join(map(str, self.ip4.ip)), f"[{_text_6(self.ip6.ip)}]")
        ]

    def reboot(self, seconds: int) -> None:
        """Give its messages a new BOOTID."""
        self._boot += seconds

    def message(self, kind: str, advert: Advert, v6: bool, date: str = "") -> bytes:
        """Return the datagram in which it says this of one thing it offers."""
        text = self.templates[kind].format(
            **self._facts,
            host=HOST_6 if v6 else HOST_4,
            location=self._locations[v6],
            nt=advert.nt,
            nt_lower=advert.nt.lower(),
            usn=advert.usn,
            boot=self._boot,
            next_boot=self._boot + 1,
            date=date,
        )
        return text.encode()


class ControlPoint:
    """A host that searches in one style."""

    def __init__(self, rng: random.Random, style: Style, segment: int, number: int) -> None:
        self.style = style
        self.segment = segment
        mac = bytes((2, 0xC0, segment, rng.getrandbits(8), 0, number))
        self.v6 = style.v6 and rng.random() < V6_SEARCHERS
        address = link_local(mac) if self.v6 else bytes((10, 20, segment, number))
        self.endpoint = Endpoint(mac, address)
        self.multicast = multicast_path(self.endpoint, rng.choice((1, 2, 4)), rng.getrandbits(16))
        self._port = 49152 + rng.randrange(16384)
        self._template = well_formed(style.text)

    def port(self) -> int:
        """Return the source port of its next search."""
        if not self.style.keeps_port:
            self._port = self._port + 1 if self._port < 65535 else 49152
        return self._port

    def message(self, st: str) -> bytes:
        """Return one M-SEARCH datagram."""
        host = HOST_6 if self.v6 else HOST_4
        return self._template.format(host=host, mx=self.style.mx, st=st).encode()


class Population:
    """All hosts of a capture, with an index of who answers a search in a segment."""

    def __init__(self, rng: random.Random, devices: int, searchers: int) -> None:
        segments = max(1, devices // 25)
        shares = [family.share for family in FAMILIES]
        self.hosts: list[Host] = []
        for index in range(devices):
            segment, place = index % segments, index // segments
            family = rng.choices(FAMILIES, shares)[0] if place else GATEWAY
            self.hosts.append(Host(rng, family, segment, 10 + place))
        styles = [style.share for style in STYLES]
        self.searchers = [
            ControlPoint(rng, rng.choices(STYLES, styles)[0], i % segments, 200 + i // segments)
            for i in range(searchers)
        ]
        self._offers: defaultdict[tuple[int, str], list[tuple[Host, Advert]]] = defaultdict(list)
        for host in self.hosts:
            for advert in host.adverts:
                self._offers[host.segment, advert.nt].append((host, advert))
                self._offers[host.segment, "ssdp:all"].append((host, advert))

    def answers(self, point: ControlPoint, st: str) -> list[tuple[Host, Advert]]:
        """Return who offers what was searched for, among those that hear the searcher."""
        offers = self._offers.get((point.segment, st), [])
        return [offer for offer in offers if offer[0].family.v6] if point.v6 else offers


def link_local(mac: bytes) -> bytes:
    """Return the IPv6 address that a host makes of its link address (RFC 4291, A)."""
    prefix = bytes.fromhex("fe80000000000000")
    return prefix + bytes((mac[0] ^ 2,)) + mac[1:3] + b"\xff\xfe" + mac[3:]


def _text_6(ip: bytes) -> str:
    return "fe80::" + ":".join(f"{ip[i] << 8 | ip[i + 1]:x}" for i in range(8, 16, 2))
