"""Logons that a device has Windows make: paths of shares in what it serves, and SMB after it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.whole_body import whole_body
from upnpscapy.forensics.finding import Claim, Evidence, Severity
from upnpscapy.forensics.rules.descriptions import document_evidence
from upnpscapy.forensics.rules.discovery import listed
from upnpscapy.forensics.rules.evidence import (
    Row,
    answered,
    asked,
    connected,
)
from upnpscapy.forensics.rules.lures import forged_hosts
from upnpscapy.forensics.rules.requests import header_of, requests_of, target_of
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import is_address, redacted, short
from upnpscapy.protocol.xml_encoding import decode

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.connections import Attempt
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES"]

SMB = (445, 139)
SOON_NS = 30_000_000_000
"""After an announcement: what a client does at once."""

MAX_BODY = 64 << 10
MAX_UNC = 8

_SHARE = r"\\\\([A-Za-z0-9][\w.-]{0,252})\\[\w$. -]"
_FILE = r"file:(?://|/{4,5})(?!localhost)([A-Za-z0-9][\w.-]{0,252})(?=[/\\\s\"'<>]|\Z)"
_UNC = re.compile(f"{_SHARE}|{_FILE}", re.IGNORECASE)
_UNC_OF_PAGE = re.compile(
    rf"(?:src|href)\s{{0,4}}=\s{{0,4}}[\"']?(?:{_SHARE}|{_FILE})", re.IGNORECASE
)
"""Scripts have backslashes for other reasons."""
_DOCUMENT = re.compile(r"<(?:[\w.-]{1,64}:)?(?:root|scpd)[\s>]")
"""A description, even if it is none by its first bytes."""


@rule(
    "forced-auth",
    "HIGH",
    "A device has clients log on to another host",
    reference="initstring/evil-ssdp",
    technique="T1187",
)
def forced_auth(facts: Facts) -> Iterator[Claim]:
    r"""A description or page of a device with a path that Windows opens by logging on.

    `\\host\share`, or `file:` with a host. Also a client that opens SMB to a forged host (see
    `phish-presentation`) within 30 s of its announcement and never before, or sends it an NTLM
    response, which is CRITICAL. A NAS is often a media server too: SMB alone is no sign.
    """
    hosts = facts.once(forged_hosts)
    found: dict[str, tuple[str, Evidence, int | None]] = {}
    for server, content, pattern, evidence, time_ns in _contents(facts):
        for match in islice(pattern.finditer(content), MAX_UNC):
            target = (match[1] or match[2]).lower()
            value = content[max(0, match.start() - 16) : match.end() + 32]
            found.setdefault(target, (server, evidence._replace(value=short(value)), time_ns))
    logons = [
        (row, kind, header)
        for row in requests_of(facts, "credentials")
        if (kind := _ntlm(header := header_of(row, "authorization") or ""))
    ]
    told: set[str] = set()
    for target, (server, evidence, time_ns) in found.items():
        told.update((target, server))
        addresses = (
            [target]
            if is_address(target)
            else [answer.address for answer in facts.names.of(target)]
        )
        attempts = [
            one
            for address in addresses
            for port in SMB
            for one in facts.connections.to(address, port, after_ns=time_ns)
        ]
        yield from _logons(logons, server, addresses, [evidence], attempts, f"names {target}")
    first: dict[str, Seen] = {}
    for message in facts.messages if hosts else ():
        first.setdefault(message.src, message)
    for host, reason in hosts.items():
        if host in told:
            continue
        seen = first.get(host)
        if seen is None or seen.first_ns is None:
            continue
        attempts = [one for port in SMB for one in facts.connections.to(host, port)]
        known = {one.source for one in attempts if (one.time_ns or 0) < seen.first_ns}
        soon = [
            one
            for one in attempts
            if one.source not in known and (one.time_ns or 0) - seen.first_ns <= SOON_NS
        ]
        announced = seen.evidence("its announcement", reason)
        yield from _logons(logons, host, [host], [announced], soon, f"is forged ({reason})")


def _logons(
    logons: list[tuple[Row, int, str]],
    server: str,
    addresses: list[str],
    evidence: list[Evidence],
    attempts: list[Attempt],
    what: str,
) -> Iterator[Claim]:
    """A claim for a host that has clients log on; none for a forged one to which nobody did."""
    answers: list[Evidence] = []
    severity: Severity = "HIGH"
    for row, kind, header in logons:
        if row.server in (server, *addresses):
            answers.append(asked(row, f"NTLM message {kind}", f"NTLM {redacted(header)}"))
            if kind == 3:
                severity = "CRITICAL"
    connections = [connected(one, "SMB to it") for one in attempts[:4]]
    if what.startswith("is forged") and not connections and not answers:
        return
    note = f"The host {what}"
    if connections:
        note += f"; {listed(one.source for one in attempts)} then opened SMB to it"
    if answers:
        note += "; a client logged on by NTLM" if severity == "CRITICAL" else "; NTLM was begun"
    yield Claim(
        server,
        f"{note}.",
        "effect" if connections or answers else "attempted",
        (*evidence, *connections, *answers),
        "high" if answers or what.startswith("names") else "medium",
        ("what was said over SMB is not read",) if connections else (),
        severity,
    )


def _contents(
    facts: Facts,
) -> Iterator[tuple[str, str, re.Pattern[str], Evidence, int | None]]:
    """(Server, text, pattern of a share, evidence, time) of documents and pages."""
    for document in facts.documents:
        data = document.data[: 1 << 20]
        if b"file:" in data or b"\\\\" in data or data[:64].count(0) > 8:
            content, evidence = (
                decode(data, lambda *_: None)[0],
                document_evidence(document, "the text"),
            )
            yield document.server, content, _UNC, evidence, document.first_time_ns
    for row in facts.suspects.marked("unc"):
        response = row.exchange.response
        if response is None or row.role in ("description", "scpd"):
            continue
        page = answered(row, "the page", target_of(row))
        if page is not None:
            content = decode(whole_body(response).data[:MAX_BODY], lambda *_: None)[0]
            pattern = _UNC if _DOCUMENT.search(content) else _UNC_OF_PAGE
            yield row.server, content, pattern, page, response.time_ns


def _ntlm(authorization: str) -> int:
    """The number of an NTLM message, 0 for what is none."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() not in ("ntlm", "negotiate"):
        return 0
    try:
        data = base64.b64decode(token.strip()[:16])
    except (binascii.Error, ValueError):
        return 0
    return data[8] if data.startswith(b"NTLMSSP\0") and len(data) > 8 else 0


RULES = (forced_auth,)
