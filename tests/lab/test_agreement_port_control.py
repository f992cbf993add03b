"""Mappings by NAT-PMP and PCP are those that natpmpc printed and miniupnpd granted."""

import re
import sys
from pathlib import Path

from upnpscapy import Case, analyze
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.protocol.pcp import PcpOption, build_pcp_map_request, parse_pcp

from .daemons import miniupnpd, recording
from .host import Host
from .network import WAN_ROUTER, Network

ADDRESS = re.compile(r"^Public IP address : (\S+)$", re.MULTILINE)
MAPPED = re.compile(
    r"^Mapped public port (\d+) protocol (\w+) to local port (\d+) liftime (\d+)$",  # as it spells
    re.MULTILINE,
)
ASK = """
import socket, sys
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(30)
asker.sendto(bytes.fromhex(sys.argv[2]), (sys.argv[1], 5351))
print(asker.recv(1200).hex())
"""
"""Sends a request, and prints the answer."""


def natpmpc(host: Host, router: Host, *words: str) -> str:
    return host.run("natpmpc", "-g", router.ipv4, "-a", *words)


def mapped(said: list[str]) -> list[tuple[str, ...]]:
    return [found.groups() for text in said for found in MAPPED.finditer(text)]


def shown(row: MappingRow) -> tuple[object, ...]:
    terms = row.terms
    return row.state, terms.external_port, terms.internal_client, terms.internal_port


def read(path: Path) -> Case:
    return analyze(path)


def test_natpmpc_printed_what_the_rows_say(lab_available: None, tmp_path: Path) -> None:
    path = tmp_path / "natpmp.pcap"
    with (
        Network() as network,
        recording(network.router, path),
        miniupnpd(network.router, ipv6=False, natpmp=True),
    ):
        client, other, router = network.client, network.other, network.router
        said = [
            natpmpc(client, router, "2222", "2200", "tcp", "3600"),
            natpmpc(client, router, "6000", "6000", "udp", "600"),
            natpmpc(client, router, "6000", "6000", "udp", "1200"),
            natpmpc(other, router, "6000", "6000", "udp", "1200"),
            natpmpc(client, router, "2222", "2200", "tcp", "0"),
        ]
    first, second, renewed, others, gone = mapped(said)
    assert (second[0], others[0] != second[0]) == (renewed[0], True)
    assert gone == ("0", "TCP", "2200", "0")
    case = read(path)
    rows = list(case.mappings)
    assert {row.kind for row in rows} == {"natpmp"}
    assert [shown(row) for row in rows] == [
        ("deleted", int(first[0]), client.ipv4, int(first[2])),
        ("open", int(renewed[0]), client.ipv4, int(renewed[2])),
        ("open", int(others[0]), other.ipv4, int(others[2])),
    ]
    assert [row.terms.lease_seconds for row in rows] == [3600, 1200, 1200]
    assert rows[2].asked_port == 6000
    printed = [found for text in said for found in ADDRESS.findall(text)]
    assert [row.address for row in case.external_addresses] == printed == [WAN_ROUTER] * 5
    for row in rows:
        assert all("UDP" in case.packet(int(frame)) for frame in row.frames)


def test_miniupnpd_answers_pcp_as_the_rows_say(lab_available: None, tmp_path: Path) -> None:
    path = tmp_path / "pcp.pcap"
    nonce = bytes(range(12))
    with (
        Network() as network,
        recording(network.router, path),
        miniupnpd(network.router, ipv6=False, natpmp=True),
    ):
        client, other, router = network.client, network.other, network.router
        target = bytes(10) + b"\xff\xff" + bytes(map(int, other.ipv4.split(".")))
        answers = []
        for port, options in ((7000, ()), (7001, (PcpOption(1, target),))):
            request = build_pcp_map_request(
                client.ipv4, 17, port, nonce=nonce, external_port=port, options=options
            )
            answers.append(client.run(sys.executable, "-c", ASK, router.ipv4, request.hex()))
    own, third = (parse_pcp(bytes.fromhex(text.strip())) for text in answers)
    assert own is not None
    assert third is not None
    assert (own.ok, own.nonce, own.external_address) == (True, nonce, WAN_ROUTER)
    assert own.defects == ()
    assert not third.ok  # not allowed unless it is told to
    first, second = read(path).mappings
    assert shown(first) == ("open", own.external_port, client.ipv4, 7000)
    assert first.terms.lease_seconds == own.lifetime_seconds
    assert shown(second) == ("refused", 7001, other.ipv4, 7001)
    assert (second.error_code, second.requested_by) == (third.result_code, client.ipv4)
