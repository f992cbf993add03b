"""Keys of wireless networks: read by TR-064, guessed through WPS."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules.discovery import PRESENT
from upnpscapy.forensics.rules.evidence import Act, answered, asked, claims_of
from upnpscapy.forensics.rules.requests import calls_named, local_name
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import redacted
from upnpscapy.forensics.rules.windows import densest
from upnpscapy.protocol.memory import Memory

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

MANY_MESSAGES, MESSAGES_SECONDS = 20, 600
"""More than that many within that time are a brute force."""

_KEYS = ("wepkey", "presharedkey", "keypassphrase", "passphrase", "psk")
_READS = frozenset(("GetSecurityKeys", "GetInfo"))
_WPS = frozenset(("PutMessage", "PutWLANResponse"))
_WPS_TYPE = re.compile("wfa(?:device|wlanconfig):", re.IGNORECASE | re.ASCII)


@rule(
    "tr064-keys",
    "HIGH",
    "Keys of a wireless network read in clear text",
    reference="Snort 40783",
    technique="T1552",
)
def keys(facts: Facts) -> Iterator[Claim]:
    """GetSecurityKeys or GetInfo of WLANConfiguration, answered with a key that is not empty.

    GetSecurityKeys that is refused, or whose answer is not in the capture, is LOW.
    The maker's own app reads them too, but should do so over TLS. Keys are not shown.
    """
    yield from claims_of(_keys(facts))


def _keys(facts: Facts) -> Iterator[Act]:
    for row, call in calls_named(facts, _READS):
        if local_name(call.service_type) != "WLANConfiguration":
            continue
        found = [(name, value) for name, value in row.result or () if value and _is_key(name)]
        if found:
            shown = ", ".join(f"{name} {redacted(value)}" for name, value in found[:8])
            answer = answered(row, "the keys", shown)
            context = () if answer is None else (answer,)
            note = "keys of the wireless network came in clear text"
            yield Act(row, str(call.action), note, shown, context=context)
        elif call.action == "GetSecurityKeys" and not row.ok:
            yield Act(row, call.action, "keys of the wireless network were asked for", None, "LOW")


@rule(
    "tr064-exposed",
    "INFO",
    "A gateway offers TR-064 to the local network",
    reference="TR-064",
    technique="T1602.002",
)
def offered(facts: Facts) -> Iterator[Claim]:
    """A description with services of urn:dslforum-org: configuration of the whole router.

    Most want a password for what changes something.
    """
    yield from _described(facts, "dslforum-org:", "services of TR-064")


@rule(
    "wps-exposed",
    "INFO",
    "An access point offers WPS over UPnP",
    reference="Wi-Fi Simple Configuration",
    technique="T1110",
)
def wps(facts: Facts) -> Iterator[Claim]:
    """A device announced as WFADevice or with the service WFAWLANConfig.

    That is how a wireless client is let in by a host of the local network.
    """
    told: set[str] = set()
    for seen in facts.messages.of_kind(*PRESENT):
        kind = seen.ssdp.target or ""
        if _IS_WPS[kind] and seen.src not in told:
            told.add(seen.src)
            evidence = seen.evidence("the announcement", kind)
            yield Claim(seen.src, "A WFADevice is announced.", "observed", (evidence,))


@rule(
    "wps-brute-force",
    "MEDIUM",
    "Many WPS messages from one host",
    reference="Wi-Fi Simple Configuration",
    technique="T1110",
)
def guessing(facts: Facts) -> Iterator[Claim]:
    """More than 20 PutMessage or PutWLANResponse of one host to one device within 10 minutes.

    One registration takes less than that.
    """
    calls: defaultdict[tuple[str, str], list[CallRow]] = defaultdict(list)
    for row, _ in calls_named(facts, _WPS):
        calls[row.client, row.server].append(row)
    for (client, server), rows in calls.items():
        burst = densest(rows, MESSAGES_SECONDS, lambda row: row.time_ns)
        if len(burst) > MANY_MESSAGES:
            done = sum(row.ok for row in burst)
            yield Claim(
                server,
                f"{len(burst)} messages of WPS by {client} within {MESSAGES_SECONDS} s, "
                f"{done} of them accepted.",
                "accepted" if done else "attempted",
                tuple(asked(row, str(row.action)) for row in (*burst[:15], burst[-1])),
                "medium",
            )


def _described(facts: Facts, mark: str, words: str) -> Iterator[Claim]:
    """Servers with a description that has services of a kind."""
    seen: set[str] = set()
    for row in facts.services:
        kind = row.service_type or ""
        document = row.document
        if mark in kind.lower() and document.server not in seen:
            seen.add(document.server)
            evidence = Evidence.of(
                "the description",
                document.place,
                document.seen_in,
                document.first_time_ns,
                document.server,
                None,
                kind,
            )
            yield Claim(document.server, f"Its description has {words}.", "observed", (evidence,))


def _is_key(name: str) -> bool:
    lower = name.lower()
    return any(part in lower for part in _KEYS)


def _is_wps(target: str) -> bool:
    return _WPS_TYPE.search(target) is not None


_IS_WPS = Memory(_is_wps, len, limit=128, entries=1024)
"""By target; a device says the same ones all the time."""

RULES = (keys, offered, wps, guessing)
