from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.protocol.deviations import CORRECT, MEANING, SYNTAX
from tests.protocol.quirks import BASELINE, FURTHER, REPLIES
from tests.protocol.strategies import ANYTHING, HEADER_NAMES, HEADER_VALUES, NEARLY_A_MESSAGE
from upnpscapy.errors import MessageError, UpnpError
from upnpscapy.protocol import http_lines, httpu
from upnpscapy.protocol.defect import CATALOGUE
from upnpscapy.protocol.httpu import StartLine, build, parse, text

DATAGRAMS = [
    *CORRECT.values(),
    *[case.data for case in (*SYNTAX, *MEANING)],
    *[quirk.data for quirk in (*REPLIES, *FURTHER)],
]


def forget() -> None:
    http_lines.STARTS.clear()
    http_lines.HEADERS.clear()


class TestAnyBytes:
    @given(st.one_of(ANYTHING, NEARLY_A_MESSAGE))
    def test_every_byte_is_kept(self, data: bytes) -> None:
        assert bytes(parse(data)) == data

    @given(st.one_of(ANYTHING, NEARLY_A_MESSAGE))
    def test_defects_are_known_and_inside(self, data: bytes) -> None:
        for defect in parse(data).defects:
            assert defect.name in CATALOGUE
            assert defect.at is not None
            assert 0 <= defect.at <= len(data)

    @given(NEARLY_A_MESSAGE)
    def test_header_fields_hold_no_line_end_but_a_named_one(self, data: bytes) -> None:
        message = parse(data)
        names = {defect.name for defect in message.defects}
        for header in message.headers:
            assert header.line.strip(b"\r\n")
            assert not set(header.name) & set(b"\r\n:")
            assert header.key == header.name.lower()
            assert b"\r" not in header.value
            assert b"\n" not in header.value or "lf-in-value" in names

    @given(NEARLY_A_MESSAGE)
    def test_what_was_read_before_changes_nothing(self, data: bytes) -> None:
        forget()
        first = parse(data)
        assert parse(data) == first
        for other in DATAGRAMS[:8]:
            parse(other)
        assert parse(data) == first

    @given(NEARLY_A_MESSAGE)
    def test_the_short_way_reads_what_the_long_way_reads(self, data: bytes) -> None:
        short = parse(data)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(httpu, "_found_of", lambda entry: True)
            assert parse(data) == short

    @pytest.mark.parametrize("data", DATAGRAMS)
    def test_every_beginning_of_a_message_is_read(self, data: bytes) -> None:
        for size in range(len(data)):
            assert bytes(parse(data[:size])) == data[:size]


class TestParts:
    def test_request(self) -> None:
        message = parse(b"M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n")
        line = b"M-SEARCH * HTTP/1.1\r\n"
        assert message.start == StartLine(line, b"M-SEARCH", b"*", b"HTTP/1.1", None, None)
        assert message.start.stripped == b"M-SEARCH * HTTP/1.1"
        assert message.headers == ((b"ST", b"ssdp:all", b"ST: ssdp:all\r\n", b"st"),)
        assert (message.prologue, message.blank, message.body) == (b"", b"\r\n", b"")
        assert message.defects == ()

    def test_response(self) -> None:
        start = parse(b"HTTP/1.1 404 Not Found\r\n\r\n").start
        assert start[1:] == (None, None, b"HTTP/1.1", 404, b"Not Found")

    def test_reason_may_be_empty(self) -> None:
        assert parse(b"HTTP/1.1 200 \r\n\r\n").start.reason == b""

    def test_what_is_not_http_has_no_parts(self) -> None:
        message = parse(b"\x16\x03\x01\r\nA: 1\r\n\r\n")
        assert message.start[1:] == (None,) * 5
        assert message.headers.get("a") == b"1"

    def test_prologue_and_body(self) -> None:
        message = parse(b"\r\n\0NOTIFY * HTTP/1.1\r\n\r\nbody\r\nA: 1\r\n\r\n")
        assert message.prologue == b"\r\n\0"
        assert message.headers == ()
        assert message.body == b"body\r\nA: 1\r\n\r\n"

    def test_a_body_is_no_fault_of_syntax(self) -> None:
        assert parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").defects == ()

    def test_nul_bytes_after_a_line_without_end_belong_to_no_header(self) -> None:
        message = parse(b"HTTP/1.1 200 OK\r\nST: a\0\0")
        assert message.headers.get("st") == b"a"
        assert message.body == b"\0\0"

    def test_folded_lines_are_joined_by_one_space(self) -> None:
        data = b"HTTP/1.1 200 OK\r\nA: 1\r\n\t 2 \r\n \r\n  3\r\nB: 4\r\n\r\n"
        headers = parse(data).headers
        assert headers.get("a") == b"1 2 3"
        assert headers[0].line == b"A: 1\r\n\t 2 \r\n \r\n  3\r\n"
        assert headers.get("b") == b"4"


class TestHeaders:
    HEADERS = parse(b"HTTP/1.1 200 OK\r\nA: 1\r\nb: 2\r\nA : 3\r\n\xc4: \xe4\r\nE:\r\n\r\n").headers

    def test_get_is_the_first_in_any_case(self) -> None:
        assert self.HEADERS.get("a") == self.HEADERS.get(b"A") == b"1"
        assert self.HEADERS.get("B") == b"2"

    def test_an_empty_value_is_a_value(self) -> None:
        assert self.HEADERS.get("e") == b""
        assert self.HEADERS.get("nope") is None

    def test_get_all_keeps_the_order(self) -> None:
        assert self.HEADERS.get_all("a") == [b"1", b"3"]
        assert self.HEADERS.get_all("nope") == []

    def test_pairs_are_text(self) -> None:
        assert list(self.HEADERS.pairs())[3:] == [(r"\xc4", r"\xe4"), ("E", "")]

    @pytest.mark.parametrize("name", ["\udcff", "\u212a", "", "ä"])
    def test_any_name_can_be_asked_for(self, name: str) -> None:
        assert parse(b"HTTP/1.1 200 OK\r\nK: 1\r\n\r\n").headers.get(name) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [(b"a", "a"), ("ä".encode(), "ä"), (b"\xe4", r"\xe4"), (b"\0\x1b", "\0\x1b"), (b"", "")],
)
def test_text(value: bytes, expected: str) -> None:
    assert text(value) == expected


class TestEditing:
    def test_one_line_changes(self) -> None:
        message = parse(BASELINE).with_header("location", "http://192.0.2.9/")
        assert bytes(message) == BASELINE.replace(
            b"http://192.0.2.17:49152/device.xml", b"http://192.0.2.9/"
        )

    @pytest.mark.parametrize(
        ("line", "value", "changed"),
        [
            (b"a :\t 1 \n", "2", b"a :\t 2\n"),
            (b"A:1\r", "2", b"A:2\r"),
            (b"A: 1\r\n 2\r\n", "3", b"A: 3\r\n"),
            (b"A:\r\n 2\r\n", "3", b"A: 3\r\n"),
            (b"A:\r\n", "3", b"A: 3\r\n"),
            (b"A: 1\r\n", "", b"A:\r\n"),
            (b"A: 1\r\r\n", "2", b"A: 2\r\r\n"),
        ],
    )
    def test_name_blanks_and_line_end_stay(self, line: bytes, value: str, changed: bytes) -> None:
        for rest in (b"B: 1\r\n\r\n", b"\r\n", b""):
            start = b"NOTIFY * HTTP/1.1\n"
            message = parse(start + line + rest).with_header("A", value)
            assert bytes(message) == start + changed + rest

    @pytest.mark.parametrize(
        ("data", "changed"),
        [
            (b"N * HTTP/1.1\r\n\r\n", b"N * HTTP/1.1\r\nX: 1\r\n\r\n"),
            (b"N * HTTP/1.1\nA: 1\n\n", b"N * HTTP/1.1\nA: 1\nX: 1\n\n"),
            (b"N * HTTP/1.1\r\nA: 1", b"N * HTTP/1.1\r\nA: 1\r\nX: 1\r\n"),
            (b"N * HTTP/1.1", b"N * HTTP/1.1\r\nX: 1\r\n"),
            (b"N * HTTP/1.1\r\n\r\nbody", b"N * HTTP/1.1\r\nX: 1\r\n\r\nbody"),
            (b"N * HTTP/1.1\r\nA: 1\0", b"N * HTTP/1.1\r\nA: 1\r\nX: 1\r\n\0"),
        ],
    )
    def test_a_new_header_comes_last(self, data: bytes, changed: bytes) -> None:
        assert bytes(parse(data).with_header("X", "1")) == changed

    def test_without_header_takes_all_of_that_name(self) -> None:
        message = parse(b"N * HTTP/1.1\r\nA: 1\r\n 2\r\nB: 1\r\na: 3\r\n\r\n").without_header("A")
        assert bytes(message) == b"N * HTTP/1.1\r\nB: 1\r\n\r\n"

    def test_there_must_be_a_start_line(self) -> None:
        with pytest.raises(MessageError):
            parse(b"").with_header("A", "1")

    def test_broken_on_purpose(self) -> None:
        message = parse(b"N * HTTP/1.1\r\nA: 1\r\n\r\n").with_header("A", b"1\n2\0", check=False)
        assert bytes(message) == b"N * HTTP/1.1\r\nA: 1\n2\0\r\n\r\n"

    @given(NEARLY_A_MESSAGE, HEADER_VALUES, st.data())
    def test_only_that_line_changes(self, data: bytes, value: str, draw: st.DataObject) -> None:
        message = parse(data)
        names = sorted({header.name for header in message.headers if is_writable(header.name)})
        assume(names)
        name = draw.draw(st.sampled_from(names))
        before = [header.line for header in message.headers]
        changed = [header.key for header in message.headers].index(name.lower())
        result = bytes(message.with_header(name, value))
        start = len(message.prologue) + len(message.start.line) + sum(map(len, before[:changed]))
        end = start + len(before[changed])
        assert result.startswith(data[:start])
        assert result.endswith(data[end:])
        line = result[start : len(result) - (len(data) - end)]
        assert parse(b"N * HTTP/1.1\r\n" + line + b"\r\n").headers.get(name) == value.encode()

    @given(NEARLY_A_MESSAGE, HEADER_NAMES, HEADER_VALUES)
    def test_added_then_read(self, data: bytes, name: str, value: str) -> None:
        message = parse(data)
        assume(message.start.line)
        assume(message.headers.get(name) is None)
        added = message.with_header(name, value)
        assert added.headers.get(name) == value.encode()
        assert bytes(added).startswith(data[: len(message.prologue) + len(message.start.line)])
        assert added.body == message.body

    @given(NEARLY_A_MESSAGE, st.data())
    def test_removed_then_gone(self, data: bytes, draw: st.DataObject) -> None:
        message = parse(data)
        names = sorted({header.name for header in message.headers if header.name})
        assume(names)
        name = draw.draw(st.sampled_from(names))
        removed = message.without_header(name)
        left = [header.line for header in message.headers if header.key != name.lower()]
        assert bytes(removed) == b"".join(
            (message.prologue, message.start.line, *left, message.blank, message.body)
        )


def is_writable(name: bytes) -> bool:
    return bool(http_lines.TOKEN.match(name))


UNWRITABLE: list[tuple[Any, Any]] = [
    *[("A", f"x{char}y") for char in "\r\n\0\x01\x1f\x7f"],
    *[("A", value) for value in (" x", "x ", "\tx", "x\r\n", "\udcff")],
    *[(name, "x") for name in ("", "A B", "A:", "A\r\nB", "Ä", " A", "A\0", "(A)", "\udcff")],
    (b"A", b"x\r\nB: 1"),
    (b"A\n", b"x"),
]


class TestBuilding:
    @given(st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=8))
    def test_what_is_built_is_read_without_defect(self, pairs: list[tuple[str, str]]) -> None:
        pairs = list({name.upper(): (name.upper(), value) for name, value in pairs}.values())
        message = build("NOTIFY * HTTP/1.1", pairs)
        assert message == parse(bytes(message))
        assert list(message.headers.pairs()) == pairs
        assert [d.name for d in message.defects if d.name != "late-location"] == []

    def test_an_empty_value_has_no_blank(self) -> None:
        assert bytes(build(b"HTTP/1.1 200 OK", [(b"EXT", b"")])) == (
            b"HTTP/1.1 200 OK\r\nEXT:\r\n\r\n"
        )

    @pytest.mark.parametrize(("name", "value"), UNWRITABLE)
    def test_refuses(self, name: Any, value: Any) -> None:
        with pytest.raises(MessageError) as caught:
            build("NOTIFY * HTTP/1.1", [(name, value)])
        assert isinstance(caught.value, ValueError)
        assert isinstance(caught.value, UpnpError)
        with pytest.raises(MessageError):
            parse(BASELINE).with_header(name, value)

    @pytest.mark.parametrize(
        "line",
        [
            "",
            " ",
            "NOTIFY",
            " NOTIFY * HTTP/1.1",
            "NOTIFY * HTTP/1.1\r\n",
            "N * HTTP/1.1\0",
            "<a/>",
        ],
    )
    def test_refuses_a_start_line(self, line: str) -> None:
        with pytest.raises(MessageError):
            build(line, [])


def test_messages_are_values() -> None:
    message = parse(BASELINE)
    assert message == parse(bytes(message))
    assert hash(message) == hash(parse(bytes(message)))
