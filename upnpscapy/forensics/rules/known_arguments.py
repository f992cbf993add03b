"""Exploits that are one value of one argument of one action: a table, and which of it a call is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Set
from typing import NamedTuple

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import SEVERITIES, Severity
from upnpscapy.forensics.rules.text import METACHARACTERS
from upnpscapy.protocol.httpu import text
from upnpscapy.protocol.soap import Call

__all__ = ["KNOWN", "KnownArgument", "actions_of", "known_pattern", "matches"]


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

_ACTIONS: defaultdict[str, set[str]] = defaultdict(set)
_ARGUMENTS: defaultdict[str, set[str]] = defaultdict(set)
_OF_ACTION: defaultdict[str | None, list[KnownArgument]] = defaultdict(list)
for _known in KNOWN:
    _ACTIONS[_known.rule] |= _known.actions
    _ARGUMENTS[_known.rule] |= _known.arguments
    for _action in _known.actions:
        _OF_ACTION[_action].append(_known)


def actions_of(rule: str) -> Set[str]:
    """The actions that a rule's exploits are calls of."""
    return _ACTIONS[rule]


def matches(row: CallRow, call: Call, rule: str) -> Iterator[tuple[str, str, Severity]]:
    """(arguments, values, severity) of a call that is a rule's exploit: once, or nothing."""
    if call.action not in _ACTIONS[rule]:
        return
    wanted = _ARGUMENTS[rule]
    found = [
        (name, value, known.severity)
        for name, value in call.arguments
        if name.lower() in wanted
        and (known := known_pattern(row, call, name, value)) is not None
        and known.rule == rule
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
