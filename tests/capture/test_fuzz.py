"""Nothing but ``CaptureError`` comes out of a capture, whatever its bytes are."""

from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st

import upnpscapy
from tests.capture import samples
from tests.capture.compressed import COMPRESS
from tests.capture.links import DIRECT, THROUGH_SCAPY
from tests.capture.packets import ALIVE, RESPONSE, SEARCH, ethernet, fragments, udp
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import BIG, LITTLE
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.run import Input, Run

FRAMES = [
    *[ethernet(udp(payload)) for payload in (SEARCH, ALIVE, RESPONSE)],
    *[ethernet(part) for part in fragments(udp(id=7), 80)],
]
LINKS = LITTLE.section() + b"".join(
    [LITTLE.interface(link.link_type) for link in DIRECT + THROUGH_SCAPY]
    + [
        LITTLE.enhanced(link.frame, number, interface=number)
        for number, link in enumerate(DIRECT + THROUGH_SCAPY)
    ]
)
SEEDS = [
    pcap(FRAMES),
    pcap(FRAMES, order=">", nanoseconds=True),
    samples.PCAP,
    samples.PCAPNG,
    LINKS,
    BIG.section() + BIG.interface(127) + b"".join(map(BIG.enhanced, FRAMES)),
    *[compress(pcap(FRAMES)) for compress in COMPRESS.values()],
]

EDITS = st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=12)


def run(capture: bytes) -> None:
    """One pass, and what the columns of its rows are."""
    one_pass = Run([Input("test", BytesIO(capture))])
    for row in one_pass.messages():
        for column in (
            "src",
            "dst",
            "link_src",
            "time",
            "headers",
            "defects",
            "start_line",
            "vlan",
        ):
            row.column(column)
    assert all(isinstance(error, CaptureError) for error in one_pass.errors)
    for capture_row in one_pass.captures:
        capture_row.column("first_time")


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(SEEDS), EDITS, st.binary(max_size=80), st.floats(0, 1))
def test_changed_cut_and_lengthened_captures(
    seed: bytes, edits: list[tuple[float, int]], more: bytes, cut: float
) -> None:
    capture = bytearray(seed)
    for place, byte in edits:
        capture[int(place * len(capture))] = byte
    run(bytes(capture[: int(cut * len(capture)) or None]) + more)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes(data: bytes) -> None:
    for start in (
        b"",
        pcap(),
        LITTLE.section(),
        LITTLE.section() + LITTLE.interface(),
        b"\x1f\x8b",
    ):
        run(start + data)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted({link.link_type for link in DIRECT + THROUGH_SCAPY} | {163, 119, 204})),
    st.lists(st.binary(max_size=120), max_size=6),
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"\x07\x6c", SEARCH]),
)
def test_random_frames(link_type: int, frames: list[bytes], end: bytes) -> None:
    run(pcap([frame + end for frame in frames], link_type=link_type))


def test_time_beyond_the_calendar_is_no_time() -> None:
    """A resolution of seconds and all bits set: the year 584 thousand million."""
    capture = (
        LITTLE.section()
        + LITTLE.interface(resolution=0, offset=(1 << 63) - 1)
        + LITTLE.enhanced(ethernet(), (1 << 64) - 1)
    )
    case = upnpscapy.analyze(BytesIO(capture))
    (row,) = case.messages
    assert row.time is None
    assert row.time_ns == ((1 << 64) - 1 + (1 << 63) - 1) * 1_000_000_000
