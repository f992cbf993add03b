"""The catalogue of deviations in HTTP over TCP: how a message ends, and what of it was captured.

Those of its start line and header fields are in ``protocol.defect``.
``capture`` in place of a clause marks what is no fault of a sender: the capture has not all of it.
"""

from __future__ import annotations

__all__ = ["CATALOGUE"]

_LENGTH = "RFC 9112, 6.3"
_CHUNKS = "RFC 9112, 7.1"
_CAPTURE = "capture"

CATALOGUE: dict[str, tuple[str, str]] = {
    # What the headers say of the end of the body.
    "length-and-chunked": (
        "RFC 9112, 6.1",
        "both Content-Length and Transfer-Encoding are given; the latter counts",
    ),
    "bad-transfer-encoding": ("RFC 9112, 6.1", "the last Transfer-Encoding is not chunked"),
    "content-lengths-differ": (_LENGTH, "Content-Length is given twice, with different values"),
    "bad-content-length": (_LENGTH, "Content-Length is not a plain number"),
    "no-content-length": (
        "UDA 2.0, 3.2.1; RFC 9112, 6.3",
        "a POST has neither Content-Length nor Transfer-Encoding",
    ),
    "content-length-too-large": (
        _LENGTH,
        "the connection was closed before as many bytes came as Content-Length says",
    ),
    "bytes-after-body": (
        _LENGTH,
        "bytes that begin no message follow where the header fields say that the body ends",
    ),
    # Chunks.
    "bad-chunk-size": (_CHUNKS, "the size of a chunk is not a hexadecimal number"),
    "chunk-too-large": (_CHUNKS, "the size of a chunk overflows what some readers can count"),
    "chunk-line-too-long": (_CHUNKS, "the size line of a chunk, or a trailer, is too long to read"),
    "chunk-without-line-end": (_CHUNKS, "a chunk is not followed by a line end"),
    "no-last-chunk": (_CHUNKS, "the connection was closed before the last chunk"),
    "trailers-too-long": (
        "RFC 9112, 7.1.2",
        "the fields behind the last chunk are too long to read",
    ),
    # The connection around the message.
    "head-too-long": ("practice", "the start line and header fields are too long to read"),
    "reset": ("RFC 9112, 9.6", "the connection was reset before the message had ended"),
    # What the capture shows of it.
    "head-incomplete": (_CAPTURE, "the header fields go on, but are not in the capture"),
    "conflicting-bytes": (
        "RFC 9293, 3.8.1",
        "bytes were sent twice, and differ: somebody may have injected one of them",
    ),
    "response-lost": (_CAPTURE, "the client had a response that is not in the capture"),
    "pairing-uncertain": (
        _CAPTURE,
        "part of several responses is missing: this one may answer another request",
    ),
}
"""name → (clause, what it means)."""
