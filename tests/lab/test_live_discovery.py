"""Discovery on a real network, beside software that is not ours: who sees whom, by which way."""

from __future__ import annotations

import functools
import os
import re
import shlex
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from upnpscapy import analyze

from . import live
from .daemons import IGD_UDN, MEDIA_UDN, minidlna, miniupnpd, recording
from .host import Host
from .live import listening, written
from .namespaces import ip
from .network import Network
from .programs import Program, wait_until

MX = ("--mx", "1", "--timeout", "3")
IPV4 = (*MX, "--ipv4")
SURE = ("--mx", "1", "--repeat", "2", "--timeout", "10")
"""Where a search is to see everything, and nothing else, on a busy machine too."""
GROUP = "239.255.255.250"
README = Path(__file__).parents[2] / "README.md"


def usns(rows: list[dict[str, Any]]) -> set[str]:
    return {row["usn"] for row in rows if row["usn"]}


def end(program: Program) -> int | None:
    """The exit status of a program that ends by itself."""
    wait_until(lambda: not program.running, f"the end of {program.name}")
    return program.status


def test_all_see_the_same_as_gssdp_discover_and_upnp_client(lab: Network) -> None:
    client, other = lab.client, lab.other
    with ThreadPoolExecutor() as pool:
        gssdp = pool.submit(client.run, "gssdp-discover", "-i", "eth0", "--timeout=10")
        upnp_client = pool.submit(other.run, "upnp-client", "search", "--bind", other.ipv4)
        searched = pool.submit(live.rows, client, "search", *SURE, "--ipv4")
        heard = pool.submit(live.rows, other, "listen", "--search", *IPV4, "--timeout", "10")
    expected = set(re.findall(r"USN: +(\S+)", gssdp.result()))
    assert len(expected) == 19
    assert expected == set(re.findall(r'"USN": "([^"]+)"', upnp_client.result()))
    assert usns(searched.result()) == expected
    assert usns(heard.result()) == expected
    assert {row["src"] for row in searched.result()} == {lab.router.ipv4, lab.media.ipv4}
    own = [row for row in heard.result() if (row["kind"], row["src"]) == ("search", other.ipv4)]
    assert len([row for row in own if row["mx_seconds"] == 1]) == 2, "not their echoes too"


def test_search_over_ipv6_finds_what_upnpc_finds(lab: Network) -> None:
    (location,) = set(re.findall(r"desc: (\S+)", lab.other.run("upnpc", "-6", "-s")))
    rows = live.rows(lab.client, "search", *SURE, "--ipv6")
    assert {row["location"] for row in rows} == {location}
    assert {row["src"] for row in rows} == {"fe80::1", lab.router.ipv6}
    assert {row["udn"] for row in rows if row["st"] == "upnp:rootdevice"} == {IGD_UDN}


def test_answers_to_port_1900_come_beside_other_listeners(lab: Network) -> None:
    client = lab.client
    with (
        client.start("gssdp-discover", "-i", "eth0", "--timeout=60") as before,
        listening(client, "listen", "--ipv4") as listener,
    ):
        before.wait_until(lambda: "USN" in before.output(), "it found something")
        words = ("--ipv4", "--source-port", "1900")
        rows = live.found(client, lambda rows: len(usns(rows)) >= 19, *words)
        listener.wait_until(
            lambda: any(
                (row["kind"], row["sport"]) == ("search", 1900) for row in written(listener)
            ),
            "the search went out from there",
        )
    assert len(usns(rows)) == 19
    assert {(row["dst"], row["dport"]) for row in rows} == {(client.ipv4, 1900)}


ONE_HOST = {
    "192.168.77.1": "192.168.77.1",
    "2001:db8:77::1": "2001:db8:77::1",
    "[fe80::1%eth0]:1900": "fe80::1",
}


def test_one_host_answers(lab: Network) -> None:
    with ThreadPoolExecutor() as pool:
        asked = [
            pool.submit(
                live.found, lab.client, lambda rows: len(usns(rows)) >= 13, "--unicast", host
            )
            for host in ONE_HOST
        ]
    for found, source in zip(asked, ONE_HOST.values(), strict=True):
        assert {row["src"] for row in found.result()} == {source}
        assert len(usns(found.result())) == 13


def test_broadcast_is_heard(lab: Network) -> None:
    """Where no daemon of the lab answers it, who listens hears it."""
    with listening(lab.other, "listen", "--ipv4") as listener:
        live.rows(lab.client, "search", *IPV4, "--broadcast", "--ttl", "7", "--repeat", "0")

        def asked() -> list[dict[str, Any]]:
            return [row for row in written(listener) if row["src"] == lab.client.ipv4]

        listener.wait_until(lambda: len(asked()) >= 2, "both searches")
    assert {(row["dst"], row["ttl"], row["host"]) for row in asked()} == {
        (GROUP, 7, f"{GROUP}:1900"),
        ("255.255.255.255", 7, f"{GROUP}:1900"),
    }


def test_the_first_answer_is_shown_when_it_arrives(lab: Network) -> None:
    with live.start(lab.client, "search", *MX, "--timeout", "60") as program:
        program.wait_until(lambda: bool(written(program)), "a first answer", timeout=30)
        assert program.running
        program.stop(signal.SIGINT)
    assert {row["kind"] for row in written(program)} == {"response"}


@pytest.mark.usefixtures("lab_available")
def test_a_search_leaves_by_the_interface_of_each_network(tmp_path: Path) -> None:
    """The client has two networks: the router is on one, the media server on the other."""
    with Network() as network, ExitStack() as stack:
        client, media = network.client, network.media
        ip(client.namespace, f"link add eth2 type veth peer name eth2 netns {media.namespace}")
        for host, number in ((client, 10), (media, 2)):
            ip(
                host.namespace,
                "link set eth2 up",
                f"addr add 192.168.78.{number}/24 brd + dev eth2",
            )
        stack.enter_context(miniupnpd(network.router, ipv6=False))
        stack.enter_context(minidlna(replace(media, interface="eth2")))
        choices: tuple[tuple[tuple[str, ...], set[str]], ...] = (
            ((), {"192.168.77.1", "192.168.78.2"}),
            (("-i", "eth2"), {"192.168.78.2"}),
            (("-i", client.ipv4), {"192.168.77.1"}),
        )
        paths = {name: tmp_path / f"{name}.pcap" for name in ("eth0", "eth2")}
        with (
            recording(client, paths["eth0"], interface="eth0"),
            recording(client, paths["eth2"], interface="eth2"),
            ThreadPoolExecutor() as pool,
        ):
            mark = ("search", *SURE, "--ipv4", "--header")
            searched = [
                pool.submit(live.rows, client, *mark, f"X-NUMBER: {number}", *options)
                for number, (options, _) in enumerate(choices)
            ]
    for found, (_, answering) in zip(searched, choices, strict=True):
        assert {row["src"] for row in found.result()} == answering
    for number, (_, answering) in enumerate(choices):
        for name, address in (("eth0", client.ipv4), ("eth2", "192.168.78.10")):
            asked = [row for row in analyze(paths[name]).messages if row.kind == "search"]
            sources = {row.src for row in asked if ["X-NUMBER", str(number)] in row.headers}
            assert sources == {address} & _own(answering)


def _own(answering: set[str]) -> set[str]:
    """The client's addresses in the networks of those that answered."""
    return {address.rpartition(".")[0] + ".10" for address in answering}


# An announcement of a device that lives for a second.
SHORT_LIFE = """
import socket
with socket.socket(type=socket.SOCK_DGRAM) as sender:
    sender.sendto(
        b"NOTIFY * HTTP/1.1\\r\\nHOST: 239.255.255.250:1900\\r\\nNT: upnp:rootdevice\\r\\n"
        b"NTS: ssdp:alive\\r\\nCACHE-CONTROL: max-age=1\\r\\nUSN: uuid:short::upnp:rootdevice\\r\\n"
        b"LOCATION: http://192.168.77.11/\\r\\nSERVER: a/1 UPnP/1.0 b/1\\r\\n\\r\\n",
        ("239.255.255.250", 1900),
    )
"""


@pytest.mark.usefixtures("lab_available")
def test_the_device_table_follows_the_network() -> None:
    with (
        Network() as network,
        listening(network.client, "listen", "--devices", "--search", "--ipv4") as table,
    ):

        def wait_for(udn: str, change: str, times: int = 1) -> dict[str, Any]:
            def rows() -> list[dict[str, Any]]:
                return [r for r in written(table) if (r["udn"], r["change"]) == (udn, change)]

            table.wait_until(lambda: len(rows()) >= times, f"{udn} {change}")
            return rows()[times - 1]

        with minidlna(network.media):
            assert wait_for(MEDIA_UDN, "appeared")["src"] == network.media.ipv4
        assert wait_for(MEDIA_UDN, "gone")["state"] == "byebye"
        with minidlna(network.media):
            wait_for(MEDIA_UDN, "appeared", 2)
        network.other.run(sys.executable, "-c", SHORT_LIFE)
        wait_for("uuid:short", "appeared")
        assert wait_for("uuid:short", "expired")["frame"] is None
        with miniupnpd(network.router, ipv6=False) as router:
            boot_id = wait_for(IGD_UDN, "appeared")["boot_id"]
            router.stop(signal.SIGKILL)
            time.sleep(1)  # its BOOTID is the second of its start
        with miniupnpd(network.router, ipv6=False):
            assert wait_for(IGD_UDN, "rebooted")["boot_id"] > boot_id
        wait_for(IGD_UDN, "gone")


def heard_all(program: Program, port: int, count: int) -> bool:
    """Whether a program has written so many messages from a port."""
    return [row["sport"] for row in written(program)].count(port) >= count


ALL_ANSWERS = 45
"""Those of both devices to a search by IPv4 and by both groups of IPv6."""


def answer(row: dict[str, Any]) -> tuple[Any, ...]:
    """What does not differ between two searches."""
    return row["src"], row["usn"], row["location"], row["ttl"]


def all_is_seen(recording: Path, rows: list[dict[str, Any]]) -> bool:
    """Whether every answer has come, and every search has gone out."""
    if len({answer(row) for row in rows}) < ALL_ANSWERS:
        return False
    return [row.kind for row in analyze(recording).messages].count("search") == 9


def test_scapy_sees_and_records_what_sockets_do(lab: Network, tmp_path: Path) -> None:
    files = {"sockets": tmp_path / "sockets.pcapng", "Scapy": tmp_path / "scapy.pcapng"}
    by_scapy: dict[str, tuple[str, ...]] = {"sockets": (), "Scapy": ("--scapy",)}
    searched, heard = {}, {}
    with ThreadPoolExecutor() as pool:
        runs = {
            name: pool.submit(
                live.found,
                lab.client,
                functools.partial(all_is_seen, files[name]),
                *("--mx", "1", "--repeat", "2", "-w", str(files[name]), *option),
            )
            for name, option in by_scapy.items()
        }
    for name, run in runs.items():
        searched[name] = run.result()
        everything = list(analyze(files[name]).messages.to_dicts())
        assert [row["kind"] for row in everything].count("search") == 9
        read = [row for row in everything if row["kind"] == "response"]
        shown = {row["frame"]: row for row in searched[name]}
        assert {row["frame"]: row for row in read if row["frame"] in shown} == shown
    keys = {name: {answer(row) for row in rows} for name, rows in searched.items()}
    assert keys["Scapy"] == keys["sockets"]
    assert len(keys["sockets"]) == ALL_ANSWERS
    assert {row["link_src"] for row in searched["sockets"]} == {None}
    assert {row["link_src"] for row in searched["Scapy"]} == {lab.router.mac, lab.media.mac}

    with ExitStack() as stack:
        programs = {
            name: stack.enter_context(
                listening(lab.client, "listen", "-w", str(files[name]), *option)
            )
            for name, option in by_scapy.items()
        }
        live.rows(lab.other, "search", *MX, "--source-port", "50123")
        for name, program in programs.items():
            program.wait_until(functools.partial(heard_all, program, 50123, 6), "all searches")
            program.stop(signal.SIGINT)
            assert program.status == 130
            rows = written(program)
            assert list(analyze(files[name]).messages.to_dicts()) == rows
            heard[name] = sorted(
                (row["src"], row["dst"], row["st"], row["ttl"])
                for row in rows
                if row["sport"] == 50123
            )
    assert heard["Scapy"] == heard["sockets"]
    assert {place[1] for place in heard["Scapy"]} == {GROUP, "ff02::c", "ff05::c"}


def seen_all(rows: list[dict[str, Any]], found: list[dict[str, Any]]) -> bool:
    """Whether rows of an interface have every answer that a search found there."""

    def answers(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
        return Counter((row["src"], row["sport"], row["dport"], row["usn"]) for row in rows)

    return answers(found) <= answers(rows)


def test_messages_of_an_interface_are_those_of_its_capture(lab: Network, tmp_path: Path) -> None:
    path = tmp_path / "sniffed.pcapng"
    with listening(lab.client, "messages", "--interface", "eth0", "-w", str(path)) as program:
        found = live.found(lab.client, lambda rows: len(usns(rows)) >= 19, "--all-replies")
        program.wait_until(lambda: seen_all(written(program), found), "all answers")
        program.stop(signal.SIGINT)
        assert program.status == 130
    rows = written(program)
    assert list(analyze(path).messages.to_dicts()) == rows
    responses = [row for row in rows if row["kind"] == "response"]
    assert usns(responses) == usns(found)
    assert {row["link_src"] for row in rows} >= {lab.client.mac, lab.router.mac}


def test_messages_of_an_interface_end_by_count_or_time(lab: Network) -> None:
    with listening(lab.client, "messages", "-i", "eth0", "--count", "3") as program:
        live.rows(lab.client, "search", *IPV4, "--repeat", "0")
        assert end(program) == 0
    assert len(written(program)) == 3
    start = time.monotonic()
    live.rows(lab.client, "messages", "-i", "eth0", "--seconds", "0.5")
    assert time.monotonic() - start < 30


def said_by_all(host: Host, within: Sequence[str], programs: Iterable[Sequence[str]]) -> list[str]:
    """What programs run at once say, ``within`` before the words of each."""
    with ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(host.run, *within, *live.command(*words), check=False) for words in programs
        ]
    return [run.result() for run in runs]


# Root without any capability: what everybody is who is not root.
PLAIN_USER = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")


def test_sockets_need_no_permission_and_sniffing_says_that_it_does(lab: Network) -> None:
    search = live.command("search", *SURE, "--ipv4", "-T", "jsonl")
    said = lab.client.run(*PLAIN_USER, *search)
    assert said.count('"kind": "response"') >= 19
    sniffing = (["search", "--scapy"], ["messages", "-i", "eth0"], ["listen", "--scapy"])
    for said in said_by_all(lab.client, PLAIN_USER, sniffing):
        assert re.fullmatch(r"upnpscapy: cannot sniff on eth0: .* root or CAP_NET_RAW .*\n", said)


def test_no_network_is_said_in_a_line(lab: Network) -> None:
    alone = ("unshare", "--net", "sh", "-c", '"$@"; echo "status $?"', "sh")
    reasons = (
        (["search"], "nowhere to search: no interface that does multicast"),
        (["listen"], "no interface to listen on has an address"),
        (["messages", "-i", "eth0"], "cannot sniff on eth0: "),
    )
    programs = [words for words, _ in reasons]
    for said, (_, reason) in zip(said_by_all(lab.client, alone, programs), reasons, strict=True):
        assert re.fullmatch(rf"upnpscapy: {reason}.*\nstatus 2\n", said), said


def test_the_readme_does_what_it_says(lab: Network, tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8").replace("192.168.1.1", lab.router.ipv4)
    # All at once take their time.
    text = text.replace("upnpscapy search", "upnpscapy search --timeout 8")
    text = text.replace("--timeout 5", "--timeout 8").replace("timeout=5", "timeout=8")
    text = text.replace("mx=1, transport", "mx=1, timeout=8, transport")
    fence = r"^```{} live\n(.*?)^```$"
    blocks = {
        kind: re.findall(fence.format(kind), text, re.DOTALL | re.MULTILINE)
        for kind in ("sh", "python")
    }
    (shell,) = (block for block in blocks["sh"] if "upnpscapy search" in block)
    (program,) = (block for block in blocks["python"] if "upnpscapy.watch(" in block)
    (tmp_path / "upnpscapy").write_text(f'#!/bin/sh\nexec {shlex.join(live.command())} "$@"\n')
    (tmp_path / "upnpscapy").chmod(0o755)
    within = ("env", "-C", str(tmp_path), f"PATH={tmp_path}:{os.environ['PATH']}")
    with ThreadPoolExecutor() as pool:
        lines = [line for line in shell.splitlines() if line.startswith("upnpscapy ")]
        assert len(lines) == len(shell.splitlines())
        runs = [pool.submit(lab.client.run, *within, "sh", "-c", line) for line in lines]
    for run in runs:
        assert IGD_UDN in run.result()
    assert len(analyze(tmp_path / "seen.pcapng").messages) > 10
    (tmp_path / "seen.pcapng").unlink()
    printed = lab.other.run(*within, sys.executable, "-W", "error", "-c", program)
    assert f"<SeenDevice {MEDIA_UDN} " in printed
    assert f"appeared  {IGD_UDN}" in printed
    assert len(analyze(tmp_path / "seen.pcapng").messages) > 10
