"""Where a value lies that evidence names; in doubt, nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.forensics.finding import Evidence
from upnpscapy.forensics.place import Place
from upnpscapy.report.locate import locate

PLACE = Place("a.pcap", 0, ("a.pcap",))


@pytest.mark.parametrize(
    ("value", "data", "found"),
    [
        ("`id`", b"<A>`id`</A>", b"`id`"),
        ("a<b>&c", b"<A>a&lt;b&gt;&amp;c</A>", b"a&lt;b&gt;&amp;c"),
        ("say 'x'", b"<A>say &apos;x&apos;</A>", b"say &apos;x&apos;"),
        ("b'PK\\x03'", b"..PK\x03..", b"PK\x03"),
        ("ST: uuid:`id`", b"ST:uuid:`id`\r\n", b"uuid:`id`"),
        ("caf\\xe9 noir", b"caf\xe9 noir", b"caf\xe9 noir"),
        ("TCP 80 → 203.0.113.9:80 (open)", b"<C>203.0.113.9</C>", b"203.0.113.9"),
        ("TCP 80 → [2001:db8::1]:80 (open)", b"<C>2001:db8::1</C>", b"2001:db8::1"),
        ("80", b"Port 8080, 80.", b"80"),
        ("80", b"80 and 80", None),
        ("7", b"1.17", None),
        ("accepted (status 200)", b"HTTP/1.1 200 OK", None),
        ("", b"anything", None),
        (None, b"anything", None),
        ("  ", b"a  b", None),
    ],
)
def test_value_is_found_as_it_was_sent(value: str | None, data: bytes, found: bytes | None) -> None:
    place = locate(value, data)
    assert (None if place is None else data[slice(*place)]) == found


def test_value_that_evidence_cut_is_found() -> None:
    data = b"X: " + b"A" * 5000
    value = Evidence.of("it", PLACE, [1], value="A" * 5000).value
    assert locate(value, data) == (3, 259)


@given(st.text(), st.binary(max_size=200))
def test_any_value_is_somewhere_or_nowhere(value: str, data: bytes) -> None:
    place = locate(value, data)
    assert place is None or 0 <= place[0] < place[1] <= len(data)
