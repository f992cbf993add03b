"""A message as sent: the bytes that deviate are marked, each deviation is named with its clause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.display.showing import shown_text
from tests.protocol.quirks import FURTHER, REPLIES
from upnpscapy import parse, parse_ssdp
from upnpscapy.protocol import message_view
from upnpscapy.protocol.message_view import head_node

START = b"NOTIFY * HTTP/1.1\r\n"


def marked(data: bytes, name: str) -> list[str]:
    """What is marked in the line that has a deviation, as text."""
    for line in head_node(parse_ssdp(data).message, "m", parse_ssdp(data).defects).written:
        if any(note.startswith(f"{name}: ") for note in line.notes):
            return [text for text, is_marked in line.pieces if is_marked]
    pytest.fail(f"{name} is nowhere")


@pytest.mark.parametrize(
    ("data", "name", "pieces"),
    [
        (b"notify * HTTP/1.1\r\n\r\n", "start-line-case", ["notify * HTTP/1.1"]),
        (b"NOTIFY /x HTTP/1.1\r\n\r\n", "request-target", ["/x"]),
        (b"NOTIFY * HTTP/1.0\r\n\r\n", "http-version", ["HTTP/1.0"]),
        (b"HTTP/1.1 404 Not Found\r\nST: a\r\n\r\n", "status-not-200", ["404"]),
        (START + b"HOST:x\r\n\r\n", "no-space-after-colon", [":"]),
        (START + b"HOST : x\r\n\r\n", "space-before-colon", [" "]),
        (START + b"HOST:\tx\r\n\r\n", "tab-after-colon", ["\t"]),
        (START + b"host: x\r\n\r\n", "lower-case-name", ["host"]),
        (START + b"X-\xe4: x\r\n\r\n", "non-ascii-name", [r"\xe4"]),
        (START + b"X: a\xffb\r\n\r\n", "non-ascii-value", [r"\xff"]),
        (START + b"X: a\0b\r\n\r\n", "nul-in-value", ["\0"]),
        (START + b"X: a\x1bb\r\n\r\n", "control-in-value", ["\x1b"]),
        (START + b"HOST: x\n\r\n", "bare-lf", ["\n"]),
        (START + b"NTS: ssdp:alive\r\nUSN: x\r\n\r\n", "usn-without-uuid", ["x"]),
        (START + b"no colon\r\n\r\n", "header-without-colon", ["no colon"]),
        (b"\r\n" + START + b"\r\n", "leading-blanks", ["\r\n"]),
        (START + b"\r\n\0\0", "trailing-nul", ["\0\0"]),
        (b"\x16\x03\x01", "not-http", ["\x16\x03\x01"]),
    ],
)
def test_bytes_that_deviate_are_marked(data: bytes, name: str, pieces: list[str]) -> None:
    assert marked(data, name) == pieces


QUIRKS = [quirk.data for quirk in (*REPLIES, *FURTHER)]


@given(st.binary(max_size=300) | st.sampled_from(QUIRKS))
def test_every_deviation_is_named_and_no_byte_is_lost(data: bytes) -> None:
    for message in (parse(data), parse_ssdp(data)):
        text = shown_text(message)
        for defect in message.defects:
            assert defect.name in text
            assert defect.clause in text
    lines = head_node(parse(data), "m").written
    said = "".join(text for line in lines for text, _ in line.pieces)
    sent = data.decode("utf-8", "backslashreplace")
    if data.isascii() and len(data) < 200:
        assert said.replace("\r\n", "") == sent.replace("\r\n", "")


def test_good_message_is_its_lines() -> None:
    data = b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\n\r\n'
    assert str(parse(data)).splitlines() == [
        "message",
        "    M-SEARCH * HTTP/1.1",
        "    HOST: 239.255.255.250:1900",
        '    MAN: "ssdp:discover"',
    ]


def test_text_puts_a_sign_below() -> None:
    assert str(parse(b"NOTIFY * HTTP/1.1\r\nHOST:x\r\n\r\n")).splitlines()[1:] == [
        "    NOTIFY * HTTP/1.1",
        "    HOST:x",
        "        ^",
        "      ↑ no-space-after-colon: no blank stands after a colon (practice; RFC 2616, 4.2)",
    ]


def test_what_is_missing_is_said_beside() -> None:
    message = parse_ssdp(START + b"\r\n")
    node = head_node(message.message, "m", message.defects)
    said = [value for name, value in node.fields if name == "deviates"]
    assert [text.partition(":")[0] for text in said] == [one.name for one in message.defects]


def test_long_message_ends_but_for_what_deviates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_view, "MAX_LINES", 5)
    lines = [b"H%d: %s" % (number, b"x" * 5000) for number in range(50)] + [b"last:x"]
    message = parse(START + b"\r\n".join(lines) + b"\r\n\r\n")
    node = head_node(message, "m")
    assert len(node.written) == 6
    assert dict(node.fields)["not shown"] == "46 lines without a deviation"
    assert "(5006 bytes)" in shown_text(message)
