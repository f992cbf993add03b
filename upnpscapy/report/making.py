"""How a report was made: of what, by what, and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.forensics.rules import RULES, Rule
from upnpscapy.report.words import counted, cut
from upnpscapy.version import __version__

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["Failure", "Making", "failures_of", "making"]

MAX_TRACE = 20
"""Lines of a trace shown, the last ones."""


class Making(NamedTuple):
    """What is said of how it was made."""

    version: str = __version__
    options: tuple[tuple[str, str], ...] = ()
    """None where it is not known how the case was made."""


class Failure(NamedTuple):
    """A rule that raised."""

    words: str
    capture: str
    trace: tuple[str, ...]


def making(rules: Iterable[Rule], local_networks: Iterable[str], *, join: bool) -> Making:
    """The version and the options."""
    applied = list(rules)
    own = [rule.id for rule in applied if rule not in RULES]
    words = f"{len(applied) - len(own)} of the {len(RULES)} that come with upnpscapy"
    if own:
        words += f", and {counted(len(own), 'more', 'more')}: {cut(', '.join(own))}"
    options = (
        ("Rules", words),
        ("Local networks", cut(", ".join(local_networks) or "as the captures show")),
        ("Several files are", "one rotated capture (joined)" if join else "independent"),
    )
    return Making(__version__, options)


def failures_of(case: Case) -> list[Failure]:
    """The rules that failed, and so may not have found all."""
    return [
        Failure(cut(str(one)), one.capture, tuple(one.trace.rstrip().splitlines()[-MAX_TRACE:]))
        for one in case.rule_failures
    ]
