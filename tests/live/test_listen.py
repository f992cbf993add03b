"""Listening on the loopback interface, and by a transport that carries what a test tells."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.forensics.packets import UDN, alive, byebye, response
from tests.live.carrier import ETH0, ETH1, Carrier
from upnpscapy import analyze
from upnpscapy.errors import NetworkError
from upnpscapy.live import interfaces
from upnpscapy.live import listen as listening
from upnpscapy.live.listen import listen
from upnpscapy.live.seen_device import Change
from upnpscapy.live.watch import watch

pytestmark = pytest.mark.usefixtures("loopback_to_itself")

LONG = 60
"""Seconds that nothing here takes."""

GROUP = ("239.255.255.250", 1900)
LOOPBACK = "127.0.0.1"


@pytest.fixture
def announce() -> Iterator[socket.socket]:
    """A socket whose multicasts stay on the loopback interface."""
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.bind((LOOPBACK, 0))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        yield sender


@pytest.fixture
def one_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        listening, "choose", lambda names=None: interfaces.choose(names, known=[ETH0])
    )
    monkeypatch.setattr(interfaces.Interface, "does_multicast", True)


@contextmanager
def hearing() -> Iterator[listening.ListenRun]:
    """A listener on the loopback interface that hears; skips where that is not possible."""
    with listen(interfaces=LOOPBACK, ipv6=False, timeout=LONG) as run:
        try:
            next(run.batches())
        except NetworkError as error:
            pytest.skip(f"no multicast on the loopback interface: {error}")
        yield run


def test_hears_what_is_said_to_the_group_beside_others(announce: socket.socket) -> None:
    with hearing() as first, hearing() as second:
        assert (first.problems, second.problems) == ([], [])
        announce.sendto(alive(), GROUP)
        announce.sendto(b"<Probe/>", GROUP)
        announce.sendto(byebye(), GROUP)
        for run in (first, second):
            found = [next(run), next(run), next(run)]
            assert [sighting.kind for sighting in found] == ["alive", "other", "byebye"]
            assert [sighting.frame for sighting in found] == [1, 2, 3]
            one = found[0]
            place = announce.getsockname()
            assert (one.src, one.sport, one.dst, one.dport) == (*place, *GROUP)
            assert (one.capture, one.ttl, one.truncated) == ("lo", 1, False)
            assert abs(time.time_ns() - (one.time_ns or 0)) < LONG * 1_000_000_000


def test_leaves_unicast_to_its_owner(announce: socket.socket) -> None:
    """A daemon on port 1900 of all addresses still gets what is sent to it."""
    with socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        daemon.settimeout(LONG)
        try:
            daemon.bind(("", 1900))
        except OSError as error:
            pytest.skip(f"port 1900 is taken: {error}")
        with hearing():
            announce.sendto(b"for the daemon", (LOOPBACK, 1900))
            assert daemon.recv(100) == b"for the daemon"


def test_ends_when_it_is_told_to() -> None:
    with hearing() as run:
        start = time.monotonic()
        run.stop()
        assert list(run) == []
        assert time.monotonic() - start < LONG / 2


@pytest.mark.usefixtures("one_interface")
def test_listens_to_every_group() -> None:
    nobody = Carrier(lambda *_: [])
    assert list(listen(transport=nobody, timeout=0.01)) == []
    (plan,) = nobody.plans
    assert plan.routes == ()
    assert [group for _, group in plan.listen] == [
        "239.255.255.250",
        "255.255.255.255",
        "ff02::c",
        "ff05::c",
        "ff08::c",
        "ff0e::c",
    ]
    list(listen(transport=nobody, timeout=0.01, interfaces="2001:db8::10"))
    assert {":" in group for _, group in nobody.plans[1].listen} == {True}
    with pytest.raises(NetworkError, match="no interface to listen on"):
        listen(interfaces="2001:db8::10", ipv6=False)


@pytest.mark.usefixtures("one_interface")
@pytest.mark.parametrize("chosen", [None, "eth0"])
def test_listens_on_interfaces_that_come_later(
    chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "RESCAN_SECONDS", 0)
    nobody = Carrier(lambda *_: [])
    with listen(transport=nobody, interfaces=chosen) as run:
        next(run.batches())
        known = [ETH0, ETH1]
        monkeypatch.setattr(listening, "choose", lambda: interfaces.choose(known=known))
        assert [next(run.batches()) for _ in range(2)] == [[], []]
    expected = [(ETH1, "239.255.255.250"), (ETH1, "255.255.255.255")]
    assert nobody.extended == (expected if chosen is None else [])


@pytest.mark.usefixtures("one_interface")
def test_searches_first_if_asked_to(tmp_path: Path) -> None:
    path = tmp_path / "heard.pcapng"
    one = Carrier(lambda route, _: [] if route.is_ipv6 else [response(), alive()])
    run = listen(search="upnp:rootdevice", transport=one, repeat=0, record=path)
    found = [next(run) for _ in range(5)]
    run.stop()
    assert list(run) == []
    assert [sighting.kind for sighting in found] == ["search"] * 3 + ["response", "alive"]
    assert [sighting.frame for sighting in found] == [1, 2, 3, 4, 5]
    assert list(analyze(path).messages) == found
    assert one.closed == 1


@pytest.mark.usefixtures("one_interface")
def test_watch_tells_what_becomes_of_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Change] = []
    short = Carrier(lambda route, _: [] if route.is_ipv6 else [response(max_age=1)])
    network = watch("upnp:rootdevice", on_change=told.append, transport=short, repeat=0)
    changes = [next(network), next(network)]
    network.close()
    assert [change.kind for change in changes] == ["appeared", "expired"]
    assert told == changes
    assert [device.udn for device in network.table.departed] == [UDN]
    assert changes[0].sighting is not None
    assert changes[0].column("frame") == changes[0].sighting.frame
    assert changes[1].column("frame") is None


@pytest.mark.usefixtures("one_interface")
def test_watch_runs_in_the_background() -> None:
    one = Carrier(lambda route, _: [] if route.is_ipv6 else [response()])
    with watch(transport=one).start() as network:
        deadline = time.monotonic() + LONG
        while not network.devices and time.monotonic() < deadline:
            time.sleep(0.01)
        assert [device.udn for device in network.devices] == [UDN]
        assert network.problems == []
    assert one.closed == 1

    class Broken(Carrier):
        def open(self, *_: object) -> None:  # type: ignore[override]
            raise NetworkError("no permission")

    with pytest.raises(NetworkError, match="no permission"):
        watch(transport=Broken(lambda *_: [])).start()
