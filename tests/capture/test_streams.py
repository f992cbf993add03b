"""Segments to streams: order, overlap, loss, bounds."""

from collections.abc import Iterable

import pytest

from tests.capture.conversation import Conversation
from upnpscapy.capture import streams
from upnpscapy.capture.ordering import MAX_PIECES, Conflict, Data, Gap
from upnpscapy.capture.segments import ACK, FIN, RST, SYN, Segment
from upnpscapy.capture.streams import Ends, Kind, StreamReader

TEXT = bytes(range(65, 91))


class Recorder:
    """A consumer that keeps all it gets; a gap of n bytes is n dots in the text."""

    def __init__(self, ends: Ends) -> None:
        self.ends = ends
        self.foreign = False
        self.proven = False
        self.text = [b"", b""]
        self.pieces: list[tuple[int, Data]] = []
        self.gaps: list[tuple[int, Gap]] = []
        self.conflicts: list[tuple[int, Conflict]] = []
        self.ended: list[Kind | None] = [None, None]

    def data(self, side: int, data: Data) -> None:
        assert self.ended[side] is None
        self.text[side] += data.data
        self.pieces.append((side, data))

    def gap(self, side: int, gap: Gap) -> None:
        assert gap.length > 0
        self.text[side] += b"." * min(gap.length, 1000)
        self.gaps.append((side, gap))

    def conflict(self, side: int, conflict: Conflict) -> None:
        self.conflicts.append((side, conflict))

    def end(self, side: int, kind: Kind) -> None:
        assert self.ended[side] is None
        self.ended[side] = kind


def recorded(segments: Iterable[Segment], *, close: bool = True) -> list[Recorder]:
    found: list[Recorder] = []

    def begin(ends: Ends) -> Recorder:
        found.append(Recorder(ends))
        return found[-1]

    reader = StreamReader(begin)
    for segment in segments:
        reader.take(*segment)
    if close:
        reader.close()
        assert reader.tally.waiting_bytes == 0
    return found


Piece = tuple[int, bytes]

CASES: dict[str, tuple[list[Piece], bytes, list[tuple[bytes, bytes]]]] = {
    "in order": ([(0, b"ABC"), (3, b"DEF")], b"ABCDEF", []),
    "out of order": ([(3, b"DEF"), (0, b"ABC")], b"ABCDEF", []),
    "duplicate": ([(0, b"ABC"), (0, b"ABC"), (3, b"D")], b"ABCD", []),
    "more on retransmission": ([(0, b"ABC"), (0, b"ABCDE")], b"ABCDE", []),
    "overlap, equal": ([(0, b"ABC"), (2, b"CDE")], b"ABCDE", []),
    "overlap, conflicting": ([(0, b"ABC"), (2, b"xDE")], b"ABCDE", [(b"C", b"x")]),
    "conflicting whole": ([(0, b"ABC"), (0, b"xyz")], b"ABC", [(b"ABC", b"xyz")]),
    "conflict while waiting": (
        [(3, b"DEF"), (2, b"CxEyG"), (0, b"AB")],
        *(b"ABCDEFG", [(b"DEF", b"xEy")]),
    ),
    "covers several": (
        [(1, b"B"), (3, b"D"), (5, b"F"), (0, b"ABCDEFG")],
        *(b"ABCDEFG", []),
    ),
    "lost": ([(0, b"ABC"), (6, b"GHI")], b"ABC...GHI", []),
    "lost twice": ([(1, b"B"), (4, b"E")], b".B..E", []),
    "keep-alive": ([(0, b"ABC"), (2, b"\0"), (2, b""), (3, b"D")], b"ABCD", []),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("isn", [0, 2**32 - 1, 2**32 - 3, 2**31 - 2])
def test_pieces(name: str, isn: int) -> None:
    pieces, text, conflicts = CASES[name]
    conversation = Conversation((isn, 77)).open()
    for offset, data in pieces:
        conversation.put(0, isn + 1 + offset, data)
    (found,) = recorded(conversation.segments)
    assert found.text[0] == text
    assert [(c.kept, c.lost) for _, c in found.conflicts] == conflicts
    assert all(
        found.text[0][c.offset : c.offset + len(c.kept)] == c.kept for _, c in found.conflicts
    )


def test_acknowledged_and_not_seen_is_lost_while_the_connection_lives() -> None:
    conversation = Conversation().open().send(0, b"ABC").send(1).send(0, b"DEF").send(1)
    del conversation.segments[5]
    for _ in range(100):
        conversation.send(0, b"G").send(1)
    (found,) = recorded(conversation.segments, close=False)
    assert found.text[0].startswith(b"ABC...GGG")


def test_late_within_the_grace_is_not_lost() -> None:
    conversation = Conversation().open()
    for number in range(26):
        conversation.send(0, TEXT[number : number + 1]).send(1)
    segments = conversation.segments
    segments.insert(40, segments.pop(5))
    (found,) = recorded(segments)
    assert found.text[0] == TEXT


def test_time_gives_up() -> None:
    conversation = Conversation().open().send(0, b"ABC").send(0, b"DEF").send(1)
    del conversation.segments[3]
    found: list[Recorder] = []
    reader = StreamReader(lambda ends: found.append(Recorder(ends)) or found[-1])  # type: ignore[func-returns-value]
    for segment in conversation.segments:
        reader.take(*segment)
    assert found[0].text[0] == b""
    reader.pass_time(500_000_000)
    assert found[0].text[0] == b""
    reader.pass_time(2_000_000_000)
    assert found[0].text[0] == b"...DEF"
    reader.pass_time(2_000_000_000 + streams.IDLE_NS)
    assert found[0].ended == ["idle", "idle"]


def test_snap_length_makes_a_gap() -> None:
    conversation = Conversation().open().put(0, 1001, b"ABC", missing=5).put(0, 1009, b"D")
    (found,) = recorded(conversation.segments)
    assert found.text[0] == b"ABC.....D"


def test_lost_at_the_end() -> None:
    conversation = Conversation().open().send(0, b"ABC").send(0, b"DEF", FIN | ACK)
    (found,) = recorded([*conversation.segments[:4]])
    assert (found.text[0], found.ended[0]) == (b"ABC", "capture")
    # The receiver had it; or only its FIN is there.
    (found,) = recorded([*conversation.segments[:4], *conversation.send(1).segments[5:]])
    assert found.text[0] == b"ABC...."
    fin = conversation.segments[4]._replace(seq=1007, payload=b"")
    (found,) = recorded([*conversation.segments[:4], fin])
    assert (found.text[0], found.ended[0]) == (b"ABC...", "fin")


def test_lost_fin_is_no_lost_byte() -> None:
    conversation = Conversation().open().send(0, b"ABC").send(0, flags=FIN | ACK).send(1)
    conversation.send(1, b"xyz").send(1, b"uvw")
    del conversation.segments[4]
    (found,) = recorded(conversation.segments)
    assert found.text == [b"ABC", b"xyzuvw"]


def test_ends() -> None:
    conversation = Conversation().open().send(0, b"A").close()
    assert recorded(conversation.segments, close=False)[0].ended == ["fin", "fin"]
    conversation = Conversation().open().send(0, b"A").send(1, flags=RST | ACK)
    assert recorded(conversation.segments)[0].ended == ["rst", "rst"]
    conversation = Conversation().open().send(0, b"A", FIN | ACK).send(1, b"B")
    assert recorded(conversation.segments)[0].ended == ["fin", "capture"]


def test_fin_out_of_order() -> None:
    conversation = Conversation().open().send(0, b"ABC").send(0, b"DEF").send(0, flags=FIN | ACK)
    segments = conversation.segments
    (found,) = recorded([*segments[:3], segments[5], segments[4], segments[3]], close=False)
    assert (found.text[0], found.ended[0]) == (b"ABCDEF", "fin")


def test_syn_inside_the_window_is_not_accepted() -> None:
    conversation = Conversation().open().send(0, b"ABC").put(0, 1100, b"", SYN).send(0, b"DEF")
    (found,) = recorded(conversation.segments)
    assert found.text[0] == b"ABCDEF"


def test_mid_stream_start_out_of_order() -> None:
    conversation = Conversation().send(0, b"ABC").send(0, b"DEF").send(0, b"GHI").send(1)
    one, two, three, ack = conversation.segments
    (found,) = recorded([two, one, three, ack])
    assert found.text[0] == b"ABCDEFGHI"
    assert not found.gaps


def test_response_comes_behind_its_request() -> None:
    conversation = Conversation().open().send(0, b"ask").send(1, b"answer")
    *handshake, ask, answer = conversation.segments
    (found,) = recorded([*handshake, answer, ask])
    assert [data.data for _, data in found.pieces] == [b"ask", b"answer"]


def test_frames_and_times_are_those_of_the_first_arrival() -> None:
    conversation = Conversation().open().send(0, b"AB").put(0, 1001, b"ABCD")
    (found,) = recorded(conversation.segments)
    assert [(data.data, data.frame, data.time_ns) for _, data in found.pieces] == [
        *((b"AB", 4, 4_000_000), (b"CD", 5, 5_000_000)),
    ]


def test_waiting_pieces_are_bounded() -> None:
    conversation = Conversation().open()
    for number in range(MAX_PIECES + 100):
        conversation.put(0, 1001 + 2 * number + 1, b"x")
    reader = StreamReader(Recorder)
    largest = 0
    for segment in conversation.segments:
        reader.take(*segment)
        largest = max(largest, reader.tally.waiting_bytes)
    assert 0 < largest <= (MAX_PIECES + 1) * 201
    assert reader.tally.bytes_missing > MAX_PIECES


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_CONNECTIONS", 10)
    reader = StreamReader(Recorder)
    for port in range(100):
        for segment in Conversation(ports=(port, 80)).open().segments:
            reader.take(*segment)
    assert reader.evicted == 90
    assert reader.connections == 100


class Foreign(Recorder):
    def data(self, side: int, data: Data) -> None:
        super().data(side, data)
        self.foreign = True


def test_foreign_is_dropped_and_not_considered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = StreamReader(Foreign)
    conversation = Conversation().open()
    for _ in range(50):
        conversation.send(0, b"x" * 1000).send(1, b"y" * 1000)
    for segment in conversation.segments:
        reader.take(*segment)
    assert (reader.connections, reader.foreign_connections, len(reader.foreign)) == (1, 1, 2)
    assert reader.foreign_segments == 99
    # A SYN begins anew; what is remembered is bounded.
    monkeypatch.setattr(streams, "MAX_FOREIGN", 20)
    for port in range(100):
        for segment in Conversation(ports=(port, 80)).open().send(0, b"x").segments:
            reader.take(*segment)
    assert len(reader.foreign) <= 20
