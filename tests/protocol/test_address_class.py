"""Every special range of addresses, and what is no address."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.protocol.address_class import _TEXT, address_class, packed_class

CLASSES = {
    "public": "44.128.0.2 8.8.8.8 100.63.255.255 100.128.0.0 172.32.0.1 2a02::1 ::ffff:8.8.8.8",
    "private": "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fd00::1 ::ffff:10.0.0.1 fec0::1",
    "cgnat": "100.64.0.0 100.127.255.255 ::ffff:100.64.0.1",
    "documentation": "192.0.2.1 198.51.100.1 203.0.113.255 2001:db8::1 3fff::1 3fff:fff::1",
    "benchmark": "198.18.0.1 198.19.255.255 2001:2::1",
    "loopback": "127.0.0.1 127.255.255.255 ::1",
    "link-local": "169.254.1.1 fe80::1 fe80::1%eth0",
    "multicast": "224.0.0.1 239.255.255.250 ff02::c",
    "unspecified": "0.0.0.0 ::",
    "reserved": "0.0.0.1 240.0.0.1 255.255.255.255 192.0.0.2 2001::1 100::1 4000::1",
    "invalid": "(null) 1.2.3 256.0.0.1 010.0.0.1 1.2.3.4:80 router.example [::1]",
}


@pytest.mark.parametrize(
    ("address", "name"), [(text, name) for name, all in CLASSES.items() for text in all.split()]
)
def test_address_class(address: str, name: str) -> None:
    assert address_class(address) == name
    assert address_class(f" {address}\n") == name


NETWORKS = [(ip_network(text), name) for text, name in _TEXT]
EDGES = [
    packed
    for network, _ in NETWORKS
    for edge in (network.network_address, network.broadcast_address)
    for number in (int(edge) - 1, int(edge), int(edge) + 1)
    if len(packed := (number % (1 << edge.max_prefixlen)).to_bytes(edge.max_prefixlen // 8))
]


@given(
    st.binary(min_size=4, max_size=4)
    | st.binary(min_size=16, max_size=16)
    | st.sampled_from(EDGES)
    | st.sampled_from([bytes(10) + b"\xff\xff" + edge for edge in EDGES if len(edge) == 4])
)
def test_a_packed_address_is_in_the_first_range_that_has_it(packed: bytes) -> None:
    address = ip_address(packed)
    plain = getattr(address, "ipv4_mapped", None) or address
    names = [name for network, name in NETWORKS if plain in network]
    assert packed_class(packed) == address_class(str(address)) == [*names, "public"][0]


@given(st.text())
def test_any_text_has_an_address_class(text: str) -> None:
    assert address_class(text) in CLASSES


def test_no_address_is_invalid() -> None:
    assert address_class("") == "invalid"
