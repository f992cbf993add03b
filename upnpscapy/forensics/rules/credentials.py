"""Passwords that go over the network in clear text; never shown, only named."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim
from upnpscapy.forensics.rules.evidence import Act, claims_of
from upnpscapy.forensics.rules.requests import calls_having, header_of, method_of, requests_of
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import is_secret, redacted, short

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

MAX_NAMES = 8

_NESTED = re.compile(r"<(?:[\w.-]{1,64}:)?([\w.-]{1,64})(?:\s[^<>]{0,256})?>([^<]{1,4096})</")
_FLAGS = frozenset(("true", "false", "0", "1", "yes", "no", "none", "null"))
_USER = re.compile(r'username="?([^",]{0,128})', re.IGNORECASE)


@rule(
    "cleartext-credentials",
    "MEDIUM",
    "Credentials in clear text",
    reference="CWE-319",
    technique="T1552, T1040",
)
def credentials(facts: Facts) -> Iterator[Claim]:
    """Basic or Digest authorization at a UPnP server, or passwords among arguments.

    Arguments of HNAP count too, empty ones do not. Digest does not show the password, but lets it
    be guessed: LOW. LoginPassword of newer HNAP is a keyed hash of it. Keys that come back are of
    tr064-keys. Secrets are left out of the finding.
    """
    yield from claims_of(_authorized(facts))
    yield from claims_of(_in_arguments(facts))


def _authorized(facts: Facts) -> Iterator[Act]:
    for row in requests_of(facts, "credentials"):
        value = header_of(row, "authorization")
        if value is None:
            continue
        scheme, _, rest = value.strip().partition(" ")
        if scheme.lower() == "basic":
            user, password = _basic(rest)
            if password is not None:
                shown = f"user {short(user)}, password {redacted(password)}"
                note = "Basic authorization shows the password"
                yield Act(row, f"{method_of(row)} with Authorization", note, shown)
        elif scheme.lower() == "digest":
            match = _USER.search(rest)
            shown = f"user {short(match[1] if match else '?')}, response (redacted)"
            note = "Digest authorization lets the password be guessed"
            yield Act(row, f"{method_of(row)} with Authorization", note, shown, "LOW")


def _in_arguments(facts: Facts) -> Iterator[Act]:
    for row, call in calls_having(facts, lambda *argument: any(_secrets(*argument))):
        found = [pair for argument in call.arguments for pair in _secrets(*argument)]
        names = ", ".join(dict.fromkeys(name for name, _ in found[:MAX_NAMES]))
        shown = ", ".join(f"{name} {redacted(value)}" for name, value in found[:MAX_NAMES])
        note = f"{str(call.action)[:64]} sends {names} in clear text"
        hnap = call.style == "hnap"
        if hnap:
            note += " (newer devices send a keyed hash, or encrypt with one)"
        yield Act(row, str(call.action), note, shown, confidence="medium" if hnap else "high")


def _secrets(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Names and values of secrets: an argument itself, or elements in its value."""
    for inner, text in _NESTED.findall(value) if "<" in value else [(name, value)]:
        if is_secret(inner) and text.strip() and text.strip().lower() not in _FLAGS:
            yield inner[:64], text


def _basic(text: str) -> tuple[str, str | None]:
    try:
        plain = b64decode(text.strip()[:4096], validate=True).decode("utf-8", "backslashreplace")
    except (binascii.Error, ValueError):
        return "?", text
    user, colon, password = plain.partition(":")
    return user, password if colon else None


RULES = (credentials,)
