"""How much text from the wire a table may keep: numbers of rows alone do not bound memory."""

from __future__ import annotations

__all__ = ["Budget"]

CHARACTERS = 16 << 20
"""Of all values together; thousands of devices that behave need a tenth."""


class Budget:
    """Characters that are left to keep."""

    __slots__ = ("left", "refused")

    def __init__(self, characters: int = CHARACTERS) -> None:
        self.left = characters
        self.refused = 0
        """Values that were not kept for want of room."""

    def keep(self, text: str, instead_of: str | None = None) -> bool:
        """Whether there is room for a text, perhaps in the place of another."""
        size = len(text) - len(instead_of or "")
        if size > self.left:
            self.refused += 1
            return False
        self.left -= size
        return True
