"""What of an output is the same in every run.

Of a cell with the tag ``live``, which shows ports, times or what comes when it comes, numbers
are not, nor are pictures; all else is, byte by byte.
"""

from __future__ import annotations

import re

from nbformat import NotebookNode

__all__ = ["is_live", "lasting"]

LIVE = "live"

_PICTURE = re.compile("(<|&lt;)svg")
_NUMBER = re.compile(r"\d+(\.\d+)*")
_WEEKDAY = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), # [A-Z][a-z]{2} #")
"""The beginning of a date in HTTP, its numbers taken out."""


def lasting(cell: NotebookNode) -> list[dict[str, str]]:
    """The outputs of a code cell as they are in every run: MIME type → content."""
    return [
        {kind: _without_run(kind, text) if is_live(cell) else text for kind, text in parts.items()}
        for parts in map(_parts, cell.outputs)
    ]


def is_live(cell: NotebookNode) -> bool:
    """Whether the numbers that a cell shows are those of one run."""
    return LIVE in cell.metadata.get("tags", ())


def _parts(output: NotebookNode) -> dict[str, str]:
    if output.output_type == "stream":
        return {output.name: output.text}
    return {kind: str(content) for kind, content in output.get("data", {}).items()}


def _without_run(kind: str, text: str) -> str:
    if kind == "image/svg+xml" or _PICTURE.search(text):
        return ""
    return _WEEKDAY.sub("#", _NUMBER.sub("#", text))
