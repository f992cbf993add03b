"""The outputs' contract: names, columns, meanings, exit statuses, streams.

Written out here, not taken from the code: users read these names.
"""

from __future__ import annotations

import csv
import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import FORMS, PCAPS, TABLES, VERBS, process, run
from tests.forensics.packets import (
    CLIENT,
    DEVICE,
    UDN,
    Sent,
    alive,
    byebye,
    message,
    pcap,
    response,
    search,
    update,
    write,
)
from upnpscapy import analyze
from upnpscapy.forensics.finding import FINDING_COLUMNS

COLUMNS = {
    "captures": (
        "capture sha256 format link_types frames first_time last_time bytes_left incomplete limits"
    ),
    "messages": (
        "capture frame time src sport dst dport link_src vlan ttl kind start_line st nt nts usn "
        "udn location server user_agent host man mx_seconds max_age_seconds boot_id next_boot_id "
        "config_id search_port secure_location headers defects truncated"
    ),
    "searches": (
        "capture frame time src sport dst st mx_seconds man user_agent replies late_replies"
    ),
    "devices": (
        "capture udn parent_udn device_type friendly_name manufacturer model_name model_number "
        "serial_number addresses link_addresses vendor locations server state first_time "
        "last_time described frames"
    ),
}
LISTS = {
    "captures": {"link_types", "limits"},
    "messages": {"headers", "defects"},
    "searches": {"replies", "late_replies"},
    "devices": {"addresses", "link_addresses", "locations", "frames"},
}
NUMBERS = {
    "captures": {"frames", "bytes_left"},
    "messages": set(
        "frame sport dport vlan ttl mx_seconds max_age_seconds boot_id next_boot_id config_id "
        "search_port".split()
    ),
    "searches": {"frame", "sport", "mx_seconds"},
    "devices": set(),
}
TRUTHS = {"captures": {"incomplete"}, "messages": {"truncated"}, "searches": set()} | {
    "devices": {"described"}
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")

STORY = [
    Sent(search(), 0, CLIENT, 50000, mac="02:00:00:00:00:0a"),
    Sent(response(SERVER="", LOCATION=None), 1, DEVICE, 1900, CLIENT, 50000, vlan=7),
    Sent(response(), 3.5, DEVICE, 1900, CLIENT, 50000),
    Sent(alive(more={"BOOTID.UPNP.ORG": "1"}), 4),
    Sent(update(1, 2), 5),
    Sent(byebye(), 6),
    Sent(b"<?xml version='1.0'?><Probe/>", 7),
    Sent(message("NOTIFY * HTTP/1.1", {"NTS": "upnp:propchange"}), 8),
]


@pytest.fixture
def story(tmp_path: Path) -> str:
    return write(tmp_path / "story.pcap", STORY)


@pytest.fixture(params=[*sorted(path.name for path in PCAPS.glob("*.pcap*")), "story"])
def capture(request: pytest.FixtureRequest, story: str) -> str:
    """Each capture there is."""
    return story if request.param == "story" else str(PCAPS / request.param)


def rows_of(table: str, *arguments: str) -> list[dict[str, Any]]:
    result = run(table, *arguments, "-T", "json")
    assert (result.status, result.err) == (0, "")
    rows: list[dict[str, Any]] = result.json
    return rows


@pytest.mark.parametrize("table", TABLES)
def test_columns_of_every_form(table: str, capture: str) -> None:
    columns = COLUMNS[table].split()
    rows = rows_of(table, capture)
    assert rows or table == "searches"
    assert {tuple(row) for row in rows} <= {tuple(columns)}
    assert {row["capture"] for row in rows} <= {capture}
    assert run(table, capture, "-T", "jsonl").jsonl == rows

    case = analyze(capture)
    assert list(getattr(case, table).columns) == columns
    assert list(getattr(case, table).to_dicts()) == rows

    out = run(table, capture, "-T", "csv").out
    assert out == "".join(getattr(case, table).to_csv()).encode()
    lines = out.decode().splitlines(keepends=True)
    assert all(line.endswith("\r\n") for line in lines)
    parsed = list(csv.reader(lines, strict=True))
    assert parsed[0] == columns
    assert len(parsed) == len(rows) + 1
    for cells, row in zip(parsed[1:], rows, strict=True):
        assert [as_csv(value) for value in row.values()] == cells


def as_csv(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def test_columns_of_findings() -> None:
    columns = (
        "capture rule severity outcome confidence subject note missing frames first_time "
        "last_time reference technique filter"
    )
    assert list(FINDING_COLUMNS) == columns.split()


@pytest.mark.parametrize("table", TABLES)
def test_data_frame_has_the_columns(table: str, story: str) -> None:
    pytest.importorskip("pandas", reason="DataFrames need pandas")
    frame = getattr(analyze(story), table).to_dataframe()
    assert list(frame.columns) == COLUMNS[table].split()
    for name in frame.columns:
        is_time = str(frame[name].dtype) == "datetime64[ns, UTC]"
        assert is_time == (name == "time" or name.endswith("_time")), name


@pytest.mark.parametrize("table", TABLES)
def test_types_of_values(table: str, capture: str) -> None:
    for row in rows_of(table, capture):
        for name, value in row.items():
            if name in LISTS[table]:
                assert isinstance(value, list), name
            elif name in TRUTHS[table]:
                assert isinstance(value, bool), name
            elif value is not None and name in NUMBERS[table]:
                assert type(value) is int, name
            elif value is not None:
                assert isinstance(value, str), name
                if name == "time" or name.endswith("_time"):
                    assert TIME.fullmatch(value)


def test_first_column_is_the_name_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.pcap", STORY)
    monkeypatch.chdir(tmp_path)
    for name in ("a.pcap", "./a.pcap", "../" + tmp_path.name + "/a.pcap"):
        for table in TABLES:
            assert {row["capture"] for row in rows_of(table, name)} == {name}
    for table in TABLES:
        result = run(table, "-", "-T", "jsonl", stdin=pcap(STORY))
        assert {row["capture"] for row in result.jsonl} == {"-"}


def test_kinds(story: str) -> None:
    kinds = [row["kind"] for row in rows_of("messages", story)]
    assert kinds == "search response response alive update byebye other other".split()


def test_no_http_on_port_1900_is_listed_as_other(story: str) -> None:
    row = rows_of("messages", story)[6]
    assert (row["kind"], row["headers"], row["udn"]) == ("other", [], None)
    assert row["start_line"] == "<?xml version='1.0'?><Probe/>"
    assert "not-http" in row["defects"]


def test_empty_is_a_value_and_null_is_unknown(story: str) -> None:
    row = rows_of("messages", story)[1]
    assert (row["server"], row["location"], row["vlan"]) == ("", None, 7)
    line = run("messages", story, "-T", "csv").out.split(b"\r\n")[2].decode()
    # udn, location, server, user_agent, host
    assert f',{UDN},,"",,,' in line
    (device,) = rows_of("devices", story)
    described = "parent_udn friendly_name manufacturer model_name model_number serial_number"
    assert [device[name] for name in described.split()] == [None] * 6
    assert device["described"] is False


@pytest.mark.parametrize("udn", [UDN, UDN.upper(), "uuid:uuid:x", UDN[5:]])
def test_udn_is_as_on_the_wire(tmp_path: Path, udn: str) -> None:
    path = write(tmp_path / "a.pcap", [Sent(alive(udn=udn))])
    assert [row["udn"] for row in rows_of("messages", path)] == [udn]
    assert [row["udn"] for row in rows_of("devices", path)] == [udn]


def test_headers_are_ordered_names_and_values_as_sent(tmp_path: Path) -> None:
    payload = b"NOTIFY * HTTP/1.1\r\nb: 2\r\nA:1\r\nB:  3 \r\nX-\xc3\xa4:\xe4\r\nempty:\r\n\r\n"
    path = write(tmp_path / "a.pcap", [Sent(payload)])
    expected = [["b", "2"], ["A", "1"], ["B", "3"], ["X-ä", "\\xe4"], ["empty", ""]]
    assert rows_of("messages", path)[0]["headers"] == expected
    (row,) = csv.DictReader(run("messages", path, "-T", "csv").out.decode().splitlines())
    assert json.loads(row["headers"]) == expected


def test_times_are_utc_with_nanoseconds(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", [Sent(alive(), 0.000000001), Sent(alive(), 59.5)])
    assert [row["time"] for row in rows_of("messages", path)] == [
        "2023-11-14T22:13:20.000000001Z",
        "2023-11-14T22:14:19.500000000Z",
    ]


def test_late_replies_are_not_in_replies(story: str) -> None:
    (row,) = rows_of("searches", story)
    assert (row["frame"], row["mx_seconds"], row["man"]) == (1, 2, '"ssdp:discover"')
    assert (row["replies"], row["late_replies"]) == ([2], [3])


def test_reply_belongs_to_the_latest_search_within_30_seconds(tmp_path: Path) -> None:
    def asked(at: float) -> Sent:
        return Sent(search(), at, CLIENT, 50000)

    def answered(at: float) -> Sent:
        return Sent(response(), at, DEVICE, 1900, CLIENT, 50000)

    sent = [asked(0), asked(1), answered(2), answered(31), answered(31.1), asked(40), answered(41)]
    rows = rows_of("searches", write(tmp_path / "a.pcap", sent))
    pairs = [(row["frame"], row["replies"], row["late_replies"]) for row in rows]
    assert pairs == [(1, [], []), (2, [3], [4]), (6, [7], [])]


def test_files_are_independent_and_frames_restart(tmp_path: Path) -> None:
    one, two = write(tmp_path / "1.pcap", STORY), write(tmp_path / "2.pcap", STORY)
    for table in TABLES:
        alone = [rows_of(table, name) for name in (one, two)]
        assert rows_of(table, one, two) == [*alone[0], *alone[1]]
    places = [(row["capture"], row["frame"]) for row in rows_of("messages", one, two)]
    assert places == [(name, frame) for name in (one, two) for frame in range(1, 9)]


def test_joined_files_are_one_capture(tmp_path: Path) -> None:
    one = write(tmp_path / "later.pcap", STORY[2:])
    two = write(tmp_path / "earlier.pcap", STORY[:2])
    assert len(rows_of("devices", one, two)) == 2
    (device,) = rows_of("devices", "--join", one, two)
    assert (device["capture"], device["state"]) == (two, "byebye")
    assert device["frames"] == [2, f"{one}:1", f"{one}:2", f"{one}:3", f"{one}:4"]
    (asked,) = rows_of("searches", "--join", one, two)
    assert (asked["replies"], asked["late_replies"]) == ([2], [f"{one}:1"])
    captures = [row["capture"] for row in rows_of("messages", "--join", one, two)]
    assert captures == [two] * 2 + [one] * 6


# Exit statuses, and what goes where.


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("form", FORMS)
def test_done(verb: str, form: str, story: str) -> None:
    result = run(verb, story, "-T", form)
    assert (result.status, result.err) == (0, "")
    assert result.out


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("table", TABLES[1:])
def test_empty_table_is_done(table: str, form: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", [Sent(b"x", sport=53, dport=53)])
    result = run(table, path, "-T", form)
    assert result.status == 0
    expected = {"json": b"[\n]\n", "csv": COLUMNS[table].replace(" ", ",").encode() + b"\r\n"}
    assert result.out == expected.get(form, b"")
    assert result.err == (f"upnpscapy: no {table}\n" if form == "text" else "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("messages",),
        ("bogus",),
        ("messages", "--bogus", "a.pcap"),
        ("messages", "-T", "xml", "a.pcap"),
        ("messages", "--host", "lamp", "a.pcap"),
        ("messages", "--since", "yesterday", "a.pcap"),
        ("messages", "-", "-"),
        ("devices", "--join", "-", "a.pcap"),
        ("completion", "tcsh"),
        (),
    ],
)
def test_usage(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.status, result.out) == (2, b"")
    assert "Usage: upnpscapy" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("verb", VERBS)
def test_what_cannot_be_read_does_not_stop_the_others(
    verb: str, story: str, tmp_path: Path
) -> None:
    none = str(tmp_path / "none.pcap")
    text = tmp_path / "text.pcap"
    text.write_text("no capture at all, but long enough for a header")
    result = run(verb, none, story, str(text), str(tmp_path), "-T", "json")
    assert result.status == 3
    assert [line.partition(": ")[2] for line in result.err.splitlines()] == [
        f"{none}: No such file or directory",
        f"{text}: neither pcap nor pcapng: begins with 6e6f2063",
        f"{tmp_path}: Is a directory",
    ]
    found = result.json["captures"] if verb == "inspect" else result.json
    assert {row["capture"] for row in found} == {story}


@pytest.mark.parametrize("verb", VERBS)
def test_cut_capture_is_read_to_the_cut(verb: str, tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(STORY)[:-1])
    result = run(verb, str(path), "-T", "jsonl")
    assert result.status == 0
    assert result.out
    assert result.err.startswith(f"upnpscapy: {path}: cut in frame 8 at byte ")
    assert result.err.count("\n") == 1


def test_damaged_capture_is_an_input_that_could_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(STORY) + b"\xff" * 40)
    result = run("messages", str(path), "-T", "jsonl")
    assert result.status == 3
    assert len(result.jsonl) == len(STORY)
    assert f"upnpscapy: {path}, frame 9: damaged" in result.err
    assert result.err.count("\n") == 1


def test_name_that_is_no_file_name(tmp_path: Path) -> None:
    assert run("messages", "a" * 5000).status == 3


def test_internal_error(story: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("\x1b[31mfrom the wire")

    monkeypatch.setattr("upnpscapy.cli.listings.finish", fail)
    result = run("messages", story)
    assert result.status == 70
    assert "Traceback" in result.err
    assert r"RuntimeError: \x1b[31mfrom the wire" in result.err
    assert "\x1b" not in result.err
    assert result.err.endswith("internal error: please report the lines above\n")


def lines_of(pipe: Any) -> Iterator[bytes]:
    return iter(pipe.readline, b"")


@pytest.mark.parametrize("form", ["text", "jsonl", "csv"])
def test_standard_input_is_live(form: str) -> None:
    capture = pcap(STORY)
    first = len(pcap(STORY[:1]))
    with process("messages", "-", "-T", form) as running:
        guard = threading.Timer(20, running.kill)
        guard.start()
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(capture[:first])
        running.stdin.flush()
        for line in lines_of(running.stdout):
            if CLIENT.encode() in line:
                break
        else:
            pytest.fail("no row before the pipe was closed")
        assert running.poll() is None
        running.stdin.write(capture[first:])
        running.stdin.close()
        rest = running.stdout.read()
        assert b"upnp:propchange" in rest or form == "text"
        assert running.wait() == 0
        guard.cancel()


def test_interrupted() -> None:
    with process("messages", "-", "-T", "jsonl") as running:
        guard = threading.Timer(20, running.kill)
        guard.start()
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdin.write(pcap(STORY[:1]))
        running.stdin.flush()
        assert json.loads(running.stdout.readline())["frame"] == 1
        time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        assert running.wait() == 130
        assert b"Traceback" not in running.stderr.read()
        guard.cancel()


@pytest.mark.parametrize("form", FORMS)
def test_reader_that_has_seen_enough(form: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", STORY * 1000)
    with process("messages", path, "-T", form) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(10)
        running.stdout.close()
        err = running.stderr.read()
        assert (running.wait(), err) == (0, b"")
