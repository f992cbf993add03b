"""The exit statuses of the contract."""

__all__ = ["DONE", "INTERNAL", "INTERRUPTED", "UNREADABLE", "USAGE"]

DONE = 0
"""Also with an empty table, and for a capture that is read to its cut."""
USAGE = 2
"""Wrong usage, or an action that failed."""
UNREADABLE = 3
"""An input could not be read; the others were."""
INTERNAL = 70
INTERRUPTED = 130
