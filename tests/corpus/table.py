"""All pairs of the corpus."""

from __future__ import annotations

from tests.corpus import discovery, eventing, exploits, forgeries, mappings, telling, variants
from tests.corpus.recipe import Pair

__all__ = ["PAIRS"]

PAIRS: tuple[Pair, ...] = (
    *discovery.PAIRS,
    *forgeries.PAIRS,
    *mappings.PAIRS,
    *exploits.PAIRS,
    *eventing.PAIRS,
    *telling.PAIRS,
    *variants.PAIRS,
)
