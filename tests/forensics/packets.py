"""Captures of discovery made to measure: datagrams in frames in a pcap file, by hand and fast."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from struct import pack
from typing import NamedTuple

__all__ = [
    "CLIENT",
    "DEVICE",
    "GROUP",
    "GROUP6",
    "START",
    "UDN",
    "Sent",
    "alive",
    "byebye",
    "message",
    "pcap",
    "pcapng_without_times",
    "response",
    "search",
    "update",
    "write",
]

GROUP, GROUP6 = "239.255.255.250", "ff02::c"
CLIENT, DEVICE = "192.0.2.10", "192.0.2.1"
UDN = "uuid:2fac1234-31f8-11b4-a222-08002b34c003"
START = 1_700_000_000
"""Seconds since 1970 at which captures begin: 2023-11-14T22:13:20Z."""


class Sent(NamedTuple):
    """A datagram and its envelope; ``at`` is in seconds after ``START``."""

    payload: bytes
    at: float = 0
    src: str = DEVICE
    sport: int = 1900
    dst: str = GROUP
    dport: int = 1900
    mac: str = "02:00:00:00:00:01"
    vlan: int | None = None
    ttl: int = 4

    @property
    def time_ns(self) -> int:
        return START * 1_000_000_000 + round(self.at * 1_000_000_000)

    @property
    def frame(self) -> bytes:
        tag = b"" if self.vlan is None else pack(">HH", 0x8100, self.vlan)
        link = bytes.fromhex("01005e7ffffa" + self.mac.replace(":", "")) + tag
        udp = pack(">HHHH", self.sport, self.dport, 8 + len(self.payload), 0) + self.payload
        source, destination = ip_address(self.src).packed, ip_address(self.dst).packed
        if len(source) == 4:
            ip = pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, self.ttl, 17, 0)
            return link + b"\x08\x00" + ip + source + destination + udp
        ip = pack(">IHBB", 6 << 28, len(udp), 17, self.ttl)
        return link + b"\x86\xdd" + ip + source + destination + udp


def message(start: str, headers: dict[str, str | None]) -> bytes:
    """A message of these headers; one whose value is None is left out."""
    lines = [start, *[f"{name}: {value}" for name, value in headers.items() if value is not None]]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


def search(st: str | None = "ssdp:all", mx: str | None = "2", **more: str | None) -> bytes:
    headers = {"HOST": f"{GROUP}:1900", "MAN": '"ssdp:discover"', "MX": mx, "ST": st}
    return message("M-SEARCH * HTTP/1.1", headers | more)


def response(
    st: str | None = "upnp:rootdevice",
    udn: str = UDN,
    max_age: int | None = 1800,
    **more: str | None,
) -> bytes:
    headers = {
        "CACHE-CONTROL": None if max_age is None else f"max-age={max_age}",
        "EXT": "",
        "LOCATION": "http://192.0.2.1:5000/root.xml",
        "SERVER": "Linux/6.1 UPnP/1.0 Lamp/2.3",
        "ST": st,
        "USN": udn if st is None or st.startswith("uuid:") else f"{udn}::{st}",
    }
    return message("HTTP/1.1 200 OK", headers | more)


def alive(
    nt: str = "upnp:rootdevice",
    udn: str = UDN,
    max_age: int | None = 1800,
    nts: str = "ssdp:alive",
    more: dict[str, str | None] | None = None,
    **headers: str | None,
) -> bytes:
    """An announcement; ``more`` are headers whose names Python cannot write."""
    usual: dict[str, str | None] = {
        "HOST": f"{GROUP}:1900",
        "CACHE-CONTROL": None if max_age is None else f"max-age={max_age}",
        "LOCATION": "http://192.0.2.1:5000/root.xml",
        "NT": nt,
        "NTS": nts,
        "SERVER": "Linux/6.1 UPnP/1.0 Lamp/2.3",
        "USN": f"{udn}::{nt}",
    }
    return message("NOTIFY * HTTP/1.1", usual | headers | (more or {}))


def byebye(nt: str = "upnp:rootdevice", udn: str = UDN, **more: str | None) -> bytes:
    usual = {"HOST": f"{GROUP}:1900", "NT": nt, "NTS": "ssdp:byebye", "USN": f"{udn}::{nt}"}
    return message("NOTIFY * HTTP/1.1", {**usual, **more})


def update(boot_id: int, next_boot_id: int, udn: str = UDN) -> bytes:
    more: dict[str, str | None] = {
        "BOOTID.UPNP.ORG": str(boot_id),
        "NEXTBOOTID.UPNP.ORG": str(next_boot_id),
    }
    return alive(udn=udn, max_age=None, nts="ssdp:update", more=more)


def pcap(sent: Iterable[Sent]) -> bytes:
    """A pcap file with times in nanoseconds."""
    parts = [pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)]
    for datagram in sent:
        frame = datagram.frame
        seconds, nanoseconds = divmod(datagram.time_ns, 1_000_000_000)
        parts += (pack("<IIII", seconds, nanoseconds, len(frame), len(frame)), frame)
    return b"".join(parts)


def pcapng_without_times(sent: Iterable[Sent]) -> bytes:
    """A pcapng file of simple packet blocks."""
    parts = [
        pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28),
        pack("<IIHHII", 1, 20, 1, 0, 262144, 20),
    ]
    for datagram in sent:
        frame = datagram.frame
        padded = frame + bytes(-len(frame) % 4)
        size = 16 + len(padded)
        parts.append(pack("<III", 3, size, len(frame)) + padded + pack("<I", size))
    return b"".join(parts)


def write(path: Path, sent: Iterable[Sent]) -> str:
    """A pcap file at that path, and the path as text."""
    path.write_bytes(pcap(sent))
    return str(path)
