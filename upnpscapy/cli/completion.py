"""``upnpscapy completion``: what a shell needs to complete the command."""

from __future__ import annotations

import click

from upnpscapy.cli.command import upnpscapy, verb
from upnpscapy.cli.output import write_out
from upnpscapy.cli.status import DONE

__all__ = ["completion"]


@verb('eval "$(upnpscapy completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Write what makes SHELL complete this command."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    write_out(kind(upnpscapy, {}, "upnpscapy", "_UPNPSCAPY_COMPLETE").source() + "\n")
    return DONE
