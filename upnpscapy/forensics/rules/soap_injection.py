"""Values of arguments that are no values: commands, format strings, what is not of its type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import Claim, Confidence, Severity
from upnpscapy.forensics.rules.evidence import Act, claims_of
from upnpscapy.forensics.rules.known_arguments import known_pattern
from upnpscapy.forensics.rules.requests import calls_having, local_name
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import (
    COMMAND,
    COMMAND_WORD,
    FORMAT,
    SUBSTITUTION,
    is_host,
    shown,
)
from upnpscapy.protocol.soap import Call

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

BROADCOM_PORT = 5431

MAX_VALUE = 1024
"""Characters of a value, where it is no document, URL or binary."""

_MEDIA = re.compile(r"metadata|didl|elements|result|tagvalue|ur[il]\b|ur[il]s\b", re.IGNORECASE)
_FREE = re.compile(
    r"descri|name|title|comment|text|passw|passphrase|key|secret|criteria|filter|message|code",
    re.IGNORECASE,
)
"""Arguments in which a person may write what a shell would read as its own."""

_HOSTS = frozenset("newinternalclient newremotehost internalclient remotehost".split())
_HOST_LISTS = frozenset("newdnsservers newiprouters".split())
_PORTS = frozenset(
    "newexternalport newinternalport newstartport newendport internalport remoteport".split()
)
_PROTOCOLS = frozenset(("newprotocol",))
_PLAIN = re.compile(r"[\w.:, -]{0,1024}\Z")
"""What is no more than a value of its type, if it is that."""
_HARMLESS = re.compile(r"[^`;|&\n$%\0]{0,1024}\Z")
"""Nothing of what is looked for is in it, but for ``../`` and what is not of its type."""
_WORD = re.compile(r"[A-Za-z/ -]{0,16}\Z")
_NUMBER = re.compile(r"\s*[+-]?\d{1,10}\s*\Z")
_GATEWAY = frozenset(
    "WANIPConnection WANPPPConnection WANIPv6FirewallControl LANHostConfigManagement".split()
)
_STANDARD = ("urn:schemas-upnp-org:", "urn:dslforum-org:")
_LUA = "HomeAutomationGateway"
"""Its code is judged by cve-2013-4863."""


class Fault(NamedTuple):
    """What is wrong with one value."""

    words: str
    severity: Severity
    text: str = ""
    """A command in it."""
    confidence: Confidence = "high"


@rule(
    "soap-arg-injection",
    "HIGH",
    "Argument of an action with a command or what is no value",
    reference="CWE-78, CWE-134",
    technique="T1190",
)
def injection(facts: Facts) -> Iterator[Claim]:
    """A value with a backtick, $(, ${IFS}, | or &&, ../, directives of printf, or NUL.

    To a gateway also one of more than 1024 characters, and an address, port or protocol that is
    none.
    CRITICAL with a command word (wget, curl, tftp, busybox, sh, rm, cd, telnetd, nc, echo) behind
    a separator. Descriptions, names and passwords may hold separators: there a command word
    counts. In URIs and DIDL only a backtick and $( count, a backtick in metadata is LOW, as titles
    of music have some; | to a service of a vendor is LOW, as some separate values by it; a port
    beyond 65535 or another word for a protocol is LOW, as it is broken rather than meant. Exploits
    with a rule of their own, HNAP and Lua of Vera are left to those.
    """
    yield from claims_of(_injections(facts), facts)


def _injections(facts: Facts) -> Iterator[Act]:
    for row, call in calls_having(facts, _may_be_faulty):
        if call.style == "hnap" or local_name(call.service_type) == _LUA:
            continue
        if b"/soap.cgi" in (row.exchange.target or b"").lower() and call.body.count(b"`") > 1:
            continue
        for name, value in call.arguments:
            found = _fault_of(row, call, name, value)
            if found is None or known_pattern(row, call, name, value) is not None:
                continue
            yield Act(
                row,
                f"{call.action} {name}",
                f"{name[:64]} of {str(call.action)[:64]} {found.words}",
                shown(name, value),
                found.severity,
                found.confidence,
                command=found.text,
            )


@rule(
    "bcmupnp-format-string",
    "CRITICAL",
    "Format string in an argument (Broadcom UPnP stack)",
    reference="BCMUPnP_Hunter",
    technique="T1190",
)
def broadcom(facts: Facts) -> Iterator[Claim]:
    """Directives of printf that write, or several that read on, in a call to TCP port 5431.

    That port is Broadcom's. At another port it is soap-arg-injection.
    """
    yield from claims_of(
        Act(row, f"{call.action} {name}", f"{name} holds directives of printf", value)
        for row, call in calls_having(facts, _is_format)
        if row.exchange.server_port == BROADCOM_PORT
        for name, value in call.arguments
        if _is_format(name, value)
    )


def _is_format(_: str, value: str) -> bool:
    """Whether directives of printf are in a value."""
    return "%" in value and FORMAT.search(value) is not None


def _may_be_faulty(name: str, value: str) -> bool:
    """Whether a value can have a fault, whatever it is sent to."""
    if not _HARMLESS.match(value) or "../" in value:
        return True
    return value != "" and _type_fault(name.lower(), value) is not None


def _fault_of(row: CallRow, call: Call, name: str, value: str) -> Fault | None:
    """The worst fault of a value."""
    if _PLAIN.match(value):
        typed = value and local_name(call.service_type) in _GATEWAY
        return _type_fault(name.lower(), value) if typed else None
    media = _MEDIA.search(name) is not None or value.lstrip().startswith("<")
    free = media or _FREE.search(name) is not None
    command = COMMAND.search(value)
    substituted = SUBSTITUTION.search(value)
    if (command and not media) or (substituted and COMMAND_WORD.search(value)):
        confidence: Confidence = "medium" if free and not substituted else "high"
        return Fault("holds a shell command", "CRITICAL", value, confidence)
    if substituted:
        if media and substituted.group() == "`":
            return Fault("holds a backtick, which titles may have", "LOW")
        confidence = "medium" if free else "high"
        return Fault(f"holds {substituted.group()}", "HIGH", value, confidence)
    if "\0" in value:
        return Fault("holds NUL", "HIGH")
    if media:
        return None
    if not free:
        if "&&" in value:
            return Fault("holds &&", "HIGH", value)
        if "|" in value:
            return Fault("holds |", "HIGH" if _is_standard(call) else "LOW", value)
        if "../" in value:
            return Fault("holds ../", "HIGH")
    if _is_format(name, value) and row.exchange.server_port != BROADCOM_PORT:
        return Fault("holds directives of printf", "HIGH")
    if local_name(call.service_type) in _GATEWAY:
        return _type_fault(name.lower(), value) or _length_fault(value)
    return None


def _is_standard(call: Call) -> bool:
    """Whether a service is one whose values are specified; vendors put | between theirs."""
    return (call.service_type or "").lower().startswith(_STANDARD)


def _length_fault(value: str) -> Fault | None:
    return (
        Fault(f"has more than {MAX_VALUE} characters", "HIGH") if len(value) > MAX_VALUE else None
    )


def _type_fault(key: str, value: str) -> Fault | None:
    if key in _HOSTS:
        plain = value.strip()
        if plain not in ("", "*") and not is_host(plain):
            return Fault("is neither an address nor a name", "HIGH")
    elif key in _HOST_LISTS:
        if not all(is_host(part.strip()) for part in value.split(",")[:64] if part.strip()):
            return Fault("is no list of addresses", "HIGH")
    elif key in _PORTS:
        if not _NUMBER.match(value):
            return Fault("is no number", "HIGH") if value.strip() else None
        if not 0 <= int(value) <= 65535:
            return Fault("is no port", "LOW")
    elif key in _PROTOCOLS and value.strip().upper() not in ("TCP", "UDP", ""):
        return Fault("is neither TCP nor UDP", "LOW" if _WORD.match(value) else "HIGH")
    return None


RULES = (injection, broadcom)
