"""What verbs refuse that write a file of captures, and that nothing is left of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import run
from tests.forensics.packets import Sent, alive, pcap

__all__ = ["REFUSED", "Refusal", "check_refusal", "judges_refused"]

Refusal = tuple[tuple[str, ...], str]
"""Options, and what the last line of the complaint says."""

CAPTURE = pcap([Sent(alive())])

REFUSED: dict[str, Refusal] = {
    "input": (("-o", "a.pcap", "--force"), "a.pcap: is an input"),
    "there": (("-o", "b.pcap"), "b.pcap: is there already; --force writes over it"),
    "no file": (("-o", "full"), "full: is there, and no file"),
    "no directory": (("-o", "none/a"), "none/a: no such directory to write to"),
    "stdin twice": (("-", "-", "-o", "x"), "standard input can be read once only"),
    "stdin joined": (("-", "--join", "-o", "x"), "--join needs files"),
    "escape": (("-o", "\x1b[31m/x"), "\\x1b[31m/x: no such directory"),
}


def judges_refused(*options: str) -> dict[str, Refusal]:
    """The same of what findings are judged by, with options without which there are none."""
    return {
        "no network": ((*options, "--local-net", "lamp"), "--local-net"),
        "no rules": ((*options, "--rules", "none.py"), "none.py"),
    }


def check_refusal(
    verb: str, refusal: Refusal, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run a verb on ``a.pcap`` beside ``b.pcap`` and the directory ``full``, which has ``x``."""
    options, reason = refusal
    monkeypatch.chdir(directory)
    for file in ("a.pcap", "b.pcap"):
        Path(file).write_bytes(CAPTURE)
    Path("full").mkdir()
    Path("full", "x").touch()
    before = sorted(str(path) for path in directory.rglob("*"))
    result = run(verb, "a.pcap", *options)
    assert (result.status, result.out) == (2, b"")
    assert reason in result.err.splitlines()[-1]
    assert "\x1b" not in result.err
    assert sorted(str(path) for path in directory.rglob("*")) == before
    assert Path("a.pcap").read_bytes() == Path("b.pcap").read_bytes() == CAPTURE
