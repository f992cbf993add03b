"""TCP read by a second process: the same as one alone finds, and an end in any case."""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from tests.capture.looking import note_offset
from tests.capture.pcap_writer import pcap
from tests.capture.test_exchange_record import everything
from upnpscapy.capture import tcp_process
from upnpscapy.capture.attempts import NOTHING_TRIED, Sender
from upnpscapy.capture.batch import Batch
from upnpscapy.capture.exchange import Exchange
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.source import CHUNK, Source, SourceLike, size_of
from upnpscapy.capture.tcp import Tcp, TcpCounts, TcpReader
from upnpscapy.capture.tcp_process import TcpProcess, open_tcp
from upnpscapy.capture.tcp_worker import File
from upnpscapy.errors import CaptureError

PCAPS = Path(__file__).parents[2] / "pcaps"
STORY = PCAPS / "whole-story.pcap"
BASE = 1 << 40


class Found:
    """What a reader of TCP hands on, in order."""

    def __init__(self) -> None:
        self.said: list[object] = []
        self.senders: list[Sender] = []
        self.tried = NOTHING_TRIED
        self.counts: TcpCounts | None = None

    def take(self, exchange: Exchange) -> None:
        self.said.append(everything(exchange))

    def read(self, tcp: Tcp, paths: Iterable[Path]) -> None:
        for number, path in enumerate(paths):
            try:
                source = Source(path)
            except CaptureError:
                continue
            tcp.begin(number * BASE)
            with source:
                reader = CaptureReader(source)
                for batch in reader.batches():
                    self.said.append((number, batch.first_frame))
                    tcp.read(batch, range(len(batch.starts)))
                    tcp.pass_time(reader.last_time_ns)
                    self.senders += tcp.senders()
        tcp.finish()
        self.senders += tcp.senders()
        self.tried = tcp.tried()
        self.counts = tcp.counts()

    @property
    def all(self) -> tuple[object, ...]:
        """What is to be the same, whoever reads."""
        return self.said, self.senders, self.tried, self.counts


@contextmanager
def process(
    found: Found, paths: Iterable[Path], *, handshakes: bool = True
) -> Iterator[TcpProcess]:
    files = [File(str(path), number * BASE, None) for number, path in enumerate(paths)]
    with TcpProcess(files, found.take, handshakes=handshakes) as tcp:
        yield tcp
    assert tcp.ended


def both(*paths: Path) -> tuple[Found, Found]:
    """What is found here, and by a second process."""
    here, there = Found(), Found()
    here.read(TcpReader(here.take, handshakes=True), paths)
    with process(there, paths) as tcp:
        there.read(tcp, paths)
    return here, there


@pytest.mark.parametrize("path", sorted(PCAPS.glob("*.pcap*")), ids=lambda path: path.name)
def test_it_finds_the_same_in_the_same_order(path: Path) -> None:
    here, there = both(path)
    assert there.all == here.all
    assert len(here.said) > 1


@pytest.mark.parametrize("name", ["whole-story.pcap", "igd2-session.pcap"])
def test_batch_after_batch_they_keep_in_step(tmp_path: Path, name: str) -> None:
    data = (PCAPS / name).read_bytes()
    (tmp_path / "long.pcap").write_bytes(data[:24] + data[24:] * (5 * CHUNK // 2 // len(data) + 1))
    here, there = both(tmp_path / "long.pcap")
    assert there.all == here.all
    assert len([one for one in here.said if isinstance(one, tuple)]) > 2


def test_joined_files_are_one_capture(tmp_path: Path) -> None:
    data = STORY.read_bytes()
    with Source(BytesIO(data)) as source:
        (batch,) = CaptureReader(source).batches()
    middle = batch.starts[len(batch.starts) // 2] - 16 + 24  # of the file: records have a head
    first, second, none = tmp_path / "1.pcap", tmp_path / "2.pcap", tmp_path / "none.pcap"
    first.write_bytes(data[:middle])
    second.write_bytes(data[:24] + data[middle:])
    here, there = both(first, none, second)
    assert there.all == here.all
    frames = there.tried.frames
    assert frames[0] < BASE < 2 * BASE < frames[-1]


def test_a_file_that_is_damaged_or_cut_is_read_to_there(tmp_path: Path) -> None:
    data = STORY.read_bytes()
    (tmp_path / "cut.pcap").write_bytes(data[: len(data) // 2])
    (tmp_path / "empty.pcap").write_bytes(b"")
    (tmp_path / "frameless.pcap").write_bytes(pcap([]))
    here, there = both(tmp_path / "cut.pcap", tmp_path / "frameless.pcap")
    assert (there.said, there.counts) == (here.said, here.counts)
    with process(found := Found(), [tmp_path / "empty.pcap"]) as tcp:
        tcp.begin(0)
        tcp.finish()
    assert found.said == []


def test_handshakes_come_if_they_are_asked_for() -> None:
    with process(found := Found(), [STORY], handshakes=False) as tcp:
        found.read(tcp, [STORY])
    assert (found.senders, found.tried) == ([], NOTHING_TRIED)


def test_what_a_look_notes_comes_along() -> None:
    found: list[HttpMessage] = []
    with TcpProcess(
        [File(str(STORY), 0, None)], lambda exchange: found.extend(exchange.parts), look=note_offset
    ) as tcp:
        tcp.begin(0)
        tcp.finish()
    assert len(found) > 10
    assert all(message.noted == frozenset((str(message.offset),)) for message in found)


def test_who_stops_early_leaves_nothing_running() -> None:
    with process(Found(), [STORY] * 20) as tcp:
        tcp.begin(0)
    with pytest.raises(ZeroDivisionError), process(Found(), [STORY]) as tcp:
        raise ZeroDivisionError
    assert tcp.ended


def test_a_process_that_is_killed_is_an_error_once(tmp_path: Path) -> None:
    found = Found()
    with process(found, [STORY] * 40) as tcp:
        os.kill(tcp.pid, signal.SIGKILL)
        found.read(tcp, [STORY] * 40)
        assert tcp.failure is not None
        assert tcp.failure.path == str(STORY)
        assert tcp.failure.reason == "the process that reads TCP ended early, with status -9"
        assert tcp.counts() == TcpCounts(0, 0, 0)


def test_a_file_that_changed_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "changes.pcap"
    path.write_bytes(pcap([bytes(60)] * 3))
    with process(Found(), [path]) as tcp:
        tcp.begin(0)
        (batch,) = batches(pcap([bytes(60)] * 3))
        tcp.read(batch, ())
        tcp.pass_time(None)
        failures = [tcp.failure]
        (more,) = batches(pcap([bytes(60)] * 5))
        tcp.read(more, ())
        tcp.pass_time(None)
        tcp.finish()
    failures.append(tcp.failure)
    assert [*map(str, failures)] == ["None", f"{path}, frame 5: it changed while it was read"]


def batches(data: bytes) -> list[Batch]:
    with Source(BytesIO(data)) as source:
        return list(CaptureReader(source).batches())


def kind(*sources: SourceLike) -> type:
    files = [(source, number, size_of(source)) for number, source in enumerate(sources)]
    with open_tcp(files, Found().take, handshakes=False) as tcp:
        return type(tcp)


def test_large_files_are_worth_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tcp_process, "_processors", lambda: 2)
    assert kind(STORY) is TcpReader
    size = STORY.stat().st_size
    monkeypatch.setattr(tcp_process, "MIN_BYTES", 2 * size)
    assert kind(STORY) is TcpReader
    assert kind(STORY, str(STORY)) is TcpProcess
    assert kind(STORY, tmp_path / "none", STORY) is TcpProcess
    monkeypatch.setattr(tcp_process, "MIN_BYTES", 0)
    assert kind(STORY, "-") is TcpReader
    with STORY.open("rb") as stream:
        assert kind(stream) is TcpReader
    os.mkfifo(tmp_path / "pipe")
    assert kind(tmp_path / "pipe") is TcpReader
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    assert kind(STORY) is TcpReader
    monkeypatch.setattr("sys.executable", None)
    assert kind(STORY) is TcpReader


def test_one_processor_does_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_process, "MIN_BYTES", 0)
    monkeypatch.setattr(tcp_process, "_processors", lambda: 1)
    assert kind(STORY) is TcpReader
