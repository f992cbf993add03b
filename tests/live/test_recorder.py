"""Recordings of what sockets said: readable by others, and the same when read again."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6

from tests.forensics.packets import alive, response
from upnpscapy import analyze
from upnpscapy.capture.datagrams import Datagram
from upnpscapy.live.packets import tcp_packet, udp_packet
from upnpscapy.live.recorder import Recorder

SECOND = 1_000_000_000
V4 = ("192.0.2.10", "192.0.2.1")
V6 = ("fe80::10", "2001:db8::1")


def datagram(
    payload: bytes, addresses: tuple[str, str] = V4, ttl: int | None = 4, time_ns: int = SECOND
) -> Datagram:
    source, destination = (ip_address(address).packed for address in addresses)
    return Datagram(0, time_ns, source, 1900, destination, 50000, None, (), ttl, payload, False)


def checksums(packet: Any) -> list[int | None]:
    """The checksums of a packet, as they are and as Scapy computes them."""
    anew = packet.copy()
    found = []
    for layer in (IP, UDP, TCP):
        if layer in packet:
            found.append(packet[layer].chksum)
            del anew[layer].chksum
    again = packet.__class__(bytes(anew))
    expected = [again[layer].chksum for layer in (IP, UDP, TCP) if layer in again]
    return [a for a, b in zip(found, expected, strict=True) if a % 0xFFFF != b % 0xFFFF]


@settings(deadline=None)
@given(st.binary(max_size=100), st.sampled_from([V4, V6]), st.integers(1, 65535), st.booleans())
def test_packets_have_right_checksums(
    data: bytes, addresses: tuple[str, str], port: int, tcp: bool
) -> None:
    source, destination = (ip_address(address).packed for address in addresses)
    if tcp:
        raw = tcp_packet((source, port), (destination, 80), 7, 1 << 32, 16, data)
    else:
        raw = udp_packet(source, port, destination, 1900, 3, data)
    packet: Any = (IP if addresses is V4 else IPv6)(raw)
    assert checksums(packet) == []
    layer = packet[TCP if tcp else UDP]
    assert bytes(layer.payload) == data
    assert layer.sport == port
    if not tcp:
        assert packet[UDP].chksum != 0


@pytest.mark.parametrize("addresses", [V4, V6], ids=["IPv4", "IPv6"])
def test_datagrams_are_read_again_as_they_were(addresses: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    sent = [
        datagram(alive(), addresses, time_ns=1_700_000_000_123_456_789),
        datagram(response(), addresses, 255),
        datagram(b"", addresses, 1),
        datagram(b"x" * 65_507, addresses),
        datagram(alive(), addresses, None),
    ]
    with Recorder(path) as recorder:
        assert [recorder.datagram(one, "eth0") for one in sent] == [1, 2, 3, 4, 5]
        assert len(analyze(path).messages) == 5, "whole at any time"
    read = [sighting.datagram for sighting in analyze(path).messages]
    assert read == [
        one._replace(frame=frame, ttl=one.ttl or 0) for frame, one in enumerate(sent, 1)
    ]


def test_connections_are_read_again_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    body = bytes(range(256)) * 40
    request = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with Recorder(path) as recorder:
        for port, server in ((40000, ("192.0.2.1", 80)), (40001, ("fe80::1%eth0", 80, 0, 2))):
            client = ("192.0.2.10", port) if port == 40000 else ("fe80::10", port, 0, 2)
            connection = recorder.connection(client, server)
            for number in range(2):
                assert connection.sent(request % number) is not None
                connection.received(answer[:100])
                connection.received(answer[100:])
            assert connection.sent(b"") is None
            connection.close()
            connection.close()
        frames = recorder.frames
    case = analyze(path)
    exchanges = [row.exchange for row in case.exchanges]
    starts = [row.request.message.start.stripped for row in exchanges if row.request]
    assert (
        starts
        == [
            b"GET /0 HTTP/1.1",
            b"GET /1 HTTP/1.1",
        ]
        * 2
    )
    assert {row.response.body for row in exchanges if row.response} == {body}
    assert [row.column("bytes_missing") for row in case.exchanges] == [0] * 4
    assert case.captures[0].limits == []
    for frame in range(1, frames + 1):
        packet = case.packet(frame)
        assert checksums(packet) == []
        assert len(bytes(packet[TCP].payload)) <= 1460


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_wireshark_warns_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    with Recorder(path) as recorder:
        recorder.datagram(datagram(alive()))
        connection = recorder.connection(("192.0.2.10", 40000), ("192.0.2.1", 80))
        connection.sent(b"GET / HTTP/1.0\r\n\r\n")
        connection.received(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 5000)
        connection.close()
    options = [
        word
        for name in ("ip.check_checksum", "udp.check_checksum", "tcp.check_checksum")
        for word in ("-o", f"{name}:TRUE")
    ]
    command = ["tshark", *options, "-r", str(path), "-Y", "_ws.expert.severity >= 0x600000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_a_recording_is_bounded() -> None:
    file = io.BytesIO()
    with Recorder(file, max_bytes=2000) as recorder:
        numbers = [recorder.datagram(datagram(alive())) for _ in range(10)]
        assert numbers == list(range(1, 11))
        assert recorder.frames + recorder.left_out == 10
        assert 0 < recorder.frames < 10
    assert len(file.getvalue()) < 2500
    file.seek(0)
    case = analyze(file)
    assert len(case.messages) == recorder.frames
    recorder.datagram(datagram(alive()))
    assert recorder.left_out == 11 - recorder.frames, "after its end"


def test_threads_write_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    numbers: list[int] = []
    with Recorder(path) as recorder:

        def write() -> None:
            for _ in range(100):
                numbers.append(recorder.datagram(datagram(alive())))

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(numbers) == list(range(1, 401))
    assert len(analyze(path).messages) == 400


def test_a_file_that_cannot_be_written_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Recorder(tmp_path / "no" / "a.pcapng")
