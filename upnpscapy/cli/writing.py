"""Verbs that write a file of captures: where to, and what keeps it from being written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from upnpscapy.cli.command import FailureError
from upnpscapy.cli.output import remark
from upnpscapy.display import printable
from upnpscapy.errors import CaptureError, OutputError

__all__ = ["force_option", "output_option", "written"]

F = TypeVar("F", bound=Callable[..., Any])

force_option = click.option("--force", is_flag=True, help="Write over the file of -o.")


def output_option(what: str, *, required: bool = False) -> Callable[[F], F]:
    """The option for the file to write, as ``out``."""
    words = f"Write {what}."
    return click.option("-o", "--output", "out", metavar="FILE", required=required, help=words)


def written(write: Callable[[], Any]) -> Any:
    """What ``write`` returns; of files that cannot all be read, what there is of the others.

    It is None, after a remark, if that is nothing. Raises ``FailureError`` for what is not written.
    """
    try:
        return write()
    except CaptureError as error:
        if error.partial is None:
            remark(str(error))
        return error.partial
    except OutputError as error:
        raise FailureError(printable(str(error))) from error
