"""``upnpscapy findings``: what is wrong in captures, and in which frames one sees it."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.judging import is_as_severe, judges, judging, say_failures, severity_type
from upnpscapy.cli.options import forms_option, listing, selection
from upnpscapy.cli.output import write_out, write_table
from upnpscapy.cli.reading import finish, new_run, progress_bar
from upnpscapy.cli.status import DONE, FOUND

if TYPE_CHECKING:
    from upnpscapy.forensics.finding import Finding
    from upnpscapy.forensics.run import Run

__all__ = ["findings"]


@verb("upnpscapy findings --fail-on HIGH -T jsonl capture.pcapng")
@partial(listing, form=forms_option("ecs"))
@click.option(
    "--severity", type=severity_type, default="INFO", show_default=True, help="List no lesser ones."
)
@click.option(
    "--fail-on", type=severity_type, help="End with status 4 if one is as severe, listed or not."
)
@judging
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
    with ExitStack() as copies:
        ecs = form == "ecs"
        judged = judges(rule_files, local_net)
        run = new_run(files, join, copies=copies if ecs else None, facts=True, **judged)
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


def _write_ecs(findings: list[Finding], run: Run) -> None:
    from upnpscapy.display import to_json
    from upnpscapy.forensics.ecs import ecs_documents

    sources = {one.name: one.again for one in run.inputs}
    for document in ecs_documents(findings, run.captures, sources.__getitem__):
        write_out(to_json(document) + "\n")
