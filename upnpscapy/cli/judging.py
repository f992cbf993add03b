"""What findings are judged by: the options of verbs that have some, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from upnpscapy.cli.output import remark
from upnpscapy.cli.status import DONE, INTERNAL

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case
    from upnpscapy.forensics.finding import Finding
    from upnpscapy.forensics.rules.rule import Rule
    from upnpscapy.forensics.run import Run
    from upnpscapy.forensics.watching.surroundings import Network

__all__ = [
    "SEVERITIES",
    "chosen_rules",
    "is_as_severe",
    "judges",
    "judging",
    "rules_option",
    "say_failures",
    "severity_type",
]

F = TypeVar("F", bound=Callable[..., Any])

SEVERITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
"""Not imported, so that help is quick; a test compares."""

severity_type = click.Choice(SEVERITIES, case_sensitive=False)

rules_option = click.option(
    "--rules",
    "rule_files",
    multiple=True,
    metavar="FILE.PY",
    help="Python file with more rules, which is run; can be repeated.",
)

_local_net_option = click.option(
    "--local-net",
    multiple=True,
    metavar="CIDR",
    help="A network that is local whatever the capture shows; can be repeated.",
)


def judging(function: F) -> F:
    """Give a verb the options that say what findings are judged by, as ``judges`` takes them."""
    return rules_option(_local_net_option(function))


def judges(rule_files: tuple[str, ...], local_net: tuple[str, ...]) -> dict[str, Any]:
    """``rules`` and ``local_networks`` of a pass; raises ``click.BadParameter``."""
    return {"rules": chosen_rules(rule_files), "local_networks": _networks(local_net)}


def chosen_rules(rule_files: tuple[str, ...]) -> list[Rule]:
    """All rules, with those of files; raises ``click.BadParameter``."""
    from upnpscapy.forensics.rules import RULES
    from upnpscapy.forensics.rules.load import load_rules, with_rules

    more: list[Rule] = []
    for name in rule_files:
        try:
            more += load_rules(name)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--rules") from error
    return with_rules(RULES, more)


def say_failures(run: Run | Case) -> int:
    """Remarks on rules that failed, and the status for it."""
    for failure in run.rule_failures:
        remark(f"{failure.capture}: {failure}")
    return INTERNAL if run.rule_failures else DONE


def is_as_severe(finding: Finding, severity: str) -> bool:
    """Whether a finding is of a severity or worse."""
    return SEVERITIES.index(finding.severity) >= SEVERITIES.index(severity)


def _networks(texts: tuple[str, ...]) -> list[Network]:
    """The networks of ``--local-net``; raises ``click.BadParameter``."""
    from upnpscapy.forensics.watching.surroundings import parse_network

    try:
        return [parse_network(text) for text in texts]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--local-net") from error
