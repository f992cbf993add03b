"""``upnpscapy call-action``: calls an action of a device, or lists what can be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.options import form_option
from upnpscapy.cli.output import remark, write_out
from upnpscapy.cli.reaching import open_http, reaching
from upnpscapy.cli.status import DONE, USAGE
from upnpscapy.display import csv_line, printable, to_json

if TYPE_CHECKING:
    from upnpscapy.live.answer import Answer
    from upnpscapy.live.device import LiveDevice
    from upnpscapy.live.service import LiveService

__all__ = ["call_action"]


@verb(
    "upnpscapy call-action http://192.168.1.1:5000/x.xml WANIPConn1/GetStatusInfo",
    name="call-action",
)
@click.argument("url")
@click.argument("action", required=False, metavar="[SERVICE/ACTION]")
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUE]...")
@form_option
@click.option(
    "--no-check",
    is_flag=True,
    help="Send the arguments as they are given, whatever the service's description says.",
)
@reaching
def call_action(
    url: str,
    action: str | None,
    arguments: tuple[str, ...],
    form: str,
    no_check: bool,
    **options: Any,
) -> int:
    """Call an action of a device.

    URL is the LOCATION of its description.
    SERVICE is a short id (WANIPConn1), a service id or a type, also of an embedded device.
    Without ACTION the service's actions are listed, without SERVICE those of all services.
    """
    from upnpscapy.errors import UpnpError
    from upnpscapy.live.device import describe

    given = [_pair(argument) for argument in arguments]
    with open_http(**options) as http:
        try:
            device = describe(url, http=http)
            service_name, _, name = (action or "").partition("/")
            service = _service(device, service_name) if action else None
            if service is None or not name:
                return _list(device.services if service is None else (service,), form)
            if service.scpd_problem is not None:
                remark(f"arguments are sent as given, without an SCPD: {service.scpd_problem}")
            answer = service.call(name, given, check=not no_check)
        except UpnpError as error:
            remark(str(error))
            return USAGE
    _write(answer, form)
    for defect in answer.defects:
        remark(f"defect: {defect}")
    return DONE


def _pair(argument: str) -> tuple[str, str]:
    name, equals, value = argument.partition("=")
    if not equals:
        raise click.UsageError(f"{printable(argument)!r} is not NAME=VALUE")
    return name, value


def _service(device: LiveDevice, name: str) -> LiveService:
    found = device.find_service(name)
    if found is None:
        known = ", ".join(printable(service.short_id) for service in device.services) or "none"
        raise click.UsageError(f"no service {printable(name)!r}; there are: {known}")
    return found


def _write(answer: Answer, form: str) -> None:
    """The values of an answer: lines of text, one row of CSV, or one JSON object."""
    if form == "text":
        width = max(map(len, map(printable, answer)), default=0)
        raw = dict(reversed(answer.raw))
        for name, value in answer.items():
            text = raw.get(name, "") if value is None else _text(value)
            write_out(f"{printable(name).ljust(width)}  {printable(text)}".rstrip() + "\n")
    elif form == "csv":
        write_out(csv_line(answer) + csv_line(map(_plain, answer.values())))
    else:
        write_out(to_json({name: _plain(value) for name, value in answer.items()}) + "\n")


def _plain(value: Any) -> Any:
    """A value as JSON has it; what JSON has no type for is text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and value - value == 0:
        return value
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.hex() if isinstance(value, bytes) else str(value)


def _list(services: tuple[LiveService, ...], form: str) -> int:
    """What can be called, as a tree, or as a row for each action."""
    from upnpscapy.tree import Node, Tree

    columns = ("udn", "service_id", "service_type", "action", "arguments", "result")
    rows: list[dict[str, Any]] = []
    nodes = []
    for service in services:
        problem = service.scpd_problem
        if problem is not None:
            remark(f"{service.short_id}: {problem}")
        actions = () if problem else tuple(one.action for one in service.actions if one.action)
        nodes.append(
            Node(
                service.short_id or service.service_type,
                "  ".join(filter(None, (service.service_type, service.device.friendly_name))),
                children=tuple(Node(str(action)) for action in actions),
            )
        )
        for action in actions:
            values = (
                service.device.udn,
                service.service.service_id,
                service.service.service_type,
                action.name,
                [_typed(one) for one in action.inputs],
                [_typed(one) for one in action.outputs],
            )
            rows.append(dict(zip(columns, values, strict=True)))
    if form == "text":
        from upnpscapy.terminal import print_tree, stdout_console

        print_tree(stdout_console(), Tree(tuple(nodes)))
    elif form == "csv":
        write_out(csv_line(columns) + "".join(csv_line(row.values()) for row in rows))
    elif form == "jsonl":
        write_out("".join(to_json(row) + "\n" for row in rows))
    else:
        write_out("[\n" + ",\n".join(map(to_json, rows)) + "\n]\n")
    return DONE


def _typed(argument: Any) -> list[str | None]:
    return [argument.name, argument.variable.data_type if argument.variable else None]
