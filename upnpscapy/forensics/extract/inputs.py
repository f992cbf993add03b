"""The files of an extraction: read twice, so that a stream is copied the first time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from upnpscapy.capture.reader import CaptureReader, first_time_ns
from upnpscapy.capture.source import Source, SourceLike, is_stream, size_of, source_name
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.run import Progress

__all__ = ["File", "ProgressOf", "given_files", "grouped", "progress_of"]

ProgressOf = Callable[[str], Callable[[int], None] | None]
"""A file's name → what is told how many of its stored bytes have been read."""

NO_PLACE = Place("", 0, ("",))


@dataclass(slots=True)
class File:
    """One input, and what became of it."""

    name: str
    source: SourceLike
    spool: IO[bytes] | None = None
    """Gets a copy of what can be read only once."""
    copy: Path | None = None
    """Where that copy is."""
    place: Place = NO_PLACE
    sha256: str = ""
    """Of the file as stored, known once it was read; empty for what is no capture."""
    frames: int = 0
    messages: int = 0
    """Discovery messages that belong."""
    error: CaptureError | None = None
    limits: list[str] = field(default_factory=list)
    size: int | None = None
    """Bytes of it that are read, each time; None or 0 for all."""

    @property
    def again(self) -> SourceLike:
        """What is to be opened to read it a second time."""
        return self.source if self.copy is None else self.copy

    def note(self, reader: CaptureReader, opened: Source) -> None:
        """Take down what the first pass learned of the file."""
        self.frames = reader.frames
        self.sha256 = "" if reader.format is None else opened.sha256()
        if reader.cut is not None:
            self.limits.append(reader.cut)
        if growth := opened.growth():
            self.limits.append(growth)
        if self.spool is not None:
            self.spool.flush()


def given_files(
    source: SourceLike | Sequence[SourceLike], join: bool, copies: ExitStack
) -> list[File]:
    """The inputs; copies of streams last as long as ``copies``.

    Raises ``ValueError`` if streams are to be joined.
    """
    given = source if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    if join and len(given) > 1 and any(map(is_stream, given)):
        raise ValueError("only files can be joined, streams cannot be looked into before")
    files = []
    for one in given:
        file = File(source_name(one), one, size=size_of(one))
        if is_stream(one):
            file.spool = tempfile.NamedTemporaryFile(prefix="upnpscapy-", delete=False)  # noqa: SIM115
            file.copy = Path(file.spool.name)
            copies.callback(file.copy.unlink, missing_ok=True)
            copies.callback(file.spool.close)
        files.append(file)
    return files


def grouped(files: list[File], join: bool) -> list[list[File]]:
    """The files of each capture: every one its own, or all in the order of their first times."""
    if not join or len(files) < 2:
        return [[file] for file in files]
    return [sorted(files, key=lambda file: first_time_ns(file.source))]


def progress_of(progress: Progress | None) -> ProgressOf:
    """What each file reports to."""
    if progress is None:
        return lambda name: None
    return lambda name: lambda stored: progress(name, stored)
