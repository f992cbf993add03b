"""Captures given as bytes, read down to frames, datagrams or messages."""

from collections.abc import Iterator
from io import BytesIO
from typing import IO, NamedTuple

from upnpscapy.capture.batch import Batch, Frame, Record
from upnpscapy.capture.datagrams import Datagram, DatagramReader
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.sighting import Sighting
from upnpscapy.capture.source import Source
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.run import Input, Run

__all__ = ["Reading", "datagrams", "frames_of", "read", "sightings"]


class Reading(NamedTuple):
    """A capture that was read, or as much of it as could be."""

    frames: list[Frame]
    reader: CaptureReader
    error: CaptureError | None

    @property
    def numbered(self) -> dict[int, bytes]:
        """The frames' bytes by number."""
        return {frame.number: frame.data for frame in self.frames}

    @property
    def times(self) -> list[int | None]:
        """The frames' times."""
        return [frame.record.time_ns for frame in self.frames]


def read(capture: bytes | IO[bytes]) -> Reading:
    """All frames of a capture, as far as it can be read."""
    file = BytesIO(capture) if isinstance(capture, bytes) else capture
    with Source(file, name="test") as source:
        reader = CaptureReader(source)
        frames: list[Frame] = []
        try:
            for batch in reader.batches():
                frames += frames_of(batch)
        except CaptureError as error:
            return Reading(frames, reader, error)
    return Reading(frames, reader, None)


def frames_of(batch: Batch) -> Iterator[Frame]:
    """The frames of a batch with their bytes."""
    for number, start in enumerate(batch.starts, batch.first_frame):
        record = Record(*batch.describe(batch.data, start))
        data = batch.data[start : start + record.captured]
        yield Frame(number, record, batch.link_type, data)


def datagrams(capture: bytes | IO[bytes], reader: DatagramReader | None = None) -> list[Datagram]:
    """All datagrams of a capture that can be discovery."""
    file = BytesIO(capture) if isinstance(capture, bytes) else capture
    with Source(file, name="test") as source:
        batches = CaptureReader(source).batches()
        return list((reader or DatagramReader()).read(batches))


def sightings(*captures: bytes, join: bool = False) -> list[Sighting]:
    """All messages of captures, which are called ``0``, ``1`` and so on."""
    inputs = [Input(str(place), BytesIO(capture)) for place, capture in enumerate(captures)]
    return list(Run(inputs, join=join).messages())
