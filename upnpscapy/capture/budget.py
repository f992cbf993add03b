"""What all open messages together may keep."""

from __future__ import annotations

__all__ = ["Budget"]


class Budget:
    """Bytes that all open messages together may keep."""

    def __init__(self, limit: int = 128 << 20) -> None:
        self.left = limit
        self.refused = 0
        """Bytes that were not kept for want of it."""

    def take(self, size: int) -> int:
        """How many of so many bytes may be kept."""
        if size <= self.left:
            self.left -= size
            return size
        granted = self.left
        self.left = 0
        self.refused += size - granted
        return granted
