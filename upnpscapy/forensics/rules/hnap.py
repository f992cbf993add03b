"""D-Link's Home Network Administration Protocol: a second door to the devices that speak UPnP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim
from upnpscapy.forensics.rules.evidence import Act, claims_of
from upnpscapy.forensics.rules.requests import (
    hnap_calls,
    method_of,
    requests_of,
    target_of,
)
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import METACHARACTERS, SUBSTITUTION, shown

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

MAX_LOGIN = 512
"""Characters of a value of Login."""

MAX_VALUE = 1024
"""Characters of any other value."""

_ACTION = re.compile(r"https?://purenetworks\.com/HNAP1/([^/\"]*)/?(.*)", re.IGNORECASE | re.DOTALL)
_LOGIN = frozenset("action username loginpassword captcha".split())
_UNPROTECTED = "getdevicesettings"


@rule(
    "cve-2015-2051",
    "CRITICAL",
    "Command in the SOAPACTION of HNAP",
    reference="CVE-2015-2051, CVE-2019-10891, CVE-2022-37056, CVE-2024-33112",
    technique="T1190",
)
def soap_action(facts: Facts) -> Iterator[Claim]:
    """SOAPACTION ``http://purenetworks.com/HNAP1/…`` with a backtick, $(, ; | or & behind it.

    A third part of its path without any is HIGH: no action has one.
    Ordinary traffic of D-Link's apps has the name of an action there and nothing more.
    """
    yield from claims_of(_soap_actions(facts), facts)


def _soap_actions(facts: Facts) -> Iterator[Act]:
    for row, call in hnap_calls(facts):
        match = _ACTION.search(call.soap_action or "")
        if match is None:
            continue
        rest = match[2].strip().rstrip('"')
        if METACHARACTERS.search(match[1]) or METACHARACTERS.search(rest):
            note = "SOAPACTION of HNAP holds shell metacharacters"
            yield Act(row, "SOAPACTION", note, call.soap_action, command=call.soap_action or "")
        elif rest:
            note = "SOAPACTION of HNAP has a third part, which no action has"
            yield Act(row, "SOAPACTION", note, call.soap_action, "HIGH", "medium")


@rule(
    "hnap-injection",
    "CRITICAL",
    "Command in a value of HNAP",
    reference="Snort 60163",
    technique="T1190",
)
def injection(facts: Facts) -> Iterator[Claim]:
    """A value of a call of HNAP with a backtick, $( or ${IFS}.

    Known of the passwords of StorageUsersLists. A password that a person chose may hold a backtick,
    which is rare.
    """
    yield from claims_of(_injections(facts), facts)


def _injections(facts: Facts) -> Iterator[Act]:
    for row, call in hnap_calls(facts):
        for name, value in call.arguments:
            if SUBSTITUTION.search(value):
                note = f"{name[:64]} of {str(call.action)[:64]} holds what a shell carries out"
                what = f"{call.action} {name}"
                yield Act(row, what, note, shown(name, value), command=value)


@rule(
    "hnap-overflow",
    "HIGH",
    "Overlong value in a call of HNAP",
    reference="CVE-2016-6563, CVE-2014-3936",
    technique="T1190",
)
def overflow(facts: Facts) -> Iterator[Claim]:
    """A value of a call of HNAP that is longer than devices have room for.

    Action, Username, LoginPassword or Captcha of Login with more than 512 characters, another value
    of plain text with more than 1024. What holds elements in it is a list of settings, and may be
    long.
    """
    yield from claims_of(_overflows(facts), facts)


def _overflows(facts: Facts) -> Iterator[Act]:
    for row, call in hnap_calls(facts):
        login = (call.action or "").lower() == "login"
        for name, value in call.arguments:
            limit = MAX_LOGIN if login and name.lower() in _LOGIN else MAX_VALUE
            if len(value) > limit and not value.lstrip().startswith("<"):
                note = f"{name[:64]} of {str(call.action)[:64]} has {len(value)} characters"
                yield Act(row, f"{call.action} {name}", note, shown(name, value))


@rule(
    "hnap-auth-bypass",
    "MEDIUM",
    "SOAPACTION of HNAP says GetDeviceSettings, the body another action",
    reference="ET 2010698",
    technique="T1190",
)
def bypass(facts: Facts) -> Iterator[Claim]:
    """A call of HNAP whose SOAPACTION is GetDeviceSettings, while the body calls another action.

    GetDeviceSettings needs no login. Plain GetDeviceSettings is what apps of the vendor begin with,
    and no finding.
    """
    yield from claims_of(
        Act(
            row,
            f"{call.body_action} as GetDeviceSettings",
            "SOAPACTION names an action that needs no login, the body another one",
            f"{call.soap_action} {call.body_action}",
        )
        for row, call in hnap_calls(facts)
        if (call.action or "").lower() == _UNPROTECTED
        and (call.body_action or _UNPROTECTED).lower() != _UNPROTECTED
    )


@rule(
    "hnap-probe",
    "LOW",
    "GET of /HNAP1/",
    reference="TheMoon, ET 2018131",
    technique="T1595.001",
)
def probe(facts: Facts) -> Iterator[Claim]:
    """GET of /HNAP1/ from an address that is not local: how worms ask for the model.

    D-Link's apps ask the same from inside, which is no finding.
    """
    surroundings = facts.surroundings
    yield from claims_of(
        Act(row, "GET /HNAP1/", "the device's model was asked for from outside", target_of(row))
        for row in requests_of(facts)
        if method_of(row) == "GET"
        and target_of(row).lower().startswith("/hnap1")
        and not surroundings.is_local(row.client)
    )


RULES = (soap_action, injection, overflow, bypass, probe)
