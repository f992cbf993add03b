"""How an HTTP message of UPnP's begins."""

from __future__ import annotations

__all__ = ["LONGEST_WORD", "WORDS", "looks_like_http"]

WORDS = (
    *(b"GET ", b"HEAD ", b"POST ", b"M-POST ", b"SUBSCRIBE ", b"UNSUBSCRIBE ", b"NOTIFY "),
    *(b"OPTIONS ", b"PUT ", b"DELETE ", b"M-SEARCH ", b"HTTP/1."),
)
LONGEST_WORD = max(map(len, WORDS))
"""Bytes that are enough to tell."""
_FIRST = frozenset(word[0] for word in WORDS)
_PREFIXES = frozenset(word[:size] for word in WORDS for size in range(len(word)))


def looks_like_http(data: bytes) -> bool | None:
    """Whether a message of UPnP's begins here; None if more must be seen to tell."""
    if data and data[0] not in _FIRST:
        return False
    start = data[:LONGEST_WORD]
    if start.startswith(WORDS):
        return True
    return None if start in _PREFIXES else False
