"""What a busy program loses of datagrams is counted, by those who must know."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.forensics.packets import response
from tests.live.responder import Responder
from upnpscapy.live import receive_buffer, search, sockets
from upnpscapy.live.receive_buffer import Drops, enlarge

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells")

SENT = 200


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A receiver with very little room, and a sender to it."""
    with (
        socket.socket(type=socket.SOCK_DGRAM) as receiver,
        socket.socket(type=socket.SOCK_DGRAM) as sender,
    ):
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        sender.connect(receiver.getsockname())
        yield receiver, sender


def received(sock: socket.socket) -> int:
    """How many datagrams wait, which are taken."""
    number = 0
    with suppress(BlockingIOError):
        while sock.recv(100):
            number += 1
    return number


def test_what_did_not_fit_is_counted_from_the_beginning_to_the_end(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    receiver, sender = pair
    early, drops = Drops(), Drops()
    early.add(receiver)
    for _ in range(SENT):
        sender.send(b"x")
    drops.add(receiver)
    assert (early.count(), drops.count()) == (SENT - received(receiver), 0)
    for _ in range(SENT):
        sender.send(b"x")
    taken = received(receiver)
    assert 0 < taken < SENT
    assert drops.count() == SENT - taken
    receiver.close()
    assert drops.count() == SENT - taken


def test_no_socket_has_lost_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    drops = Drops()
    assert drops.count() == 0
    pair[0].close()
    drops.add(pair[0])
    assert drops.count() == 0


@pytest.mark.parametrize("force", [receive_buffer.SO_RCVBUFFORCE, 0xFFFF, None])
def test_an_enlarged_buffer_holds_what_the_system_grants(
    force: int | None, pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the permission for more, where that is refused, and where there is none."""
    monkeypatch.setattr(receive_buffer, "SO_RCVBUFFORCE", force)
    receiver, sender = pair
    asked = 1 << 17
    enlarge(receiver, asked)
    assert receiver.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) >= asked
    for _ in range(64):
        sender.send(b"x")
    assert received(receiver) == 64


def test_a_search_that_is_not_read_in_time_says_how_many_answers_it_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "enlarge", small)
    all_sent = threading.Event()

    def answer(*_: object) -> Iterator[tuple[bytes, bool]]:
        yield from ((response(udn=f"uuid:{number}"), False) for number in range(SENT))
        all_sent.set()

    with Responder(answer) as device:
        run = search.search("upnp:rootdevice", unicast=device.host, repeat=0, timeout=30)
        assert run.lost == 0
        with run:
            next(run)
            assert all_sent.wait(10)
            run.stop()
            replies = 1 + len(list(run))
    assert replies == run.replies == SENT - run.lost
    assert run.lost > 0
    assert ("lost", str(run.lost)) in run.tree().roots[0].fields


def small(sock: socket.socket, size: int) -> None:
    """A buffer of the least size that there is, whatever is asked."""
    del size
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
