"""A shared capture: no value of the source is in it, and its tables are the source's, renamed."""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

import upnpscapy
from tests.capture.conversation import Conversation
from tests.capture.corpus import CAPTURES, PCAPS
from tests.capture.pcap_writer import pcap
from tests.capture.tcp_frame import tcp_frame
from tests.capture.tshark import needs_tshark, tshark
from tests.forensics.extracting import packets
from tests.forensics.packets import Sent
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.anonymize.share import Shared, anonymize_frames
from upnpscapy.forensics.anonymize.vocabulary import WORDS
from upnpscapy.forensics.case import Case
from upnpscapy.forensics.extract.frames import extract_frames

KEY = b"a key of the tests"

CHOSEN = {
    name: path
    for number, (name, path) in enumerate(CAPTURES.items())
    if path.parent.name != "attacks" or number % 8 == 0
}
"""Of the many short captures of attacks one in eight."""

TABLES = (
    "messages searches devices services exchanges calls mappings external_addresses "
    "subscriptions events"
).split()

AS_THEY_ARE = frozenset(
    "frame time dport sport kind vlan ttl role state address_class time response_time defects "
    "first_time last_time opened_time closed_time protocol".split()
)
NOT_COMPARED = frozenset("capture vendor filter".split())
"""The file's name, the maker of another link address, and words around addresses."""

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
IPV4 = re.compile(rb"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])")
WORD = re.compile(rb"[0-9A-Za-z]{7,}")


def shared(path: Path, out: Path) -> Shared:
    try:
        return anonymize_frames(path, out, key=KEY)
    except CaptureError as error:
        partial: Shared = error.partial
        return partial


def analyzed(path: Path) -> Case:
    try:
        return upnpscapy.analyze(path, rules=())
    except CaptureError as error:
        case: Case = error.partial
        return case


def extracted(path: Path, out: Path) -> None:
    with suppress(CaptureError):
        extract_frames(path, out)


@pytest.mark.parametrize("path", CHOSEN.values(), ids=CHOSEN)
def test_nothing_that_names_anyone_remains(path: Path, tmp_path: Path) -> None:
    plain, out = tmp_path / "plain.pcapng", tmp_path / "shared.pcapng"
    result = shared(path, out)
    if not result.written:
        return
    extracted(path, plain)
    assert result.addresses is not None
    here, there = packets(out), packets(plain)
    assert len(here) == len(there) - result.left_out
    data = b"\n".join(packet.data for packet in here)
    source = b"\n".join(packet.data for packet in there)
    lower, whole = data.lower(), out.read_bytes().lower()
    for known in {found.lower() for found in UUID.findall(source)}:
        if len(set(known)) > 4:
            assert known not in whole
            assert known.replace(b"-", b"") not in whole
            assert bytes.fromhex(known.replace(b"-", b"").decode()) not in data
            assert known[-12:] not in whole
    for known in set(IPV4.findall(source)):
        try:
            packed = ip_address(known.decode()).packed
        except ValueError:
            continue
        if result.addresses.ip(packed) != packed:
            assert known not in IPV4.findall(data), known
            if packed.count(0) < 2:
                assert packed not in data
                assert packed[::-1] not in data
    if here and here[0].link_type == 1:
        for packet in there:
            for link in (packet.data[:6], packet.data[6:12]):
                if link[0] & 1 or not any(link[:5]):
                    continue
                assert link not in data
                for mark in ("", ":", "-"):
                    assert link.hex(mark).encode() not in lower if mark else True
    words = {found.lower() for found in WORD.findall(source)}
    kept = {word.encode() for word in WORDS}
    left = words & {one.lower() for one in WORD.findall(data)}
    left = {word for word in left if not any(word in one or one == word[1:] for one in kept)}
    left = {word for word in left if word.removesuffix(b"response") not in kept}
    assert {word for word in left if not word.isdigit()} == set()
    for device in analyzed(path).devices.to_dicts():
        for name in ("serial_number", "friendly_name"):
            value = (device[name] or "").encode().lower()
            if len(value) > 3 and not {*re.findall(rb"[a-z0-9]+", value)} <= kept:
                assert value not in lower


def renamed(result: Shared, column: str, value: Any) -> Any:
    """A cell of the source's tables as it must be in those of the shared capture."""
    assert result.substitutes is not None
    text = result.substitutes.text

    def plain(words: str, before: bytes = b"") -> str:
        found = text(before + words.encode())
        return found[len(before) :].decode()

    if value is None or isinstance(value, int | float) or column in AS_THEY_ARE:
        return value
    if isinstance(value, str):
        before = {"host": b"\nHOST: ", "unique_id": b"<UniqueID>"}.get(column, b"")
        return plain(value, before)
    if column == "headers":
        return [[plain(name), plain(one, f"\n{name}: ".encode())] for name, one in value]
    if column in ("arguments", "result", "properties"):
        return [[plain(name), one and plain(one, f"<{name}>".encode())] for name, one in value]
    return [plain(one) if isinstance(one, str) else one for one in value]


@pytest.mark.parametrize("path", CHOSEN.values(), ids=CHOSEN)
def test_tables_are_those_of_the_source_renamed(path: Path, tmp_path: Path) -> None:
    plain, out = tmp_path / "plain.pcapng", tmp_path / "shared.pcapng"
    result = shared(path, out)
    if not result.written or result.left_out:
        return
    extracted(path, plain)
    source, here = analyzed(plain), analyzed(out)
    kinds = {row.kind for row in source.mappings}
    for name in TABLES:
        if name in ("mappings", "external_addresses") and kinds & {"natpmp", "pcp"}:
            continue  # they are no text, and become zeros
        expected = [
            {
                key: renamed(result, key, cell)
                for key, cell in row.items()
                if key not in NOT_COMPARED
            }
            for row in getattr(source, name).to_dicts()
        ]
        found = [
            {key: cell for key, cell in row.items() if key not in NOT_COMPARED}
            for row in getattr(here, name).to_dicts()
        ]
        assert found == expected, name


NAME, SERIAL, SECRET = "Zacharias", "SN4711X99", "Sesamopen"
ADDRESS, ADDRESS6 = "203.0.9.117", "2a02:8106:3c::5e1f"
LINK, OWN_UUID = "00:1a:2b:3c:4d:5e", "2f402f80-da50-11e1-9b23-001a2b3c4d5e"


def spellings(value: str) -> dict[str, bytes]:
    """A value as it can stand in a message, and be found by someone who looks for it."""
    plain = value.encode()
    return {
        "plain": plain,
        "upper": plain.upper(),
        "lower": plain.lower(),
        "percent": b"".join(b"%%%02x" % byte for byte in plain),
        "entities": b"".join(b"&#%d;" % byte for byte in plain),
        "hexadecimal entities": b"".join(b"&#x%X;" % byte for byte in plain),
        "punctuation": re.sub(rb"[^0-9A-Za-z]", lambda one: b"%%%02X" % one[0][0], plain),
        "base64": b64encode(plain).rstrip(b"="),
        "base64, one in": b64encode(b"\0" + plain)[2:].rstrip(b"="),
        "hexadecimal": plain.hex().encode(),
        "UTF-16": value.encode("utf-16-le"),
        "UTF-16 of the other order": value.encode("utf-16-be"),
    }


VALUES = (NAME, SERIAL, SECRET, ADDRESS, ADDRESS6, LINK, OWN_UUID)


def conversation(request: bytes, answer: bytes, size: int) -> list[bytes]:
    """Frames of an exchange whose answer is cut into segments."""
    ends = ip_address("192.168.1.10").packed, ip_address("192.168.1.1").packed
    talk = Conversation(ports=(40000, 5000), addresses=ends).open().send(0, request)
    for at in range(0, len(answer), size):
        talk.send(1, answer[at : at + size])
    talk.close()
    mac = bytes.fromhex(LINK.replace(":", ""))
    return [tcp_frame(one, b"\2\0\0\0\0\1" + mac) for one in talk.segments]


def alive(more: bytes = b"") -> bytes:
    return (
        b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\n"
        b"NTS: ssdp:alive\r\nUSN: uuid:%s::upnp:rootdevice\r\n"
        b"LOCATION: http://192.168.1.1:5000/d.xml\r\nCACHE-CONTROL: max-age=1800\r\n%s\r\n"
        % (OWN_UUID.encode(), more)
    )


def lamp(inside: bytes) -> bytes:
    return (
        b'<?xml version="1.0"?>\n<root xmlns="urn:schemas-upnp-org:device-1-0"><device>'
        b"<deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType><friendlyName>"
        + inside
        + b"</friendlyName><UDN>uuid:%s</UDN></device></root>" % OWN_UUID.encode()
    )


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def answers(inside: bytes) -> dict[str, bytes]:
    body = lamp(inside)
    head = b"HTTP/1.1 200 OK\r\nCONTENT-TYPE: text/xml\r\nX-Note: " + inside.replace(b"\n", b"")
    return {
        "length": head + b"\r\nCONTENT-LENGTH: %d\r\n\r\n" % len(body) + body,
        "close": head + b"\r\nCONNECTION: close\r\n\r\n" + body,
        "chunks": head + b"\r\nTRANSFER-ENCODING: chunked\r\n\r\n" + chunked(body, 3),
        "trailers": head
        + b"\r\nTRANSFER-ENCODING: chunked\r\n\r\n"
        + chunked(body, 9)[:-2]
        + b"X: %s\r\n\r\n" % inside,
        "no HTTP": inside * 3,
        "picture": head + b"\r\nCONTENT-LENGTH: %d\r\n\r\n\x89PNG" % (4 + len(inside)) + inside,
        "too long": head + b"\r\nCONTENT-LENGTH: 2\r\n\r\n" + body,
    }


def seen(frames: list[bytes], tmp_path: Path) -> bytes:
    """All that is written of a capture with these frames and an announcement."""
    path, out = tmp_path / f"{NAME}.pcap", tmp_path / "shared.pcapng"
    path.write_bytes(pcap([Sent(alive(), src="192.168.1.1", mac=LINK).frame, *frames]))
    anonymize_frames(path, out, force=True)
    return out.read_bytes()


def found_in(value: str, data: bytes) -> list[str]:
    """The spellings of a value that can be found; those cut by chunks too."""
    lines = re.sub(rb"\r\n[0-9a-f]{1,2}\r\n", b"", data)
    return [
        name
        for name, spelled in spellings(value).items()
        if any(spelled.lower() in one.lower() for one in (data, lines))
    ]


@pytest.mark.parametrize("spelling", spellings(NAME))
@pytest.mark.parametrize("way", answers(b""))
def test_no_spelling_of_a_value_remains(way: str, spelling: str, tmp_path: Path) -> None:
    for value, size in zip(VALUES, (1000, 7) * 4, strict=False):
        answer = answers(b"a " + spellings(value)[spelling] + b" z")[way]
        request = b"GET /%s HTTP/1.1\r\nHOST: 192.168.1.1:5000\r\n\r\n" % (
            spellings(value)[spelling].replace(b"\0", b"")
        )
        data = seen(conversation(request, answer, size), tmp_path)
        for one in {value, OWN_UUID, LINK, LINK.replace(":", ""), "192.168.1.1"}:
            assert found_in(one, data) == [], (one, size)
        assert bytes.fromhex(LINK.replace(":", "")) not in data
        assert NAME.encode() not in data


def test_secrets_in_headers_become_zeros(tmp_path: Path) -> None:
    request = b"".join(
        b"%s: %s\r\n" % (name.encode(), SECRET.encode())
        for name in ("Authorization", "Cookie", "HNAP_AUTH", "set-cookie")
    )
    request = b"GET /d.xml HTTP/1.1\r\nHOST: 192.168.1.1:5000\r\n" + request + b"\r\n"
    data = seen(conversation(request, answers(b"x")["length"], 1000), tmp_path)
    assert data.count(b": " + b"0" * len(SECRET)) == 4


def test_link_padding_options_and_payload_of_others_are_zeroed(tmp_path: Path) -> None:
    plain = Sent(alive(), src="192.168.1.1", mac=LINK).frame
    data = seen([plain + NAME.encode(), plain + SECRET.encode() * 3], tmp_path)
    assert NAME.encode() not in data
    assert SECRET.encode() not in data


@pytest.mark.parametrize("name", ["igd2-session.pcap", "ipv6.pcap", "cooked.pcap", "vlan.pcap"])
@needs_tshark
def test_checksums_are_right_where_they_were(name: str, tmp_path: Path) -> None:
    plain, out = tmp_path / "plain.pcapng", tmp_path / "shared.pcapng"
    extract_frames(PCAPS / name, plain)
    anonymize_frames(PCAPS / name, out)
    options = [f"{one}.check_checksum:TRUE" for one in ("ip", "tcp", "udp")]
    asked = [word for option in options for word in ("-o", option)]
    fields = "ip.checksum.status tcp.checksum.status udp.checksum.status frame.len".split()
    asked += ["-T", "fields", *(word for field in fields for word in ("-e", field))]
    there, here = (tshark(path, *asked).splitlines() for path in (plain, out))
    assert len(here) == len(there) > 0
    for before, after in zip(there, here, strict=True):
        for one, other in zip(before.split("\t"), after.split("\t"), strict=True):
            assert other == one or (one, other) == ("0", "3") or one == "0"


def test_same_key_same_file(tmp_path: Path) -> None:
    path = PCAPS / "igd2-session.pcap"
    outs = [tmp_path / name for name in "abc"]
    for out, key in zip(outs, (KEY, KEY, KEY + b"!"), strict=True):
        anonymize_frames(path, out, key=key)
    data = [out.read_bytes() for out in outs]
    assert data[0] == data[1] != data[2]
    with pytest.raises(ValueError, match="8 bytes at least"):
        anonymize_frames(path, outs[0], key=b"short", force=True)


def test_nothing_tells_of_the_source(tmp_path: Path) -> None:
    path, out = tmp_path / f"{NAME}.pcap", tmp_path / "o.pcapng"
    path.write_bytes((PCAPS / "vlan.pcap").read_bytes())
    result = anonymize_frames(path, out)
    data = out.read_bytes()
    assert result.captures[0].sha256.encode() not in data
    assert NAME.encode() not in data
    assert {len(packet.comments) for packet in packets(out)} == {0}
