"""Frames of captures copied to a pcapng file, byte for byte, each with where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.pcapng_comments import packet_comments
from upnpscapy.capture.pcapng_write import Interface, PcapngWriter
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.source import Source
from upnpscapy.display import printable
from upnpscapy.errors import CaptureError, OutputError
from upnpscapy.forensics.extract.inputs import File, ProgressOf
from upnpscapy.forensics.extract.output import new_file
from upnpscapy.version import __version__

__all__ = ["copy_frames", "new_capture"]

Pick = Callable[[Batch], list[int]]
"""A batch → the places in its ``starts`` of the frames to copy, in order."""

Remarks = Callable[[int], list[str]]
"""A frame's number in its file → comments, besides that on where it comes from."""


@contextmanager
def new_capture(
    path: Path, files: Iterable[File], comments: Iterable[str] = (), *, force: bool = False
) -> Iterator[PcapngWriter]:
    """A pcapng file to write, which names the files it is made of; see ``new_file``.

    Raises ``OutputError`` where it cannot be written.
    """
    sources = [f"SHA-256 {file.sha256} of {printable(file.name)}" for file in files]
    with new_file(path, force=force) as opened:
        try:
            writer = PcapngWriter(
                opened, comments=[*sources, *comments], application=f"upnpscapy {__version__}"
            )
            yield writer
            writer.flush()
        except (CaptureError, OutputError):
            raise
        except OSError as error:
            raise OutputError(error.strerror or str(error), str(path)) from error


def copy_frames(
    writer: PcapngWriter,
    file: File,
    progress: ProgressOf,
    pick: Pick,
    remarks: Remarks = lambda _: [],
) -> int:
    """Write the frames of a file that are picked; returns how many they are.

    The file has been read before: raises ``CaptureError`` if it is another one now.
    """
    count, name = 0, printable(file.name)
    with Source(file.again, name=file.name, limit=file.size) as opened:
        reader = CaptureReader(opened, progress(file.name))
        try:
            for batch in reader.batches():
                chosen = pick(batch)
                count += len(chosen)
                for place in chosen:
                    _write(writer, batch, place, name, remarks)
        except CaptureError as error:
            if str(error) != str(file.error):
                raise
        if opened.sha256() != file.sha256:
            raise CaptureError("changed while it was read", file.name)
    return count


def _write(writer: PcapngWriter, batch: Batch, place: int, name: str, remarks: Remarks) -> None:
    start, number = batch.starts[place], batch.first_frame + place
    time_ns, captured, original = batch.describe(batch.data, start)
    comments: list[str | bytes] = [f"upnpscapy: {name} frame {number}", *remarks(number)]
    comments += packet_comments(batch, start, captured)
    data = batch.data[start : start + captured]
    interface = Interface(batch.link_type, description=name)
    writer.write(interface, data, time_ns, original, comments)
