"""``upnpscapy igd hold``: a mapping until Ctrl-C."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from upnpscapy.cli.igd import igd_verb
from upnpscapy.cli.igd_changes import given_mapping, mapping_arguments
from upnpscapy.cli.igd_options import gateway, steps_told, write_mappings
from upnpscapy.cli.interrupt import interruptible, terminable
from upnpscapy.cli.output import remark
from upnpscapy.cli.status import DONE, INTERRUPTED, USAGE

__all__ = ["hold"]


@igd_verb("upnpscapy igd hold @ 8080 8080 TCP 600")
@mapping_arguments
@click.option(
    "--other-port", is_flag=True, help="Take another external port where this one is taken."
)
def hold(other_port: bool, form: str, **given: Any) -> int:
    """Map a port until Ctrl-C: the lease is renewed meanwhile, and the mapping removed after.

    LEASE is in seconds, by default an hour: if this program is killed the mapping ends with it.
    """
    stopped = threading.Event()
    arguments = given_mapping(given)
    with (
        _remarks(),
        terminable(stopped.set),
        interruptible(stopped.set) as interrupt,
        gateway(**given) as found,
    ):
        held = found.hold(**arguments, other_port=other_port)
        with held:
            steps_told(held.mapping.steps)
            write_mappings([held.mapping], form)
            stopped.wait()
        removed = held.mapping.state == "deleted"
        if removed:
            write_mappings([held.mapping], form)
    if not removed:
        return USAGE
    return INTERRUPTED if interrupt.came else DONE


@contextmanager
def _remarks() -> Iterator[None]:
    """Warnings of the thread that renews as remarks."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = lambda message, *_, **__: remark(str(message))
        yield
