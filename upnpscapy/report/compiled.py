"""Templates as code, kept where Python keeps what it made of the modules beside them.

To make it of the templates takes longer than to write a report with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from pickle import UnpicklingError

from jinja2 import compiler
from jinja2.bccache import Bucket, BytecodeCache

from upnpscapy.display import escape
from upnpscapy.report import words

__all__ = ["CompiledTemplates"]


class CompiledTemplates(BytecodeCache):
    """What templates were compiled to, as long as it is what they would be compiled to again.

    As for Python's own, a directory that cannot be written to and ``PYTHONDONTWRITEBYTECODE``
    leave nothing there, and who can write to it could as well change the modules themselves.
    """

    def __init__(self, module: str) -> None:
        """Beside the code of a module, which says how templates are compiled."""
        self._directory = Path(cache_from_source(module)).parent
        made_by = (compiler.__file__, escape.__file__, words.__file__, module, __file__)
        self._stamp = _stamp(made_by)

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The name of the file."""
        return f"{name}.{sys.implementation.cache_tag}.jinja"

    def get_source_checksum(self, source: str) -> str:
        """Of a template and of what compiles it: constants went through filters meanwhile."""
        return super().get_source_checksum(f"{self._stamp}\n{source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the code of a template, if it is there and whole."""
        damage = EOFError, UnpicklingError, ValueError
        with suppress(OSError, *damage), (self._directory / bucket.key).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template, whole or not at all."""
        if sys.dont_write_bytecode:
            return
        path = self._directory / bucket.key
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            with part.open("xb") as file:
                bucket.write_bytecode(file)
            part.replace(path)
        except OSError:
            with suppress(OSError):
                part.unlink()


def _stamp(files: Iterable[str]) -> str:
    """Of which files something is made, as Python tells it: by their times and sizes."""
    try:
        stats = [Path(file).stat() for file in files]
    except OSError:  # the package is in an archive, where nothing is kept either
        return ""
    return " ".join(f"{one.st_mtime_ns} {one.st_size}" for one in stats)
