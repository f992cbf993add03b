"""Runs notebooks in fresh kernels and writes what they show: python -m tests.notebooks.execute.

Without arguments all of them are run and written where they are; ``--to DIRECTORY`` writes
elsewhere. A cell that raises ends it, and leaves that notebook as it was.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.notebooks.folder import NOTEBOOKS, read, write

__all__ = ["execute", "made_with"]

CELL_SECONDS = 60
"""For one cell; a whole notebook takes less."""

CONFINEMENT = Path(__file__).with_name("loopback.py")

SETTINGS = {"PLOTLY_RENDERER": "plotly_mimetype", "COLUMNS": "100"}
"""Of the kernel's environment: plotly leaves its scripts of megabytes out of the notebook, and
text is as wide everywhere."""

_SHOWING = ("pandas", "plotly", "scapy")
"""Packages that write into outputs."""

_PLACE = re.compile(r" at 0x[0-9a-f]+>")
"""Of an object in memory, in its repr."""


def execute(path: Path) -> NotebookNode:
    """A notebook as a kernel that knows nothing else leaves it; raises what a cell raises."""
    notebook = read(path)
    with tempfile.TemporaryDirectory() as home:
        startup = Path(home, "profile_default", "startup")
        startup.mkdir(parents=True)
        (startup / "00-loopback.py").write_bytes(CONFINEMENT.read_bytes())
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(path.parent)}},
        )
        client.execute(env={**os.environ, **SETTINGS, "IPYTHONDIR": home})
    return _settled(notebook)


def made_with() -> dict[str, str]:
    """What outputs depend on besides the project: of each its version without the last number."""
    versions = {name: version(name) for name in _SHOWING}
    versions["python"] = "{}.{}".format(*sys.version_info)
    return {name: ".".join(text.split(".")[:2]) for name, text in sorted(versions.items())}


def _settled(notebook: NotebookNode) -> NotebookNode:
    """The notebook without what differs from run to run, or from machine to machine."""
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
        made_with=made_with(),
    )
    for cell in notebook.cells:
        cell.metadata = NotebookNode(
            {key: cell.metadata[key] for key in ("tags",) if key in cell.metadata}
        )
        for output in cell.get("outputs", ()):
            if "metadata" in output:
                output.metadata = NotebookNode()
            if "text/plain" in output.get("data", ()):
                output.data["text/plain"] = _PLACE.sub(">", output.data["text/plain"])
    return notebook


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; the seconds that each took are on standard error."""
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks.execute")
    parser.add_argument("notebooks", nargs="*", type=Path, default=NOTEBOOKS)
    parser.add_argument("--to", type=Path, help="a directory for the results")
    options = parser.parse_args(arguments)
    for path in options.notebooks:
        begin = time.perf_counter()
        notebook = execute(path)
        write(notebook, path if options.to is None else options.to / path.name)
        print(f"{path.name}: {time.perf_counter() - begin:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
