"""``upnpscapy report``: the whole story of captures as one HTML file."""

from __future__ import annotations

from typing import Any

import click

from upnpscapy.cli.command import FailureError, verb
from upnpscapy.cli.findings import (
    chosen_rules,
    local_net_option,
    networks,
    rules_option,
    say_failures,
)
from upnpscapy.cli.options import files_argument, join_option
from upnpscapy.cli.output import remark
from upnpscapy.cli.reading import check_files, finish, progress_bar
from upnpscapy.cli.status import UNREADABLE
from upnpscapy.display import printable
from upnpscapy.errors import CaptureError, OutputError

__all__ = ["report"]


@verb("upnpscapy report capture.pcapng -o report.html")
@files_argument
@click.option(
    "-o", "--output", "out", metavar="FILE", required=True, help="Write the report to this file."
)
@click.option("--title", help="What stands above it, instead of the file's name.")
@click.option("--tables", metavar="DIR", help="Write the full tables into a new directory too.")
@click.option("--force", is_flag=True, help="Write over the file of -o.")
@rules_option
@local_net_option
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
    networks(local_net)
    result: Report | None
    with progress_bar(files) as progress:
        more: dict[str, Any] = {"join": join, "title": title, "tables": tables, "force": force}
        more |= {"rules": chosen_rules(rule_files), "local_networks": local_net}
        try:
            result = write_report(files, out, progress=progress, **more)
        except CaptureError as error:
            result = error.partial
            if result is None:
                remark(str(error))
                return UNREADABLE
        except OutputError as error:
            raise FailureError(printable(str(error))) from error
        except ImportError as error:
            reason = f"a report needs Jinja2 ({error}): pip install 'upnpscapy[report]'"
            raise FailureError(reason) from error
    status = finish(result.case)
    if not result.written:
        remark("nothing was written")
    return say_failures(result.case) or status
