"""Where the notebooks are, and reading and writing them."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

__all__ = ["NOTEBOOKS", "ROOT", "read", "write"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = tuple(sorted(FOLDER.glob("*.ipynb")))

VERSION = 4
"""Of the notebook format; 4.5 gives cells their ids."""


def read(path: Path) -> NotebookNode:
    """A notebook; raises ``nbformat.ValidationError`` if it is not a valid one."""
    notebook: NotebookNode = nbformat.read(path, as_version=VERSION)
    nbformat.validate(notebook)
    return notebook


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook as Jupyter does, a valid one only."""
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
