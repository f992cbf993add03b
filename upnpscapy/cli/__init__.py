"""The ``upnpscapy`` command: arguments to calls, errors to exit codes.

One file for each verb, or family of verbs, which registers itself with ``command``;
what they share is in ``options`` (arguments in), ``reading`` (a pass over files)
and ``output`` (rows out).
"""

from __future__ import annotations

import gc
import sys
import traceback
from io import TextIOWrapper

import click

from upnpscapy.capture.collector import rare_collections
from upnpscapy.cli import (
    call_action,
    completion,
    describe,
    extract,
    facts,
    findings,
    igd,
    igd_changes,
    igd_hold,
    igd_pinhole,
    inspect,
    listen,
    listings,
    report,
    rules,
    search,
    simulate,
    subscribe,
)
from upnpscapy.cli.command import upnpscapy
from upnpscapy.cli.output import remark
from upnpscapy.cli.status import DONE, INTERNAL, INTERRUPTED
from upnpscapy.display import printable

__all__ = ["VERBS", "main"]

VERBS = (
    *(inspect, describe, listings, facts, findings, rules, extract, report),
    *(search, listen, call_action, subscribe, igd, igd_changes, igd_hold, igd_pinhole),
    *(simulate, completion),
)
"""The modules whose verbs the command has."""


def main() -> None:
    """Run the command and end the process with the contract's exit status."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal of another encoding shows what it lacks as an escape.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with rare_collections():
            status = upnpscapy.main(prog_name="upnpscapy", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        status = exit_.exit_code
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        status = INTERRUPTED
    except Exception:
        for line in traceback.format_exc().splitlines():
            click.echo(printable(line), err=True)
        remark("internal error: please report the lines above")
        status = INTERNAL
    gc.freeze()  # the process ends: no need to look through all that it has for cycles
    sys.exit(status if isinstance(status, int) else DONE)
