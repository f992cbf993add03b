"""Exploits that are one value of one argument of one action: a table, and which of it a call is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import SEVERITIES, Severity
from upnpscapy.forensics.rules.requests import calls_having
from upnpscapy.forensics.rules.text import METACHARACTERS
from upnpscapy.protocol.httpu import text
from upnpscapy.protocol.soap import Call

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["KNOWN", "KnownArgument", "Match", "exploits", "known_pattern", "matches"]


class KnownArgument(NamedTuple):
    """A value that is an exploit where it stands."""

    rule: str
    """Id of the rule that reports it."""
    actions: frozenset[str]
    arguments: frozenset[str]
    """Names in lower case."""
    pattern: re.Pattern[str]
    severity: Severity
    elsewhere: str | None = None
    """Part of a target, in lower case, at which another rule has it."""
    at: str = ""
    """Part of the target, in lower case, that it belongs to."""


_SHELL = re.compile(r"[`;|]|\$\(")
_URL_SHELL = re.compile(r"`|\$\(")
_URL_SEPARATORS = re.compile(r"[;|&#]")


def _one(
    rule: str,
    action: str,
    arguments: str,
    pattern: re.Pattern[str],
    severity: Severity = "CRITICAL",
    elsewhere: str | None = None,
    at: str = "",
) -> KnownArgument:
    actions = frozenset(action.split())
    return KnownArgument(
        rule, actions, frozenset(arguments.lower().split()), pattern, severity, elsewhere, at
    )


KNOWN: tuple[KnownArgument, ...] = (
    _one(
        "cve-2014-8361",
        "AddPortMapping AddAnyPortMapping",
        "NewInternalClient",
        METACHARACTERS,
        elsewhere="/soap.cgi",
    ),
    _one(
        "cve-2017-17215",
        "Upgrade",
        "NewStatusURL NewDownloadURL",
        _SHELL,
        at="/ctrlt/deviceupgrade_1",
    ),
    _one("cve-2016-10372", "SetNTPServers", "NewNTPServer1", METACHARACTERS),
    _one("cve-2019-12780", "SetSmartDevInfo", "SmartDevURL", _URL_SHELL),
    _one("cve-2019-12780", "SetSmartDevInfo", "SmartDevURL", _URL_SEPARATORS, "HIGH"),
)
"""Where two entries of one rule match, the first counts."""

_OF_RULE: defaultdict[str, list[KnownArgument]] = defaultdict(list)
_OF_ACTION: defaultdict[str | None, list[KnownArgument]] = defaultdict(list)
for _known in KNOWN:
    _OF_RULE[_known.rule].append(_known)
    for _action in _known.actions:
        _OF_ACTION[_action].append(_known)

Match = tuple[str, str, Severity]
"""Arguments, values, severity."""


def exploits(facts: Facts, rule: str) -> Iterator[tuple[CallRow, Call, Match]]:
    """The calls that are a rule's exploit."""
    of_rule = _OF_RULE[rule]
    names = frozenset(name for known in of_rule for name in known.arguments)

    def may_match(name: str, value: str) -> bool:
        return name.lower() in names and any(known.pattern.search(value) for known in of_rule)

    for row, call in calls_having(facts, may_match):
        for match in matches(row, call, rule):
            yield row, call, match


def matches(row: CallRow, call: Call, rule: str) -> Iterator[Match]:
    """A call's match that is a rule's exploit: one, or nothing."""
    found = [
        (name, value, known.severity)
        for name, value in call.arguments
        if (known := known_pattern(row, call, name, value)) is not None and known.rule == rule
    ]
    if found:
        names, values, severities = zip(*found, strict=True)
        severity = max(severities, key=SEVERITIES.index)
        yield " and ".join(dict.fromkeys(names)), " ".join(values), severity


def known_pattern(row: CallRow, call: Call, name: str, value: str) -> KnownArgument | None:
    """The entry that a value of a call is, None if it is none."""
    if call.action not in _OF_ACTION:
        return None
    key = name.lower()
    for known in _OF_ACTION[call.action]:
        if key not in known.arguments or not known.pattern.search(value):
            continue
        target = text(row.exchange.target or b"").lower()
        if known.at in target and not (known.elsewhere and known.elsewhere in target):
            return known
    return None
