"""HTTP messages as tshark finds them: their number, start lines, lengths and bodies."""

from pathlib import Path

import pytest

from tests.capture.conversation import exchanges_of_file
from tests.capture.corpus import CAPTURES
from tests.capture.tshark import needs_tshark, rows

Row = tuple[str, str, str]
"""Method and target, or status; and the Content-Length."""


def theirs(path: Path) -> list[Row]:
    asked = (
        *("http.request.method", "http.request.uri", "http.response.code"),
        "http.content_length_header",
    )
    shown = "tcp && (http.request.method || http.response.code)"
    found: list[Row] = []
    for row in rows(path, shown, *asked):
        starts = list(
            zip(row.get("http.request.method", []), row.get("http.request.uri", []), strict=False)
        )
        starts += [("", code) for code in row.get("http.response.code", [])]
        lengths = [text.strip() for text in row.get("http.content_length_header", [])]
        # A frame with several messages has their lengths in one list.
        lengths += [""] * (len(starts) - len(lengths))
        found += [(*start, length) for start, length in zip(starts, lengths, strict=True)]
    return sorted(found)


def ours(path: Path) -> list[Row]:
    found: list[Row] = []
    for exchange in exchanges_of_file(path)[0]:
        found += [("", str(status), "") for status in exchange.interim]
        for message in (exchange.request, exchange.response):
            if message is not None:
                start = message.message.start
                length = (message.message.headers.get(b"content-length") or b"").decode()
                if message.is_response:
                    found.append(("", str(start.status), length))
                else:
                    method, target = start.method or b"", start.target or b""
                    found.append((method.decode(), target.decode(), length))
    return sorted(found)


@needs_tshark
@pytest.mark.parametrize("name", CAPTURES)
def test_messages(name: str) -> None:
    path = CAPTURES[name]
    assert ours(path) == theirs(path)


@needs_tshark
@pytest.mark.parametrize("name", CAPTURES)
def test_bodies(name: str) -> None:
    """Each body tshark shows, as far as it shows it, belongs to the message that ends there."""
    path = CAPTURES[name]
    bodies: dict[int, bytes] = {}
    for exchange in exchanges_of_file(path)[0]:
        for message in (exchange.request, exchange.response):
            if message is not None and message.ended in ("length", "chunked"):
                bodies[message.frames.last] = message.content().data
    for row in rows(path, "tcp && http.file_data", "frame.number", "http.file_data"):
        frame = int(row["frame.number"][0])
        if frame in bodies:
            shown = row["http.file_data"][-1].encode()
            plain = bodies.pop(frame)
            assert plain[:32].split(b"\r")[0].split(b"\n")[0] in shown or not plain.isascii()
    assert not [frame for frame, body in bodies.items() if body]
