"""Frames passed over while records are walked: those of foreign connections, and no others."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.pcap_writer import pcap
from tests.capture.reading import frames_of
from upnpscapy.capture import source
from upnpscapy.capture.passing import HEAD_SIZE
from upnpscapy.capture.reader import CaptureReader

LINK = bytes(12)
DIRECTIONS = [bytes((10, 0, 0, number, 10, 0, 0, 9, 0, 80, 4, number)) for number in range(4)]
FOREIGN = frozenset(DIRECTIONS[:2])


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Frames that differ in what the walk looks at, some of them cut off."""
    ethertype = draw(st.sampled_from([b"\x08\x00", b"\x86\xdd", b"\x81\x00"]))
    version = draw(st.sampled_from([b"\x45", b"\x46"]))
    protocol = draw(st.sampled_from([b"\x06", b"\x11"]))
    flags = draw(st.sampled_from([b"\x10", b"\x02", b"\x12", b"\x18"]))
    head = LINK + ethertype + version + bytes(8) + protocol + bytes(2)
    frame = head + draw(st.sampled_from(DIRECTIONS)) + bytes(9) + flags + bytes(6)
    return frame[: draw(st.sampled_from([len(frame)] * 6 + [50, 47, 30, 14, 0]))] + draw(
        st.binary(max_size=40)
    )


def is_foreign(frame: bytes) -> bool:
    return (
        frame[12:15] == b"\x08\x00\x45"
        and frame[23:24] == b"\x06"
        and frame[26:38] in FOREIGN
        and not frame[47] & 2
    )


def read(capture: bytes, foreign: frozenset[bytes] | None) -> tuple[list[bytes], set[int]]:
    """Frames, and the places of those that are passed over."""
    found: list[bytes] = []
    passed: set[int] = set()
    with source.Source(BytesIO(capture)) as opened:
        for batch in CaptureReader(opened).batches(foreign):
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
def test_only_what_is_foreign_is_foreign(
    sent: list[bytes], order: str, cut: int, chunk: int
) -> None:
    capture = pcap(sent, order=order)
    capture = capture[: max(24, len(capture) - cut)]
    whole, nothing = read(capture, None)
    assert nothing == set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "CHUNK", chunk)
        found, passed = read(capture, FOREIGN)
    assert found == whole
    judged = {number for number, frame in enumerate(found) if len(frame) >= HEAD_SIZE}
    foreign = {number for number in judged if is_foreign(found[number])}
    assert passed & judged <= foreign
    if chunk > len(capture):
        # Near the end of the bytes nobody looks: the head might not be there.
        assert foreign - set(range(len(found))[-5:]) <= passed
