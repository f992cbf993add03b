"""Discovery and control that reach beyond the local network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import Claim, Evidence, Outcome, Severity
from upnpscapy.forensics.rules.discovery import (
    PRESENT,
    SSDP_MSEARCH,
    Outside,
    listed,
    search_evidence,
)
from upnpscapy.forensics.rules.evidence import (
    Row,
    answer_of,
    answered,
    asked,
    missing_of,
    outcome_of,
)
from upnpscapy.forensics.rules.requests import method_of, requests_of
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.protocol.address_class import address_class

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES"]

MAX_SHOWN = 16

_CONTROL = ("control", "subscribe")
_UPNP = ("description", "scpd", *_CONTROL)


@rule(
    "ssdp-wan-exposed",
    "HIGH",
    "UPnP is reachable from outside",
    reference="US-CERT TA14-017A; VU#922681",
    technique="T1133",
)
def wan_exposed(facts: Facts) -> Iterator[Claim]:
    """A search, a fetch or a call from an address that is not local, to one device.

    LOW for the search alone, HIGH if it was answered, a description was fetched or a call was
    refused by a fault, CRITICAL if control from outside was accepted. MEDIUM in place of HIGH for
    a carrier's addresses (100.64.0.0/10), which overlay networks have too.
    Public addresses are no sign by themselves, a campus has them on its own network: the device's
    address must be a private one, or the path must show that the search was routed.
    """
    outside = Outside(facts)
    probes: dict[str, list[Seen]] = {}
    answers: dict[tuple[str, str], list[Seen]] = {}
    for seen in facts.messages.of_kind(*PRESENT):
        if seen.to_group:
            continue
        if outside.is_foreign(seen.dst) and not outside.is_foreign(seen.src):
            answers.setdefault((seen.src, seen.dst), []).append(seen)
    reached: dict[str, list[tuple[Seen, list[Seen]]]] = {}
    searched = set()
    for seen in facts.messages.of_kind("search"):
        if seen.to_group or not outside.sent(seen):
            continue
        searched.add((seen.dst, seen.src))
        found = answers.get((seen.dst, seen.src))
        if found:
            reached.setdefault(seen.dst, []).append((seen, found))
        else:
            probes.setdefault(seen.src, []).append(seen)
    yield from map(_answered_device, reached, reached.values())
    for (device, remote), messages in answers.items():
        if (device, remote) not in searched and outside.is_beyond(remote, device):
            what = messages[0].kind
            yield Claim(
                device,
                f"The device sent {remote}, which is outside, a message of kind {what}.",
                "effect",
                tuple(seen.evidence(f"the {what}") for seen in messages[:4]),
                "medium",
                (f"no search of {remote} in the capture",),
            )
    yield from _probed(probes)
    yield from _used(facts, outside)


def _answered_device(device: str, found: list[tuple[Seen, list[Seen]]]) -> Claim:
    evidence: list[Evidence] = []
    for search, messages in found[:4]:
        evidence.append(search_evidence(search))
        evidence += [seen.evidence("the response") for seen in messages[:4]]
    remotes = listed(search.src for search, _ in found)
    note = f"The device answered a search that {remotes} sent from outside."
    carrier = all(address_class(search.src) == "cgnat" for search, _ in found)
    severity: Severity = "MEDIUM" if carrier else "HIGH"
    return Claim(device, note, "effect", tuple(evidence), severity=severity)


def _probed(probes: dict[str, list[Seen]]) -> Iterator[Claim]:
    for remote, searches in probes.items():
        devices = listed(seen.dst for seen in searches)
        note = f"{remote}, which is outside, searched {devices}; nothing here was seen to answer"
        if any(seen.payload == SSDP_MSEARCH for seen in searches):
            note += "; the bytes are those of Metasploit's ssdp_msearch"
        yield Claim(
            remote,
            f"{note}.",
            "attempted",
            tuple(map(search_evidence, searches[:MAX_SHOWN])),
            "high",
            ("no response in the capture",),
            "LOW",
        )


def _used(facts: Facts, outside: Outside) -> Iterator[Claim]:
    """What is asked of devices over HTTP from outside."""
    rows: dict[tuple[str, str], list[Row]] = {}
    inside: set[tuple[bytes, bytes]] = set()
    for row in (*facts.calls, *requests_of(facts, "foreign")):
        ends = row.exchange.client_address, row.exchange.server_address
        if ends in inside:
            continue
        role = "control" if isinstance(row, CallRow) else getattr(row, "role", "")
        if role not in _UPNP or outside.is_foreign(row.server):
            continue
        if not outside.is_beyond(row.client, row.server):
            inside.add(ends)
        else:
            known = rows.setdefault((row.server, row.client), [])
            if all(row.exchange is not other.exchange for other in known[-MAX_SHOWN:]):
                known.append(row)
    for (server, client), asks in rows.items():
        accepted = [row for row in asks if outcome_of(row) == "accepted"]
        controlled = [row for row in accepted if _is_control(row)]
        reached = accepted or [row for row in asks if isinstance(row, CallRow) and row.fault]
        severity: Severity = "CRITICAL" if controlled else "HIGH" if reached else "LOW"
        if severity == "HIGH" and address_class(client) == "cgnat":
            severity = "MEDIUM"
        evidence: list[Evidence] = []
        for row in (controlled or reached or asks)[:4]:
            answer = answered(row)
            evidence += (asked(row, method_of(row) or "request"), *([answer] if answer else ()))
        words = listed(f"{method_of(row)} {answer_of(row)}" for row in asks)
        note = f"{client}, which is outside, used the device over HTTP: {words}."
        missing = () if accepted else tuple({word for row in asks[:4] for word in missing_of(row)})
        outcome: Outcome = "accepted" if accepted else "attempted"
        yield Claim(server, note, outcome, tuple(evidence), "high", missing, severity)


def _is_control(row: Row) -> bool:
    return isinstance(row, CallRow) or getattr(row, "role", "") in _CONTROL


RULES = (wan_exposed,)
