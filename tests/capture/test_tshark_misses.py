"""Where tshark misses what is there, the messages are there: what it says and what is read here.

Pinned for tshark 4.0, so that a difference that goes away is noticed.
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from scapy.packet import Packet

from tests.capture.packets import ALIVE, RESPONSE, SEARCH, SEARCHER, ethernet, udp
from tests.capture.pcap_writer import pcap
from tests.capture.reading import sightings
from tests.capture.tshark import needs_tshark_4_0, rows
from tests.protocol.quirks import FURTHER, REPLIES

pytestmark = needs_tshark_4_0

QUIRKS = [*REPLIES, *FURTHER]

NOT_SEEN = "the datagram is not SSDP"
NO_FIELDS = "neither LOCATION nor SERVER"
SERVER_CUT = "SERVER ends early"
SERVER_REPLACED = "a byte of SERVER is lost"

MISSED = {
    "space before colon": NO_FIELDS,
    "lower-case status line": NOT_SEEN,
    "LF inside SERVER": SERVER_CUT,
    "latin-1 byte": SERVER_REPLACED,
    "folded header": SERVER_CUT,
    "reply from an ephemeral port": NOT_SEEN,
    "CR CR LF": NO_FIELDS,
    "SSDP/1.0": NOT_SEEN,
    "byte order mark": NOT_SEEN,
    "leading NULs": NOT_SEEN,
    "NUL inside SERVER": SERVER_CUT,
    "no colon": NO_FIELDS,
}
"""Replies by name; what is not in here tshark reads."""


class Seen(NamedTuple):
    location: str | None
    server: str | None


def seen_by_tshark(tmp_path: Path, capture: bytes) -> dict[int, Seen]:
    path = tmp_path / "a.pcap"
    path.write_bytes(capture)
    found = {}
    for row in rows(path, "ssdp", "frame.number", "http.location", "http.server"):
        values = [row.get(f"http.{name}", [None])[0] for name in ("location", "server")]
        found[int(row["frame.number"][0])] = Seen(*values)
    return found


def seen_here(capture: bytes) -> dict[int, Seen]:
    return {row.frame: Seen(row.ssdp.location, row.ssdp.server) for row in sightings(capture)}


def test_odd_replies(tmp_path: Path) -> None:
    packets = [
        udp(quirk.data, src="192.0.2.17", dst=SEARCHER, sport=quirk.source_port, dport=50_000)
        for quirk in QUIRKS
    ]
    capture = pcap(map(ethernet, packets))
    there, here = seen_by_tshark(tmp_path, capture), seen_here(capture)
    assert list(here) == list(range(1, len(QUIRKS) + 1))
    missed = {}
    for number, quirk in enumerate(QUIRKS, 1):
        ours, theirs = here[number], there.get(number)
        assert ours == Seen(quirk.values["location"], quirk.values["server"])
        if theirs is None:
            missed[quirk.name] = NOT_SEEN
        elif theirs == Seen(None, None):
            missed[quirk.name] = NO_FIELDS
        elif theirs != ours:
            assert theirs.location == ours.location
            assert theirs.server is not None
            assert ours.server is not None
            cut = ours.server.startswith(theirs.server)
            missed[quirk.name] = SERVER_CUT if cut else SERVER_REPLACED
    assert missed == MISSED


@pytest.mark.parametrize(
    ("packet", "kind"),
    [
        (udp(ALIVE, sport=40_000, dport=50_000), "alive"),
        (udp(SEARCH, src=SEARCHER, dst="192.0.2.17", sport=50_000, dport=1901), "search"),
        (udp(RESPONSE, dst=SEARCHER, sport=49_152, dport=50_000), "response"),
        (udp(ALIVE.replace(b"NOTIFY", b"notify")), "alive"),
        (udp(SEARCH.replace(b"M-SEARCH", b"M-Search")), "search"),
        (udp(b"\0" + ALIVE), "alive"),
        (udp(b'<?xml version="1.0"?><Probe/>', sport=50_000), "other"),
        (udp(b"", sport=50_000), "other"),
    ],
    ids=[
        "announcement on other ports",
        "search of another port",
        "reply between ephemeral ports",
        "notify",
        "M-Search",
        "NUL first",
        "XML",
        "nothing",
    ],
)
def test_messages_that_tshark_does_not_see(packet: Packet, kind: str, tmp_path: Path) -> None:
    capture = pcap([ethernet(packet)])
    assert seen_by_tshark(tmp_path, capture) == {}
    assert [message.kind for message in sightings(capture)] == [kind]
