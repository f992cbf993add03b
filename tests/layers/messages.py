"""Messages to try the layers on: what devices send, what nobody should, and bytes at random."""

from collections.abc import Iterator
from pathlib import Path

from hypothesis import strategies as st
from scapy.layers.inet import UDP
from scapy.packet import Packet
from scapy.utils import PcapReader

from upnpscapy.layers import SSDP

PCAPS = Path(__file__).parents[2] / "pcaps"

ALIVE = (
    b"NOTIFY * HTTP/1.1\r\n"
    b"HOST: 239.255.255.250:1900\r\n"
    b"CACHE-CONTROL: max-age=1800\r\n"
    b"LOCATION: http://192.0.2.1:5000/rootDesc.xml\r\n"
    b'OPT: "http://schemas.upnp.org/upnp/1/0/"; ns=01\r\n'
    b"01-NLS: 17\r\n"
    b"NT: upnp:rootdevice\r\n"
    b"NTS: ssdp:alive\r\n"
    b"SERVER: Hedgerow/1 UPnP/1.1 MiniUPnPd/2.3\r\n"
    b"USN: uuid:00000000-0000-0000-0000-0000000000aa::upnp:rootdevice\r\n"
    b"BOOTID.UPNP.ORG: 17\r\n"
    b"CONFIGID.UPNP.ORG: 1337\r\n"
    b"\r\n"
)
RESPONSE = (
    b"HTTP/1.1 200 OK\r\n"
    b"CACHE-CONTROL: max-age=1800\r\n"
    b"EXT:\r\n"
    b"LOCATION: http://192.0.2.1:5000/rootDesc.xml\r\n"
    b"SERVER: Hedgerow/1 UPnP/1.0 MiniUPnPd/2.3\r\n"
    b"ST: upnp:rootdevice\r\n"
    b"USN: uuid:00000000-0000-0000-0000-0000000000aa::upnp:rootdevice\r\n"
    b"\r\n"
)
SEARCH = (
    b"M-SEARCH * HTTP/1.1\r\n"
    b"HOST: 239.255.255.250:1900\r\n"
    b'MAN: "ssdp:discover"\r\n'
    b"MX: 3\r\n"
    b"ST: upnp:rootdevice\r\n"
    b"\r\n"
)
PLEX_GDM = b"M-SEARCH * HTTP/1.1\r\n\r\n"
PLEX_GDM_RESPONSE = b"HTTP/1.0 200 OK\r\nContent-Type: plex/media-server\r\nPort: 32400\r\n\r\n"
WS_DISCOVERY = b'<?xml version="1.0"?><soap:Envelope><soap:Body><wsd:Probe/></soap:Body>'

QUIRKS = (
    RESPONSE.replace(b"\r\n", b"\n"),
    RESPONSE[:-2],
    RESPONSE[:-4],
    RESPONSE.replace(b"LOCATION", b"location").replace(b"ST:", b"st:"),
    RESPONSE.replace(b": ", b":"),
    RESPONSE.replace(b": ", b" : "),
    RESPONSE.replace(b"200 OK", b"200"),
    RESPONSE.replace(b"HTTP/1.1 200 OK", b"http/1.1 200 ok"),
    RESPONSE.replace(b"ST:", b"SERVER: another\r\nST:"),
    RESPONSE.replace(b"MiniUPnPd", b"\nMiniUPnPd"),
    RESPONSE.replace(b"MiniUPnPd", b"\r\n MiniUPnPd"),
    RESPONSE.replace(b"MiniUPnPd", b"Mini\xe9PnPd"),
    RESPONSE + b"\0\0\0",
    RESPONSE[:-4] + b"\0",
    b"\r\n" + RESPONSE,
    b"\xef\xbb\xbf" + RESPONSE,
    RESPONSE.replace(b"\r\n", b"\r\r\n"),
    RESPONSE.replace(b"EXT:\r\n", b"EXT\r\n"),
    RESPONSE.replace(b"EXT:\r\n", b": no name\r\n"),
    RESPONSE.replace(b"ST:", b"ST: ssdp:all\r\nST:"),
    RESPONSE + b"<a body/>",
    SEARCH.replace(b'"', b"").replace(b"M-SEARCH", b"M-Search"),
    PLEX_GDM,
    WS_DISCOVERY,
    b"\0",
    b"\r\n\r\n",
    b"x",
)
MESSAGES = (ALIVE, RESPONSE, SEARCH, *QUIRKS)

_line_ends = st.sampled_from((b"\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n"))
_starts = st.sampled_from(
    (b"NOTIFY * HTTP/1.1", b"M-SEARCH * HTTP/1.1", b"HTTP/1.1 200 OK", b"m-search *", b"?", b"")
)
_names = st.sampled_from(
    b"ST st NT NTS USN MX Mx MAN HOST EXT LOCATION SERVER CACHE-CONTROL BOOTID.UPNP.ORG X-A 01-NLS"
    b" x".split()
)
_values = st.one_of(
    st.sampled_from((b"", b"ssdp:all", b"ssdp:alive", b"a: b")), st.binary(max_size=8)
)
_colons = st.sampled_from((b": ", b":", b" : ", b":\t", b":  ", b""))
_header_lines = st.tuples(_names, _colons, _values, st.sampled_from((b"", b"", b" ", b"\0")))


@st.composite
def wire_messages(draw: st.DrawFn) -> bytes:
    """Bytes that mostly are a message, with any faults a sender can make."""
    end = draw(_line_ends)
    ends = st.just(end) if draw(st.booleans()) else _line_ends
    parts = [draw(st.sampled_from((b"", b"", b"\r\n", b"\0", b"\xef\xbb\xbf"))), draw(_starts)]
    for line in draw(st.lists(_header_lines, max_size=8)):
        parts += (draw(ends), *line)
    tail = st.sampled_from((end + end, end + end, end, b"", end + end + b"body", b"\0\0"))
    return b"".join((*parts, draw(tail)))


any_bytes = st.one_of(wire_messages(), st.binary(min_size=1, max_size=80)).filter(bool)
"""Datagrams of every sort, none empty."""

header_values = st.text(
    st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=12
)


def captured() -> Iterator[tuple[bytes, Packet]]:
    """Every frame of ``pcaps/`` that holds SSDP, as bytes and dissected."""
    for path in sorted(PCAPS.glob("*.pcap*")):
        with PcapReader(str(path)) as reader:
            for packet in reader:
                if UDP in packet and SSDP in packet:
                    yield packet.original, packet
