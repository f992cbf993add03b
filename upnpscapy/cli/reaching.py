"""What every verb takes that fetches from devices or calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from upnpscapy.live.http import Http

__all__ = ["open_http", "reaching", "request_options"]

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=30.0,
        show_default=True,
        metavar="SECONDS",
        help="How long one request may take in all.",
    ),
    click.option(
        "--allow",
        multiple=True,
        metavar="HOST",
        help="Follow URLs to this host or network though it is not local, or not the device's; "
        "* is every one. May be repeated.",
    ),
    click.option("-i", "--interface", metavar="NAME", help="Where link-local IPv6 addresses are."),
    click.option("-w", "--write", metavar="FILE", help="Record what is sent and received, pcapng."),
)


def reaching(function: F) -> F:
    """Give a verb the options of requests; they arrive as ``open_http`` takes them."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def request_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options of ``reaching``, taken out of those of a verb that has others too."""
    return {name: options.pop(name) for name in ("timeout", "allow", "interface", "write")}


@contextmanager
def open_http(
    *, timeout: float, allow: tuple[str, ...], interface: str | None, write: str | None
) -> Iterator[Http]:
    """What the options of ``reaching`` ask for; the recording is whole at the end."""
    from upnpscapy.live.http import Http
    from upnpscapy.live.recorder import Recorder

    def make(recorder: Recorder | None) -> Http:
        return Http(
            timeout_seconds=timeout,
            read_seconds=timeout,
            allow=allow,
            interface=interface,
            recorder=recorder,
        )

    if write is None:
        yield make(None)
        return
    try:
        recorder = Recorder(write)
    except OSError as error:
        raise click.BadParameter(str(error), param_hint="-w") from error
    with recorder:
        yield make(recorder)
