"""`python -m tests.bench`: make the captures and compare upnpscapy with other readers."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from .captures import FRAMES, Capture, make
from .contest import Row, compare, growth
from .planted import mistakes
from .show import (
    GROWTH_LIMIT,
    machine,
    show_capture,
    show_findings,
    show_growth,
    show_starts,
)
from .startup import measure_starts

DIRECTORY = Path(tempfile.gettempdir(), "upnpscapy-bench")
SECTIONS = ("mixed", "http", "ssdp", "startup", "findings")


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; the status is 1 where counts, findings or memory are not right."""
    options = _options(arguments)
    console, remarks = Console(), Console(stderr=True)
    console.print(machine())
    starts = measure_starts() if "startup" in options.only else []
    if starts:
        show_starts(console, starts)
    names = [name for name in ("mixed", "http", "ssdp") if name in options.only]
    if options.long:
        names += ["long"] if "ssdp" in names else ["ssdp", "long"]
    rows: list[Row] = []
    captures: list[Capture] = []
    for name in names:
        begin = time.perf_counter()
        remarks.print(f"{name}: capture in {options.dir}")
        capture = make(name, options.dir, options.frames_scale)
        remarks.print(f"{name}: there after {time.perf_counter() - begin:.1f} s")
        measured = compare(capture, options.rounds, progress=remarks.print)
        show_capture(console, capture, measured)
        captures.append(capture)
        rows += measured
    wrong = []
    for name in ("planted", "mixed", "http", "ssdp") if "findings" in options.only else ():
        remarks.print(f"findings: {name}, capture in {options.dir}")
        capture = make(name, options.dir, options.frames_scale)
        planted = capture.truth.get("planted", [])
        told = mistakes(str(capture.path), planted)
        show_findings(console, capture, told)
        wrong += told
    grown = growth(rows)
    if grown:
        show_growth(console, grown)
    if options.json:
        result = {
            "machine": machine(),
            "rounds": options.rounds,
            "captures": [_without_names(capture) for capture in captures],
            "rows": [row._asdict() for row in rows],
            "startup": [start._asdict() for start in starts],
            "memory": grown,
        }
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    grew = grown is not None and grown["ratio"] > GROWTH_LIMIT
    return 1 if grew or wrong or any(row.failure for row in rows) else 0


def _without_names(capture: Capture) -> dict[str, Any]:
    """Return what is in a capture, less the list of every UDN."""
    truth = {key: value for key, value in capture.truth.items() if key != "udns"}
    return {"name": capture.name} | truth


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--dir", type=_directory, default=DIRECTORY, help="keep captures here")
    parser.add_argument("--rounds", type=_positive, default=3, help="take the median of so many")
    parser.add_argument(
        "--only", type=_sections, default=SECTIONS, help=f"some of {','.join(SECTIONS)}"
    )
    parser.add_argument(
        "--frames-scale", type=float, default=1.0, help="0.1 for a tenth of the frames"
    )
    parser.add_argument(
        "--long",
        action="store_true",
        help=f"also {FRAMES['long']:,} frames of SSDP, for the peak memory",
    )
    parser.add_argument("--json", type=Path, help="write the results to this file too")
    return parser.parse_args(arguments)


def _directory(text: str) -> Path:
    """Return the absolute path: the tools are started in the repository's root."""
    return Path(text).resolve()


def _sections(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not set(names) <= set(SECTIONS):
        raise argparse.ArgumentTypeError(f"choose from {','.join(SECTIONS)}")
    return names


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
