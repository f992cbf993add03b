"""The ports of a connection that was not HTTP, taken again for one that is."""

from pathlib import Path

import pytest

from tests.capture.conversation import Conversation, get, response
from tests.capture.pcap_writer import pcap
from tests.capture.tcp_frame import tcp_frame
from upnpscapy.capture import source
from upnpscapy.forensics.case import analyze
from upnpscapy.forensics.exchange_row import ExchangeRow

ADDRESSES = {
    "IPv4": (b"\xc0\0\2\x0a", b"\xc0\0\2\x11"),
    "IPv6": (b"\xfe\x80".ljust(15, b"\0") + b"\1", b"\xfe\x80".ljust(15, b"\0") + b"\2"),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_wherever_a_chunk_ends(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = ADDRESSES[name]
    foreign = Conversation(addresses=ends).open().ask(b"\x16\x03\x01hello", bytes(400)).close()
    talk = Conversation((70_000_000, 90_000_000), addresses=ends).open()
    talk.ask(get(), response(b"y" * 300)).ask(get(), response(b"z" * 300)).close()
    path = tmp_path / "reuse.pcap"
    path.write_bytes(pcap([tcp_frame(one) for one in foreign.segments + talk.segments]))
    for size in range(60, path.stat().st_size, 23):
        monkeypatch.setattr(source, "CHUNK", size)
        found: list[ExchangeRow] = []
        analyze(path, rules=(), on_exchange=found.append)
        assert [(row.status, row.exchange.bytes_missing) for row in found] == [(200, 0)] * 2
        assert [row.method for row in found] == ["GET"] * 2
