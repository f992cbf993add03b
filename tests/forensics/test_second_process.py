"""A case is the same, whether one process reads it or two."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from upnpscapy import Case, analyze
from upnpscapy.capture import tcp_process
from upnpscapy.capture.source import SourceLike, size_of
from upnpscapy.errors import CaptureError
from upnpscapy.forensics import run
from upnpscapy.forensics.tables import TABLES

PCAPS = Path(__file__).parents[2] / "pcaps"
PLAIN = sorted(PCAPS.glob("*.pcap*"))
ATTACKS = sorted((PCAPS / "attacks").glob("*.pcap*"))[::9]


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tcp_process.TcpProcess]]:
    """A second process for whatever is read; those that were started."""
    started: list[tcp_process.TcpProcess] = []

    class Noted(tcp_process.TcpProcess):
        def begin(self, base: int = 0) -> None:
            started.append(self)
            super().begin(base)

    monkeypatch.setattr(tcp_process, "MIN_BYTES", 0)
    monkeypatch.setattr(tcp_process, "_processors", lambda: 2)
    monkeypatch.setattr(tcp_process, "TcpProcess", Noted)
    yield started
    assert all(one.ended for one in started)


def said(case: Case) -> dict[str, object]:
    """All that a case tells."""
    tables = {name: list(getattr(case, name).to_dicts()) for name in TABLES}
    return {**tables, "documents": [str(one) for one in case.documents], "text": str(case)}


@pytest.mark.parametrize("path", [*PLAIN, *ATTACKS], ids=lambda path: path.name)
def test_every_table_is_the_same(path: Path, two: list[tcp_process.TcpProcess]) -> None:
    by_two = said(analyze(path))
    assert two
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tcp_process, "MIN_BYTES", 1 << 60)
        by_one = said(analyze(path))
    assert by_two == by_one


def test_joined_captures_are_the_same(two: list[tcp_process.TcpProcess]) -> None:
    by_two = said(analyze(PLAIN[:4], join=True))
    assert two
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tcp_process, "MIN_BYTES", 1 << 60)
        assert said(analyze(PLAIN[:4], join=True)) == by_two


@pytest.mark.parametrize("processes", [1, 2])
def test_of_a_file_that_grows_is_read_what_was_there(
    processes: int,
    two: list[tcp_process.TcpProcess],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    data = (PCAPS / "whole-story.pcap").read_bytes()
    path = tmp_path / "grows.pcap"
    path.write_bytes(data)
    monkeypatch.setattr(tcp_process, "_processors", lambda: processes)
    whole = said(analyze(path))

    def grow(source: SourceLike) -> int | None:
        size = size_of(source)
        with path.open("ab") as file:
            file.write(data[24:])
        return size

    monkeypatch.setattr(run, "size_of", grow)
    case = analyze(path)
    (capture,) = case.captures
    assert capture.limits.pop() == (
        f"the file grew while it was read: all this is of its first {len(data)} bytes"
    )
    assert capture.sha256 == sha256(data).hexdigest()
    assert said(case) == whole


def test_a_process_that_ends_early_is_told_and_the_rest_is_read(
    two: list[tcp_process.TcpProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp_process, "_PROGRAM", "import sys; sys.exit(7)")
    with pytest.raises(CaptureError, match="ended early, with status 7") as caught:
        analyze(PCAPS / "whole-story.pcap")
    case = caught.value.partial
    whole = analyze(PCAPS / "whole-story.pcap", http=False)
    assert list(case.messages.to_dicts()) == list(whole.messages.to_dicts())
    assert len(case.messages) > 0
