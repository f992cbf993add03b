"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def run_python(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_inspect_prints_what_is_shown() -> None:
    (shown,) = blocks("console")
    command, _, output = shown.partition("\n")
    words = command.removeprefix("$ upnpscapy ").split()
    main = "from upnpscapy.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", main, *words], cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout.decode() == output


def test_reading_in_python() -> None:
    pytest.importorskip("pandas")
    *readings, _ = blocks("python")
    assert len(readings) == 4
    for program in readings:
        run_python(program)


def test_a_rule_in_a_file(tmp_path: Path) -> None:
    """As the README says: the rule saved as a file, and handed to ``--rules``."""
    (program,) = (block for block in blocks("python") if "@rule" in block)
    rule, _, use = program.partition("\n\ncase = ")
    assert "yield Claim" in rule
    assert "case.judge(night)" in use
    file = tmp_path / "mine.py"
    file.write_text(rule, encoding="utf-8")
    main = "from upnpscapy.cli import main; main()"
    words = ["findings", "--rules", str(file), "--fail-on", "HIGH", "-T", "csv"]
    done = subprocess.run(
        [sys.executable, "-c", main, *words, "pcaps/attacks/upnproxy.pcapng"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4, done.stderr
    assert ",my-night-mapping," in done.stdout


def test_crafting_in_scapy() -> None:
    """All but the lines that send or listen."""
    *_, crafting = blocks("python")
    lines = [line for line in crafting.splitlines() if not re.search(r"\b(sr|sniff)\(", line)]
    assert len(lines) == len(crafting.splitlines()) - 2
    run_python("\n".join(lines))


@pytest.mark.parametrize("name", ["try", "notebooks", "test"])
def test_the_blocks_that_ci_runs_are_there(name: str) -> None:
    (block,) = blocks(f"sh {name}")
    assert block.startswith("python3 -m venv .venv && ")
