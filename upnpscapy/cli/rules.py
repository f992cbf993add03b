"""``upnpscapy rules``: what is looked for in captures, and why."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.judging import chosen_rules, rules_option
from upnpscapy.cli.options import form_option
from upnpscapy.cli.output import write_out, write_table
from upnpscapy.cli.status import DONE

if TYPE_CHECKING:
    from upnpscapy.forensics.rules.rule import Rule

__all__ = ["rules"]

WIDTH = 98


@verb("upnpscapy rules location-scheme")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@form_option
@rules_option
def rules(ids: tuple[str, ...], form: str, rule_files: tuple[str, ...]) -> int:
    """List the rules behind findings, or explain some."""
    from upnpscapy.forensics.tables import rule_table

    known = {one.id: one for one in chosen_rules(rule_files)}
    for name in ids:
        if name not in known:
            raise click.BadParameter(f"there is no rule {name!r}", param_hint="ID")
    chosen = [known[name] for name in ids or known]
    if ids and form == "text":
        write_out("\n".join(map(_explanation, chosen)))
    else:
        write_table(rule_table(lambda: chosen), form)
    return DONE


def _explanation(rule: Rule) -> str:
    lines = [f"{rule.id}  {rule.severity}", rule.title, ""]
    lines += textwrap.wrap(rule.description, WIDTH)
    lines += [""] if rule.description else []
    for name in ("reference", "technique", "since"):
        value = rule.column(name)
        if value is not None:
            lines.append(f"{name:9}  {value}")
    return "\n".join([*lines, ""])
