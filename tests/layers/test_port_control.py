"""NAT-PMP and PCP as Scapy packets: built, dissected, paired, and read by tshark."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.config import conf
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw, fuzz, ls
from scapy.utils import wrpcap

from tests.capture.tshark import needs_tshark, rows
from upnpscapy.layers import *  # noqa: F403  (eval of what command() writes)
from upnpscapy.layers import (
    NATPMP,
    PCP,
    NATPMPAddressRequest,
    NATPMPAddressResponse,
    NATPMPMapRequest,
    NATPMPMapResponse,
    NATPMPRefusal,
    PCPAnnounceRequest,
    PCPAnnounceResponse,
    PCPFilter,
    PCPMapRequest,
    PCPMapResponse,
    PCPOption,
    PCPPeerRequest,
    PCPPeerResponse,
    PCPPreferFailure,
    PCPRefusal,
    PCPThirdParty,
    PortControl,
)
from upnpscapy.protocol.natpmp import build_natpmp_map_request, build_natpmp_map_response
from upnpscapy.protocol.pcp import PcpFilter, PcpOption, build_pcp_map_request

CLIENT, ROUTER = "192.0.2.10", "192.0.2.1"
NONCE = bytes(range(12))
REQUESTS: tuple[type[Any], ...] = (
    NATPMPAddressRequest,
    NATPMPMapRequest,
    PCPAnnounceRequest,
    PCPMapRequest,
    PCPPeerRequest,
)
RESPONSES: tuple[type[Any], ...] = (
    NATPMPAddressResponse,
    NATPMPMapResponse,
    NATPMPRefusal,
    PCPAnnounceResponse,
    PCPMapResponse,
    PCPPeerResponse,
    PCPRefusal,
)
KINDS = REQUESTS + RESPONSES


def frame(message: Packet, src: str = CLIENT, dst: str = ROUTER) -> Packet:
    lower = IPv6(src=src, dst=dst) if ":" in src else IP(src=src, dst=dst)
    link = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    return Ether(bytes(link / lower / UDP() / message))


@pytest.mark.parametrize("cls", KINDS)
@pytest.mark.parametrize("ends", [(CLIENT, ROUTER), ("2001:db8::10", "2001:db8::1")])
def test_a_crafted_message_is_dissected_as_it_was_built(
    cls: type[Any], ends: tuple[str, str]
) -> None:
    packet = frame(cls(), *ends)
    message = packet[PortControl]
    assert type(message) is cls
    assert 5351 in (packet.sport, packet.dport)
    assert 53 not in (packet.sport, packet.dport)
    assert message.message is not None
    assert message.message.defects == ()
    assert message.message.is_response == (cls in RESPONSES)
    assert bytes(Ether(bytes(packet))) == bytes(packet)


def test_the_defaults_are_those_of_the_builders_of_values() -> None:
    assert bytes(NATPMPMapRequest(opcode=1, internal_port=22)) == build_natpmp_map_request(
        "UDP", 22
    )
    assert bytes(NATPMPMapResponse(internal_port=22, mapped_external_port=2222)) == (
        build_natpmp_map_response("TCP", 22, 2222, 7200)
    )
    options = [
        PCPThirdParty(internal_address="192.0.2.66"),
        PCPPreferFailure(),
        PCPFilter(prefix_length=120, remote_peer_address="203.0.113.0"),
        PCPOption(code=200, data=b"abcde"),
    ]
    packet = frame(PCPMapRequest(mapping_nonce=NONCE, internal_port=445, options=options))
    values = (
        PcpOption(1, bytes(10) + b"\xff\xff\xc0\0\x02\x42"),
        PcpOption(2, b""),
        PcpOption(3, b"\0\x78\0\0" + bytes(10) + b"\xff\xff\xcb\0\x71\0"),
        PcpOption(200, b"abcde"),
    )
    assert bytes(packet[PCP]) == build_pcp_map_request(CLIENT, 6, 445, nonce=NONCE, options=values)
    message = packet[PCP].message
    assert message.third_party == "192.0.2.66"
    assert message.filters == (PcpFilter(120, 0, "203.0.113.0"),)


def test_the_client_address_is_that_of_the_layer_below_unless_it_is_given() -> None:
    assert frame(PCPMapRequest())[PCP].client_address == f"::ffff:{CLIENT}"
    over6 = frame(PCPMapRequest(), "2001:db8::10", "2001:db8::1")[PCP]
    assert (over6.client_address, over6.suggested_external_address) == ("2001:db8::10", "::")
    spoofed = frame(PCPMapRequest(client_address="192.0.2.99"))[PCP]
    assert spoofed.client_address == "::ffff:192.0.2.99"


def test_in_place_edits_are_not_lost() -> None:
    packet = frame(PCPMapRequest(options=[PCPThirdParty(), PCPOption(code=9, data=b"abc")]))
    data = bytes(packet[PCP])
    packet[PCPThirdParty].internal_address = "192.0.2.77"
    edited = bytes(packet[PCP])
    assert [at for at in range(len(data)) if data[at] != edited[at]] == [79]
    assert edited[79] == 77
    del packet[PCP].options[0]
    assert bytes(packet[PCP]) == data[:60] + data[80:]
    natpmp = frame(NATPMPMapRequest())
    natpmp[NATPMP].internal_port = 22
    assert bytes(natpmp[NATPMP]) == build_natpmp_map_request("TCP", 22)


def test_padding_of_options_is_kept_as_it_was_sent() -> None:
    odd = bytes(PCPOption(code=9, data=b"abc"))[:-1] + b"\x7f"
    data = bytes(PCPMapRequest(client_address=CLIENT)) + odd
    message = PortControl(data)
    assert bytes(message) == data
    message.internal_port = 23
    assert bytes(message).endswith(odd)


@pytest.mark.parametrize(
    ("data", "layers"),
    [
        ("00", [Raw]),
        ("02", [Raw]),
        ("0700 0000", [Raw]),
        ("0000", [NATPMPAddressRequest]),
        ("0000 0000", [NATPMPAddressRequest, Raw]),
        ("0001 0000 0016", [NATPMP, Raw]),
        ("0009", [NATPMP]),
        ("0081 0002 00000001", [NATPMPRefusal]),
        ("0081 0000 00000001", [NATPMP, Raw]),
        ("0201 0000", [PCP, Raw]),
        ("0281 0003" + "00" * 20, [PCPRefusal]),
        ("0207" + "00" * 22, [PCP, Raw]),
        ("0200" + "00" * 22 + "0100 0010 0000", [PCPAnnounceRequest, Raw]),
    ],
)
def test_what_is_cut_or_unknown_keeps_its_bytes(data: str, layers: list[type[Packet]]) -> None:
    payload = bytes.fromhex(data)
    udp = IP(bytes(IP() / UDP(sport=50000, dport=5351) / Raw(payload)))[UDP]
    assert udp.layers()[1:] == layers
    assert bytes(udp.payload) == payload


def test_an_option_of_a_wrong_length_is_any_option() -> None:
    data = bytes(PCPMapRequest(client_address=CLIENT)) + bytes.fromhex("0100 0004 c0000201")
    (option,) = PortControl(data).options
    assert type(option) is PCPOption
    assert (option.code, option.data) == (1, b"\xc0\0\x02\x01")


def test_options_are_bounded() -> None:
    data = bytes(PCPMapRequest(client_address=CLIENT)) + bytes.fromhex("7f00 0000") * 500
    message = PortControl(data)
    assert len(message.options) == 64
    assert bytes(message) == data


@settings(deadline=None, max_examples=150)
@given(
    st.binary(min_size=1, max_size=120), st.sampled_from([b"", b"\0", b"\2", b"\2\1", b"\2\x82"])
)
def test_any_bytes_are_dissected_and_rebuilt(data: bytes, start: bytes) -> None:
    conf.debug_dissector = True
    assert bytes(PortControl(start + data)) == start + data


@pytest.mark.parametrize("cls", KINDS)
def test_fuzz_makes_garbage_that_is_dissected(cls: type[Any]) -> None:
    random.seed(5351)
    seen = {bytes(fuzz(cls())) for _ in range(50)}
    assert len(seen) > 20
    assert all(bytes(PortControl(data)) == data for data in seen)


@pytest.mark.parametrize("cls", KINDS)
def test_idioms(cls: type[Any], capsys: pytest.CaptureFixture[str]) -> None:
    packet = frame(cls())
    message = packet[PortControl]
    assert PortControl in packet
    assert (NATPMP in packet) != (PCP in packet)
    assert bytes(eval(message.command())) == bytes(message)
    assert bytes(pickle.loads(pickle.dumps(message))) == bytes(message)
    assert bytes(message.copy()) == bytes(message)
    ls(cls)
    packet.show()
    assert "opcode" in capsys.readouterr().out
    assert cls(opcode=2).opcode == 2
    assert str(cls().name) in packet.summary()


def test_summary_names_ports_and_result() -> None:
    text = frame(NATPMPMapResponse(result_code=2, internal_port=22)).summary()
    assert "internal_port=22" in text
    assert "result_code=NOT_AUTHORIZED" in text


@pytest.mark.parametrize(
    ("request_", "response", "pairs"),
    [
        (NATPMPAddressRequest(), NATPMPAddressResponse(), True),
        (NATPMPMapRequest(internal_port=22), NATPMPMapResponse(internal_port=22), True),
        (NATPMPMapRequest(internal_port=22), NATPMPMapResponse(internal_port=23), False),
        (NATPMPMapRequest(opcode=1), NATPMPMapResponse(), False),
        (NATPMPMapRequest(), NATPMPRefusal(), True),
        (NATPMPMapRequest(), NATPMPAddressResponse(), False),
        (PCPMapRequest(), NATPMPRefusal(), True),
        (PCPMapRequest(), NATPMPRefusal(result_code=2), False),
        (NATPMPMapRequest(), PCPRefusal(result_code=1), True),
        (PCPMapRequest(mapping_nonce=NONCE), PCPMapResponse(mapping_nonce=NONCE), True),
        (PCPMapRequest(mapping_nonce=NONCE), PCPMapResponse(), False),
        (PCPMapRequest(protocol=17), PCPMapResponse(), False),
        (PCPPeerRequest(), PCPPeerResponse(), True),
        (PCPPeerRequest(), PCPMapResponse(), False),
        (PCPPeerRequest(remote_peer_port=1), PCPPeerResponse(), False),
        (PCPAnnounceRequest(), PCPAnnounceResponse(), True),
        (PCPMapRequest(), PCPRefusal(), True),
        (PCPPeerRequest(), PCPRefusal(), False),
    ],
)
def test_answers(request_: Packet, response: Packet, pairs: bool) -> None:
    asked, told = frame(request_), frame(response, ROUTER, CLIENT)
    assert bool(told.answers(asked)) == pairs
    assert not asked.answers(told)


def test_an_announcement_goes_to_all_hosts_and_is_read_by_its_port() -> None:
    packet = IP(src=ROUTER) / UDP(sport=5351, dport=5350) / NATPMPAddressResponse()
    assert packet.dst == "224.0.0.1"
    assert NATPMPAddressResponse in IP(bytes(packet))
    from_elsewhere = IP(src=ROUTER) / UDP(sport=40000, dport=5350) / NATPMPAddressResponse()
    assert NATPMPAddressResponse in IP(bytes(from_elsewhere))


NATPMP_FIELDS = {
    "version": "version",
    "opcode": "opcode",
    "result_code": "result_code",
    "seconds_since_epoch": "sssoe",
    "external_address": "external_ip",
    "internal_port": "internal_port",
    "suggested_external_port": "external_port",
    "mapped_external_port": "external_port",
    "requested_lifetime": "pml",
    "lifetime": "pml",
}
PCP_FIELDS = {
    "version": "version",
    "opcode": "opcode",
    "result_code": "result_code",
    "requested_lifetime": "lifetime_req",
    "lifetime": "lifetime_rsp",
    "client_address": "client_ip",
    "epoch_time": "epoch_time",
    "mapping_nonce": "{}.nonce",
    "protocol": "{}.protocol",
    "internal_port": "{}.internal_port",
    "suggested_external_port": "{}.req_sug_external_port",
    "suggested_external_address": "{}.req_sug_external_ip",
    "assigned_external_port": "{}.rsp_assigned_external_port",
    "assigned_external_address": "{}.rsp_assigned_ext_ip",
    "remote_peer_port": "peer.remote_peer_port",
    "remote_peer_address": "peer.remote_peer_ip",
}
"""Our field → tshark's."""

MESSAGES: list[Packet] = [
    NATPMPAddressRequest(),
    NATPMPAddressResponse(external_address="203.0.113.9", seconds_since_epoch=77),
    NATPMPMapRequest(opcode=1, internal_port=5000, suggested_external_port=5001),
    NATPMPMapResponse(internal_port=22, mapped_external_port=2222, lifetime=3600),
    NATPMPMapResponse(result_code=4, internal_port=22, lifetime=0),
    PCPAnnounceRequest(),
    PCPAnnounceResponse(epoch_time=9),
    PCPMapRequest(mapping_nonce=NONCE, protocol=17, internal_port=7),
    PCPMapResponse(mapping_nonce=NONCE, result_code=2, assigned_external_port=8),
    PCPPeerRequest(mapping_nonce=NONCE, remote_peer_port=443),
    PCPPeerResponse(mapping_nonce=NONCE, assigned_external_address="203.0.113.9"),
]


@needs_tshark
def test_tshark_reads_the_same_fields(tmp_path: Path) -> None:
    path = tmp_path / "built.pcap"
    options = [
        PCPThirdParty(internal_address="192.0.2.66"),
        PCPPreferFailure(),
        PCPFilter(prefix_length=120, remote_peer_port=80, remote_peer_address="203.0.113.0"),
    ]
    packets = [frame(message) for message in (*MESSAGES, PCPMapRequest(options=options))]
    wrpcap(str(path), packets)
    names = {f"nat-pmp.{name}" for name in NATPMP_FIELDS.values()}
    for kind in ("map", "peer"):
        names |= {f"portcontrol.{name.format(kind)}" for name in PCP_FIELDS.values()}
    option = "portcontrol.option."
    names |= {f"{option}code", f"{option}third_party.internal_ip"}
    names |= {f"{option}filter.{one}" for one in ("prefix_length", "remote_peer_port")}
    found = rows(path, "nat-pmp || portcontrol", *sorted(names))
    assert len(found) == len(packets)
    compared = 0
    for packet, told in zip(packets, found, strict=True):
        message = packet[PortControl]
        kind = "peer" if message.opcode == 2 and PCP in packet else "map"
        fields, start = (
            (NATPMP_FIELDS, "nat-pmp.") if NATPMP in packet else (PCP_FIELDS, "portcontrol.")
        )
        for field in message.fields_desc:
            name = fields.get(field.name)
            if name is None:
                continue
            (text,) = told[start + name.format(kind)]
            ours = message.getfieldval(field.name)
            if isinstance(ours, int):
                # The fields of nat-pmp and the protocol number are decimal, some others are not.
                assert int(text, 0) == ours, (message, field.name)
            else:
                assert text.replace(":", "") == (
                    ours.hex() if isinstance(ours, bytes) else ours.replace(":", "")
                ), (message, field.name)
            compared += 1
    assert compared > 70
    last = found[-1]
    assert last[f"{option}code"] == ["1", "2", "3"]
    assert last[f"{option}third_party.internal_ip"] == ["::ffff:192.0.2.66"]
    assert last[f"{option}filter.prefix_length"] == ["120"]
    assert last[f"{option}filter.remote_peer_port"] == ["80"]
