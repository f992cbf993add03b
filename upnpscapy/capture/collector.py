"""Python's cyclic garbage collector, kept from looking again and again where no cycle is made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["rare_collections"]

ALLOCATIONS = 1_000_000
"""New objects between two collections; a pass over a capture keeps most of what it makes."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the collector run rarely meanwhile; a tenth of a pass went into it."""
    before = gc.get_threshold()
    if 0 < before[0] < ALLOCATIONS:
        gc.set_threshold(ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        if gc.get_freeze_count() == 0:
            # What was made meanwhile counts as old: or all of it would be looked at now.
            gc.freeze()
            gc.unfreeze()
        gc.set_threshold(*before)
