"""``extract_objects``: the documents that captures hold, each as a file, with an index.

Descriptions, SCPDs, icons and presentation pages, as the server sent them but for transfer and
content coding. Written as they are found; nothing is kept but what has been seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import get_args

from upnpscapy.capture.collector import rare_collections
from upnpscapy.capture.source import SourceLike
from upnpscapy.display import Columns, Table, iso_utc, to_json
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.budget import Budget
from upnpscapy.forensics.capture_row import CaptureRow
from upnpscapy.forensics.exchange_row import ExchangeRow, Role
from upnpscapy.forensics.extract.connections import Endpoints, endpoint
from upnpscapy.forensics.extract.file_names import FileNames
from upnpscapy.forensics.extract.find import Finder
from upnpscapy.forensics.extract.inputs import File, given_files, grouped, progress_of
from upnpscapy.forensics.extract.output import Directory
from upnpscapy.forensics.run import Input, Progress, Run
from upnpscapy.forensics.selection import Selection
from upnpscapy.forensics.url_place import place_of, url_of
from upnpscapy.protocol.httpu import text

__all__ = ["INDEX", "OBJECT_COLUMNS", "CapturedObject", "ObjectExtract", "extract_objects"]

OBJECT_COLUMNS = Columns(
    "capture file role url sha256 size complete bytes_missing client server server_port frame "
    "response_frame time content_type",
    numbers="size bytes_missing server_port frame response_frame",
    truths="complete",
    choices={"role": get_args(Role)},
)

INDEX = "index.jsonl"

ROLES: frozenset[Role] = frozenset(("description", "scpd", "icon", "presentation"))

MAX_OBJECTS = 10_000
"""Files written."""

MAX_BYTES = 1 << 30
"""Of all files together."""

EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class CapturedObject:
    """A row of the index: one content of one URL, as it came first."""

    capture: str
    """The file it was captured in."""
    file: str
    """Its name in the directory."""
    role: Role
    """``description scpd icon presentation``."""
    url: str | None
    """What was asked for; None if the request is not in the capture."""
    sha256: str
    """Of the file."""
    size: int
    complete: bool
    bytes_missing: int
    """Bytes of the response that were sent and are not in the capture."""
    client: str
    server: str
    server_port: int
    frame: int | str | None
    """Of the request's first byte."""
    response_frame: int | str | None
    time: str | None
    """When it was asked for, or else when it came, as ISO 8601 in UTC."""
    content_type: str | None
    """What the server called it, as sent."""

    def column(self, name: str) -> object:
        """The value of a column of ``OBJECT_COLUMNS``."""
        return getattr(self, name)


@dataclass(slots=True)
class ObjectExtract:
    """What ``extract_objects`` did."""

    objects: list[CapturedObject] = field(default_factory=list)
    captures: list[CaptureRow] = field(default_factory=list)
    errors: list[CaptureError] = field(default_factory=list)
    left_out: int = 0
    """Fetches of documents beyond ``MAX_OBJECTS`` and ``MAX_BYTES``, or room for long URLs."""

    @property
    def limits(self) -> list[str]:
        """What the bounds left out, in words."""
        return (
            [f"{self.left_out} fetches of documents beyond those written"] if self.left_out else []
        )

    @property
    def table(self) -> Table[CapturedObject]:
        """``objects`` as a table."""
        shown = "file role url size complete frame response_frame time content_type"
        return Table("objects", OBJECT_COLUMNS, lambda: self.objects, tuple(shown.split()))


def extract_objects(
    source: SourceLike | Sequence[SourceLike],
    directory: str | Path,
    *,
    join: bool = False,
    selection: Selection = EVERYTHING,
    progress: Progress | None = None,
) -> ObjectExtract:
    """Write the documents of one capture, or several, into a new or empty directory.

    ``source`` and ``join`` are as for ``analyze``. Each content of a URL is written once, with
    a line in ``index.jsonl`` as soon as it is; one that is not complete is written as far as it
    was captured. Raises ``CaptureError`` if a file cannot be read to its end, after the others
    were; ``partial`` of the error is the result. Raises ``OutputError`` for what is not written.
    """
    result = ObjectExtract()
    with rare_collections(), ExitStack() as opened:
        files = given_files(source, join, opened)
        writer = _Writer(result, Directory(Path(directory)))
        opened.callback(writer.close)
        sources = [file.source for file in files]
        of_udn: Endpoints | None = None
        if selection.udn is not None:
            of_udn = _endpoints(files, join, selection, progress)
            sources = [file.again for file in files]
        others = replace(selection, udn=None)

        def take(row: ExchangeRow) -> None:
            if row.role in ROLES and others.includes(row):
                exchange = row.exchange
                place = endpoint(exchange.server_address, exchange.server_port)
                if of_udn is None or place in of_udn.known:
                    writer.take(row)

        inputs = [
            Input(file.name, one, size=file.size) for file, one in zip(files, sources, strict=True)
        ]
        run = Run(inputs, join=join, on_exchange=take, progress=progress)
        for _ in run.messages():
            pass
        result.captures, result.errors = run.captures, run.errors
    if result.errors:
        result.errors[0].partial = result
        raise result.errors[0]
    return result


def _endpoints(
    files: list[File], join: bool, selection: Selection, progress: Progress | None
) -> Endpoints:
    """Where the device of a UDN serves, which only a whole reading tells."""
    endpoints = Endpoints()
    for group in grouped(files, join):
        finder = Finder(selection)
        finder.read(group, progress_of(progress))
        endpoints.known |= finder.endpoints.known
    return endpoints


class _Writer:
    """Takes exchanges that brought documents, and writes what is new."""

    def __init__(self, result: ObjectExtract, directory: Directory) -> None:
        self._result = result
        self._directory = directory
        self._index = directory.create(INDEX)
        self._names = FileNames((INDEX,))
        self._seen: set[bytes] = set()
        self._bytes_left = MAX_BYTES
        self._words = Budget()

    def take(self, row: ExchangeRow) -> None:
        exchange = row.exchange
        response, status = exchange.response, exchange.status
        if response is None or status is None or not 200 <= status < 300:
            return
        data, complete = response.content()
        if not data:
            return
        place, digest = place_of(exchange), sha256(data)
        place_and_content = repr((row.role, place)).encode() + digest.digest()
        seen = sha256(place_and_content).digest()
        if seen in self._seen:
            return
        url, content_type = url_of(exchange), response.message.headers.get("content-type")
        words = (url or "") + text(content_type or b"")
        result = self._result
        full = len(self._seen) >= MAX_OBJECTS or len(data) > self._bytes_left
        if full or not self._words.keep(words):
            result.left_out += 1
            return
        self._seen.add(seen)
        self._bytes_left -= len(data)
        name = self._names.new(exchange.server, exchange.server_port, place.target, row.role, data)
        self._directory.write(name, data)
        captured = CapturedObject(
            row.capture,
            name,
            row.role,
            url,
            digest.hexdigest(),
            len(data),
            complete,
            response.bytes_missing,
            exchange.client,
            exchange.server,
            exchange.server_port,
            _shown(row, exchange.frame),
            _shown(row, exchange.response_frame),
            iso_utc(row.time_ns),
            None if content_type is None else text(content_type),
        )
        result.objects.append(captured)
        self._directory.append(self._index, to_json(result.table.to_dict(captured)) + "\n")

    def close(self) -> None:
        self._index.close()
        self._directory.close()


def _shown(row: ExchangeRow, frame: int | None) -> int | str | None:
    return None if frame is None else row.place.show(frame)
