"""The tables of what HTTP tells, on real recordings and in every form."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from tests.cli.command import PCAPS, run
from upnpscapy import analyze

COLUMNS = {
    "calls": (
        "capture frame response_frame time client server control_url service_type action "
        "arguments result status error_code error_description defects filter"
    ),
    "mappings": (
        "capture gateway kind control_url protocol external_port internal_client internal_port "
        "remote_host remote_port unique_id description lease_seconds enabled requested_by "
        "opened_frame opened_time closed_frame closed_time state error_code frames filter"
    ),
    "external_addresses": "capture frame time gateway address address_class",
    "subscriptions": (
        "capture frame time subscriber publisher event_sub_url callback sid timeout_seconds state"
    ),
    "events": "capture frame time publisher subscriber sid seq properties",
}
RECORDINGS = ("igd2-session.pcap", "refused.pcap", "events.pcap", "ipv6.pcap")


def rows_of(table: str, *names: str) -> list[dict[str, Any]]:
    out = run(table, *[str(PCAPS / name) for name in names], "-T", "jsonl").out
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("table", COLUMNS)
def test_columns_of_every_form(table: str) -> None:
    columns = COLUMNS[table].split()
    rows = rows_of(table, *RECORDINGS)
    assert rows
    assert all(list(row) == columns for row in rows)
    paths = [str(PCAPS / name) for name in RECORDINGS]
    assert json.loads(run(table, *paths, "-T", "json").out) == rows
    lines = run(table, *paths, "-T", "csv").out.decode().splitlines()
    assert next(csv.reader(lines)) == columns
    assert len(list(csv.DictReader(lines))) == len(rows)
    assert run(table, *paths).out


@pytest.mark.parametrize("table", COLUMNS)
def test_the_case_has_the_same_rows(table: str) -> None:
    for name in RECORDINGS:
        case = analyze(str(PCAPS / name))
        assert list(getattr(case, table).to_dicts()) == rows_of(table, name)


@pytest.mark.parametrize("table", COLUMNS)
def test_a_capture_without_http_is_an_empty_table(table: str) -> None:
    assert run(table, str(PCAPS / "discovery.pcapng"), "-T", "jsonl").status == 0


def test_mappings_of_a_session() -> None:
    """``upnpc -a`` twice, ``-l``, ``-d`` twice; lease 0 became a week, as the list says."""
    first, second = rows_of("mappings", "igd2-session.pcap")
    assert {key: first[key] for key in ("protocol", "external_port", "lease_seconds")} == {
        "protocol": "TCP",
        "external_port": 8080,
        "lease_seconds": 604800,
    }
    assert (first["state"], first["opened_frame"], first["closed_frame"]) == ("deleted", 209, 437)
    assert (second["protocol"], second["state"]) == ("UDP", "deleted")
    assert {row["requested_by"] for row in (first, second)} == {"192.168.77.10"}


def test_refusals_are_never_success() -> None:
    rows = rows_of("mappings", "refused.pcap")
    refused = [row for row in rows if row["state"] == "refused"]
    assert [row["error_code"] for row in refused] == [718, 718, 606]
    assert all(row["opened_frame"] is None for row in refused)
    codes = [row["error_code"] for row in rows_of("calls", "refused.pcap") if row["error_code"]]
    assert codes == [718, 718, 606, 606, 714]


def test_a_request_without_a_response_is_requested(tmp_path: Any) -> None:
    data = (PCAPS / "igd2-session.pcap").read_bytes()
    at = 24
    for _ in range(208):
        at += 16 + int.from_bytes(data[at + 8 : at + 12], "little")
    path = tmp_path / "cut.pcap"
    path.write_bytes(data[:at])
    (row,) = analyze(str(path)).mappings.to_dicts()
    assert (row["state"], row["opened_frame"], row["closed_frame"]) == ("requested", None, None)
    call = list(analyze(str(path)).calls.to_dicts())[-1]
    assert (call["action"], call["status"], call["result"]) == ("AddPortMapping", None, None)


def test_a_pinhole_is_one_row() -> None:
    (row,) = rows_of("mappings", "ipv6.pcap")
    assert (row["kind"], row["state"]) == ("pinhole", "deleted")
    assert row["internal_client"] == "2001:db8:77::10"


def test_events_are_in_order_and_joined() -> None:
    rows = rows_of("events", "events.pcap")
    assert [row["seq"] for row in rows] == [0, 0, 0, 1, 2]
    sids = {row["sid"] for row in rows_of("subscriptions", "events.pcap")}
    assert {row["sid"] for row in rows} == sids
    assert ["ExternalIPAddress", "44.128.0.2"] in rows[0]["properties"]


def test_address_of_the_gateway() -> None:
    rows = rows_of("external_addresses", "igd1-session.pcap")
    assert {(row["address"], row["address_class"]) for row in rows} == {("44.128.0.2", "public")}
