"""The generated captures are reproducible, coherent, and hold what their sidecar says."""

import json
import re
import shutil
import struct
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from . import control, ours
from .captures import Capture, make
from .frames import TCP, UDP, Endpoint
from .frames import Path as Direction
from .pcapwrite import HEADER
from .tools import differences

SCALES = {"mixed": 0.01, "http": 0.05, "ssdp": 0.005}
SSDP = (b"NOTIFY * HTTP/1.", b"M-SEARCH * HTTP/1.", b"HTTP/1.1 200 OK\r", b"HTTP/1.1 200 OK\n")
DIGESTS = {
    "mixed": "cb0251b530262800c89d2abb7594ceae104e9c8a5ab336d75dd0452c498d8930",
    "http": "56169a9b67ccc8dc50c7e46bf75830b19e75e11cc626a64ad2c4c101a04c5d1e",
    "ssdp": "afc6ca60d4a8831e496dda2f870f263f128a266489480ea2cc92bb45278a5abb",
}
"""What the recipe gives at these scales; raise captures.RECIPE when these change."""
PORT = control.PORT.to_bytes(2)


class Datagram(NamedTuple):
    time_us: int
    sender: bytes
    target: bytes
    sport: int
    dport: int
    payload: bytes


@pytest.fixture(scope="module", params=list(SCALES))
def capture(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Capture:
    return make(request.param, tmp_path_factory.mktemp("bench"), SCALES[request.param])


def records(path: Path) -> Iterator[tuple[int, bytes]]:
    data = path.read_bytes()
    assert data.startswith(HEADER)
    at = len(HEADER)
    while at < len(data):
        seconds, micros, kept, length = struct.unpack_from("<IIII", data, at)
        assert kept == length
        yield seconds * 1_000_000 + micros, data[at + 16 : at + 16 + kept]
        at += 16 + kept


def datagrams(path: Path) -> Iterator[Datagram]:
    for time, frame in records(path):
        ethertype = frame[12:14]
        if ethertype == b"\x08\x00" and frame[23] == UDP:
            udp = 34
        elif ethertype == b"\x86\xdd" and frame[20] == UDP:
            udp = 54
        else:
            continue
        sport, dport, length = struct.unpack_from(">HHH", frame, udp)
        payload = frame[udp + 8 : udp + length]
        if 1900 in (sport, dport) or payload.startswith(SSDP):
            yield Datagram(time, frame[6:12], frame[:6], sport, dport, payload)


def header(payload: bytes, name: bytes) -> str:
    for line in payload.splitlines()[1:]:
        key, _, value = line.partition(b":")
        if key.strip().upper() == name:
            return value.strip().decode()
    return ""


def test_the_recipe_gives_these_bytes(capture: Capture) -> None:
    assert capture.truth["sha256"] == DIGESTS[capture.name]


def test_a_second_making_is_the_same(capture: Capture, tmp_path: Path) -> None:
    again = make(capture.name, tmp_path, SCALES[capture.name])
    assert again.path.read_bytes() == capture.path.read_bytes()
    assert again.truth == capture.truth


def test_a_file_that_is_there_is_not_made_again(capture: Capture) -> None:
    made = capture.path.stat().st_mtime_ns
    assert make(capture.name, capture.path.parent, SCALES[capture.name]) == capture
    assert capture.path.stat().st_mtime_ns == made


def test_frames_are_counted_and_in_order(capture: Capture) -> None:
    times = [time for time, _ in records(capture.path)]
    assert len(times) == capture.truth["frames"]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (capture.truth["first_time_us"], capture.truth["last_time_us"])
    assert capture.path.stat().st_size == capture.truth["bytes"]


def test_messages_are_what_a_naive_count_finds(capture: Capture) -> None:
    kinds: Counter[str] = Counter()
    for datagram in datagrams(capture.path):
        payload = datagram.payload
        if payload.startswith(b"M-SEARCH"):
            kinds["search"] += 1
        elif payload.startswith(b"HTTP"):
            kinds["response"] += 1
        else:
            kinds[header(payload, b"NTS").removeprefix("ssdp:") or "other"] += 1
    assert kinds == Counter(capture.truth["kinds"])
    assert kinds.total() == capture.truth["messages"]


def test_devices_are_the_udns_of_each_sender(capture: Capture) -> None:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for datagram in datagrams(capture.path):
        if usn := header(datagram.payload, b"USN"):
            found[datagram.sender.hex(":")].add(usn.partition("::")[0])
    assert {mac: sorted(udns) for mac, udns in found.items()} == capture.truth["udns"]
    assert sum(map(len, found.values())) == capture.truth["devices"]


def test_replies_match_by_the_contract(capture: Capture) -> None:
    searches: defaultdict[tuple[bytes, int], list[tuple[int, str, int]]] = defaultdict(list)
    matches: Counter[str] = Counter()
    for time, sender, target, sport, dport, payload in datagrams(capture.path):
        st = header(payload, b"ST").lower()
        if payload.startswith(b"M-SEARCH"):
            searches[sender, sport].append((time, st, int(header(payload, b"MX"))))
        elif payload.startswith(b"HTTP"):
            match = "orphan_replies"
            for asked, wanted, mx in reversed(searches[target, dport]):
                if time - asked <= 30_000_000 and wanted in (st, "ssdp:all"):
                    timely = time - asked <= (mx + 1) * 1_000_000
                    match = "replies" if timely else "late_replies"
                    break
            matches[match] += 1
    for name in ("replies", "late_replies", "orphan_replies"):
        assert matches[name] == capture.truth[name]


def test_requests_are_what_a_naive_count_finds(capture: Capture) -> None:
    """Every message begins a segment here, so that first lines can be counted."""
    if "http" not in capture.truth:
        pytest.skip("no HTTP is counted in it")
    lines: Counter[bytes] = Counter()
    asked: Counter[bytes] = Counter()
    for _, frame in records(capture.path):
        payload = frame[54:]
        if frame[12:14] == b"\x08\x00" and frame[23] == TCP and frame[34:38].find(PORT) in (0, 2):
            lines[b" ".join(payload.split(b"\r\n", 1)[0].split(b" ")[:2])] += 1
            if found := re.search(rb'SOAPACTION: "[^"#]+#(\w+)"', payload):
                asked[found[1]] += 1
    truth = capture.truth["http"]
    roles = truth["exchanges"]
    assert lines[b"GET /description.xml"] == roles["description"]
    assert lines[b"GET /scpd.xml"] == roles["scpd"]
    assert sum(n for line, n in lines.items() if line.startswith(b"GET /pages/")) == roles["other"]
    assert lines[b"SUBSCRIBE /event"] == roles["subscribe"] == truth["subscriptions"]
    assert lines[b"NOTIFY /upnp/eventing"] == roles["event"] == truth["events"]
    assert lines[b"POST /control"] == asked.total() == roles["control"] == truth["calls"]
    assert lines[b"HTTP/1.1 500"] == truth["faults"] == truth["mappings"]["refused"]
    assert lines[b"HTTP/1.1 200"] + lines[b"HTTP/1.1 500"] == sum(roles.values())
    assert asked[b"GetExternalIPAddress"] == truth["external_addresses"]
    assert asked[b"DeletePortMapping"] == truth["mappings"]["deleted"]
    assert asked[b"AddPortMapping"] == sum(truth["mappings"].values())


def test_our_reading_is_the_truth(capture: Capture, capsys: pytest.CaptureFixture[str]) -> None:
    ours.main(str(capture.path))
    assert differences(json.loads(capsys.readouterr().out), capture.truth) == []


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_finds_no_fault(capture: Capture) -> None:
    checks = ["ip.check_checksum", "tcp.check_checksum", "udp.check_checksum"]
    command = ["tshark", "-n", "-r", str(capture.path), "-T", "fields", "-e", "frame.number"]
    for check in checks:
        command += ["-o", f"{check}:TRUE"]
    faults = " || ".join(
        (
            "tcp.analysis.flags",
            "ip.checksum.status == 0",
            "tcp.checksum.status == 0",
            "udp.checksum.status == 0",
            "icmp.checksum.status == 0",
            "icmpv6.checksum.status == 0",
        )
    )
    result = subprocess.run([*command, "-Y", faults], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []


def test_checksums_of_odd_payloads_are_right() -> None:
    """RFC 1071: a datagram with its pseudo header sums to all ones."""
    source, target = (Endpoint(bytes(6), bytes((10, 0, 0, last))) for last in (1, 2))
    frame = Direction(source, target).udp(1, 2, b"x" * 41)
    datagram = frame[34:]
    pseudo = frame[26:34] + bytes((0, 17)) + len(datagram).to_bytes(2)
    assert int.from_bytes(pseudo + datagram + bytes(len(datagram) % 2)) % 0xFFFF == 0
    assert int.from_bytes(frame[14:34]) % 0xFFFF == 0


def test_a_wrong_count_is_told(capture: Capture) -> None:
    said = json.loads(json.dumps(capture.truth))
    devices = said["devices"] + said.get("http", {}).get("described", 0)
    said["devices"] = devices
    assert differences(said, capture.truth) == []
    said["devices"] -= 1
    assert differences(said, capture.truth) == [f"devices: {devices - 1}, truth: {devices}"]
    if "http" in said:
        said["http"]["calls"] += 1
        assert differences(said, capture.truth)[1:] == [
            f"calls: {said['http']['calls']}, truth: {capture.truth['http']['calls']}"
        ]
