"""The rules: what is wrong in a capture, judged from its facts.

Each file has a theme; ``RULES`` is the table of all of them.
It is imported when it is first used: who asks for facts alone does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules.rule import Rule, rule

if TYPE_CHECKING:
    from upnpscapy.forensics.rules.catalogue import RULES

__all__ = ["RULES", "Claim", "Evidence", "Rule", "rule"]


def __getattr__(name: str) -> Any:
    if name != "RULES":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from upnpscapy.forensics.rules.catalogue import RULES

    globals()[name] = RULES
    return RULES
