"""``extract_frames``: the UPnP conversations of captures as one pcapng file.

Discovery, and the TCP connections that belong to it, whole and unchanged; each packet has a
comment ``upnpscapy: NAME frame NUMBER`` with the source file and its number there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from upnpscapy.capture.collector import rare_collections
from upnpscapy.capture.pcapng_write import PcapngWriter
from upnpscapy.capture.source import SourceLike
from upnpscapy.display import Columns, Table
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.extract.copying import copy_frames, new_capture
from upnpscapy.forensics.extract.find import Finder
from upnpscapy.forensics.extract.inputs import (
    File,
    ProgressOf,
    given_files,
    grouped,
    progress_of,
)
from upnpscapy.forensics.extract.output import check_output
from upnpscapy.forensics.extract.pick import Picker
from upnpscapy.forensics.run import Progress
from upnpscapy.forensics.selection import Selection

__all__ = ["EXTRACT_COLUMNS", "Extract", "ExtractRow", "extract_frames"]

EXTRACT_COLUMNS = Columns(
    "capture sha256 frames messages extracted", numbers="frames messages extracted"
)

EVERYTHING = Selection()


@dataclass(slots=True)
class ExtractRow:
    """What was extracted of one input file."""

    capture: str
    """Its name as given."""
    sha256: str
    """Of the file as stored."""
    frames: int
    messages: int
    """Discovery messages that were chosen."""
    extracted: int = 0
    """Frames that were written."""
    limits: list[str] = field(default_factory=list)
    """What was cut, dropped, or hit a limit, in words."""

    def column(self, name: str) -> object:
        """The value of a column of ``EXTRACT_COLUMNS``."""
        return getattr(self, name)


@dataclass(slots=True)
class Extract:
    """What ``extract_frames`` did."""

    captures: list[ExtractRow]
    """Of each file that could be read, if only in part."""
    errors: list[CaptureError]
    written: bool = False

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return sum(row.extracted for row in self.captures)

    @property
    def limits(self) -> list[str]:
        """What is to be said of the whole, in words."""
        if self.written and not self.frames:
            return ["no frame belongs to UPnP: the file has none"]
        return [] if self.written else ["nothing was written"]

    @property
    def table(self) -> Table[ExtractRow]:
        """``captures`` as a table."""
        return Table("extracts", EXTRACT_COLUMNS, lambda: self.captures)


def extract_frames(
    source: SourceLike | Sequence[SourceLike],
    out: str | Path,
    *,
    join: bool = False,
    selection: Selection = EVERYTHING,
    force: bool = False,
    progress: Progress | None = None,
) -> Extract:
    """Write the UPnP conversations of one capture, or several, to ``out``.

    ``source`` and ``join`` are as for ``analyze``; each file is read twice, a stream is copied.
    A connection belongs whole if one exchange in it is of UPnP and selected, or if its server is
    one that a LOCATION or a captured description names.
    A file that is there is kept unless ``force`` is given; what is not complete is not left behind.
    Raises ``CaptureError`` if a file cannot be read to its end, after all was written that could
    be; ``partial`` of the error is the result. Raises ``OutputError`` for what is not written.
    """
    path = Path(out)
    with rare_collections(), ExitStack() as copies:
        files = given_files(source, join, copies)
        check_output(path, [file.source for file in files], force=force)
        report = progress_of(progress)
        found: list[tuple[Finder, list[File]]] = []
        for group in grouped(files, join):
            finder = Finder(selection)
            finder.read(group, report)
            found.append((finder, group))
        read = [file for file in files if file.sha256]
        rows = {
            id(file): ExtractRow(file.name, file.sha256, file.frames, file.messages, 0, file.limits)
            for file in read
        }
        result = Extract(list(rows.values()), [file.error for file in files if file.error])
        if read:
            with new_capture(path, read, force=force) as writer:
                for finder, group in found:
                    _copy(writer, finder, group, rows, report)
            result.written = True
    if result.errors:
        result.errors[0].partial = result
        raise result.errors[0]
    return result


def _copy(
    writer: PcapngWriter,
    finder: Finder,
    files: list[File],
    rows: dict[int, ExtractRow],
    progress: ProgressOf,
) -> None:
    """Write the frames of one capture that belong."""
    picker = Picker(finder)
    for file in files:
        row = rows.get(id(file))
        if row is not None:
            pick = partial(picker.pick, base=file.place.base)
            row.extracted = copy_frames(writer, file, progress, pick)
