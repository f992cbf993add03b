"""Link layers and tunnels that a packet can come in, and what is to be found of the frame."""

from collections.abc import Callable
from functools import partial
from struct import pack
from typing import NamedTuple

from scapy.layers.dot11 import Dot11, RadioTap
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import GRE, LLC, SNAP, Dot1Q, Dot3, Ether
from scapy.layers.ppi import PPI
from scapy.layers.ppp import PPP, PPPoE
from scapy.packet import Packet

from tests.capture.packets import LINK_DESTINATION, LINK_SOURCE, udp, udp6

__all__ = ["DIRECT", "THROUGH_SCAPY", "Link", "gre"]

MAC = bytes.fromhex(LINK_SOURCE.replace(":", ""))
ADDRESSES = bytes.fromhex(LINK_DESTINATION.replace(":", "")) + MAC
OTHER = "02:00:00:00:00:99"


class Link(NamedTuple):
    """A link layer, and perhaps tunnels."""

    name: str
    link_type: int
    wrap: Callable[[Packet], bytes]
    """An IP packet to a frame."""
    link_src: str | None = None
    vlans: tuple[int, ...] = ()
    version: int = 4
    tshark: bool = True
    """Whether tshark finds the packet, too."""

    @property
    def packet(self) -> Packet:
        """An announcement of the IP version that fits."""
        return udp6() if self.version == 6 else udp()

    @property
    def frame(self) -> bytes:
        """The frame with it."""
        return self.wrap(self.packet)


def _behind(head: bytes, packet: Packet) -> bytes:
    return head + bytes(packet)


def _in(*layers: Packet) -> Callable[[Packet], bytes]:
    """The packet as payload of Scapy's layers, which set their lengths and protocols."""

    def wrap(packet: Packet) -> bytes:
        for layer in reversed(layers):
            packet = layer.copy() / packet
        return bytes(packet)

    return wrap


def _bare(name: str, link_type: int, head: bytes, version: int = 4) -> Link:
    return Link(name, link_type, partial(_behind, head), version=version)


def _tagged(name: str, *tags: tuple[int, int], kind: int = 0x0800) -> Link:
    head = ADDRESSES + b"".join(pack(">HH", *tag) for tag in tags) + pack(">H", kind)
    vlans = tuple(tag & 0xFFF for _, tag in tags)
    return Link(name, 1, partial(_behind, head), LINK_SOURCE, vlans, 6 if kind == 0x86DD else 4)


def _cooked(
    name: str, protocol: int, *, vlan: int | None = None, address: bytes = MAC
) -> list[Link]:
    """Both versions."""
    kind = protocol if vlan is None else 0x8100
    tag = b"" if vlan is None else pack(">HH", vlan, protocol)
    first = pack(">HHH8sH", 0, 1, len(address), address, kind) + tag
    second = pack(">HHIHBB8s", kind, 0, 3, 1, 0, len(address), address) + tag
    return [
        Link(
            f"cooked {link_type}, {name}",
            link_type,
            partial(_behind, head),
            LINK_SOURCE if address else None,
            () if vlan is None else (vlan,),
            6 if protocol == 0x86DD else 4,
        )
        for link_type, head in ((113, first), (276, second))
    ]


DIRECT = [
    _tagged("Ethernet"),
    _tagged("Ethernet, IPv6", kind=0x86DD),
    _tagged("802.1Q", (0x8100, 20)),
    _tagged("802.1Q, priority", (0x8100, 0xF014)),
    _tagged("802.1Q, priority only", (0x8100, 0xE000)),
    _tagged("802.1Q, IPv6", (0x8100, 20), kind=0x86DD),
    _tagged("802.1ad", (0x88A8, 7)),
    _tagged("802.1ad and Q", (0x88A8, 7), (0x8100, 20)),
    _tagged("802.1Q twice", (0x8100, 7), (0x8100, 20)),
    _tagged("QinQ of old", (0x9100, 7), (0x8100, 20)),
    _tagged("three tags", (0x88A8, 7), (0x8100, 8), (0x8100, 9)),
    *_cooked("IPv4", 0x0800),
    *_cooked("IPv6", 0x86DD),
    *_cooked("VLAN", 0x0800, vlan=20),
    *_cooked("VLAN, IPv6", 0x86DD, vlan=20),
    *_cooked("no address", 0x0800, address=b""),
    *[
        _bare(f"null, {order}, family {family}", 0, pack(f"{order}I", family), version)
        for order in "<>"
        for family, version in [(2, 4), (24, 6), (28, 6), (30, 6)]
    ],
    # Linux's number for IPv6, which tshark does not know.
    _bare("null, family 10", 0, pack("<I", 10), 6)._replace(tshark=False),
    _bare("loop", 108, pack(">I", 2)),
    _bare("loop, IPv6", 108, pack(">I", 24), 6),
    *[
        _bare(f"raw {link_type}, IPv{version}", link_type, b"", version)
        for link_type, version in [
            (12, 4),
            (12, 6),
            (14, 4),
            (101, 4),
            (101, 6),
            (228, 4),
            (229, 6),
        ]
    ],
    *[
        _bare(f"PPP {link_type}, {head}", link_type, bytes.fromhex(head), version)
        for link_type in (9, 50)
        for head, version in [
            *(("ff030021", 4), ("ff030057", 6), ("ff0321", 4)),
            *(("0021", 4), ("0057", 6), ("21", 4), ("57", 6)),
        ]
    ],
]
"""Read without Scapy."""

_ETHER = Ether(src=LINK_SOURCE, dst=LINK_DESTINATION)
_SNAP = (LLC(dsap=0xAA, ssap=0xAA, ctrl=3), SNAP())
_PPPOE = PPPoE(sessionid=5)
_TUNNEL, _TUNNEL6 = IP(src="198.51.100.1", dst="198.51.100.2"), IPv6(src="2001:db8::1")
_WIRELESS = {
    "between stations": Dot11(FCfield=0, addr1=LINK_DESTINATION, addr2=LINK_SOURCE, addr3=OTHER),
    "to an access point": Dot11(FCfield=1, addr1=OTHER, addr2=LINK_SOURCE, addr3=LINK_DESTINATION),
    "from an access point": Dot11(
        FCfield=2, addr1=LINK_DESTINATION, addr2=OTHER, addr3=LINK_SOURCE
    ),
    "between access points": Dot11(
        FCfield=3, addr1=OTHER, addr2=OTHER, addr3=LINK_DESTINATION, addr4=LINK_SOURCE
    ),
}
for _header in _WIRELESS.values():
    _header.type = 2

_BEACONED = (_WIRELESS["from an access point"], *_SNAP)


def _ethernet(name: str, *layers: Packet, vlans: tuple[int, ...] = (), version: int = 4) -> Link:
    return Link(name, 1, _in(_ETHER, *layers), LINK_SOURCE, vlans, version)


def gre(packet: Packet) -> bytes:
    """A packet in GRE, in IPv4, in Ethernet."""
    return _in(_ETHER, _TUNNEL, GRE())(packet)


THROUGH_SCAPY = [
    _ethernet("PPPoE", _PPPOE, PPP()),
    _ethernet("PPPoE, IPv6", _PPPOE, PPP(), version=6),
    _ethernet("PPPoE in a VLAN", Dot1Q(vlan=7), _PPPOE, PPP(), vlans=(7,)),
    Link("PPPoE alone", 51, _in(_PPPOE, PPP())),
    Link(
        "802.3 with LLC and SNAP",
        1,
        _in(Dot3(src=LINK_SOURCE, dst=LINK_DESTINATION), *_SNAP),
        LINK_SOURCE,
    ),
    _ethernet("IPv4 in IPv4", _TUNNEL),
    _ethernet("IPv6 in IPv4", _TUNNEL, version=6),
    _ethernet("IPv4 in IPv6", _TUNNEL6),
    _ethernet("IPv6 in IPv6", _TUNNEL6, version=6),
    _ethernet("GRE", _TUNNEL, GRE()),
    _ethernet("GRE with a key", _TUNNEL, GRE(key_present=1)),
    _ethernet("GRE in a VLAN", Dot1Q(vlan=7), _TUNNEL, GRE(), vlans=(7,)),
    Link("GRE in raw IP", 101, _in(_TUNNEL, GRE())),
    *[
        Link(
            f"GRE in cooked {cooked.link_type}",
            cooked.link_type,
            lambda packet, wrap=cooked.wrap: wrap(_TUNNEL.copy() / GRE() / packet),  # type: ignore[misc]
            LINK_SOURCE,
        )
        for cooked in _cooked("", 0x0800)
    ],
    Link(
        "Ethernet and VLAN in GRE",
        1,
        _in(
            _ETHER,
            Dot1Q(vlan=7),
            _TUNNEL,
            GRE(),
            Ether(src=OTHER, dst=LINK_DESTINATION),
            Dot1Q(vlan=9),
        ),
        OTHER,
        (9,),
    ),
    *[
        Link(f"802.11 {way}", 105, _in(head, *_SNAP), LINK_SOURCE)
        for way, head in _WIRELESS.items()
    ],
    *[
        Link(f"radiotap {way}", 127, _in(RadioTap(), head, *_SNAP), LINK_SOURCE)
        for way, head in _WIRELESS.items()
    ],
    Link("radiotap, IPv6", 127, _in(RadioTap(), *_BEACONED), LINK_SOURCE, version=6),
    Link("PPI with 802.11", 192, _in(PPI(dlt=105), *_BEACONED), LINK_SOURCE),
    Link("PPI with raw IP", 192, _in(PPI(dlt=101))),
]
"""Found by Scapy."""
