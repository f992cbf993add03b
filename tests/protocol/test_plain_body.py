"""Bodies read without a parser: a parser reads the same."""

from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from upnpscapy.protocol import gena, plain_body, soap
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.property_set import NAMESPACE
from upnpscapy.protocol.soap_build import CONTROL

OPENING = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
)
CLOSING = "</s:Body></s:Envelope>"
SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:1"
CALL = parse(
    b"POST /c HTTP/1.1\r\nCONTENT-TYPE: text/xml\r\n"
    b'SOAPACTION: "urn:schemas-upnp-org:service:WANIPConnection:1#X"\r\n\r\n'
)
RESULT = parse(b"HTTP/1.1 200 OK\r\n\r\n")
EVENT = parse(
    b"NOTIFY /e HTTP/1.1\r\nNT: upnp:event\r\nNTS: upnp:propchange\r\nSID: uuid:1\r\nSEQ: 0\r\n\r\n"
)


def mostly(usual: str, *rare: str) -> st.SearchStrategy[str]:
    return st.sampled_from([usual] * 3 * len(rare) + [*rare])


NAMES = mostly("X", "XResponse", "Fault", "UPnPError", "fault", "a.b-c_1", "Ä")
PREFIXES = mostly("u", "s", "m", "xml", "XMLns", "xmlns", "SOAP-ENV")
BLANKS = mostly("", " ", "\r\n", "\n\t", "\0", "\xa0")
CHARACTERS = "\r\n|\t|ü|\x7f|\ufffe|\uffff|\ufeff|\x01|\U0001f600"
MARKUP = "&#65;|&x;|&|]]>|>|<b/>|<!-- -->|<![CDATA[x]]>"
VALUES = st.lists(
    mostly("1", "", " a ", "&lt;b&gt;", "&amp;lt;", *CHARACTERS.split("|"), *MARKUP.split("|")),
    max_size=2,
).map("".join)
DECLARATIONS = mostly(
    '<?xml version="1.0"?>',
    "",
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<?xml version="1.0" encoding="latin-1"?>',
    "<?xml version='1.1' ?>",
    "<?xml?>",
    "\ufeff",
)


@st.composite
def elements(draw: st.DrawFn) -> str:
    prefix, name = draw(PREFIXES), draw(NAMES)
    start = f"<{prefix}:{name} xmlns:{prefix}" if draw(st.booleans()) else f"<{name} xmlns"
    end = start.partition(" ")[0][1:] if draw(st.integers(0, 9)) else "other"
    space = draw(mostly(SERVICE, "", " urn:a ", "urn:&lt;", "ü", CONTROL))
    arguments = draw(st.lists(st.tuples(st.sampled_from(["A", "B", "dt"]), VALUES), max_size=3))
    inside = "".join(f"<{name}>{value}</{name}>{draw(BLANKS)}" for name, value in arguments)
    if draw(st.integers(0, 5)) == 0:
        return f'{start}="{space}"/>'
    return f'{start}="{space}"{draw(BLANKS)}>{draw(BLANKS)}{inside}</{end}>'


ENVELOPES = st.tuples(
    DECLARATIONS, BLANKS, st.just(OPENING), BLANKS, elements(), BLANKS, st.just(CLOSING), BLANKS
).map("".join)


@st.composite
def property_sets(draw: st.DrawFn) -> str:
    variables = draw(st.lists(st.tuples(st.sampled_from("ABC"), VALUES), max_size=3))
    inside = "".join(
        f"<e:property>{draw(BLANKS)}<{name}>{value}</{name}></e:property>{draw(BLANKS)}"
        for name, value in variables
    )
    start = f'<e:propertyset xmlns:e="{NAMESPACE}">'
    return draw(DECLARATIONS) + start + draw(BLANKS) + inside + "</e:propertyset>" + draw(BLANKS)


@st.composite
def spoilt(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> bytes:
    """The bytes of a text, some of them changed, in one of some encodings."""
    body = bytearray(draw(texts).encode(draw(st.sampled_from(["utf-8"] * 8 + ["utf-16"]))))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(body)))
        cut = draw(st.integers(0, 2))
        body[at : at + cut] = draw(
            st.sampled_from([b"", b"<", b">", b"&", b"/", b" ", b"s", b"\xff"])
        )
    return bytes(body)


def told(body: bytes) -> list[object]:
    call = soap.parse_call(CALL, body)
    return [
        call,
        soap.parse_result(RESULT, body, call),
        soap.parse_result(RESULT, body),
        gena.parse_gena(EVENT, body),
    ]


@settings(max_examples=400, deadline=None)
@given(spoilt(ENVELOPES) | spoilt(property_sets()))
@example((OPENING + '<u:X xmlns:u="urn:x"><A>1</A><A>2</A></u:X>' + CLOSING).encode())
@example((OPENING + '<u:X xmlns:u="urn:x"><A dt:dt="ui4">1</A></u:X>' + CLOSING).encode())
@example((OPENING + '<s:X xmlns:s="urn:x"><A>1</A></s:X>' + CLOSING).encode())
@example((OPENING.replace("s:", "xmlns:") + "<X xmlns='urn:x'/>" + CLOSING).encode())
def test_a_parser_reads_the_same(body: bytes) -> None:
    short = told(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(soap, "plain_element", lambda body: None)
        patch.setattr(gena, "plain_properties", lambda body: None)
        assert short == told(body)


PLAIN = {
    "arguments": (f'<u:X xmlns:u="{SERVICE}"><A>1</A><B>a &amp; b</B><C></C></u:X>', 3),
    "none": (f'<u:X xmlns:u="{SERVICE}"></u:X>', 0),
    "ended at once": (f'<u:X xmlns:u="{SERVICE}" />', 0),
    "without a prefix": (f'<X xmlns="{SERVICE}">\r\n  <A>1</A>\r\n</X>', 1),
    "same prefix": (f'<s:X xmlns:s="{SERVICE}"><A>1</A></s:X>', 1),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_taken(name: str) -> None:
    element, count = PLAIN[name]
    for start in ("", '<?xml version="1.0"?>\r\n', '<?xml version="1.0" encoding="UTF-8"?>'):
        found = plain_body.plain_element(f"{start}{OPENING}{element}{CLOSING}\r\n".encode())
        assert found is not None
        assert (found.namespace, found.name, len(found.pairs)) == (SERVICE, "X", count)


def test_events_are_taken() -> None:
    body = f'<e:propertyset xmlns:e="{NAMESPACE}"><e:property><A>&lt;x/&gt;</A>'
    found = plain_body.plain_properties(f"{body}</e:property></e:propertyset>".encode())
    assert found == (("A", "<x/>"),)


@pytest.mark.parametrize(
    "body",
    [
        (OPENING + "<u:X>" * 20_000).encode(),
        (OPENING + f'<u:X xmlns:u="{SERVICE}">' + "<A>" * 200_000).encode(),
        (OPENING + f'<u:X xmlns:u="{SERVICE}">' + "<A>1</A>" * 100_000).encode(),
        (OPENING + f'<u:X xmlns:u="{SERVICE}">' + " " * 900_000).encode(),
        (OPENING + f'<u:X xmlns:u="{SERVICE}"><A>' + "a" * 900_000).encode(),
        b"<" + b"a" * 900_000,
        b" " * 900_000,
    ],
    ids=["open", "deep", "many", "blanks", "long", "name", "nothing"],
)
def test_linear_time(body: bytes) -> None:
    took = [elapsed(body[: len(body) // parts]) for parts in (4, 1)]
    assert took[1] < 40 * took[0] + 0.2


def elapsed(body: bytes) -> float:
    begin = perf_counter()
    plain_body.plain_element(body)
    plain_body.plain_properties(body)
    return perf_counter() - begin
