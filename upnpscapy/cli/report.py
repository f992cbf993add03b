"""``upnpscapy report``: the whole story of captures as one HTML file."""

from __future__ import annotations

from typing import Any

import click

from upnpscapy.cli.command import FailureError, verb
from upnpscapy.cli.judging import judges, judging, say_failures
from upnpscapy.cli.options import files_argument, join_option
from upnpscapy.cli.output import remark
from upnpscapy.cli.reading import check_files, finish, progress_bar
from upnpscapy.cli.status import UNREADABLE
from upnpscapy.cli.writing import force_option, output_option, written

__all__ = ["report"]


@verb("upnpscapy report capture.pcapng -o report.html")
@files_argument
@output_option("the report to this file", required=True)
@click.option("--title", help="What stands above it, instead of the file's name.")
@click.option("--tables", metavar="DIR", help="Write the full tables into a new directory too.")
@force_option
@judging
@join_option
def report(
    files: tuple[str, ...],
    out: str,
    title: str | None,
    tables: str | None,
    force: bool,
    rule_files: tuple[str, ...],
    local_net: tuple[str, ...],
    join: bool,
) -> int:
    """Write the whole story of captures as one HTML file.

    Findings with their evidence, port mappings, devices, conversations, a timeline. The file
    needs nothing else: no network, no script. Long lists are cut, and say so; --tables writes
    all rows, as CSV and JSON Lines, and the report links to them.
    """
    from upnpscapy.report.write import Report, write_report

    if "-" in (out, tables):
        raise click.UsageError("no report is written to standard output")
    check_files(files, join)
    more: dict[str, Any] = {"join": join, "title": title, "tables": tables, "force": force}
    more |= judges(rule_files, local_net) | {"local_networks": local_net}
    with progress_bar(files) as progress:
        try:
            result: Report | None = written(
                lambda: write_report(files, out, progress=progress, **more)
            )
        except ImportError as error:
            reason = f"a report needs Jinja2 ({error}): pip install 'upnpscapy[report]'"
            raise FailureError(reason) from error
    if result is None:
        return UNREADABLE
    status = finish(result.case)
    if not result.written:
        remark("nothing was written")
    return say_failures(result.case) or status
