from __future__ import annotations

from upnpscapy.protocol.http_lines import HEADERS, STARTS
from upnpscapy.protocol.memory import Memory
from upnpscapy.protocol.ssdp import parse_ssdp


def test_works_out_each_argument_once() -> None:
    asked: list[bytes] = []

    def ask(argument: bytes) -> int:
        asked.append(argument)
        return len(argument)

    memory = Memory(ask, len, limit=8, entries=4)
    assert [memory[b"ab"], memory[b"ab"], memory[b""]] == [2, 2, 0]
    assert asked == [b"ab", b""]


def test_long_arguments_are_not_kept() -> None:
    memory = Memory(bytes.upper, len, limit=8, entries=4)
    assert memory[b"x" * 9] == b"X" * 9
    assert not memory
    assert memory[b"x" * 8] == b"X" * 8
    assert len(memory) == 1


def test_a_flood_does_not_fill_it() -> None:
    memory = Memory(str, lambda number: 1, limit=8, entries=16)
    for number in range(1000):
        assert memory[number] == str(number)
        assert len(memory) <= 16


def test_what_the_parser_keeps_is_bounded_in_bytes() -> None:
    HEADERS.clear()
    STARTS.clear()
    for number in range(20_000):
        parse_ssdp(
            b"NOTIFY * HTTP/1.%d\r\nST: %d\r\nLOCATION: %s\r\n\r\n"
            % (number, number, b"x" * (number % 1000))
        )
    for memory in (HEADERS, STARTS):
        assert 0 < len(memory) <= 8192
        assert max(map(len, memory)) <= 512
