"""A kernel of ours reaches its own host and no other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.notebooks.execute import CONFINEMENT

ALLOWED = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
socket.getaddrinfo("192.0.2.1", 80)
socket.socket(socket.AF_INET6).close()
assert "_confine" not in globals()
"""

REFUSED = (
    'socket.create_connection(("192.0.2.1", 80))',
    'socket.create_connection(("2001:db8::1", 80))',
    'socket.getaddrinfo("example.org", 80)',
    'socket.socket(type=socket.SOCK_DGRAM).sendto(b"", ("239.255.255.250", 1900))',
    'socket.socket(type=socket.SOCK_DGRAM).bind(("0.0.0.0", 0))',
    "socket.socket(type=socket.SOCK_RAW)",
)


def run(program: str) -> subprocess.CompletedProcess[str]:
    program = f"{CONFINEMENT.read_text(encoding='utf-8')}\nimport socket\n{program}"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


def test_loopback_is_there() -> None:
    done = run(ALLOWED)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", REFUSED)
def test_nothing_else_is(program: str) -> None:
    done = run(program)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("PermissionError: ")
