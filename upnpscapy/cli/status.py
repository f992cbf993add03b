"""The exit statuses of the contract."""

__all__ = ["DONE", "FOUND", "INTERNAL", "INTERRUPTED", "NO_ANSWER", "UNREADABLE", "USAGE"]

DONE = 0
"""Also with an empty table, and for a capture that is read to its cut."""
NO_ANSWER = 1
"""No device answered."""
USAGE = 2
"""Wrong usage, or an action that failed."""
UNREADABLE = 3
"""An input could not be read; the others were."""
FOUND = 4
"""A finding is as severe as was asked for."""
INTERNAL = 70
INTERRUPTED = 130
