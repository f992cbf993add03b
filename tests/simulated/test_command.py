"""``upnpscapy simulate``: what it says, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from ..cli.command import run
from .wire import control

ALONE = ("--unicast-only", "--search-port", "0")
QUIET = (*ALONE, "--seconds", "0.05")
MAIN = "from upnpscapy.cli import main; main()"


@pytest.mark.parametrize(
    ("words", "kinds"),
    [((), ["gateway", "renderer"]), (("gateway",), ["gateway"]), (("renderer",), ["renderer"])],
)
def test_locations_are_written_and_it_ends_in_time(
    words: tuple[str, ...], kinds: list[str]
) -> None:
    result = run("simulate", *words, *QUIET)
    assert result.status == 0
    locations = result.out.decode().splitlines()
    assert [line.split("/")[3] for line in locations] == kinds
    assert all(line.startswith("http://127.0.0.1:") for line in locations)
    assert result.err.startswith("upnpscapy: searches are answered at 127.0.0.1:")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("toaster",), "toaster"),
        (("--igd", "3"), "3"),
        (("--address", "192.0.2.1"), "192.0.2.1"),
        (("--port", "70000"), "70000"),
        (("--seconds", "0"), "0"),
        (("--mx-delay", "6"), "6"),
    ],
)
def test_what_cannot_be_is_wrong_usage(words: tuple[str, ...], told: str) -> None:
    result = run("simulate", *words, "--unicast-only")
    assert (result.status, result.out) == (2, b"")
    assert told in result.err


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_it_goes_on_until_ctrl_c_and_says_what_is_asked() -> None:
    words = ("simulate", "gateway", "--igd", "1", "--any-client", "--verbose", *ALONE)
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        try:
            assert program.stdout is not None
            location = program.stdout.readline().decode().strip()
            device = control(location)
            assert device.description.root.device_type.endswith(":1")
            arguments = ("", 80, "TCP", 80, "192.0.2.9", True, "a\x85\u202eb", 60)
            device.WANIPConn1.AddPortMapping(*arguments)
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=60)
        finally:
            program.kill()
    assert (program.returncode, out) == (130, b"")
    lines = err.decode().splitlines()
    assert "upnpscapy: 127.0.0.1 GET /gateway/description.xml: 200" in lines
    last = lines[-1]
    assert last.startswith(
        "upnpscapy: 127.0.0.1 WANIPConn1 AddPortMapping(, 80, TCP, 80, 192.0.2.9"
    )
    assert "\x85" not in last
    assert "\u202e" not in last
