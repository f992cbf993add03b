"""What is kept of a message while it is read, of what all open messages together may keep."""

from __future__ import annotations

from upnpscapy.capture.budget import Budget

__all__ = ["MAX_BODY", "MAX_MEDIA_BODY", "KeptBody"]

MAX_BODY = 4 << 20
"""Bytes; the largest descriptions and listings known have some hundred KiB."""
MAX_MEDIA_BODY = 64 << 10
"""Kept of a film, a song: what it is can be told from that."""


class KeptBody:
    """The body of one message after the other, from its begin on, without holes."""

    __slots__ = ("_budget", "_limit", "_parts", "_taken", "size")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._taken = 0
        """Of the budget, for the head too."""
        self._limit = MAX_BODY
        self._parts: list[bytes] = []
        self.size = 0
        """Bytes that are kept."""

    def begin(self, *, is_media: bool) -> None:
        """Name what kind of body follows."""
        self._limit = MAX_MEDIA_BODY if is_media else MAX_BODY

    def take(self, size: int) -> int:
        """How many of so many bytes may be kept elsewhere until ``give_back``: of a head."""
        granted = self._budget.take(size)
        self._taken += granted
        return granted

    def keep(self, data: bytes) -> None:
        """Keep the next bytes, or as many of them as there is room for."""
        budget, size = self._budget, len(data)
        if size <= budget.left and size <= self._limit - self.size:
            # As nearly always: all of it is kept.
            budget.left -= size
            self._taken += size
            self.size += size
            self._parts.append(data)
            return
        size = min(size, self._limit - self.size)
        if size > 0:
            granted = self.take(size)
            self.size += granted
            self._parts.append(data[:granted])
            if granted < size:
                self._limit = self.size  # what is kept has no hole

    def end(self) -> bytes:
        """The body, which is complete."""
        body = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        return body

    def give_back(self) -> None:
        """Let others have what was taken."""
        self._budget.left += self._taken
        self._taken = 0
