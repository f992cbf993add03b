"""What every Scapy layer can do, these can: one test an idiom."""

import copy
import json
import pickle
import random
from typing import Any

import pytest
from scapy.config import conf
from scapy.fields import Field
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw, fuzz, ls
from scapy.plist import PacketList
from scapy.volatile import RandChoice, RandString

from tests.layers.messages import ALIVE, RESPONSE, SEARCH, WS_DISCOVERY
from tests.layers.test_ssdp import KINDS
from upnpscapy.layers import *  # noqa: F403  (eval of what command() writes)
from upnpscapy.layers import HTTPU, SSDP, SSDPAlive, SSDPResponse, SSDPSearch
from upnpscapy.layers.fields import as_bytes, printable


def frame(data: bytes, sport: int = 1900, dport: int = 1900) -> Packet:
    """A datagram with that payload, dissected."""
    packet = (
        Ether(src="02:00:00:00:00:01", dst="01:00:5e:7f:ff:fa")
        / IP(src="192.0.2.1", dst="239.255.255.250")
        / UDP(sport=sport, dport=dport)
        / Raw(data)
    )
    return Ether(bytes(packet))


def test_trap_3_dissector_exceptions_are_raised_in_these_tests() -> None:
    assert conf.debug_dissector


def test_trap_4_numbers_become_decimal_digits() -> None:
    assert SSDPSearch(MX=3).MX == b"3"
    message = SSDP(ALIVE)
    message.BOOTID_UPNP_ORG = 18
    assert b"BOOTID.UPNP.ORG: 18\r\n" in bytes(message)
    assert b"X-N: 7\r\n" in bytes(HTTPU(headers=[("X-N", 7)]))
    assert [as_bytes(value) for value in (-1, 1.5, "é", bytearray(b"a"))] == [
        b"-1",
        b"1.5",
        "é".encode(),
        b"a",
    ]


@pytest.mark.parametrize("cls", [*KINDS, SSDP, HTTPU])
def test_trap_5_fuzz_makes_useful_garbage(cls: type[HTTPU]) -> None:
    random.seed(1900)
    seen = [bytes(fuzz(cls())) for _ in range(300)]
    assert len(set(seen)) > 100
    assert all(bytes(SSDP(data)) == data for data in seen if data)
    same_kind = sum(type(SSDP(data)) is cls for data in seen if data)
    assert cls is HTTPU or same_kind > 100
    broken = sum(bool(SSDP(data).defects) for data in seen if data)
    assert broken > 150
    random.seed(1900)
    assert [bytes(fuzz(cls())) for _ in range(300)] == seen


def test_fuzz_leaves_what_was_given() -> None:
    message = fuzz(SSDPSearch(start_line="M-SEARCH * HTTP/1.1", MAN='"ssdp:discover"'))
    for _ in range(50):
        assert bytes(message).startswith(b"M-SEARCH * HTTP/1.1\r\nHOST:")
        assert b'\r\nMAN: "ssdp:discover"\r\n' in bytes(message)
    assert fuzz(SSDPSearch()).command() == "SSDPSearch()"


def test_trap_6_in_place_edits_are_not_lost() -> None:
    packet = frame(SEARCH)
    assert bytes(packet) == bytes(frame(SEARCH))
    packet[SSDP].headers.append(("X-A", "1"))
    assert bytes(packet).endswith(SEARCH[:-2] + b"X-A: 1\r\n\r\n")
    packet[SSDP].headers.clear()
    packet[SSDP].ST = "ssdp:all"
    assert bytes(packet).endswith(SEARCH.replace(b"upnp:rootdevice", b"ssdp:all"))


def test_edits_survive_a_rebuild_from_below() -> None:
    packet = frame(SEARCH)
    packet[SSDP].MX = 1
    packet[IP].ttl = 9
    del packet[IP].chksum, packet[IP].len, packet[UDP].len, packet[UDP].chksum
    again = Ether(bytes(packet))
    assert bytes(again[SSDP]) == SEARCH.replace(b"MX: 3", b"MX: 1")
    assert again[IP].ttl == 9
    assert again[UDP].len == 8 + len(SEARCH)


def test_trap_8_the_base_class_finds_every_kind() -> None:
    packet = frame(ALIVE)
    for key in (SSDP, HTTPU, SSDPAlive, "SSDPAlive", "SSDP"):
        assert key in packet
        assert packet.haslayer(key)
        assert packet[key] is packet.lastlayer()
    assert SSDPSearch not in packet
    assert packet.getlayer(SSDP, NTS=b"ssdp:alive") is packet.lastlayer()
    assert packet.layers()[-1] is SSDPAlive
    assert len(PacketList([packet, frame(b"x", 5, 5)]).filter(lambda p: SSDP in p)) == 1


def test_show_shows_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    packet = frame(ALIVE.replace(b"17", b"17\x1b[31m"))
    packet.show()
    packet.show2()
    ls(packet)
    shown = capsys.readouterr().out
    assert "###[ SSDP alive ]###" in shown
    assert "NT        = upnp:rootdevice\n" in shown
    assert "01-NLS: 17\\x1b[31m" in shown
    assert "\x1b" not in shown
    text = str(SSDPSearch().show(dump=True))
    assert "SERVER" not in text
    assert "body" not in text
    assert "body      = x" in str(SSDPSearch(body="x").show(dump=True))


def test_ls_lists_the_fields_of_a_class(capsys: pytest.CaptureFixture[str]) -> None:
    ls(SSDPSearch)
    ls("ssdp")
    shown = capsys.readouterr().out
    assert "b'ssdp:all'" in shown
    assert "SSDPByebye : SSDP byebye" in shown


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (SEARCH, "SSDP M-SEARCH upnp:rootdevice"),
        (ALIVE, "SSDP alive upnp:rootdevice http://192.0.2.1:5000/rootDesc.xml"),
        (RESPONSE, "SSDP response upnp:rootdevice http://192.0.2.1:5000/rootDesc.xml"),
        (WS_DISCOVERY, f"SSDP {printable(WS_DISCOVERY)}"),
        (b"NOTIFY *\x1b[2J HTTP/1.1\r\n\r\n", r"SSDP NOTIFY *\x1b[2J HTTP/1.1"),
    ],
)
def test_summary_says_what_it_is_about(data: bytes, expected: str) -> None:
    summary = frame(data).summary()
    assert summary.endswith(f" / {expected}")
    assert "192.0.2.1:" in summary


def test_sprintf_takes_the_base_class_too() -> None:
    packet = frame(SEARCH)
    assert packet.sprintf("%IP.src% %SSDP.ST%") == "192.0.2.1 upnp:rootdevice"
    assert packet.sprintf("%-4s,HTTPU.MX%|%SSDPSearch.MX%") == "3   |3"
    assert packet.sprintf("%r,SSDP.ST%") == "b'upnp:rootdevice'"
    assert packet.sprintf("{SSDP:yes}{SSDPAlive:no}") == "yes"
    assert packet[SSDP].sprintf("%SSDPAlive.ST%") == "??"


def test_copy_is_independent() -> None:
    packet = frame(ALIVE)
    for clone in (packet.copy(), copy.deepcopy(packet), pickle.loads(pickle.dumps(packet))):
        clone[SSDP].NT = "changed"
        clone[SSDP].headers.append(("X", "y"))
        assert bytes(clone) != bytes(packet) == bytes(frame(ALIVE))
    crafted = SSDPSearch(headers=[("A", "1")])
    clone = crafted.copy()
    clone.headers.append(("B", "2"))
    assert crafted.headers == [(b"A", b"1")]
    assert SSDPSearch().headers == []


def test_a_copy_of_an_edited_message_can_be_pickled() -> None:
    message = SSDP(ALIVE)
    message.NT = "changed"
    clone = pickle.loads(pickle.dumps(message.copy()))
    assert clone.NT == b"changed"
    assert bytes(clone) == bytes(message)


@pytest.mark.parametrize("cls", [*KINDS, SSDP, HTTPU])
def test_command_writes_fields_where_they_are_enough(cls: type[HTTPU]) -> None:
    crafted = IP(src="192.0.2.1") / UDP() / cls(headers=[("X", 1), "y"], line_end="\n", body=b"\0")
    assert f"{cls.__name__}(headers=[" in crafted.command()
    assert bytes(eval(crafted.command())) == bytes(crafted)
    regular = cls(bytes(cls()))
    assert "b'\\r\\n\\r\\n'" not in regular.command()
    assert bytes(eval(regular.command())) == bytes(regular)


def test_json_is_text() -> None:
    packet = frame(ALIVE.replace(b"17", b"\xff"))
    found: dict[str, Any] = json.loads(packet[SSDP].json())
    assert found["NT"] == "upnp:rootdevice"
    assert found["headers"][1] == ["01-NLS", "\\xff"]
    assert found["MX"] is None
    assert json.loads(packet.json())["payload"]["payload"]["payload"] == found


def test_equality_is_by_fields() -> None:
    assert SSDP(SEARCH) == SSDP(SEARCH)
    assert SSDP(SEARCH) == SSDPSearch(MX=3, ST="upnp:rootdevice")
    assert SSDP(SEARCH) != SSDPSearch()
    assert SSDP(ALIVE) != SSDP(SEARCH)


def test_lists_and_ranges_make_several_packets() -> None:
    packets = [*SSDPSearch(ST=["a", "b"], MX=(1, 3))]
    assert len(packets) == 6
    assert {SSDP(bytes(packet)).MX for packet in packets} == {b"1", b"2", b"3"}
    assert len({bytes(packet) for packet in packets}) == 6


def test_random_values_are_drawn_when_it_is_built() -> None:
    message = SSDPSearch(ST=RandChoice("a", "b"), headers=[("X", RandString(5))])
    seen = {bytes(message) for _ in range(40)}
    assert len(seen) > 10
    assert {SSDP(data).ST for data in seen} == {b"a", b"b"}
    assert "ST" in repr(message)


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(AttributeError):
        SSDPSearch(SERVERS="x")
    with pytest.raises(AttributeError):
        SSDPSearch().SERVERS  # noqa: B018


def test_build_ps_gives_each_field_its_bytes() -> None:
    # What psdump() and pdfdump() draw.
    data, layers = SSDP(ALIVE).build_ps()
    (_, fields) = layers[0]
    assert sorted(data.splitlines()) == sorted(ALIVE.splitlines())
    by_name = {field.name: octets for field, _, octets in fields}
    assert by_name["NT"] == b"NT: upnp:rootdevice\r\n"


def test_hide_defaults_keeps_the_bytes() -> None:
    message = SSDPSearch(bytes(SSDPSearch()))
    message.hide_defaults()
    assert bytes(message) == bytes(SSDPSearch())


def test_fields_are_scapy_fields() -> None:
    for field in SSDPResponse().fields_desc:
        assert isinstance(getattr(field, "fld", field), Field)
