"""What every offline listing takes: files, a form, and a selection of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from upnpscapy.forensics.selection import Selection

__all__ = [
    "files_argument",
    "form_option",
    "forms_option",
    "join_option",
    "listing",
    "selecting",
    "selection",
]

F = TypeVar("F", bound=Callable[..., Any])

files_argument = click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(allow_dash=True)
)


def forms_option(*more: str) -> Callable[[F], F]:
    """The option for how rows are written: in the forms of all tables, and ``more``."""
    return click.option(
        "-T",
        "--format",
        "form",
        type=click.Choice(["text", "json", "jsonl", "csv", *more]),
        default="text",
        show_default=True,
        help="How to write the rows.",
    )


form_option = forms_option()

join_option = click.option("--join", is_flag=True, help="The files are one rotated capture.")

_SELECTION_OPTIONS = (
    click.option("--host", metavar="ADDRESS", help="Only this IP or link address."),
    click.option("--udn", metavar="UDN", help="Only this device, uuid:… or without."),
    click.option("--since", metavar="TIME", help="Not before: ISO 8601, or seconds."),
    click.option("--until", metavar="TIME", help="Not after: ISO 8601, or seconds."),
)


def selecting(function: F) -> F:
    """Give a verb the options that choose rows; they arrive as ``selection`` takes them."""
    for option in reversed(_SELECTION_OPTIONS):
        function = option(function)
    return function


def listing(function: F, form: Callable[[F], F] = form_option) -> F:
    """Give a verb the arguments and options of every offline listing."""
    return files_argument(form(selecting(join_option(function))))


def selection(choice: dict[str, str | None]) -> Selection:
    """Read the options of ``selecting``; raises ``click.BadParameter``."""
    from upnpscapy.forensics.selection import Selection, parse_host, parse_time

    def read(name: str, parse: Callable[[str], Any]) -> Any:
        value = choice[name]
        try:
            return None if value is None else parse(value)
        except ValueError as error:
            raise click.BadParameter(f"{value!r}: {error}", param_hint=f"--{name}") from error

    return Selection(
        read("host", parse_host),
        choice["udn"],
        read("since", parse_time),
        read("until", parse_time),
    )
