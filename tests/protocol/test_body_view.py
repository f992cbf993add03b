"""Bodies as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.display.showing import html_text
from upnpscapy.protocol import body_view
from upnpscapy.protocol.body_view import body_node
from upnpscapy.tree import Tree


def text_of(data: bytes, *, complete: bool = True) -> list[str]:
    return Tree((body_node(data, complete=complete),)).to_text(expand=True).splitlines()


def test_xml_is_a_tree() -> None:
    data = b'<?xml version="1.0"?><s:E xmlns:s="urn:x"><A>1 &lt; 2</A><B/></s:E>'
    assert text_of(data) == [
        "body  67 bytes of XML",
        "└── s:E",
        "    │   xmlns:s  urn:x",
        "    ├── A  1 < 2",
        "    └── B",
    ]


def test_text_is_lines_with_their_blanks() -> None:
    lines = ["    a: 1", "      b", "", "    <c>"]
    assert text_of(b"a: 1\n  b\n\n<c>") == ["body  13 bytes", *lines]


def test_broken_xml_is_text_and_says_why() -> None:
    first, *lines = text_of(b"<a\n<")
    assert first.startswith("body  4 bytes, no XML: ")
    assert lines == ["    <a", "    <"]


def test_bytes_are_hexadecimal() -> None:
    assert text_of(b"\x89PNG\r\n\x1a\n\0\0", complete=False) == [
        "body  10 bytes, not all of it is there",
        "    0000  89 50 4e 47 0d 0a 1a 0a 00 00                    .PNG......",
    ]


def test_everything_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = b"<a>" + b"<b/>" * 5000 + b"</a>"
    assert len(text_of(wide)) < body_view.MAX_ELEMENTS + 10
    assert text_of(wide)[-1] == f"    └── … {5000 - body_view.MAX_ELEMENTS + 1} more"
    assert not body_node(wide).is_open
    deep = b"<a>" * 100 + b"</a>" * 100
    assert len(text_of(deep)) < body_view.MAX_DEPTH + 10
    assert len(text_of(b"x\n" * 5000)) < body_view.MAX_LINES + 10
    assert len(text_of(bytes(5000))) < 30
    monkeypatch.setattr(body_view, "MAX_XML", 10)
    assert text_of(b"<a>123456</a>") == ["body  13 bytes", "    <a>123456</a>"]


TAGGED = st.text(max_size=200).map(lambda text: f"<a>{text}</a>".encode("utf-8", "replace"))


@given(st.binary(max_size=200) | TAGGED)
def test_any_body_shows(data: bytes) -> None:
    html_text(Tree((body_node(data),)).to_html())
