"""The contract of the layers: every byte is kept, an edit changes its own line only."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.fields import RawVal

from tests.layers.messages import ALIVE, MESSAGES, RESPONSE, any_bytes, captured, header_values
from upnpscapy.layers import (
    HTTPU,
    SSDP,
    SSDPAlive,
    SSDPByebye,
    SSDPResponse,
    SSDPSearch,
    SSDPUpdate,
)
from upnpscapy.layers.fields import HeaderField
from upnpscapy.layers.wire import rewrite, values
from upnpscapy.protocol.httpu import parse

CLASSES: tuple[type[HTTPU], ...] = (
    HTTPU,
    SSDP,
    SSDPAlive,
    SSDPByebye,
    SSDPResponse,
    SSDPSearch,
    SSDPUpdate,
)
NAMES = {name: key for key, (name, _) in SSDP.header_names.items()}
names = st.sampled_from(sorted(NAMES))


def edited(data: bytes, name: str, value: object) -> bytes:
    message = SSDP(data)
    setattr(message, name, value)
    return bytes(message)


@given(any_bytes, st.sampled_from(CLASSES))
def test_bytes_are_kept(data: bytes, cls: type[HTTPU]) -> None:
    message = cls(data)
    assert bytes(message) == data
    message.show(dump=True)
    assert bytes(message) == data
    assert message.message == parse(data)


@given(any_bytes)
def test_fields_that_did_not_change_keep_their_bytes(data: bytes) -> None:
    message = SSDP(data)
    for field in message.fields_desc:
        setattr(message, field.name, message.getfieldval(field.name))
    assert message.raw_packet_cache is None
    assert bytes(message) == data


@given(any_bytes)
def test_copies_keep_their_bytes(data: bytes) -> None:
    original = SSDP(data)
    for clone in (original.copy(), copy.deepcopy(original), pickle.loads(pickle.dumps(original))):
        assert bytes(clone) == data
        assert type(clone) is type(original)
        clone.ST = "edited"
        assert bytes(clone) == edited(data, "ST", "edited")
    assert bytes(original) == data


@given(any_bytes, names, header_values)
def test_editing_a_header_changes_its_line_only(data: bytes, name: str, value: str) -> None:
    message = parse(data)
    headers = message.headers
    index = next((i for i, header in enumerate(headers) if header.key == NAMES[name]), None)
    after = edited(data, name, value)
    if index is None:
        before = data[: len(data) - len(message.blank) - len(message.body)]
        assert after.startswith(before)
        assert after.endswith(message.blank + message.body)
        added = after[len(before) : len(after) - len(message.blank) - len(message.body)]
        assert added.strip(b"\r\n") == NAMES[name].upper() + b": " + value.encode()
    else:
        lines = [header.line for header in headers]
        head = message.prologue + message.start.line + b"".join(lines[:index])
        tail = b"".join(lines[index + 1 :]) + message.blank + message.body
        assert after.startswith(head)
        assert after.endswith(tail)
        line = after[len(head) : len(after) - len(tail)]
        assert line.partition(b":")[0] == lines[index].partition(b":")[0]
        if headers[index].value != value.encode():
            assert line.rstrip(b"\r\n").endswith(value.encode())
    if message.start.line:
        assert getattr(SSDP(after), name) == value.encode()


@given(any_bytes, names)
def test_none_removes_the_first_line_of_that_name_only(data: bytes, name: str) -> None:
    message = parse(data)
    lines = [header.line for header in message.headers]
    for index, header in enumerate(message.headers):
        if header.key == NAMES[name]:
            del lines[index]
            break
    rest = (message.prologue, message.start.line, *lines, message.blank, message.body)
    assert edited(data, name, None) == b"".join(rest)


@given(any_bytes)
def test_the_list_of_other_headers_can_be_edited_in_place(data: bytes) -> None:
    message = SSDP(data)
    old = parse(data)
    items = message.headers
    items.append(("X-Added", "1"))
    after = bytes(message)
    assert len(after) >= len(data) + len(b"X-Added: 1")
    assert after.endswith(old.blank + old.body)
    assert message.raw_packet_cache is None
    items.pop()
    unterminated = bool(old.start.line) and not data[: len(data) - len(old.body)].endswith(
        (b"\r", b"\n")
    )
    assert unterminated or bytes(message) == data


@given(any_bytes, names, header_values)
def test_command_makes_the_same_bytes(data: bytes, name: str, value: str) -> None:
    message = SSDP(data)
    assert bytes(eval(message.command())) == data
    setattr(message, name, value)
    assert bytes(eval(message.command())) == bytes(message)


@pytest.mark.parametrize("data", MESSAGES)
def test_what_devices_send_is_kept_and_can_be_edited(data: bytes) -> None:
    assert bytes(SSDP(data)) == data
    usn = SSDP(edited(data, "USN", "uuid:x")).USN
    assert usn == (b"uuid:x" if parse(data).start.line else None)


def test_every_captured_datagram_is_kept() -> None:
    count = 0
    for frame, packet in captured():
        assert bytes(packet) == frame
        message = packet[SSDP]
        data = message.original
        names = message.header_names
        new = {field.name: getattr(message, field.name) for field in message.fields_desc}
        assert rewrite(parse(data), names, new) == data
        count += 1
    if not count:
        pytest.skip("no capture with SSDP in pcaps/")


def test_a_duplicate_has_its_first_value_in_the_field_and_the_rest_in_the_list() -> None:
    data = RESPONSE.replace(b"ST:", b"ST: first\r\nst:")
    message = SSDP(data)
    assert message.ST == b"first"
    assert (b"st", b"upnp:rootdevice") in message.headers
    message.ST = None
    assert bytes(message) == data.replace(b"ST: first\r\n", b"")


def test_editing_keeps_spelling_and_blanks() -> None:
    data = b"NOTIFY * HTTP/1.1\nnt :a\nNts:\tssdp:alive\nUSN:   u\n\n"
    message = SSDP(data)
    message.NT, message.NTS, message.USN = "b", "ssdp:byebye", "v"
    assert bytes(message) == b"NOTIFY * HTTP/1.1\nnt :b\nNts:\tssdp:byebye\nUSN:   v\n\n"


def test_items_of_the_list_change_remove_and_insert_their_own_lines() -> None:
    message = SSDP(ALIVE)
    assert message.headers == [
        (b"OPT", b'"http://schemas.upnp.org/upnp/1/0/"; ns=01'),
        (b"01-NLS", b"17"),
    ]
    message.headers[1] = ("01-NLS", 18)
    assert bytes(message) == ALIVE.replace(b"01-NLS: 17", b"01-NLS: 18")
    message.headers.insert(1, ("X-New", "y"))
    assert bytes(message) == ALIVE.replace(b"01-NLS: 17", b"X-New: y\r\n01-NLS: 18")
    message.headers = []
    kept = [line for line in ALIVE.split(b"\r\n") if not line.startswith((b"OPT", b"01-NLS"))]
    assert bytes(message) == b"\r\n".join(kept)


def test_line_end_and_blank_line_of_a_dissected_message_can_be_changed() -> None:
    message = SSDP(ALIVE)
    message.line_end = "\n"
    assert bytes(message) == ALIVE.replace(b"\r\n", b"\n")
    message.blank = ""
    assert bytes(message) == ALIVE.replace(b"\r\n", b"\n")[:-1]
    message.prologue, message.body = "\r\n", "\0"
    assert bytes(message) == b"\r\n" + ALIVE.replace(b"\r\n", b"\n")[:-1] + b"\0"


def test_a_start_line_can_be_changed_and_left_out() -> None:
    message = SSDP(ALIVE)
    message.start_line = "NOTIFY / HTTP/1.0"
    assert bytes(message) == ALIVE.replace(b"NOTIFY * HTTP/1.1", b"NOTIFY / HTTP/1.0")
    message.start_line = None
    assert bytes(message) == ALIVE.partition(b"\r\n")[2]


def test_an_empty_value_is_a_value() -> None:
    message = SSDP(RESPONSE)
    assert message.EXT == b""
    message.ST = b""
    assert b"\r\nST:" in bytes(message)
    assert SSDP(bytes(message)).ST == b""
    message.ST = None
    assert b"ST:" not in bytes(message).replace(b"HOST:", b"")


def test_a_raw_value_replaces_the_line() -> None:
    message = SSDP(RESPONSE)
    message.ST = RawVal(b"ST without a colon\n")
    assert bytes(message) == RESPONSE.replace(b"ST: upnp:rootdevice\r\n", b"ST without a colon\n")
    message.headers = RawVal(b"last:1")
    assert bytes(message).endswith(b"\r\nlast:1\r\n")


def test_header_fields_are_written_under_their_names_in_the_standard() -> None:
    fields = {f.name: f.wire_name for f in map(field_of, NAMES) if isinstance(f, HeaderField)}
    assert fields["CACHE_CONTROL"] == b"CACHE-CONTROL"
    assert fields["NEXTBOOTID_UPNP_ORG"] == b"NEXTBOOTID.UPNP.ORG"
    assert len(fields) == 21


def field_of(name: str) -> object:
    field = SSDP().get_field(name)
    return getattr(field, "fld", field)


def test_headers_are_taken_from_pairs_mappings_lines_and_parsed_headers() -> None:
    expected = b"NOTIFY * HTTP/1.1\r\nA: 1\r\nB: x\r\n\r\n"
    assert bytes(HTTPU(headers=[("A", 1), (b"B", b"x")])) == expected
    assert bytes(HTTPU(headers={"A": 1, "B": "x"})) == expected
    assert bytes(HTTPU(headers=["A: 1", b"B: x\r\n"])) == expected
    assert bytes(HTTPU(headers=parse(expected).headers)) == expected
    assert bytes(HTTPU(headers="A: 1\r\nB: x")) == expected


def test_malformed_messages_are_as_easy_to_write() -> None:
    assert bytes(HTTPU(start_line="m-search *", headers=["x", ("ST", "a"), ("ST", "b")])) == (
        b"m-search *\r\nx\r\nST: a\r\nST: b\r\n\r\n"
    )
    assert bytes(HTTPU(line_end="\n", headers=[("A", "1")])) == b"NOTIFY * HTTP/1.1\nA: 1\n\n"
    assert bytes(HTTPU(blank="", body="\0")) == b"NOTIFY * HTTP/1.1\r\n\0"
    assert bytes(
        SSDPSearch(start_line=None, HOST=None, MAN="ssdp:discover", MX=-1, ST=b"\xff")
    ) == (b"MAN: ssdp:discover\r\nMX: -1\r\nST: \xff\r\n\r\n")
    assert bytes(SSDP(start_line="X")) == b"X\r\n\r\n"
    assert bytes(SSDPSearch(ST="a\r\nX: y")).endswith(b"ST: a\r\nX: y\r\n\r\n")


def test_a_message_goes_to_protocol_and_back() -> None:
    message = SSDP(ALIVE)
    assert message.message == parse(ALIVE)
    assert bytes(SSDP(bytes(message.message))) == ALIVE
    message.NT = "other"
    assert message.ssdp.nt == "other"
    assert "usn-type-mismatch" in [defect.name for defect in message.defects]


def test_values_read_what_rewrite_writes() -> None:
    message = parse(ALIVE)
    assert rewrite(message, {}, values(message, {})) == ALIVE


@given(any_bytes, st.data())
def test_an_item_of_the_list_is_removed_with_its_line(data: bytes, draw: st.DataObject) -> None:
    message = SSDP(data)
    if not message.headers:
        return
    index = draw.draw(st.integers(0, len(message.headers) - 1))
    del message.headers[index]
    left = [*message.headers]
    assert len(bytes(message)) < len(data)
    removed = values(parse(data), message.header_names)["headers"]
    assert left == removed[:index] + removed[index + 1 :]
    lines = [header.line for header in parse(data).headers]
    assert any(bytes(message) == data.replace(line, b"", 1) for line in lines) or any(
        data.count(line) > 1 for line in lines
    )
