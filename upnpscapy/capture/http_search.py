"""The next HTTP message of a stream, where it is not known where one begins.

Behind a lost head nothing tells where its body ends: the next start line that stands anywhere
is taken, be it the middle of a segment, or cut in two by the end of one.
"""

from __future__ import annotations

import re

from upnpscapy.capture.http_start import LONGEST_WORD, WORDS
from upnpscapy.capture.ordering import Data

__all__ = ["StartSearch"]

MAX_LINE = 4096
"""Bytes of a start line that is waited for."""

_WORD = re.compile(b"|".join(map(re.escape, WORDS)))
_LINE = re.compile(
    rb"(?:[A-Z-]+ [^ \r\n]{1,4000} HTTP/1\.[0-9]|HTTP/1\.[0-9] +[0-9]{3}(?![0-9])[^\r\n]{,4000})"
    rb"[ \t]{,8}\r?\n"
)


class StartSearch:
    """Takes bytes until a start line is among them; keeps what may be the beginning of one."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._pieces: list[Data] = []
        """Those that ``_kept`` is made of."""

    def take(self, piece: Data, at: int) -> tuple[int, list[Data]] | None:
        """Look at a piece from a place on.

        Returns the place in it to go on from, and what precedes that of the start line.
        """
        kept, before = self._kept, len(self._kept)
        kept += piece.data[at:]
        found = 0
        while True:
            word = _WORD.search(kept, found)
            if word is None:
                found = max(found, len(kept) - LONGEST_WORD + 1)
                break
            found = word.start()
            if _LINE.match(kept, found):
                self._drop(found)
                held = self._pieces
                self.clear()
                return at + max(0, found - before), held
            if kept.find(b"\n", found) < 0 and len(kept) - found < MAX_LINE:
                break
            found += 1
        self._pieces.append(piece._replace(offset=piece.offset + at, data=piece.data[at:]))
        self._drop(found)
        return None

    def clear(self) -> None:
        """Forget what is kept."""
        self._kept, self._pieces = bytearray(), []

    def _drop(self, size: int) -> None:
        """Drop so many bytes from the front."""
        del self._kept[:size]
        pieces = self._pieces
        while pieces and size:
            first = pieces[0]
            if size < len(first.data):
                pieces[0] = first._replace(offset=first.offset + size, data=first.data[size:])
                break
            size -= len(first.data)
            del pieces[0]
