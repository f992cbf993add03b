"""Writing beside the work: all of it, in order, never more than there is room for."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

import pytest

from upnpscapy.capture import outbox
from upnpscapy.capture.outbox import Outbox


@pytest.fixture
def pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The end to read from, and the one to write to."""
    read_end, write_end = os.pipe()
    reader, writer = os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb")
    yield reader, writer
    reader.close()
    with suppress(BrokenPipeError):
        writer.close()


def test_all_is_written_in_order_before_the_end(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    reader, writer = pipe
    sent = [bytes([number % 256]) * (number * 37 % 5000) for number in range(500)]
    got: list[bytes] = []
    thread = threading.Thread(target=lambda: got.append(reader.read()))
    thread.start()
    with Outbox(writer) as box:
        for data in sent:
            box.put(data)
    writer.close()
    thread.join()
    assert got == [b"".join(sent)]


def test_who_puts_goes_on_while_nobody_reads(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    reader, writer = pipe
    with Outbox(writer) as box:
        for _ in range(40):
            box.put(bytes(1 << 16))  # forty times what a pipe holds
        assert len(reader.read(40 << 16)) == 40 << 16


def test_who_puts_too_much_waits(
    pipe: tuple[IO[bytes], IO[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING", 1 << 20)
    reader, writer = pipe
    put: list[int] = []
    with Outbox(writer) as box:

        def put_all() -> None:
            for number in range(30):
                box.put(bytes(1 << 18))
                put.append(number)

        thread = threading.Thread(target=put_all)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        assert len(put) <= 5, "a megabyte, and what is being written"
        assert len(reader.read(30 << 18)) == 30 << 18
        thread.join()


def test_nobody_to_read_is_an_error(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    reader, writer = pipe
    reader.close()
    with pytest.raises(BrokenPipeError):
        fill(writer, b"lost")


def test_who_waits_for_room_hears_that_nobody_reads(
    pipe: tuple[IO[bytes], IO[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING", 1)
    reader, writer = pipe
    timer = threading.Timer(0.2, reader.close)
    timer.start()
    with pytest.raises(BrokenPipeError):
        fill(writer, bytes(1 << 20), 100)
    timer.join()


def test_an_error_of_the_work_is_not_hidden(pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    reader, writer = pipe
    reader.close()
    with pytest.raises(ValueError, match="NaN"):
        fill(writer, b"lost", float("nan"))


def fill(writer: IO[bytes], data: bytes, times: float = 1) -> None:
    with Outbox(writer) as box:
        for _ in range(int(times)):
            box.put(data)
