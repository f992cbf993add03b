"""``upnpscapy igd``: upnpc's order of arguments, the contract's statuses and forms."""

from __future__ import annotations

import csv
import io
import signal
import socket
import time
from pathlib import Path

import pytest

from upnpscapy import analyze
from upnpscapy.protocol.mapping_terms import MAPPING_COLUMNS

from ..cli.command import FORMS, Result, process, run
from .igd_gateway import FIREWALL, IP2, FakeGateway, replies
from .responder import Responder

LISTED = ("TCP", "80", "127.0.0.1")


def igd(fake: FakeGateway, *words: str) -> Result:
    return run("igd", *words, "--url", fake.location)


def test_status_says_what_an_administrator_wants_to_know() -> None:
    with FakeGateway(IP2) as fake:
        shown = {form: igd(fake, "status", "-T", form) for form in FORMS}
    assert {one.status for one in shown.values()} == {0}
    text = shown["text"].out.decode()
    assert "external address   44.128.0.2\n" in text
    assert "service            WANIPConnection:2\n" in text
    assert shown["json"].json == shown["jsonl"].jsonl[0]
    assert shown["json"].json["uptime_seconds"] == 17
    assert shown["csv"].out.decode().startswith("gateway,friendly_name,")


def test_status_of_a_gateway_behind_another_nat_is_a_remark() -> None:
    with FakeGateway(address="100.64.0.9") as fake:
        done = igd(fake, "status")
        refused = igd(fake, "add", "@", "80", "80", "TCP")
        insisted = igd(fake, "add", "@", "80", "80", "TCP", "--any-wan")
    assert done.status == 0
    assert "of a carrier-grade NAT" in done.err
    assert (refused.status, refused.out) == (2, b"")
    assert "of no use: its WAN address 100.64.0.9" in refused.err
    assert "--any-wan" in refused.err
    assert insisted.status == 0


def test_list_has_the_columns_of_mappings() -> None:
    with FakeGateway() as fake:
        fake.put(80)
        shown = {form: igd(fake, "list", "-T", form) for form in FORMS}
    assert {(one.status, one.err) for one in shown.values()} == {(0, "")}
    (row,) = shown["json"].json
    assert tuple(row) == MAPPING_COLUMNS
    assert shown["jsonl"].jsonl == [row]
    (line,) = csv.DictReader(io.StringIO(shown["csv"].out.decode()))
    assert (line["protocol"], line["external_port"], line["internal_client"]) == LISTED
    assert row["remote_host"] == ""
    assert b"external_port" in shown["text"].out


def test_add_get_and_delete_take_upnpcs_order() -> None:
    with FakeGateway() as fake:
        added = igd(fake, "add", "@", "80", "8080", "tcp", "60", "192.0.2.1", "-e", "web")
        assert fake.called("AddPortMapping") == [
            {
                "NewRemoteHost": "192.0.2.1",
                "NewExternalPort": "8080",
                "NewProtocol": "TCP",
                "NewInternalPort": "80",
                "NewInternalClient": "127.0.0.1",
                "NewEnabled": "1",
                "NewPortMappingDescription": "web",
                "NewLeaseDuration": "60",
            }
        ]
        told = igd(fake, "get", "8080", "TCP", "192.0.2.1")
        missing = igd(fake, "get", "8080", "TCP")
        deleted = igd(fake, "delete", "8080", "TCP", "192.0.2.1", "-T", "json")
        again = igd(fake, "delete", "8080", "TCP", "192.0.2.1")
    sentence = "TCP 44.128.0.2:8080 → 127.0.0.1:80, from 192.0.2.1 only, for 60 s\n"
    assert (added.status, added.err, added.out.decode()) == (0, "", sentence)
    assert (told.status, told.out.decode()) == (0, sentence)
    assert (missing.status, "TCP port 8080 is not mapped" in missing.err) == (2, True)
    (row,) = deleted.json
    assert (row["state"], row["external_port"], deleted.status) == ("deleted", 8080, 0)
    assert (again.status, again.out) == (0, b"")
    assert "was not mapped" in again.err


def test_steps_are_remarks_and_refusals_status_2() -> None:
    with FakeGateway() as fake:
        fake.refusals["AddPortMapping"] = [725]
        done = igd(fake, "add", "@", "80", "80", "TCP", "60")
        fake.refusals["AddPortMapping"] = [725]
        refused = igd(fake, "add", "@", "80", "80", "TCP", "60", "--no-retry")
        fake.refusals["AddPortMapping"] = [606]
        denied = igd(fake, "add", "@", "80", "80", "TCP")
    assert done.status == 0
    assert "error 725 (OnlyPermanentLeasesSupported): asked for a permanent lease" in done.err
    assert done.out.decode() == "TCP 44.128.0.2:80 → 127.0.0.1:80, permanent\n"
    assert (refused.status, refused.out) == (2, b"")
    assert refused.err.startswith("upnpscapy: AddPortMapping: error 725 (OnlyPermanent")
    assert denied.status == 2
    assert "the request came from 127.0.0.1" in denied.err


def test_add_any_and_delete_range() -> None:
    with FakeGateway(IP2) as fake:
        fake.put(8080, client="127.0.0.9")
        added = igd(fake, "add-any", "@", "80", "8080", "TCP", "-T", "jsonl")
        removed = igd(fake, "delete-range", "8000", "8099", "TCP", "-T", "jsonl")
        nothing = igd(fake, "delete-range", "8000", "8099", "TCP")
    assert [row["external_port"] for row in added.jsonl] == [8081]
    assert "chose port 8081 for 8080" in added.err
    assert [row["external_port"] for row in removed.jsonl] == [8080, 8081]
    assert (nothing.status, nothing.out) == (0, b"")


def test_pinhole_verbs_take_upnpcs_order() -> None:
    with FakeGateway(IP2, FIREWALL) as fake:
        fake.does["CheckPinholeWorking"] = lambda _: [("IsWorking", "1")]
        add = igd(fake, "pinhole", "add", "", "0", "@", "8080", "TCP", "60")
        assert fake.called("AddPinhole")[0]["InternalPort"] == "8080"
        words = (("update", "1", "90"), ("check", "1"), ("packets", "1"), ("status",))
        rest = [igd(fake, "pinhole", *some).out.decode() for some in words]
        asked = igd(fake, "pinhole", "timeout", "", "0", "@", "80", "UDP", "-T", "json")
        deleted = igd(fake, "pinhole", "delete", "1", "-T", "json")
        gone = igd(fake, "pinhole", "delete", "1")
    assert add.out.decode() == "pinhole 1  TCP *:* → 127.0.0.1:8080, for 60 s\n"
    assert rest[0] == "pinhole 1, for 90 s\n"
    assert "working    yes" in rest[1]
    assert "packets    12" in rest[2]
    assert "inbound pinhole allowed  no" in rest[3]
    assert asked.json == {"outbound_pinhole_timeout_seconds": 30}
    assert deleted.json == {"unique_id": "1", "deleted": True}
    assert (gone.status, "there is no pinhole 1" in gone.err) == (0, True)


def test_no_gateway_is_status_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    closed = run("igd", "status", "--url", f"http://127.0.0.1:{port}/x.xml")
    assert (closed.status, closed.out) == (1, b"")
    with Responder(lambda *_: ()) as responder:
        silent = run("igd", "list", "--gateway", responder.host, "--timeout", "0.2")
    assert (silent.status, silent.err) == (1, "upnpscapy: no gateway answered\n")
    with FakeGateway("urn:x:service:Printer:1") as fake:
        assert igd(fake, "list").status == 1


def test_gateway_is_searched_at_one_host() -> None:
    with FakeGateway() as fake, Responder(replies([fake.location])) as responder:
        done = run("igd", "status", "--gateway", responder.host, "-T", "json")
    assert (done.status, done.json["location"]) == (0, fake.location)


WRONG = (
    ("add", "@", "80", "80", "ICMP"),
    ("add", "@", "0", "80", "TCP"),
    ("add", "@", "80", "80"),
    ("delete", "65536", "TCP"),
    ("pinhole", "add", "", "0", "@", "80", "HTTP", "60"),
    ("pinhole", "update", "1", "0"),
    ("status", "-i", "no-such-interface"),
)


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_is_status_2_and_calls_nothing(words: tuple[str, ...]) -> None:
    with FakeGateway(FIREWALL, IP2) as fake:
        done = igd(fake, *words) if words[-1] != "no-such-interface" else run("igd", *words)
        assert not [name for name, _ in fake.calls if name.startswith(("Add", "Delete", "Update"))]
    assert (done.status, done.out) == (2, b"")
    assert done.err


def test_every_verb_has_help_with_an_example() -> None:
    verbs = ("status", "list", "get", "add", "add-any", "delete", "delete-range", "hold")
    pinholes = ("add", "update", "delete", "check", "packets", "status", "timeout")
    for words in (*((one,) for one in verbs), *(("pinhole", one) for one in pinholes)):
        shown = run("igd", *words, "--help")
        assert shown.status == 0
        assert f"upnpscapy igd {' '.join(words)}" in shown.out.decode().partition("Example:")[2]
    overview = run("igd", "--help").out.decode()
    assert [verb for verb in (*verbs, "pinhole") if f"  {verb} " not in overview] == []


def test_hold_lasts_until_it_is_told_to_end_and_leaves_nothing() -> None:
    with FakeGateway() as fake:
        words = ("igd", "hold", "@", "80", "8080", "TCP", "1", "--url", fake.location)
        for signal_number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 0)):
            fake.calls.clear()
            with process(*words) as held:
                deadline = time.monotonic() + 60
                while len(fake.called("AddPortMapping")) < 2 and time.monotonic() < deadline:
                    time.sleep(0.02)
                assert fake.mappings
                held.send_signal(signal_number)
                out, err = held.communicate(timeout=60)
            assert (held.returncode, err) == (status, b"")
            assert fake.mappings == {}
            first, last = out.decode().splitlines()
            assert first == "TCP 44.128.0.2:8080 → 127.0.0.1:80, for 1 s"
            assert last == "TCP 44.128.0.2:8080 → 127.0.0.1:80, deleted"


def test_recording_read_offline_has_the_same_mappings(tmp_path: Path) -> None:
    path = str(tmp_path / "x.pcapng")
    with FakeGateway() as fake, Responder(replies([fake.location])) as responder:
        made = run(
            "igd", "add", "@", "80", "8080", "TCP", "60", "--gateway", responder.host,
            *("-w", path, "-T", "json"),
        )  # fmt: skip
    (row,) = made.json
    case = analyze(path)
    (mapping,) = case.mappings
    same = ("capture", "gateway", "control_url", "protocol", "external_port", "internal_client",
            "internal_port", "remote_host", "description", "lease_seconds", "enabled",
            "requested_by", "state")  # fmt: skip
    assert {name: mapping.column(name) for name in same} == {name: row[name] for name in same}
    assert [search.replies for search in case.searches]
    assert [one.status for one in case.exchanges] == [200] * 5
