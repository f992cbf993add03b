"""What ``search`` and ``listen`` share: where to, how, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import click

from upnpscapy.cli.options import form_option
from upnpscapy.cli.output import remark
from upnpscapy.cli.status import DONE, INTERRUPTED, NO_ANSWER, USAGE

__all__ = ["common_options", "discovering", "ended", "transport"]

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    form_option,
    click.option(
        "-i",
        "--interface",
        "interfaces",
        multiple=True,
        metavar="NAME|ADDRESS",
        help="Only this interface, or only from this address of it. May be repeated.",
    ),
    click.option("--ipv4", is_flag=True, help="Only IPv4."),
    click.option("--ipv6", is_flag=True, help="Only IPv6."),
    click.option(
        "--mx",
        type=click.IntRange(1, 5),
        metavar="SECONDS",
        help="Over which devices spread their answers, 1 to 5.  [default: 2]",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="When to end.",
    ),
    click.option(
        "--source-port",
        type=click.IntRange(0, 65535),
        default=0,
        metavar="PORT",
        help="Search from this port, 1900 too.  [default: any]",
    ),
    click.option(
        "--ttl", type=click.IntRange(1, 255), metavar="HOPS", help="Of a search.  [default: 2]"
    ),
    click.option(
        "--scapy", is_flag=True, help="Sniff and inject by Scapy, not by sockets; needs root."
    ),
    click.option("-w", "--write", metavar="FILE", help="Record what is seen, pcapng."),
)


class Ended(Protocol):
    """What a run tells at its end."""

    @property
    def problems(self) -> list[str]: ...

    @property
    def lost(self) -> int: ...


def common_options(function: F) -> F:
    """Give a verb the options that both have; ``discovering`` translates them."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@contextmanager
def discovering(options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The arguments that ``search()`` and ``listen()`` take, from the options of both.

    What they raise ends the verb with a word and the status for it.
    """
    from upnpscapy.errors import MessageError, NetworkError

    arguments = dict(options)
    ipv4, ipv6 = arguments.pop("ipv4"), arguments.pop("ipv6")
    arguments["ipv4"], arguments["ipv6"] = ipv4 or not ipv6, ipv6 or not ipv4
    arguments["interfaces"] = arguments["interfaces"] or None
    arguments["transport"] = transport(arguments.pop("scapy"))
    path = arguments.pop("write")
    try:
        if path is None:
            yield arguments
            return
        from upnpscapy.live.recorder import Recorder

        try:
            recorder = Recorder(path)
        except OSError as error:
            raise click.BadParameter(str(error), param_hint="--write") from error
        with recorder:
            yield arguments | {"record": recorder}
        if recorder.left_out:
            remark(f"{path}: full, {recorder.left_out} frames were not written")
    except MessageError as error:
        raise click.UsageError(str(error)) from error
    except NetworkError as error:
        remark(str(error))
        raise click.exceptions.Exit(USAGE) from error


def transport(by_scapy: bool) -> Any:
    """Scapy's transport, or None for that of sockets."""
    if not by_scapy:
        return None
    from upnpscapy.live.scapy_transport import ScapyTransport

    return ScapyTransport()


def ended(run: Ended, rows: int, *, interrupted: bool) -> int:
    """Remarks on what could not be done, and the exit status."""
    for problem in run.problems:
        remark(problem)
    if run.lost:
        remark(f"{run.lost} datagrams were lost, they came too fast")
    left_out = getattr(run, "left_out", 0)
    if left_out:
        remark(f"{left_out} replies left out, too many")
    if interrupted:
        return INTERRUPTED
    return DONE if rows else NO_ANSWER
