"""What a forged device wants of those who open it: passwords."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from upnpscapy.forensics.controlling.whole_body import whole_body
from upnpscapy.forensics.finding import Claim, Evidence, Outcome
from upnpscapy.forensics.rules.descriptions import document_evidence
from upnpscapy.forensics.rules.discovery import listed, url_end_of
from upnpscapy.forensics.rules.evidence import (
    answer_of,
    answered,
    asked,
    missing_of,
    outcome_of,
)
from upnpscapy.forensics.rules.forged import impostors
from upnpscapy.forensics.rules.identity import rogue_gateways
from upnpscapy.forensics.rules.mismatch import mismatches
from upnpscapy.forensics.rules.requests import body_of, header_of, method_of, requests_of, target_of
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import redacted

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES", "forged_hosts"]

MAX_BODY = 64 << 10

_FIELD = re.compile(
    r"(?:\A|[&?])([\w.-]{0,32}(?:password|passwd|pwd|pass))=([^&\s]{0,256})", re.IGNORECASE
)
_USER = re.compile(
    r"(?:\A|[&?])([\w.-]{0,32}(?:user|login|email)[\w.-]{0,16})=([^&\s]{0,256})", re.IGNORECASE
)
_URGENT = re.compile(
    r"\b(?:urgent|password|sign[ -]?in|log[ -]?in|verify|expired|security (?:alert|update)|click"
    r"|scan(?:ned)? document|confidential|invoice|update required|bitcoin|payroll)\b",
    re.IGNORECASE,
)
_FORM = re.compile(rb"<input\b[^<>]{0,512}?type\s{0,4}=\s{0,4}[\"']?password", re.IGNORECASE)


def forged_hosts(facts: Facts) -> dict[str, str]:
    """Addresses that discovery shows to be forged, and the rule that says so."""
    found: dict[str, str] = {}
    for one in facts.once(mismatches):
        if one.severity in ("MEDIUM", "HIGH") and one.end.is_address:
            found.setdefault(one.end.host, "location-mismatch")
    for responses, _ in facts.once(impostors):
        found.setdefault(responses[0].src, "evil-ssdp-responder")
        end = url_end_of(responses[0].ssdp.location or "")
        if end is not None and end.is_address:
            found.setdefault(end.host, "evil-ssdp-responder")
    for hosts, rogue, real in facts.once(rogue_gateways):
        if real is not None:
            found.update((seen.src, "rogue-igd") for seen in hosts[rogue] if seen.src not in found)
    return found


@rule(
    "phish-presentation",
    "HIGH",
    "A forged device asks for passwords",
    reference="initstring/evil-ssdp",
    technique="T1056.003",
)
def phishing(facts: Facts) -> Iterator[Claim]:
    """A password sent to a host that `location-mismatch`, `evil-ssdp-responder` or `rogue-igd` has.

    By a form or by Basic authentication. MEDIUM for the lure alone: a page with a password field,
    a friendlyName that urges, or a presentationURL at another host. The pages of real devices ask
    for passwords too, so that the host must be one of those. Passwords are not shown.
    """
    hosts = facts.once(forged_hosts)
    if not hosts:
        return
    lured: dict[str, list[tuple[str, Evidence]]] = {}
    sent = set()
    for row in requests_of(facts):
        if row.server not in hosts:
            continue
        given = _given(header_of(row, "authorization") or "", body_of(row), target_of(row))
        if given is not None:
            sent.add(row.server)
            answer = answered(row)
            outcome: Outcome = "accepted" if outcome_of(row) == "accepted" else "attempted"
            yield Claim(
                row.server,
                f"{row.client} sent it {given}; {hosts[row.server]} says that it is forged."
                f" The request was {answer_of(row)}.",
                outcome,
                (
                    asked(row, f"{method_of(row)} with a password", given),
                    *([answer] if answer else ()),
                ),
                "high",
                missing_of(row),
            )
        response = row.exchange.response
        if response is not None and _FORM.search(whole_body(response).data, 0, MAX_BODY):
            page = answered(row, "the page with a password field", target_of(row))
            if page is not None:
                lured.setdefault(row.server, []).append(("a page with a password field", page))
    for document in facts.documents:
        if document.server in hosts and document.description is not None:
            for device in document.description.devices[:8]:
                end = url_end_of(device.presentation_url or "")
                urgent = _URGENT.search((device.friendly_name or "")[:512])
                if urgent is not None:
                    what, value = "a friendlyName that urges", device.friendly_name
                elif end is not None and end.is_address and end.host != document.server:
                    what, value = f"a presentationURL at {end}", device.presentation_url
                else:
                    continue
                evidence = document_evidence(document, "the description", value)
                lured.setdefault(document.server, []).append((what, evidence))
    for host, lures in lured.items():
        if host not in sent:
            note = (
                f"It has {listed(what for what, _ in lures)}; {hosts[host]} says that it is forged."
            )
            evidence_of = tuple(evidence for _, evidence in lures[:8])
            missing = ("no password was seen to be sent",)
            yield Claim(host, note, "attempted", evidence_of, "medium", missing, "MEDIUM")


def _given(authorization: str, body: bytes, target: str) -> str | None:
    """What was sent of a user and a password, without them."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "basic" and token.strip():
        try:
            user = base64.b64decode(token.strip()[:1024]).partition(b":")[0]
        except (binascii.Error, ValueError):
            return "Basic authentication"
        return f"Basic authentication, a user name of {len(user)} characters"
    form = body[:MAX_BODY].decode("utf-8", "replace")
    match = _FIELD.search(form) or _FIELD.search(target[:MAX_BODY])
    if match is None or not match[2]:
        return None
    user_field = _USER.search(form) or _USER.search(target[:MAX_BODY])
    with_user = ""
    if user_field is not None:
        with_user = f" and {user_field[1]} {redacted(unquote_plus(user_field[2]))}"
    return f"{match[1]} {redacted(unquote_plus(match[2]))}{with_user}"


RULES = (phishing,)
