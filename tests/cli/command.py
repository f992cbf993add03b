"""The command run in this process, and as one of its own."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from upnpscapy.cli import main

__all__ = ["FORMS", "PCAPS", "TABLES", "VERBS", "Result", "process", "run"]

PCAPS = Path(__file__).parents[2] / "pcaps"
TABLES = ("captures", "messages", "searches", "devices")
VERBS = ("inspect", *TABLES)
FORMS = ("text", "json", "jsonl", "csv")


class Result(NamedTuple):
    """What a run of the command left."""

    status: int
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def jsonl(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def run(
    *arguments: str, stdin: bytes = b"", columns: int | None = None, progress: bool = False
) -> Result:
    """``upnpscapy arguments…`` in this process.

    ``columns`` makes standard output a terminal of that width, ``progress`` standard error one.
    """
    kinds = (
        _Terminal if columns else io.TextIOWrapper,
        _Terminal if progress else io.TextIOWrapper,
    )
    out, err = (kind(io.BytesIO(), "utf-8", newline="\n") for kind in kinds)
    with pytest.MonkeyPatch.context() as patch:
        if columns or progress:
            patch.setenv("COLUMNS", str(columns or 80))
            patch.setenv("TERM", "xterm")
        patch.setattr(sys, "argv", ["upnpscapy", *arguments])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as ended:
            main()
        out.flush()
        err.flush()
    assert isinstance(ended.value.code, int)
    assert isinstance(out.buffer, io.BytesIO)
    assert isinstance(err.buffer, io.BytesIO)
    return Result(ended.value.code, out.buffer.getvalue(), err.buffer.getvalue().decode())


def process(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """``upnpscapy arguments…`` as a process with pipes; ``options`` are those of Popen."""
    code = "import sys; sys.argv[0] = 'upnpscapy'; from upnpscapy.cli import main; main()"
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([sys.executable, "-c", code, *arguments], **(pipes | options))
