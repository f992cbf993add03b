"""Discovery as a weapon: answers to searches in a victim's name, and the flood that it gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Confidence, Evidence, Severity
from upnpscapy.forensics.rules.discovery import Outside, listed
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.protocol.ssdp_values import PORT

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.peak import Peak
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES"]

REQUESTS = 20
"""Searches in one address's name, in 60 s."""

RESPONSES, FACTOR = 50, 5.0
"""Responses to one address in 60 s, and how much more they are than the searches (BAF)."""

UNSOLICITED, SOURCES = 50, 10
"""Responses to one host in 10 s, and their senders."""

DIFFRACTED = 24
"""Responses from other ports than 1900 in 10 s."""

BEFORE_NS = 10_000_000_000
"""What must have been captured before, to say that nobody searched."""

MAX_DEVICES = 64
"""Devices that are named for answering from another port."""


@rule(
    "ssdp-reflector",
    "HIGH",
    "Devices here answer searches in a victim's name",
    reference="US-CERT TA14-017A",
    technique="T1498.002",
)
def reflector(facts: Facts) -> Iterator[Claim]:
    """Devices of the local network answer many unicast searches of an address outside.

    That is 20 searches in its name within 60 s, or 50 responses of five times their bytes (BAF).
    The address is the victim's if it is forged, and the scanner's own if it is not: who sends
    many searches in a minute without ever asking for a description is after the bytes.
    A proxy of searches, as between VLANs, has a local address and is no case of this.
    A single answer is `ssdp-wan-exposed`.
    """
    outside = Outside(facts)
    for peak in facts.rates.of_kind("reflection"):
        victim = peak.subject
        if not peak.responses or not outside.is_beyond(victim, peak.destination):
            continue
        factor = peak.bytes_out / max(1, peak.bytes_in)
        if peak.count < REQUESTS and not (peak.responses >= RESPONSES and factor >= FACTOR):
            continue
        connected = [
            attempt
            for attempt in facts.connections.by(victim)
            if attempt.destination == peak.destination
        ]
        note = (
            f"{peak.count} searches in {peak.window_seconds} s in the name of {victim} were"
            f" answered with {peak.responses} responses: {peak.bytes_in} bytes of UDP payload"
            f" became {peak.bytes_out}, {factor:.1f} times as much (BAF), and"
            f" {peak.responses / peak.count:.1f} times as many packets"
        )
        if connected:
            note += f"; {victim} connected to the device too, so that the address is its own"
        else:
            note += f"; {victim} connected to nobody here, as one would who wanted to know a device"
        evidence = [
            peak.evidence("the searches"),
            Evidence.of(
                *("the responses", peak.place, peak.response_frames, peak.first_ns),
                *(peak.destination, victim, f"{peak.responses} responses"),
            ),
        ]
        confidence: Confidence = "medium" if connected else "high"
        yield Claim(victim, f"{note}.", "effect", tuple(evidence), confidence)
    for peak in facts.rates.of_kind("response-in"):
        sender = next(iter(peak.sources))
        if peak.count >= RESPONSES and outside.is_beyond(peak.subject, sender):
            note = (
                f"{peak.count} responses of {listed(peak.sources)} went to {peak.subject} within"
                f" {peak.window_seconds} s: {peak.bytes_in} bytes of UDP payload"
            )
            missing = (f"no searches of {peak.subject} in the capture",)
            yield Claim(
                *(peak.subject, f"{note}.", "effect", (peak.evidence("the responses"),)),
                *("medium", missing),
            )


@rule(
    "ssdp-amplification-victim",
    "HIGH",
    "Flood of responses that nobody asked for",
    reference="US-CERT TA14-017A",
    technique="T1498.002",
)
def victim(facts: Facts) -> Iterator[Claim]:
    """At least 50 responses within 10 s, of at least 10 senders, to a host that had not searched.

    It had not from that port, in the half minute before. LOW if most senders are local,
    as a search that was not captured is likely then.
    A search may lie before the capture, or have left by another way: where the flood begins in
    the capture's first 10 s, or the senders are local, that is said, and the confidence is less.
    """
    outside = Outside(facts)
    for peak in facts.rates.of_kind("response-in"):
        if peak.count < UNSOLICITED or len(peak.sources) < SOURCES:
            continue
        flood = _Flood(facts, outside, peak)
        if outside.is_foreign(peak.subject) and not flood.foreign:
            continue  # what goes out is the reflector's
        if flood.foreign or flood.covered:
            yield flood.claim("HIGH" if flood.foreign else "LOW")


@rule(
    "ssdp-diffraction",
    "INFO",
    "Responses from another port than 1900",
    reference="Netscout ASERT: SSDP diffraction",
    technique="T1498.002",
)
def diffraction(facts: Facts) -> Iterator[Claim]:
    """Devices that answer searches from another port than 1900, as filters do not expect.

    INFO, as much equipment does. HIGH for 24 such responses within 10 s that nobody had searched
    for, if most senders are outside or there are at least 10.
    """
    outside = Outside(facts)
    flooded = set()
    for peak in facts.rates.of_kind("response-in"):
        if peak.ephemeral < DIFFRACTED:
            continue
        flood = _Flood(facts, outside, peak)
        if flood.foreign or (flood.covered and len(peak.sources) >= SOURCES):
            flooded.add(peak.subject)
            yield flood.claim("HIGH")
    by_device: dict[str, list[Seen]] = {}
    for seen in facts.messages.of_kind("response"):
        sent = seen.sighting
        if sent.sport == PORT or sent.dport == PORT or sent.dst in flooded:
            continue
        if seen.src in by_device or len(by_device) < MAX_DEVICES:
            by_device.setdefault(seen.src, []).append(seen)
    for device, responses in by_device.items():
        port = responses[0].sighting.sport
        yield Claim(
            device,
            f"The device answers searches from port {port}, not from {PORT}.",
            "observed",
            tuple(seen.evidence("a response", seen.sighting.sport) for seen in responses[:4]),
        )


class _Flood:
    """Unsolicited responses to one host."""

    def __init__(self, facts: Facts, outside: Outside, peak: Peak) -> None:
        self.peak = peak
        self.sources = list(peak.sources)
        foreign = [source for source in self.sources if outside.is_foreign(source)]
        self.foreign = 2 * len(foreign) > len(self.sources)
        """Whether most senders are outside: no search of one's own reaches them."""
        self.covered = facts.start_ns is not None and peak.first_ns - facts.start_ns >= BEFORE_NS
        """Whether a search would be in the capture."""

    def claim(self, severity: Severity) -> Claim:
        peak = self.peak
        seconds = max(0.25, (peak.last_ns - peak.first_ns) / 1e9)
        note = (
            f"{peak.count} responses of {len(self.sources)} senders came within"
            f" {peak.window_seconds} s, and the host had not searched from that port:"
            f" {peak.count / seconds:.0f} packets and {8 * peak.bytes_in / seconds / 1000:.0f}"
            f" kbit of UDP payload in a second, from {listed(self.sources)}"
        )
        if peak.ephemeral:
            note += f"; {peak.ephemeral} came from other ports than {PORT} (diffraction)"
        missing = []
        confidence: Confidence = "high"
        if not self.foreign:
            confidence = "low"
            note += "; the senders are local, and the search may have left by another interface"
        if not self.covered:
            confidence = "medium" if self.foreign else "low"
            missing.append("the 10 s before the flood, in which the host may have searched")
        evidence = (peak.evidence("the responses", listed(self.sources, 20)),)
        return Claim(
            peak.subject, f"{note}.", "effect", evidence, confidence, tuple(missing), severity
        )


RULES = (reflector, victim, diffraction)
