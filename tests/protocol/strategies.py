"""Bytes for properties: anything at all, and what comes close to a message."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.protocol.deviations import CORRECT

__all__ = ["ANYTHING", "HEADER_NAMES", "HEADER_VALUES", "NEARLY_A_MESSAGE"]

_PIECES = (
    *(b"\r", b"\n", b"\r\n", b"\r\r\n", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b": ", b"::"),
    *(b"\xef\xbb\xbf", b"\xef", b"\xe4", b"\x01", b"A", b"b", b"0", b"1", b"/", b"*", b'"', b"["),
    *(b"HTTP/1.1 200 OK", b"M-SEARCH * HTTP/1.1", b"NOTIFY * HTTP/1.1", b"SSDP/1.0", b"UPnP/1.1"),
    *(b"HOST", b"LOCATION", b"SERVER", b"ST", b"NT", b"NTS", b"USN", b"MX", b"MAN", b"EXT", b"st"),
    *(b"CACHE-CONTROL", b"BOOTID.UPNP.ORG", b"NEXTBOOTID.UPNP.ORG", b"max-age=", b"uuid:"),
    *(b"ssdp:alive", b"ssdp:update", b"ssdp:all", b"urn:a:device:b:1", b"http://", b"https://"),
)

_pieces = st.lists(st.sampled_from(_PIECES), max_size=40).map(b"".join)


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """A correct message with a piece of it replaced."""
    data = draw(st.sampled_from(tuple(CORRECT.values())))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 12)))
    return data[:start] + draw(_pieces) + data[end:]


ANYTHING = st.binary(max_size=400)
NEARLY_A_MESSAGE = st.one_of(
    _pieces,
    st.tuples(st.sampled_from((b"HTTP/1.1 200 OK\r\n", b"NOTIFY * HTTP/1.1\n")), _pieces).map(
        b"".join
    ),
    _damaged(),
)

HEADER_NAMES = st.text("!#$%&'*+.^_`|~-0123456789ABCXYZabcxyz", min_size=1, max_size=20)
HEADER_VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60).map(
    str.strip
)
