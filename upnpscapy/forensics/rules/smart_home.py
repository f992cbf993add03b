"""Holes of plugs and home controllers: Belkin WeMo, Vera."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Confidence
from upnpscapy.forensics.rules.evidence import Act, claims_of
from upnpscapy.forensics.rules.known_arguments import exploits
from upnpscapy.forensics.rules.requests import calls_having, calls_named, local_name
from upnpscapy.forensics.rules.rule import rule

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

MIN_COST = 32
"""Characters of EnergyPerUnitCostVersion that overflow."""

_LUA = re.compile(r"os\s{0,8}\.\s{0,8}execute|io\s{0,8}\.\s{0,8}popen")
_COST = "EnergyPerUnitCostVersion"


@rule(
    "cve-2019-12780",
    "CRITICAL",
    "Command in SmartDevURL (Belkin WeMo)",
    reference="CVE-2019-12780",
    technique="T1210",
)
def smart_device(facts: Facts) -> Iterator[Claim]:
    """SetSmartDevInfo whose SmartDevURL holds a backtick or $(.

    HIGH with ; | & or #, which a URL may have, though none of the vendor's does.
    """
    yield from claims_of(_smart_devices(facts), facts)


def _smart_devices(facts: Facts) -> Iterator[Act]:
    for row, call, (name, value, severity) in exploits(facts, "cve-2019-12780"):
        note = f"{name} holds shell metacharacters, as for Belkin WeMo"
        confidence: Confidence = "high" if severity == "CRITICAL" else "medium"
        what = f"{call.action} {name}"
        yield Act(row, what, note, value, severity, confidence, command=value)


@rule(
    "cve-2018-6692",
    "HIGH",
    "Overlong EnergyPerUnitCostVersion (Belkin WeMo Insight)",
    reference="CVE-2018-6692",
    technique="T1210",
)
def energy_cost(facts: Facts) -> Iterator[Claim]:
    """A call with an EnergyPerUnitCostVersion of 32 characters or more; it is a number."""
    yield from claims_of(
        Act(row, f"{call.action} {name}", f"{name} has {len(value)} characters", value)
        for row, call in calls_having(facts, _is_long_cost)
        for name, value in call.arguments
        if _is_long_cost(name, value)
    )


@rule(
    "cve-2013-4863",
    "MEDIUM",
    "Lua code sent to a Vera controller",
    reference="CVE-2013-4863",
    technique="T1059",
)
def run_lua(facts: Facts) -> Iterator[Claim]:
    """RunLua of HomeAutomationGateway; CRITICAL with os.execute or io.popen in the code.

    The function is there for the owner's own scenes, hence MEDIUM without them.
    """
    yield from claims_of(_run_lua(facts), facts)


def _run_lua(facts: Facts) -> Iterator[Act]:
    for row, call in calls_named(facts, ("RunLua",)):
        if local_name(call.service_type) != "HomeAutomationGateway":
            continue
        code = row.argument("Code") or next((value for _, value in call.arguments), "")
        if found := _LUA.search(code):
            note = f"the code calls {found.group()}, which runs a command"
            yield Act(row, "RunLua", note, code, "CRITICAL", command=code)
        else:
            yield Act(row, "RunLua", "code was sent to be run", code, confidence="medium")


def _is_long_cost(name: str, value: str) -> bool:
    return name == _COST and len(value) >= MIN_COST


RULES = (smart_device, energy_cost, run_lua)
