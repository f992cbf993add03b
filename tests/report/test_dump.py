"""Bytes and messages as they are shown: all of what is marked, aligned, and no more than fits."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.display.test_text import is_harmless
from upnpscapy.report import dump
from upnpscapy.report.dump import Line, Range, Run, hex_lines, is_text, text_lines


def shown(runs: tuple[Run, ...]) -> str:
    return "".join(run.text for run in runs)


def marked(lines: list[Line]) -> str:
    return " ".join(run.text for line in lines for run in line.runs if run.marked)


@st.composite
def cases(draw: st.DrawFn) -> tuple[bytes, int, int, Range | None]:
    data = draw(st.binary(min_size=1, max_size=300))
    start = draw(st.integers(0, len(data) - 1))
    end = draw(st.integers(start + 1, len(data)))
    first = draw(st.integers(start, end - 1))
    mark = (first, draw(st.integers(first + 1, end)))
    return data, start, end, draw(st.sampled_from([None, mark]))


@given(cases())
def test_hex_is_aligned_and_marks_what_is_to_be_marked(
    case: tuple[bytes, int, int, Range | None],
) -> None:
    data, start, end, mark = case
    lines = [line for line in hex_lines(data, start, end, mark) if line.offset]
    for line in lines:
        at = int(line.offset, 16)
        cells, characters = shown(line.runs), shown(line.characters)
        for place in range(max(at, start), min(at + 16, end)):
            column = (place - at) * 3 + (place - at >= 8)
            assert cells[column : column + 2] == f"{data[place]:02x}"
            assert characters[place - at] in (chr(data[place]), ".")
        assert cells[:2].strip() == "" or at >= start
    if mark is None:
        assert marked(lines) == ""
    else:
        first, last = int(lines[0].offset, 16), int(lines[-1].offset, 16) + 16
        seen = data[max(mark[0], first) : min(mark[1], last)]
        assert "".join(marked(lines).split()) == seen.hex()


def test_dump_is_bounded_and_says_what_is_left() -> None:
    lines = list(hex_lines(bytes(10_000), 42, 10_000, None))
    assert len(lines) == dump.MAX_LINES + 1
    assert (
        shown(lines[-1].runs)
        == f"… {10_000 - 0x20 - 16 * dump.MAX_LINES:,} more bytes of the frame"
    )
    lines = list(hex_lines(bytes(10_000), 42, 10_000, (5000, 9000)))
    assert len(lines) <= dump.MAX_LINES + dump.AROUND + 2
    assert lines[0].offset == f"{(5000 // 16 - dump.AROUND) * 16:04x}"


@given(st.binary(max_size=4000), st.integers(0, 4000), st.integers(1, 2000))
def test_text_shows_the_beginning_and_the_mark(data: bytes, at: int, size: int) -> None:
    mark = (at, min(at + size, len(data))) if at < len(data) else None
    lines = list(text_lines(data, mark))
    for line in lines:
        assert all(is_harmless(run.text) for run in line.runs)
    if mark is not None and (wanted := data[mark[0] : mark[1]][: dump.MAX_MARKED]).isalnum():
        assert "".join(marked(lines).split()) == wanted.decode()


def test_text_says_what_is_left_out() -> None:
    data = b"GET / HTTP/1.1\r\n" + b"x" * 5000 + b"EVIL" + b"y" * 5000
    lines = list(text_lines(data, (5016, 5020)))
    said = [shown(line.runs) for line in lines if "bytes" in shown(line.runs)]
    assert [re.sub(r"[\d,]+", "N", one) for one in said] == [
        "… N bytes left out …",
        "… N more bytes",
    ]
    assert marked(lines) == "EVIL"
    assert shown(lines[0].runs) == "GET / HTTP/1.1"


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"HTTP/1.1 200 OK\r\n", True), (b"", False), (b"\0\1\2\3abc", False), (b"\x80" * 40, False)],
)
def test_binary_is_no_text(data: bytes, text: bool) -> None:
    assert is_text(data) is text
