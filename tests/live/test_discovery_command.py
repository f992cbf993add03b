"""The verbs ``search`` and ``listen``, and ``messages --interface`` as far as it needs no root."""

from __future__ import annotations

import csv
import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import FORMS, process, run
from tests.forensics.packets import UDN, alive, response
from tests.live.carrier import Carrier
from tests.live.responder import Responder
from upnpscapy import analyze
from upnpscapy.capture.sighting import MESSAGE_COLUMNS
from upnpscapy.cli import discovering
from upnpscapy.live.seen_device import CHANGE_COLUMNS

pytestmark = pytest.mark.usefixtures("loopback_to_itself")

ROOT = "upnp:rootdevice"
QUICK = ("--timeout", "0.2", "--repeat", "0")
ANSWERED = ("--timeout", "2", "--repeat", "0")
"""As long as an answer may take on a busy machine."""


@pytest.fixture
def device() -> Iterator[Responder]:
    with Responder(lambda *_: [(response(), False), (response(udn="uuid:b"), False)]) as device:
        yield device


def searched(device: Responder, *options: str) -> Any:
    return run("search", ROOT, "--unicast", device.host, *ANSWERED, *options)


@pytest.mark.parametrize("form", FORMS)
def test_search_writes_every_form(form: str, device: Responder) -> None:
    result = searched(device, "-T", form)
    assert (result.status, result.err) == (0, "")
    text = result.out.decode()
    if form == "text":
        head, _, *rows = text.splitlines()
        assert head.split() == ["src", "st", "usn", "location", "server", "defects"]
        assert [row.split()[:3] for row in rows] == [
            ["127.0.0.1", ROOT, f"{UDN}::{ROOT}"],
            ["127.0.0.1", ROOT, f"uuid:b::{ROOT}"],
        ]
        return
    if form == "csv":
        head, *rows = csv.reader(text.splitlines())
        found: list[Any] = [dict(zip(head, row, strict=True)) for row in rows]
    else:
        found = result.json if form == "json" else result.jsonl
    assert [tuple(row) for row in found] == [MESSAGE_COLUMNS] * 2
    assert [(row["udn"], row["kind"], row["src"]) for row in found] == [
        (UDN, "response", "127.0.0.1"),
        ("uuid:b", "response", "127.0.0.1"),
    ]


@pytest.mark.parametrize("form", FORMS)
def test_search_without_an_answer_is_status_1(form: str) -> None:
    with Responder(lambda *_: []) as silent:
        result = searched(silent, "-T", form)
    assert result.status == 1
    assert result.err == ("upnpscapy: no replies\n" if form == "text" else "")
    if form == "json":
        assert result.json == []


def test_search_says_what_it_is_told_to(device: Responder) -> None:
    more = ("--header", "X-A: b", "--user-agent", "a/1 UPnP/2.0 b/1", "--control-point", "me")
    uuid = ("--control-point-uuid", "uuid:1", "--mx", "3", "--tcp-port", "50000")
    result = searched(device, *more, *uuid, "--all-replies", "--repeat", "1")
    assert result.out.count(b"uuid:b") == 2
    asked = device.asked[0][0].decode().split("\r\n")
    assert {
        "X-A: b",
        "USER-AGENT: a/1 UPnP/2.0 b/1",
        "CPFN.UPNP.ORG: me",
        "CPUUID.UPNP.ORG: uuid:1",
        "MX: 3",
        "TCPPORT.UPNP.ORG: 50000",
    } <= set(asked)


def test_a_recording_has_what_was_shown(device: Responder, tmp_path: Path) -> None:
    path = str(tmp_path / "a.pcapng")
    shown = searched(device, "-T", "jsonl", "--write", path).jsonl
    assert [row["capture"] for row in shown] == [path, path]
    read = [row for row in analyze(path).messages.to_dicts() if row["kind"] == "response"]
    assert read == shown
    assert run("searches", path, "-T", "json").json[0]["replies"] == [2, 3]


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "interface": (("search", "--interface", "eth77"), "no interface has the name or address"),
    "host": (("search", "--unicast", "lamp.invalid"), "lamp.invalid: "),
    "MX": (("search", "--mx", "9"), "9 is not in the range 1<=x<=5"),
    "target": (("search", "", "--unicast", "127.0.0.1"), "ST is empty"),
    "header": (("search", "--header", "X", "--unicast", "::1"), "'X' is not NAME:VALUE"),
    "file": (("search", "--unicast", "127.0.0.1", "-w", "/no/a.pcapng"), "No such file"),
    "no interface to listen on": (("listen", "-i", "eth77"), "no interface has the name"),
    "nothing to read": (("messages",), "give either FILE... or --interface"),
    "both": (("messages", "a.pcap", "-i", "lo"), "give either FILE... or --interface"),
    "not of a file": (("messages", "a.pcap", "--count", "1"), "go with --interface"),
}


@pytest.mark.parametrize(("words", "reason"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_is_said_in_a_line(words: tuple[str, ...], reason: str) -> None:
    result = run(*words)
    assert (result.status, result.out) == (2, b"")
    assert reason in result.err
    assert "Traceback" not in result.err


def test_an_answer_is_shown_when_it_arrives_and_interrupting_keeps_it_whole(
    device: Responder, tmp_path: Path
) -> None:
    path = tmp_path / "a.pcapng"
    words = ("search", ROOT, "--unicast", device.host, "--timeout", "90", "-w", str(path))
    with process(*words, "-T", "json") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        start = time.monotonic()
        assert running.stdout.readline() == b"[\n"
        assert time.monotonic() - start < 60
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
        assert running.stderr.read() == b""
    assert running.returncode == 130
    assert len(json.loads(b"[" + rest)) == 2
    assert len(analyze(path).messages) == 3


@pytest.mark.parametrize("devices", [False, True], ids=["messages", "devices"])
def test_listen_writes_what_it_hears(devices: bool) -> None:
    words = ["listen", "-i", "127.0.0.1", "--ipv4", "-T", "jsonl", "--count", "1"]
    with (
        process(*words, *["--devices"] * devices, "--timeout", "60") as running,
        socket.socket(type=socket.SOCK_DGRAM) as sender,
    ):
        loopback = socket.inet_aton("127.0.0.1")
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, loopback)
        while running.poll() is None:
            sender.sendto(alive(), ("239.255.255.250", 1900))
            time.sleep(0.1)
        out, err = running.communicate()
    if b"cannot listen" in err:
        pytest.skip("no multicast on the loopback interface")
    assert (running.returncode, err) == (0, b"")
    (row,) = map(json.loads, out.splitlines())
    assert tuple(row) == (CHANGE_COLUMNS if devices else MESSAGE_COLUMNS)
    assert (row["udn"], row["src"], row["capture"]) == (UDN, "127.0.0.1", "lo")
    assert row.get("change") == ("appeared" if devices else None)


def test_listening_to_nobody_is_status_1() -> None:
    result = run("listen", "-i", "127.0.0.1", "--ipv4", "--timeout", "0.1", "-T", "json")
    if "cannot listen" in result.err:
        pytest.skip("no multicast on the loopback interface")
    assert (result.status, result.json) == (1, [])


LOCAL = ("-i", "127.0.0.1", "--ipv4", "--timeout", "0.1")


@pytest.mark.parametrize(
    "words",
    [
        ("search", "--unicast", "127.0.0.1", *QUICK),
        ("listen", *LOCAL),
        ("listen", "--devices", *LOCAL),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("lost", [0, 7])
def test_what_was_lost_is_said(
    words: tuple[str, ...], lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = Carrier(lambda *_: [])
    carrier.lost = lost
    monkeypatch.setattr(discovering, "transport", lambda by_scapy: carrier)
    said = "upnpscapy: 7 datagrams were lost, they came too fast\n" if lost else ""
    result = run(*words, "-T", "json")
    assert (result.status, result.err, result.json) == (1, said, [])
