"""The table ``exchanges``, on real recordings."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.command import PCAPS, run
from upnpscapy import analyze
from upnpscapy.forensics.exchange_row import ExchangeRow

COLUMNS = (
    "capture frame response_frame time response_time client client_port server server_port "
    "method target status role bytes_missing defects filter"
).split()

ROLES = {
    "igd1-session.pcap": {"description": 6, "control": 35},
    "igd2-session.pcap": {"description": 6, "control": 35},
    "refused.pcap": {"description": 7, "scpd": 5, "control": 12},
    "events.pcap": {"description": 3, "scpd": 5, "control": 4, "subscribe": 6, "event": 5},
}
"""What the control points did, by the number of exchanges."""


@pytest.mark.parametrize("name", ROLES)
def test_roles(name: str) -> None:
    rows = analyze(PCAPS / name).exchanges
    assert Counter(row.role for row in rows) == ROLES[name]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_columns_of_every_form(form: str) -> None:
    name = str(PCAPS / "igd2-session.pcap")
    out = run("exchanges", name, "-T", form).out.decode()
    rows: list[dict[str, object]]
    if form == "csv":
        rows = [dict(row) for row in csv.DictReader(out.splitlines())]
    else:
        rows = json.loads(out) if form == "json" else list(map(json.loads, out.splitlines()))
    assert len(rows) == 41
    assert all(list(row) == COLUMNS for row in rows)
    assert {row["capture"] for row in rows} == {name}


def test_a_row_says_what_wireshark_shows() -> None:
    first = next(iter(analyze(PCAPS / "igd2-session.pcap").exchanges.to_dicts()))
    first.pop("capture")
    assert first == {
        "frame": 42,
        "response_frame": 44,
        "time": "2026-11-20T17:29:07.575663000Z",
        "response_time": first["response_time"],
        "client": "192.168.77.10",
        "client_port": first["client_port"],
        "server": "192.168.77.1",
        "server_port": 5000,
        "method": "GET",
        "target": "/rootDesc.xml",
        "status": 200,
        "role": "description",
        "bytes_missing": 0,
        "defects": [],
        "filter": f"ip.addr == 192.168.77.10 && ip.addr == 192.168.77.1 && "
        f"tcp.port == {first['client_port']} && tcp.port == 5000",
    }
    assert first["response_time"] > first["time"]


def test_host_selects_both_ends() -> None:
    name = str(PCAPS / "media-server.pcap")
    everything = run("exchanges", name, "-T", "jsonl").out.splitlines()
    media = run("exchanges", name, "-T", "jsonl", "--host", "192.168.77.2").out.splitlines()
    none = run("exchanges", name, "-T", "jsonl", "--host", "192.0.2.1").out.splitlines()
    assert 0 < len(media) <= len(everything)
    assert none == []


def test_rows_come_in_the_first_pass_too() -> None:
    found: list[ExchangeRow] = []
    case = analyze(PCAPS / "ipv6.pcap", on_exchange=found.append)
    assert [row.exchange.frame for row in found] == [row.exchange.frame for row in case.exchanges]
    assert len(found) == 24


def test_a_joined_capture_names_the_file_of_a_frame(tmp_path: Path) -> None:
    """A request at the end of one file, its response in the next."""
    data = (PCAPS / "igd2-session.pcap").read_bytes()
    at = 24
    for _ in range(42):
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
    one, two = tmp_path / "1.pcap", tmp_path / "2.pcap"
    one.write_bytes(data[:at])
    two.write_bytes(data[:24] + data[at:])
    rows = list(analyze([two, one], join=True).exchanges.to_dicts())
    assert len(rows) == 41
    places = {(row["capture"], row["frame"], row["response_frame"]) for row in rows}
    assert (str(two), f"{one}:42", 2) in places
    alone = list(analyze([one, two]).exchanges.to_dicts())
    assert (alone[0]["frame"], alone[0]["status"]) == (42, None)
