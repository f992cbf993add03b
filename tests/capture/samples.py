"""Small captures of both formats with all that a reader must keep apart, and their frames."""

from tests.capture.packets import ethernet, small
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import BIG, LITTLE

__all__ = ["PCAP", "PCAPNG", "PCAPNG_FRAMES", "PCAPNG_NUMBERS", "PCAP_FRAMES"]

PCAP_FRAMES = [small(1), b"", ethernet(), small(4)]
PCAP = pcap(
    [(1_700_000_000_000_000_000 + number, frame) for number, frame in enumerate(PCAP_FRAMES)]
)
PCAP_ENDS = [24]
"""Offsets behind the header and behind each record."""
for _frame in PCAP_FRAMES:
    PCAP_ENDS.append(PCAP_ENDS[-1] + 16 + len(_frame))

_BLOCKS = [
    (LITTLE.section(LITTLE.option(1, b"a remark")), None),
    (LITTLE.interface(), None),
    (LITTLE.enhanced(small(1), 5), small(1)),
    (LITTLE.simple(small(2)), small(2)),
    (LITTLE.journal(), b""),
    (LITTLE.statistics(), None),
    (BIG.section(), None),
    (BIG.names(), None),
    (BIG.interface(resolution=9), None),
    (BIG.interface(101), None),
    (BIG.packet(small(3), 5), small(3)),
    (BIG.enhanced(small(4), 5, interface=1), small(4)),
    (BIG.enhanced(ethernet(), 6), ethernet()),
    (BIG.enhanced(b"", 7), b""),
]
PCAPNG = b"".join(block for block, _ in _BLOCKS)
PCAPNG_NUMBERS: list[int] = []
PCAPNG_FRAMES: list[bytes] = []
PCAPNG_ENDS: list[tuple[int, int]] = []
"""For each block: the offset behind it, and how many frames lie before that."""
_number = _offset = 0
for _block, _data in _BLOCKS:
    _offset += len(_block)
    if _data is not None:
        _number += 1
        if _block != LITTLE.journal():
            PCAPNG_NUMBERS.append(_number)
            PCAPNG_FRAMES.append(_data)
    PCAPNG_ENDS.append((_offset, len(PCAPNG_FRAMES)))
