"""Where this program goes, and where it does not, with the reason."""

from __future__ import annotations

import socket
import threading
import time
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from upnpscapy.errors import DeadlineError, RefusedError, TransportError
from upnpscapy.live import local
from upnpscapy.live.http import Http
from upnpscapy.live.local import Policy, is_local, read_url

from .server import Server, http

LOCAL = (
    "127.0.0.1 127.255.0.9 10.1.2.3 172.16.0.1 172.31.255.255 192.168.0.1 169.254.3.4 ::1 "
    "fe80::1 fd00::1 fc00::9 ::ffff:192.168.1.1"
).split()
ELSEWHERE = (
    "8.8.8.8 172.32.0.1 172.15.0.1 192.169.0.1 100.64.0.1 198.51.100.1 2001:db8::1 2606:4700::1 "
    "0.0.0.0 :: 224.0.0.1 239.255.255.250 255.255.255.255 ff02::c ::ffff:8.8.8.8 64:ff9b::808:808 "
    "2002:c0a8:101::1"
).split()


@pytest.fixture(autouse=True)
def _no_other_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever networks this host is in."""
    monkeypatch.setattr(local, "connected_networks", lambda: ())


def soon() -> float:
    return time.monotonic() + 60


@pytest.mark.parametrize("address", LOCAL)
def test_address_is_local(address: str) -> None:
    assert is_local(ip_address(address))


@pytest.mark.parametrize("address", ELSEWHERE)
def test_address_is_not_local(address: str) -> None:
    assert not is_local(ip_address(address))


def test_networks_that_this_host_is_in_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    networks = [ip_network("2001:db8:77::/64"), ip_network("198.51.100.0/24")]
    monkeypatch.setattr(local, "connected_networks", lambda: networks)
    for host in ("[2001:db8:77::9]", "198.51.100.7"):
        assert Policy().check(read_url(f"http://{host}/"), soon())
    with pytest.raises(RefusedError):
        Policy().check(read_url("http://[2001:db8:78::9]/"), soon())
    monkeypatch.setattr(local, "connected_networks", lambda: [ip_network("0.0.0.0/1")])
    with pytest.raises(RefusedError):
        Policy().check(read_url("http://0.0.0.0/"), soon())


def test_networks_of_this_host_are_read_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert ip_network("127.0.0.0/8") in set(local.connected_networks())


REFUSED = {
    "https://192.168.1.1/": "only http is followed, not https",
    "ftp://192.168.1.1/": "only http is followed, not ftp",
    "file:///etc/passwd": "only http",
    "192.168.1.1/x.xml": "without scheme",
    "http:///x": "a URL without a host",
    "http://me:secret@192.168.1.1/": "a user name",
    "http://me@192.168.1.1/": "a user name",
    "http://192.168.1.1:0/": "port 0",
    f"http://{'ä' * 70}.lan/": "names cannot carry",
    "http://192.168.1.1:99999/": "not a URL",
    "http://192.168.1.1:http/": "not a URL",
    "http://fe80::1:5000/x": "not a URL|port",
    "http://[::1/": "not a URL",
    "http://192.168.1.1/a b": "blanks",
    "http://192.168.1.1/a\r\nX: y": "blanks and control",
    "http://192.168.1.1/a\x00": "blanks and control",
    "http://192.168.1.1/" + "a" * 9000: "characters",
    "http://[fe80::1]/": "on an interface, which the URL does not say",
    "http://8.8.8.8/": "8.8.8.8, which is not on the local network",
    "http://0/": "0 is 0.0.0.0, which is not on the local network",
    "http://134744072/": "134744072 is 8.8.8.8, which is not on the local network",
    "http://0x08080808/": "is 8.8.8.8, which is not on the local network",
    "http://[::ffff:8.8.8.8]/": "not on the local network",
    "http://239.255.255.250:1900/": "not on the local network",
    "http://255.255.255.255/": "not on the local network",
}


@pytest.mark.parametrize("url", REFUSED)
def test_url_is_refused_with_the_reason(url: str) -> None:
    with pytest.raises(RefusedError, match=REFUSED[url]) as caught:
        Http().get(url)
    assert isinstance(caught.value, TransportError)
    assert isinstance(caught.value, PermissionError)


PLACES = {
    "http://192.168.1.1/x": ("192.168.1.1", "", 80, "192.168.1.1"),
    "HTTP://Router.Local:5000/x": ("router.local", "", 5000, "router.local:5000"),
    "http://[FE80::1%25eth0]:5000/x": ("fe80::1", "eth0", 5000, "[fe80::1]:5000"),
    "http://[fe80::1%Eth0]/": ("fe80::1", "Eth0", 80, "[fe80::1]"),
    "http://[fe80::1%252]/": ("fe80::1", "2", 80, "[fe80::1]"),
    "http://Jürgens-Router.lan/": (
        "xn--jrgens-router-wob.lan",
        "",
        80,
        "xn--jrgens-router-wob.lan",
    ),
    "http://[2001:db8::1]:80/": ("2001:db8::1", "", 80, "[2001:db8::1]"),
}


@pytest.mark.parametrize("url", PLACES)
def test_url_is_read(url: str) -> None:
    place = read_url(url)
    assert (place.host, place.zone, place.port, place.header) == PLACES[url]


def test_link_local_address_is_on_the_interface_that_its_url_names() -> None:
    index = socket.if_nametoindex("lo")
    for url in (
        "http://[fe80::1%25lo]:5/",
        "http://[fe80::1%lo]:5/",
        f"http://[fe80::1%25{index}]:5/",
    ):
        (found,) = Policy().check(read_url(url), soon())
        assert found.place == ("fe80::1", 5, 0, index)
    (found,) = Policy(interface="lo").check(read_url("http://[fe80::1]:5/"), soon())
    assert found.place[3] == index
    with pytest.raises(TransportError, match="no interface 'nope0' here"):
        Policy().check(read_url("http://[fe80::1%25nope0]/"), soon())


def test_link_local_url_without_a_zone_has_that_of_its_description() -> None:
    device = read_url("http://[fe80::1%25lo]:5/rootDesc.xml")
    (found,) = Policy().check(read_url("http://[fe80::1]:6/ctl"), soon(), device=device)
    assert found.place == ("fe80::1", 6, 0, socket.if_nametoindex("lo"))


class Names:
    """A resolver with answers of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **names: list[list[str]]) -> None:
        self.asked: list[str] = []
        self._names = {name.replace("_", "."): answers for name, answers in names.items()}
        self._real: Any = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: str, port: int, *rest: Any, flags: int = 0, **more: Any) -> list[Any]:
        if flags & socket.AI_NUMERICHOST:
            return list(self._real(host, port, *rest, flags=flags, **more))
        self.asked.append(host)
        answers = self._names[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            entry
            for address in addresses
            for entry in self._real(address, port, *rest, flags=socket.AI_NUMERICHOST, **more)
        ]


def test_name_is_followed_if_all_its_addresses_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(
        monkeypatch, good_lan=[["192.168.1.1", "fd00::1"]], evil_net=[["192.168.1.1", "8.8.8.8"]]
    )
    found = Policy().check(read_url("http://good.lan/"), soon())
    assert [str(one.ip) for one in found] == ["192.168.1.1", "fd00::1"]
    with pytest.raises(RefusedError, match=r"evil\.net is 8\.8\.8\.8, which is not on the local"):
        Policy().check(read_url("http://evil.net/"), soon())
    assert names.asked == ["good.lan", "evil.net"]


def test_name_is_looked_up_once_so_that_it_cannot_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebinding name answers with a local address first and with another one next."""
    names = Names(monkeypatch, rebind_net=[["127.0.0.1"], ["10.0.0.9"]])
    with Server(http("x")) as server:
        shared = Http()
        for _ in range(3):
            url = f"http://rebind.net:{server.port}/"
            assert shared.get(url).server == ("127.0.0.1", server.port)
        assert len(server.requests) == 3
        assert f"HOST: rebind.net:{server.port}".encode() in server.requests[0]
    assert names.asked == ["rebind.net"]


def test_next_address_is_tried_where_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, two_lan=[["127.0.0.77", "127.0.0.1"]])
    with Server(http("x")) as server:
        assert Http().get(f"http://two.lan:{server.port}/").server[0] == "127.0.0.1"


def test_look_up_that_takes_too_long_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = socket.getaddrinfo
    ended = threading.Event()

    def slow(*all_: Any, flags: int = 0, **more: Any) -> Any:
        if not flags & socket.AI_NUMERICHOST:
            ended.wait(60)
        return real(*all_, flags=flags, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    start = time.monotonic()
    with pytest.raises(DeadlineError, match=r"no address of slow\.lan in time"):
        Http(timeout_seconds=0.1).get("http://slow.lan/")
    assert time.monotonic() - start < 30
    ended.set()


def test_name_without_an_address_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = socket.getaddrinfo

    def unknown(*all_: Any, flags: int = 0, **more: Any) -> Any:
        if flags & socket.AI_NUMERICHOST:
            return real(*all_, flags=flags, **more)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for host in ("nobody.lan", "a..b", "x" * 70 + ".lan"):
        with pytest.raises(TransportError, match=r"not known|no address"):
            Http().get(f"http://{host}/")


DEVICE = "http://192.168.1.1:5000/rootDesc.xml"
OFF_HOST = {
    "http://192.168.1.1/other": True,
    "http://192.168.1.1:49152/ctl": True,
    "http://[::ffff:192.168.1.1]/ctl": True,
    "http://router.lan/ctl": True,
    "http://192.168.1.2/ctl": False,
    "http://127.0.0.1/ctl": False,
    "http://nas.lan/ctl": False,
    "http://both.lan/ctl": False,
}


@pytest.mark.parametrize("url", OFF_HOST)
def test_url_of_a_description_stays_on_the_device_s_host(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(
        monkeypatch,
        router_lan=[["192.168.1.1"]],
        nas_lan=[["192.168.1.9"]],
        both_lan=[["192.168.1.1", "192.168.1.9"]],
    )
    device = read_url(DEVICE)
    if OFF_HOST[url]:
        assert Policy().check(read_url(url), soon(), device=device)
        return
    with pytest.raises(RefusedError, match=r"off the host of the device that names it, 192\.168"):
        Policy().check(read_url(url), soon(), device=device)
    host = read_url(url).host
    for allow in (host, [host], "*"):
        assert Policy(allow).check(read_url(url), soon(), device=device)


@pytest.mark.parametrize("allow", ["8.8.8.8", "8.8.8.0/24", "*", ["10.0.0.1", "8.8.8.8"]])
def test_address_elsewhere_is_followed_if_the_caller_says_so(allow: Any) -> None:
    assert Policy(allow).check(read_url("http://8.8.8.8/"), soon())
    if allow != "*":
        with pytest.raises(RefusedError):
            Policy(allow).check(read_url("http://9.9.9.9/"), soon())


def test_network_allows_a_name_only_with_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, far_net=[["8.8.8.8", "9.9.9.9"]])
    with pytest.raises(RefusedError, match=r"8\.8\.8\.8"):
        Policy("8.8.8.8").check(read_url("http://far.net/"), soon())
    assert Policy("far.net").check(read_url("http://far.net/"), soon())
