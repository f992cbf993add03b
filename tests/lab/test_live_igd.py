"""Mappings and pinholes made here are those of the router, and the other way round."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from upnpscapy import analyze

from . import live
from .daemons import IGD_LOCATION, miniupnpd, recording
from .host import Host
from .namespaces import ip
from .network import WAN_ROUTER, Network
from .printed import upnpc_sentences
from .programs import wait_until
from .test_agreement_mappings import DNAT, PINHOLE, PROTOCOLS

COMMAND = tuple(live.command("igd"))
STATUS = re.compile(r"\[status (\d+)\]\n\Z")
README = Path(__file__).parents[2] / "README.md"
REMOTE = "2001:db8:99::1"

Redirect = tuple[str, int, str, int]
"""Protocol, external port, internal client and port."""


class Told(NamedTuple):
    """What a run of our command left."""

    status: int
    text: str
    """Both outputs."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Of ``-T jsonl``."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]


def igd(host: Host, *words: str) -> Told:
    """``upnpscapy igd words…`` on a host."""
    script = '"$@"; echo "[status $?]"'
    said = host.run("sh", "-c", script, "sh", *COMMAND, *words)
    match = STATUS.search(said)
    assert match, said
    return Told(int(match[1]), said[: match.start()])


def rules(network: Network) -> set[Redirect]:
    """The redirections in the router's packet filter."""
    return redirections(network.router)


def redirections(router: Host) -> set[Redirect]:
    """Those in the packet filter of any router."""
    said = router.run("nft", "list", "ruleset")
    return {
        (PROTOCOLS[int(protocol, 16)], int(port), client, int(inside))
        for protocol, port, client, inside in DNAT.findall(said)
    }


def upnpc(network: Network, *words: str) -> str:
    return network.client.run("upnpc", "-u", IGD_LOCATION, *words, check=False)


def listed_by_upnpc(network: Network) -> set[Redirect]:
    """What ``upnpc -l`` prints."""
    return {
        (
            sentence.values["NewProtocol"],
            int(sentence.values["NewExternalPort"]),
            sentence.values["NewInternalClient"],
            int(sentence.values["NewInternalPort"]),
        )
        for sentence in upnpc_sentences(upnpc(network, "-l"))
        if sentence.action == "GetGenericPortMappingEntry" and sentence.error_code is None
    }


def redirects(told: Told) -> set[Redirect]:
    """What our rows say."""
    return {
        (row["protocol"], row["external_port"], row["internal_client"], row["internal_port"])
        for row in told.rows
    }


@pytest.fixture(scope="module", params=[1, 2], ids=lambda version: f"IGD:{version}")
def version(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture(scope="module")
def network(lab_available: None, version: int) -> Iterator[Network]:
    """A network whose router is of each version."""
    with Network() as network, miniupnpd(network.router, igd=version):
        yield network


@pytest.fixture
def clean(network: Network) -> Iterator[Network]:
    """The same, without mappings before and after."""
    yield network
    for protocol, port, _, _ in rules(network):
        for host in (network.client, network.other):
            host.run("upnpc", "-u", IGD_LOCATION, "-d", str(port), protocol, check=False)
    assert rules(network) == set()


def test_gateway_is_found_and_its_status_is_what_upnpc_says(network: Network, version: int) -> None:
    (told,) = igd(network.client, "status", "-T", "jsonl").rows
    assert told["service"] == f"WANIPConnection:{version}"
    assert told["location"] == IGD_LOCATION
    assert (told["gateway"], told["own_address"]) == (network.router.ipv4, network.client.ipv4)
    said = {
        name: value
        for sentence in upnpc_sentences(upnpc(network, "-s"))
        for name, value in sentence.values.items()
    }
    assert told["external_address"] == said["NewExternalIPAddress"] == WAN_ROUTER
    assert told["connection_status"] == said["NewConnectionStatus"] == "Connected"
    assert told["last_error"] == said["NewLastConnectionError"]
    assert told["address_class"] == "public"


def test_mapping_made_here_is_seen_by_upnpc_and_in_the_rules(clean: Network) -> None:
    client = clean.client
    made = igd(client, "add", "@", "8000", "8080", "TCP", "600", "-e", "<a> & b", "-T", "jsonl")
    other = igd(client, "add-any", client.ipv4, "5300", "5353", "UDP", "-T", "jsonl")
    assert (made.status, other.status) == (0, 0)
    expected = {("TCP", 8080, client.ipv4, 8000), ("UDP", 5353, client.ipv4, 5300)}
    assert redirects(made) | redirects(other) == expected
    assert rules(clean) == listed_by_upnpc(clean) == expected
    assert "'<a> & b' ''" in html.unescape(upnpc(clean, "-l"))
    listed = igd(client, "list", "-T", "jsonl")
    assert redirects(listed) == expected
    (row,) = (row for row in listed.rows if row["protocol"] == "TCP")
    assert (row["description"], row["enabled"], row["state"]) == ("<a> & b", True, "observed")
    assert 500 <= row["lease_seconds"] <= 600
    assert igd(client, "delete", "8080", "TCP").status == 0
    gone = igd(client, "delete-range", "5000", "5999", "UDP", "-T", "jsonl")
    assert redirects(gone) == {("UDP", 5353, client.ipv4, 5300)}
    assert rules(clean) == listed_by_upnpc(clean) == set()


def test_mapping_made_by_upnpc_is_listed_here(clean: Network) -> None:
    client, other = clean.client, clean.other
    upnpc(clean, "-a", client.ipv4, "8000", "8081", "TCP", "300")
    words = ("-a", other.ipv4, "8001", "8082", "UDP", "0")
    other.run("upnpc", "-u", IGD_LOCATION, *words)
    expected = {("TCP", 8081, client.ipv4, 8000), ("UDP", 8082, other.ipv4, 8001)}
    assert redirects(igd(client, "list", "-T", "jsonl")) == rules(clean) == expected
    (one,) = igd(client, "get", "8082", "UDP", "-T", "jsonl").rows
    assert (one["internal_client"], one["description"]) == (other.ipv4, "libminiupnpc")
    assert igd(client, "get", "8083", "UDP").status == 2


only_igd2 = pytest.mark.parametrize("version", [2], indirect=True, ids=["IGD:2"])


@only_igd2
def test_lease_expires(clean: Network) -> None:
    client = clean.client
    begun = time.monotonic()
    (made,) = igd(client, "add", "@", "8000", "8080", "TCP", "8", "-T", "jsonl").rows
    assert made["lease_seconds"] == 8
    assert rules(clean)
    wait_until(lambda: not rules(clean), "the end of the lease")
    assert time.monotonic() - begun > 7
    assert igd(client, "list", "-T", "jsonl").rows == []


@only_igd2
def test_held_mapping_outlives_its_lease_and_ends_with_its_program(clean: Network) -> None:
    client = clean.client
    words = (*COMMAND, "hold", "@", "8000", "8080", "TCP", "6")
    expected = {("TCP", 8080, client.ipv4, 8000)}
    with client.start(*words) as program:
        program.wait_until(lambda: "for 6 s" in program.output(), "it is there")
        until = time.monotonic() + 7.5
        while time.monotonic() < until:
            assert rules(clean) == expected
            time.sleep(0.2)
        program.stop()
        assert program.output().endswith(f"TCP {WAN_ROUTER}:8080 → {client.ipv4}:8000, deleted\n")
    assert rules(clean) == set()


# Prints what is refused to live objects: action, code and notes; and two ports that were granted.
REFUSED = """
import json, sys
import upnpscapy
foreign = sys.argv[1]
igd = upnpscapy.find_igd()
def refused(action, *given, **more):
    try:
        return str(action(*given, **more))
    except upnpscapy.ActionFault as fault:
        return [fault.action, fault.code, fault.name, getattr(fault, "__notes__", [])]
print(json.dumps({
    "low": refused(igd.add, "TCP", 8000, 80),
    "foreign": refused(igd.add, "TCP", 8000, 8090, internal_client=foreign),
    "taken": refused(igd.add, "TCP", 8000, 8080),
    "deleted": refused(igd.delete, "TCP", 8080),
    "other": igd.add("TCP", 8000, 8080, other_port=True).external_port,
    "any": igd.add_any("TCP", 8001, 8080).external_port,
}))
"""


def test_refusals_come_back_with_their_codes(clean: Network) -> None:
    client, other = clean.client, clean.other
    other.run("upnpc", "-u", IGD_LOCATION, "-a", other.ipv4, "8000", "8080", "TCP", "600")
    said = json.loads(client.run(sys.executable, "-c", REFUSED, other.ipv4))
    source = f"the request came from {client.ipv4}"
    conflict = ["AddPortMapping", 718, "ConflictInMappingEntry"]
    assert said["low"] == ["AddPortMapping", 606, "Action not authorized", [source]]
    assert said["foreign"] == [*conflict, []]
    assert said["taken"] == [*conflict, [f"port 8080 is mapped to {other.ipv4}:8000"]]
    assert said["deleted"] == ["DeletePortMapping", 606, "Action not authorized", [source]]
    assert len({8080, said["other"], said["any"]}) == 3
    assert rules(clean) == {
        ("TCP", 8080, other.ipv4, 8000),
        ("TCP", said["other"], client.ipv4, 8000),
        ("TCP", said["any"], client.ipv4, 8001),
    }
    low = igd(client, "add", "@", "8000", "80", "TCP")
    assert (low.status, "AddPortMapping: error 606" in low.text) == (2, True)
    assert source in low.text


@pytest.mark.usefixtures("lab_available")
def test_a_mapping_is_asked_for_by_the_interface_of_its_router(tmp_path: Path) -> None:
    """The client has two networks with a router in each; the second one has three."""
    with Network() as network, ExitStack() as stack:
        client, second = network.client, replace(network.media, interface="eth2")
        far = second.namespace
        ip(client.namespace, f"link add eth2 type veth peer name eth2 netns {far}")
        for host, number in ((client, 10), (second, 2)):
            ip(
                host.namespace,
                "link set eth2 up",
                f"addr add 192.168.78.{number}/24 brd + dev eth2",
            )
        wan = network.namespaces[-1]
        ip(wan, f"link add eth2 type veth peer name eth1 netns {far}", "link set eth2 up")
        ip(
            far,
            "link set eth1 up",
            "addr add 44.128.0.6/30 dev eth1",
            "route replace default via 44.128.0.5",
        )
        stack.enter_context(miniupnpd(network.router, ipv6=False))
        stack.enter_context(miniupnpd(second, ipv6=False, clients="192.168.78.0/24"))
        ways = (
            (("-i", "eth2"), "192.168.78.2", "192.168.78.10", second),
            (("-i", client.ipv4), network.router.ipv4, client.ipv4, network.router),
            (("--gateway", "192.168.78.2"), "192.168.78.2", "192.168.78.10", second),
        )
        paths = {name: tmp_path / f"{name}.pcap" for name in ("eth0", "eth2")}
        with (
            recording(client, paths["eth0"], interface="eth0"),
            recording(client, paths["eth2"], interface="eth2"),
        ):
            for number, (way, gateway, own, router) in enumerate(ways):
                port = 8080 + number
                made = igd(client, "add", "@", "8000", str(port), "TCP", "600", "-T", "jsonl", *way)
                (row,) = made.rows
                assert (row["gateway"], row["internal_client"]) == (gateway, own)
                assert ("TCP", port, own, 8000) in redirections(router)
    asked = {
        name: {
            (row.column("requested_by"), row.column("gateway"), row.column("external_port"))
            for row in analyze(path).mappings
        }
        for name, path in paths.items()
    }
    assert asked == {
        "eth0": {(client.ipv4, network.router.ipv4, 8081)},
        "eth2": {("192.168.78.10", "192.168.78.2", port) for port in (8080, 8082)},
    }


def pinholes(network: Network) -> list[tuple[int, str, str, str]]:
    """Internal port, internal client, remote host and protocol in the router's packet filter."""
    said = network.router.run("nft", "list", "ruleset")
    return [
        (
            int(port),
            str(IPv6Address(int(client, 16))),
            str(IPv6Address(int(remote, 16))),
            PROTOCOLS[int(protocol, 16)],
        )
        for port, _, client, remote, protocol in PINHOLE.findall(said)
    ]


# Opens a pinhole, and prints what all actions but DeletePinhole say.
PINHOLES = """
import json, sys
import upnpscapy
remote, foreign = sys.argv[1:]
wall = upnpscapy.find_igd(ipv6=True).pinholes
status = wall.status()
made = wall.add("TCP", 8080, remote, 99, lease_seconds=600)
codes = []
for action in (lambda: wall.add("TCP", 8080, internal_client=foreign),
               lambda: wall.outbound_timeout("TCP", 8080, remote, 99)):
    try:
        action()
    except upnpscapy.ActionFault as fault:
        codes.append([fault.action, fault.code])
print(json.dumps({
    "status": [status.enabled, status.inbound_pinhole_allowed],
    "made": [made.unique_id, made.internal_client, made.remote_host, made.remote_port],
    "updated": wall.update(made, 900).lease_seconds,
    "packets": wall.packets(made),
    "working": wall.check(made),
    "codes": codes,
}))
"""


def test_pinholes_are_those_of_the_packet_filter(network: Network, version: int) -> None:
    client, other = network.client, network.other
    status = igd(client, "pinhole", "status", "--timeout", "4", "-T", "jsonl")
    if version == 1:
        assert (status.status, "without WANIPv6FirewallControl" in status.text) == (1, True)
        return
    (told,) = status.rows
    assert (told["own_address"], told["inbound_pinhole_allowed"]) == (client.ipv6, True)
    said = json.loads(client.run(sys.executable, "-c", PINHOLES, REMOTE, other.ipv6))
    number = said["made"][0]
    assert said["made"] == [number, client.ipv6, REMOTE, 99]
    assert (said["status"], said["updated"]) == ([True, True], 900)
    assert (said["packets"], said["working"]) == (0, None)
    # A pinhole is for who asks for it; of timeouts this router says nothing.
    assert said["codes"] == [["AddPinhole", 606], ["GetOutboundPinholeTimeout", 501]]
    assert pinholes(network) == [(8080, client.ipv6, REMOTE, "TCP")]
    assert f"Pinhole ID = {number}" in client.run("upnpc", "-6", "-K", number)
    stranger = igd(other, "pinhole", "delete", number)
    assert (stranger.status, "DeletePinhole: error 606" in stranger.text) == (2, True)
    assert igd(client, "pinhole", "delete", number).status == 0
    assert pinholes(network) == []


# Prints what live objects had of a session that it records.
SESSION = """
import json, sys
import upnpscapy
path = sys.argv[1]
with upnpscapy.Recorder(path) as recorder:
    http = upnpscapy.Http(recorder=recorder)
    igd = upnpscapy.find_igd(http=http)
    made = [igd.add("TCP", 8000, 8080, lease_seconds=600, description="<a> & b"),
            igd.add_any("UDP", 5300, 5353, lease_seconds=60)]
    listed = list(igd.mappings())
    igd.delete("TCP", 8080)
    igd.delete("UDP", 5353)
    left = list(igd.mappings())
columns = sys.argv[2].split()
print(json.dumps({
    "udns": [device.udn for device in igd.device.devices],
    "location": igd.location,
    "made": [[one.column(name) for name in columns] for one in made],
    "listed": [[one.column(name) for name in columns] for one in listed],
    "left": len(left),
    "address": igd.found_status.external_address,
}))
"""
SAME = (
    "gateway kind control_url protocol external_port internal_client internal_port remote_host "
    "description enabled"
)


def test_recorded_session_read_offline_is_what_the_live_objects_had(
    clean: Network, tmp_path: Path
) -> None:
    path = tmp_path / "session.pcapng"
    said = clean.client.run(sys.executable, "-c", SESSION, str(path), SAME)
    live = json.loads(said)
    case = analyze(path)
    columns = SAME.split()
    offline = [[row.column(name) for name in columns] for row in case.mappings]
    assert offline == live["made"]
    assert sorted(offline) == sorted(live["listed"])
    assert live["left"] == 0
    assert [row.state for row in case.mappings] == ["deleted", "deleted"]
    assert {row.requested_by for row in case.mappings} == {clean.client.ipv4}
    assert sorted(device.udn or "" for device in case.devices) == sorted(live["udns"])
    assert {row.address for row in case.external_addresses} == {live["address"]}
    answered = [search for search in case.searches if search.replies]
    assert {live["location"]} == {
        row.column("location") for row in case.messages if row.kind == "response"
    }
    assert answered
    assert not [row for row in case.exchanges if row.column("defects")]
    refused = {(row.action, row.error_code) for row in case.calls if row.error_code}
    assert refused <= {("GetGenericPortMappingEntry", 713), ("GetListOfPortMappings", 730)}


@pytest.mark.usefixtures("lab_available")
def test_the_readme_does_what_it_says(tmp_path: Path) -> None:
    # A network of its own, since the number of its first pinhole is in the text.
    with Network() as network, miniupnpd(network.router):
        run_readme(network, tmp_path)


def run_readme(network: Network, tmp_path: Path) -> None:
    client = network.client
    text = README.read_text(encoding="utf-8")
    shell, program = (
        re.findall(rf"^```{kind} live igd\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        for kind in ("sh", "python")
    )
    (tmp_path / "upnpscapy").write_text(f'#!/bin/sh\nexec {shlex.join(live.command())} "$@"\n')
    (tmp_path / "upnpscapy").chmod(0o755)
    within = ("env", "-C", str(tmp_path), f"PATH={tmp_path}:{os.environ['PATH']}")
    said = client.run(*within, "sh", "-e", "-c", shell[0])
    assert f"external address   {WAN_ROUTER}\n" in said
    assert said.count(f"TCP {WAN_ROUTER}:8080 → {client.ipv4}:8000, for 3600 s\n") == 2
    assert "TCP port 8080, deleted" in said
    assert "deleted    yes" in said
    assert rules(network) == set()
    printed = client.run(*within, sys.executable, "-W", "error", "-c", program[0])
    assert f"{WAN_ROUTER} 8080 deque([]" in printed
    assert "606 Action not authorized" in printed
    assert printed.endswith("for 600 s 0 True\n")
    assert rules(network) == set()
