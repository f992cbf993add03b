"""How a subscriber is to subscribe."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for all subscriptions of a subscriber."""

    duration_seconds: int = 1800
    """To ask for; the device grants what it likes."""
    state_vars: tuple[str, ...] = ()
    """To ask for; () is all (UDA 2.0, 4.1.2)."""
    callback_address: str | None = None
    """None is the one that faces the device."""
    any_sender: bool = False
    """Take events from other addresses than the device's."""
    order_seconds: float = 2.0
    """How long an event waits for those before it."""
    resubscribe: bool = False
    """Subscribe anew when events were lost, to have the whole state (UDA 2.0, 4.3.2)."""
