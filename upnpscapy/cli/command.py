"""The command that the verbs belong to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from upnpscapy.cli.status import DONE, USAGE
from upnpscapy.version import __version__

__all__ = ["FailureError", "upnpscapy", "verb"]


class FailureError(click.ClickException):
    """What was asked for was not done."""

    exit_code = USAGE


class _Group(click.Group):
    """The command, which is done when the reader of its output has seen enough."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # click would make it status 1; the rest of the buffer has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="upnpscapy")
def upnpscapy() -> None:
    """UPnP in packet captures: who announced, searched and answered what, and in which frames."""


def verb(example: str, **attributes: Any) -> Callable[[Callable[..., int]], click.Command]:
    """Make a function a verb, whose help ends with an example; it returns the exit status."""
    return upnpscapy.command(epilog=f"\b\nExample:\n  {example}", **attributes)
