"""``upnpscapy findings``: what is wrong in captures, and in which frames one sees it."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.options import forms_option, listing, selection
from upnpscapy.cli.output import remark, write_out, write_table
from upnpscapy.cli.reading import finish, new_run, progress_bar
from upnpscapy.cli.status import DONE, FOUND, INTERNAL

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case
    from upnpscapy.forensics.finding import Finding
    from upnpscapy.forensics.rules.rule import Rule
    from upnpscapy.forensics.run import Run
    from upnpscapy.forensics.watching.surroundings import Network

__all__ = [
    "chosen_rules",
    "findings",
    "is_as_severe",
    "local_net_option",
    "networks",
    "rules_option",
    "say_failures",
    "severity_type",
]

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

local_net_option = click.option(
    "--local-net",
    multiple=True,
    metavar="CIDR",
    help="A network that is local whatever the capture shows; can be repeated.",
)


@verb("upnpscapy findings --fail-on HIGH -T jsonl capture.pcapng")
@partial(listing, form=forms_option("ecs"))
@click.option(
    "--severity", type=severity_type, default="INFO", show_default=True, help="List no lesser ones."
)
@click.option(
    "--fail-on", type=severity_type, help="End with status 4 if one is as severe, listed or not."
)
@rules_option
@local_net_option
def findings(
    files: tuple[str, ...],
    form: str,
    join: bool,
    severity: str,
    fail_on: str | None,
    rule_files: tuple[str, ...],
    local_net: tuple[str, ...],
    **choice: str | None,
) -> int:
    """What is wrong, and the frames that prove it.

    Attacks, misuse and exposure, the worst of each capture first. Nothing but reading happens:
    no name is resolved, no URL fetched. upnpscapy rules explains what is looked for.

    -T ecs writes JSON Lines in the Elastic Common Schema, with Community IDs.
    """
    from upnpscapy.forensics.tables import finding_table

    chosen = selection(choice)
    judges: dict[str, Any] = {
        "rules": chosen_rules(rule_files),
        "local_networks": networks(local_net),
    }
    with ExitStack() as copies:
        ecs = form == "ecs"
        run = new_run(files, join, copies=copies if ecs else None, facts=True, **judges)
        with progress_bar(files) as progress:
            run.progress = progress
            for _ in run.messages():
                pass
        found = list(filter(chosen.includes, run.findings))
        listed = [row for row in found if is_as_severe(row, severity)]
        if ecs:
            _write_ecs(listed, run)
        else:
            write_table(finding_table(lambda: listed, several=len(files) > 1), form)
    status = finish(run)
    status = say_failures(run) or status
    if status == DONE and fail_on is not None and any(is_as_severe(row, fail_on) for row in found):
        return FOUND
    return status


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


def networks(texts: tuple[str, ...]) -> list[Network]:
    """The networks of ``--local-net``; raises ``click.BadParameter``."""
    from upnpscapy.forensics.watching.surroundings import parse_network

    try:
        return [parse_network(text) for text in texts]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--local-net") from error


def _write_ecs(findings: list[Finding], run: Run) -> None:
    from upnpscapy.display import to_json
    from upnpscapy.forensics.ecs import ecs_documents

    sources = {one.name: one.again for one in run.inputs}
    for document in ecs_documents(findings, run.captures, sources.__getitem__):
        write_out(to_json(document) + "\n")
