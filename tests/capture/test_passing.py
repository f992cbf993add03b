"""Frames passed over while records are walked: those that nobody wants, and no others."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.pcap_writer import pcap
from tests.capture.reading import frames_of
from upnpscapy.capture import source
from upnpscapy.capture.ip import UDP
from upnpscapy.capture.link import PLAIN_IPV4
from upnpscapy.capture.passing import HEAD_SIZE, Passing
from upnpscapy.capture.reader import CaptureReader

LINK = bytes(12)
PORTS = [bytes((first, 80, 4, last)) for first in (0, 1) for last in (4, 5)] + [b"\x01\x01\x07\x6c"]
FOREIGN = frozenset(bytes((10, 0, 0, 1, 10, 0, 0, 9)) + ports for ports in PORTS[:3]) | frozenset(
    b"\xfe\x80".ljust(32, b"\1") + ports for ports in PORTS[:3]
)


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Frames that differ in what the walk looks at, some of them cut off."""
    protocol = draw(st.sampled_from([b"\x06", b"\x06", b"\x11"]))
    ports = draw(st.sampled_from(PORTS))
    kind = draw(
        st.sampled_from([b"\x08\x00\x45", b"\x08\x00\x46", b"\x86\xdd\x60", b"\x81\x00\x00"])
    )
    if kind[0] == 0x86:
        head = kind + bytes(5) + protocol + b"\x40" + b"\xfe\x80".ljust(32, b"\1")
    else:
        fragment = draw(st.sampled_from([b"\0\0", b"\x40\0", b"\x40\0", b"\x20\0", b"\0\x07"]))
        addresses = bytes((10, 0, 0, draw(st.sampled_from([1, 1, 2])), 10, 0, 0, 9))
        head = kind + bytes(5) + fragment + b"\x40" + protocol + bytes(2) + addresses
    if protocol == b"\x11":
        rest = bytes(4) + draw(st.sampled_from([b"M", b"\x16", b"\0", b"x"])) + bytes(30)
    else:
        rest = bytes(9) + draw(st.sampled_from([b"\x10", b"\x02", b"\x12", b"\x18"])) + bytes(20)
    frame = LINK + head + ports + rest
    return frame[: draw(st.sampled_from([len(frame)] * 6 + [70, 50, 47, 30, 14, 0]))]


def is_unwanted(frame: bytes) -> bool:
    if frame[12:15] == b"\x08\x00\x45":
        if frame[23] == 17:
            if frame[20] & 0x3F or frame[21]:
                return False
            wanted = {b"\x00\x50", b"\x07\x6c"} & {frame[34:36], frame[36:38]}
            return not wanted and frame[42] not in b"MmNnHhSs\xef\r\n\0 \t"
        return frame[23] == 6 and frame[26:38] in FOREIGN and not frame[47] & 2
    return (
        frame[12:15] == b"\x86\xdd\x60"
        and frame[20] == 6
        and frame[22:58] in FOREIGN
        and not frame[67] & 2
    )


def again_wanted(sent: list[bytes]) -> set[int]:
    """The places of frames whose direction, or the one back, had what may be a SYN before.

    The flags of a frame that ends before them are read in what is behind it.
    """
    found: set[int] = set()
    reopened: set[bytes] = set()
    for place, frame in enumerate(sent):
        ends, flags = (22, 67) if frame[12:13] == b"\x86" else (26, 47)
        key = frame[ends : flags - 9]
        if key in reopened:
            found.add(place)
        if len(frame) <= flags or frame[flags] & 2:
            size = len(key) // 2 - 2
            reopened |= {key, key[size:-4] + key[:size] + key[-2:] + key[-4:-2]}
    return found


def read(capture: bytes, passing: Passing | None) -> tuple[list[bytes], set[int]]:
    """Frames, and the places of those that are passed over."""
    found: list[bytes] = []
    passed: set[int] = set()
    with source.Source(BytesIO(capture)) as opened:
        for batch in CaptureReader(opened).batches(passing):
            kept = range(len(batch.starts)) if batch.kept is None else batch.kept
            assert list(kept) == sorted(set(kept))
            left_out = set(range(len(batch.starts))).difference(kept)
            passed |= {len(found) + place for place in left_out}
            found += [frame.data for frame in frames_of(batch)]
    return found, passed


@settings(max_examples=200, deadline=None)
@given(
    st.lists(frames(), max_size=40),
    st.sampled_from(["<", ">"]),
    st.integers(0, 90),
    st.sampled_from([200, 1 << 20]),
)
def test_only_what_is_unwanted_is_unwanted(
    sent: list[bytes], order: str, cut: int, chunk: int
) -> None:
    capture = pcap(sent, order=order)
    capture = capture[: max(24, len(capture) - cut)]
    whole, nothing = read(capture, None)
    assert nothing == set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "CHUNK", chunk)
        found, passed = read(capture, Passing(FOREIGN, (80, 1900)))
    assert found == whole
    judged = {number for number, frame in enumerate(found) if len(frame) >= HEAD_SIZE}
    unwanted = {number for number in judged if is_unwanted(found[number])}
    assert passed & judged <= unwanted
    if chunk > len(capture):
        # Near the end of the bytes nobody looks: the head might not be there.
        assert unwanted - again_wanted(found) - set(range(len(found))[-5:]) <= passed


def test_what_a_syn_was_seen_of_is_wanted_again() -> None:
    ends = bytes((10, 0, 0, 1, 10, 0, 0, 9)) + PORTS[0]
    head = LINK + b"\x08\x00\x45" + bytes(8) + b"\x06" + bytes(2) + ends
    ack, syn = (head + bytes(9) + bytes([flags]) + bytes(20) for flags in (0x10, 0x02))
    tail = [bytes(60)] * 6  # near the end nobody looks
    found, passed = read(pcap([ack, ack, syn, ack, ack, *tail]), Passing(FOREIGN, (80, 1900)))
    assert passed & set(range(5)) == {0, 1}
    assert again_wanted(found) & set(range(5)) == {3, 4}


@pytest.mark.parametrize(("sport", "dport", "wanted"), [(53, 40000, True), (40000, 53, False)])
def test_what_is_wanted_from_a_port_is_not_to_it(sport: int, dport: int, wanted: bool) -> None:
    key = bytes(8) + sport.to_bytes(2) + dport.to_bytes(2)
    frame = bytes(42) + b"\x7f" + bytes(HEAD_SIZE)
    passing = Passing(FOREIGN, (53, 1900), (1900,))
    assert passing.beyond(frame, 0, PLAIN_IPV4, UDP, key) is not wanted
