"""What a simulated device is told to do wrong: refuse, be late, break off, answer nonsense."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ANY", "Trouble", "Troubles"]

ANY = "*"
"""In place of an action's name: whatever is called."""

MAX_DELAY_SECONDS = 60.0


@dataclass(slots=True)
class Trouble:
    """What happens to the calls of an action."""

    code: int | None = None
    """UPnP's errorCode that is answered."""
    delay_seconds: float = 0.0
    drop: bool = False
    """The connection is closed without an answer."""
    body: bytes | None = None
    """Sent in place of a result."""
    status: int = 200
    left: int | None = None
    """Calls that it still is for; None is all of them."""


class Troubles:
    """What is to go wrong, by action; the latest word on one counts."""

    def __init__(self) -> None:
        self._by_action: dict[str, Trouble] = {}

    def put(self, action: str, trouble: Trouble) -> None:
        """From now on."""
        self._by_action[action] = trouble

    def clear(self, action: str | None = None) -> None:
        """No more, of one action or of all."""
        if action is None:
            self._by_action.clear()
        else:
            self._by_action.pop(action, None)

    def take(self, action: str) -> Trouble | None:
        """What is to happen to a call that has come."""
        name = action if action in self._by_action else ANY
        trouble = self._by_action.get(name)
        if trouble is not None and trouble.left is not None:
            trouble.left -= 1
            if trouble.left <= 0:
                del self._by_action[name]
        return trouble
