"""Every oddity of devices' XML is read, named and counted; what is dangerous is refused."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import FrozenInstanceError
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.errors import DescriptionError, UpnpError
from upnpscapy.protocol import xml
from upnpscapy.protocol.xml import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    REPAIRS,
    Document,
    Element,
    Repair,
    parse_xml,
)

GOOD = b'<?xml version="1.0"?>\r\n<r xmlns="urn:x" k="v"><a/><b> 1 </b><a>2</a><c></c></r>\r\n'


def names(document: Document) -> list[str]:
    return [repair.name for repair in document.repairs]


def test_order_and_empty_values_are_kept() -> None:
    document = parse_xml(GOOD)
    root = document.root
    assert [(child.name, child.text) for child in root] == [
        ("a", ""),
        ("b", "1"),
        ("a", "2"),
        ("c", ""),
    ]
    assert [child.raw_text for child in root][1] == " 1 "
    assert root.attributes == (("xmlns", "urn:x"), ("k", "v"))
    assert root.attribute("k") == "v"
    assert root.attribute("q") is None
    assert {element.namespace for element in root.walk()} == {"urn:x"}
    assert document.repairs == ()
    assert document.encoding == "utf-8"
    assert len(root) == 4


def test_children_are_found_by_local_name() -> None:
    root = parse_xml(b'<r xmlns:p="urn:p"><p:Name>1</p:Name><name>2</name><NAME/></r>').root
    assert root.find_text("name") == "2"
    assert root.find_text("Name") == "1"
    assert [child.text for child in root.find_all("nAME")] == ["1", "2", ""]
    assert root.find("other") is None
    assert root.find_text("other") is None
    assert bool(root.find("NAME"))
    assert (root.children[0].prefix, root.children[0].namespace) == ("p", "urn:p")


def test_dict_is_that_of_xmltodict() -> None:
    assert parse_xml(GOOD).to_dict() == {
        "r": {"@xmlns": "urn:x", "@k": "v", "a": [None, "2"], "b": "1", "c": None}
    }


DECLARATION = b'<?xml version="1.0"?>'
ROUTER = "路由器"

REPAIRED: list[tuple[str, bytes, str, list[str]]] = [
    (
        "HTTP header",
        b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n<?xml version='1.0'?><r>x</r>",
        "x",
        ["http-header"],
    ),
    ("HTTP request", b"POST /c HTTP/1.1\r\n\r\n<r>x</r>", "x", ["http-header"]),
    ("blanks", b"\r\n " + DECLARATION + b"<r>x</r>", "x", ["leading-blanks"]),
    ("BOM", b"\xef\xbb\xbf" + DECLARATION + b"<r>x</r>", "x", ["byte-order-mark"]),
    ("chunk size", b"1f\r\n<r>x</r>", "x", ["leading-garbage"]),
    (
        "two declarations",
        DECLARATION + b"\n" + DECLARATION + b"<r>x</r>",
        "x",
        ["second-declaration"],
    ),
    ("declaration cut", b"<?xml version='1.0'><r>x</r>", "x", ["malformed-declaration"]),
    ("document type", b"<!DOCTYPE r><r>x</r>", "x", ["document-type"]),
    ("NULs after", b"<r>x</r>\0\0\n", "x", ["trailing-nul"]),
    ("garbage after", b"<r>x</r>garbage", "x", ["trailing-garbage"]),
    ("second root", b"<r>x</r><q/>", "x", ["trailing-garbage"]),
    ("cut in text", b"<r>x", "x", ["cut-short"]),
    ("cut in a tag", b"<r>x</", "x", ["cut-short"]),
    ("cut in CDATA", b"<r><![CDATA[x", "x", ["cut-short"]),
    ("bare &", b"<r>a & b&c</r>", "a & b&c", ["bare-ampersand"]),
    ("& in an attribute", b"<r a='1&2'>x</r>", "x", ["bare-ampersand"]),
    ("entity", b"<r>&nbsp;</r>", "&nbsp;", ["undefined-entity"]),
    ("no character", b"<r>&#0;&#xD800;&#65;</r>", "&#0;&#xD800;A", ["invalid-reference"]),
    ("bare <", b"<r>1 < 2</r>", "1 < 2", ["bare-less-than"]),
    ("]]>", b"<r>a]]>b</r>", "a]]>b", ["bare-cdata-end"]),
    ("control", b"<r>a\x1bb</r>", "a\\x1bb", ["control-character"]),
    ("control in a tag", b"<r\x00>x</r>", "x", ["control-character"]),
    ("latin-1", b"<r>caf\xe9</r>", "café", ["undeclared-encoding"]),
    ("latin-1 pair", "<r>Füße</r>".encode("latin-1"), "Füße", ["undeclared-encoding"]),
    ("gb2312", f"<r>{ROUTER}</r>".encode("gb2312"), ROUTER, ["undeclared-encoding"]),
    (
        "not utf-16",
        b'<?xml version="1.0" encoding="UTF-16"?><r>x</r>',
        "x",
        ["wrong-utf-16-declaration"],
    ),
    ("not ascii", b'<?xml version="1.0" encoding="big5"?><r>\xe9</r>', "é", ["wrong-encoding"]),
    ("unknown", b'<?xml version="1.0" encoding="x-y"?><r>x</r>', "x", ["unknown-encoding"]),
    ("no text codec", b'<?xml version="1.0" encoding="idna"?><r>x</r>', "x", ["unknown-encoding"]),
    ("spoilt UTF-8", "<r>éè".encode() + b"\xff</r>", "éè\\xff", ["invalid-utf-8"]),
    ("odd UTF-16", "<r>x</r>".encode("utf-16") + b"a", "x", ["odd-utf-16", "trailing-garbage"]),
    ("prefix", b"<r>x<dlna:a/></r>", "x", ["undeclared-prefix"]),
    ("attribute's prefix", b"<r dt:dt='i4'>x</r>", "x", ["undeclared-prefix"]),
    ("empty prefix", b"<r>x<:a/></r>", "x", ["empty-prefix"]),
    ("empty namespace", b"<r xmlns:p=''>x</r>", "x", ["empty-namespace"]),
    ("blank in xmlns", b"<r xmlns=' urn:x'>x</r>", "x", ["namespace-blanks"]),
]


@pytest.mark.parametrize(
    ("data", "text", "repairs"), [case[1:] for case in REPAIRED], ids=[case[0] for case in REPAIRED]
)
def test_repair_is_made_and_named(data: bytes, text: str, repairs: list[str]) -> None:
    document = parse_xml(data)
    assert document.root.text == text
    assert names(document) == repairs
    assert list(document.to_dict()) == ["r"]
    assert parse_xml(document.repaired).root == document.root


def test_every_repair_has_a_case() -> None:
    assert {name for case in REPAIRED for name in case[3]} == set(REPAIRS)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (f'<?xml version="1.0" encoding="gb2312"?><r>{ROUTER}</r>'.encode("gb2312"), "gb2312"),
        (f'<?xml version="1.0" encoding="UTF-16"?><r>{ROUTER}</r>'.encode("utf-16"), "utf-16-le"),
        (f"<r>{ROUTER}</r>".encode("utf-16-be"), "utf-16-be"),
        (f"<r>{ROUTER}</r>".encode(), "utf-8"),
    ],
)
def test_encoding_as_declared_is_no_fault(data: bytes, encoding: str) -> None:
    document = parse_xml(data)
    assert (document.root.text, document.encoding, document.repairs) == (ROUTER, encoding, ())


@pytest.mark.parametrize(
    "data",
    [
        b"<r                >x</r   >",
        b"<r a='>'>x</r>\n<!-- end --><?end ?>\r\n",
        b"<?xml-stylesheet href='a'?><r><!-- a -- b -->x<?p?></r>",
        b"<r><![CDATA[x]]></r>",
        b'<r xmlns="urn:x"><a xmlns=""/>x</r>',
    ],
)
def test_what_xml_allows_is_no_fault(data: bytes) -> None:
    document = parse_xml(data)
    assert (document.root.text, document.repairs) == ("x", ())


def test_namespaces_end_with_their_element() -> None:
    root = parse_xml(b'<r xmlns="urn:1"><a xmlns="urn:2"><b/></a><c/><d xmlns=""/></r>').root
    assert [one.namespace for one in root.walk()] == ["urn:1", "urn:2", "urn:2", "urn:1", None]


def test_repairs_are_counted() -> None:
    (repair,) = parse_xml(b"<r>& & &</r>").repairs
    assert repair == Repair("bare-ampersand", "& & &", 3)
    assert str(repair) == "bare-ampersand '& & &' 3 times: an & is not the start of a reference"


BOMB = b"<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><r>&b;</r>"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB, "document type that declares or refers"),
        (b"<!DOCTYPE r SYSTEM 'http://192.0.2.1/x.dtd'><r/>", "document type that declares"),
        (b"<!DOCTYPE r PUBLIC 'a' 'b'><r/>", "document type that declares"),
        (b"<!ENTITY a 'b'><r/>", "document type that declares"),
        (b"<a>" * 10_000, "more than 64 elements inside each other"),
        (b"<r>" + b"<a/>" * MAX_ELEMENTS, f"more than {MAX_ELEMENTS} elements"),
        (b" " * (MAX_BYTES + 1), "more than the limit"),
        (b"", "empty"),
        (b"status=ok", "no XML element: 'status=ok'"),
        (b"</r>", "end tag without a start tag"),
        (b"<r>\n<a></b></r>", "mismatched tag at line 2, column"),
        (b"<r a='1' a='2'/>", "duplicate attribute"),
    ],
)
def test_what_no_repair_helps_is_refused_quickly(data: bytes, reason: str) -> None:
    start = process_time()
    with pytest.raises(DescriptionError, match=reason) as caught:
        parse_xml(data)
    assert process_time() - start < 2
    assert isinstance(caught.value, UpnpError | ValueError)
    assert caught.value.url is None


def test_limits_are_reached_without_refusal() -> None:
    deep = b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH
    assert len(list(parse_xml(deep).root.walk())) == MAX_DEPTH
    assert parse_xml(b"<r/>", max_bytes=4).root == Element("r")
    with pytest.raises(DescriptionError):
        parse_xml(b"<r/>", max_bytes=3)


PIECES = [
    *rb"""< > / <r> </r> <a <a/> & &amp; &# &x; <!-- --> <![CDATA[ ]]> ?> = " ' :""".split(),
    *b"xmlns:a encoding='gb2312' encoding='utf-16'".split(),
    *(b" ", b"\0", b"\r\n", b"\x1b", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9", b"\xb7\xd3"),
    *(b"<?xml ", b"<!DOCTYPE r>", b"HTTP/1.1 200 OK", b"\xed\xa0\x80", b"\xef\xbf\xbf", b"\x85"),
]


@given(st.one_of(st.binary(), st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)))
def test_any_bytes_give_a_document_or_the_one_error(data: bytes) -> None:
    try:
        document = parse_xml(data)
    except DescriptionError:
        return
    assert parse_xml(document.repaired).root == document.root
    assert set(names(document)) <= set(REPAIRS)
    document.to_dict()


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")))


@given(st.lists(st.tuples(st.sampled_from("abc"), TEXT)), st.sampled_from(["utf-8", "utf-16"]))
def test_any_text_in_any_order_comes_back(pairs: list[tuple[str, str]], encoding: str) -> None:
    inner = "".join(
        f"<{name}>{text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</{name}>"
        for name, text in pairs
    )
    document = parse_xml(f"<r>{inner}</r>".encode(encoding))
    assert [(child.name, child.raw_text) for child in document.root] == pairs
    assert document.repairs == ()


REPEATED = [
    *b"< <!-- <![CDATA[ & &# &a <? ]]> \0 \xff \xe9a".split(b" "),
    *(b"<?xml ", b'<a b="', b"<a '", b"<a xmlns:a='b'/>", b"<!DOCTYPE a>", b" ", b"<a> </a>"),
]
LEADS = [b"", b"<r>", b"<r/>", b"<r a='"]


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("piece", REPEATED)
def test_time_grows_with_the_size(lead: bytes, piece: bytes) -> None:
    def best(size: int) -> float:
        data, times = (lead + piece * size)[:size], []
        for _ in range(3):
            start = process_time()
            with suppress(DescriptionError):
                parse_xml(data)
            times.append(process_time() - start)
        return min(times)

    assert best(80_000) < 24 * best(10_000) + 0.02


def test_elements_that_are_read_are_as_final_as_those_that_are_made() -> None:
    """The reader makes them in another way."""
    for _ in range(2):  # the second comes from memory
        root = parse_xml(b'<u:a xmlns:u="urn:x" b="1">x<c>y</c>z</u:a>').root
        child = Element("c", raw_text="y")
        attributes = (("xmlns:u", "urn:x"), ("b", "1"))
        made = Element("a", "u", "urn:x", attributes, "xz", (child,))
        assert type(root) is Element
        assert root == made
        assert hash(root) == hash(made)
        assert pickle.loads(pickle.dumps(root)) == copy.deepcopy(root) == made
        with pytest.raises(FrozenInstanceError):
            root.name = "b"  # type: ignore[misc]


@pytest.mark.parametrize("text", [b"<a>1</a>", b"<a>1", b"<!DOCTYPE a SYSTEM 'b'><a/>", b"", b"<"])
def test_what_is_remembered_of_a_text_is_what_reading_it_says(text: bytes) -> None:
    """Also of one that is repaired, or refused."""

    def told(read: Callable[[bytes], Document]) -> str:
        try:
            document = read(text)
        except DescriptionError as error:
            return str(error)
        return repr((document, document.root.raw_text, document.repaired))

    assert told(parse_xml) == told(parse_xml) == told(xml._read)
