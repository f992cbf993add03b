"""Hosts that pretend to be devices: answers to everything, and departures in another's name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules.discovery import (
    PRESENT,
    connections_to,
    link_or_address,
    listed,
    url_end_of,
    visits,
)
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short
from upnpscapy.protocol.memory import Memory
from upnpscapy.protocol.ssdp import parse_usn

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES", "impostors"]

CLASSES = 3
"""Unrelated kinds of devices that one UDN at one LOCATION claims to be."""

MAX_SHOWN = 16

_GATEWAY = frozenset(
    "internetgatewaydevice wandevice wanconnectiondevice landevice wlanaccesspointdevice".split()
)
_MEDIA = frozenset("mediaserver mediarenderer mediacenter".split())
_STANDARD = ("upnp:", "ssdp:", "uuid:", "urn:")


@rule(
    "evil-ssdp-responder",
    "HIGH",
    "A host answers searches for everything as one device",
    reference="initstring/evil-ssdp",
    technique="T1557",
)
def responder(facts: Facts) -> Iterator[Claim]:
    """Responses of one UDN with one LOCATION to searches for at least three unrelated things.

    Unrelated are kinds of devices, of which a device has one (those of a gateway count as one,
    and those of media), and targets of no standard form that it does not announce by itself.
    Where its description was captured, at least two of them must not be in it. Or responses with
    the print of evil-ssdp: SERVER `UPnP/1.0` and nothing else, 01-NLS equal to its UUID, BOOTID
    0, CONFIGID 1. The path `/ssdp/device-desc.xml` is no sign, Chromecasts have it. Daemons that
    answer for several services have several UDNs, and answers to `ssdp:all` name the kinds of one
    device.
    """
    for responses, note in facts.once(impostors):
        first = responses[0]
        end = url_end_of(first.ssdp.location or "")
        effects: tuple[Evidence, ...] = ()
        missing: tuple[str, ...] = ()
        if end is not None:
            attempts = connections_to(facts, end, first.first_ns, besides=(first.src,))
            effects = visits(attempts, "a connection to its LOCATION")
            missing = () if effects else (f"no connection to {end} in the capture",)
        yield Claim(
            first.src,
            note,
            "effect" if effects else "attempted",
            (
                *(
                    seen.evidence("the response", f"ST: {seen.ssdp.st}")
                    for seen in responses[:MAX_SHOWN]
                ),
                *effects,
            ),
            "high",
            missing,
        )


def impostors(facts: Facts) -> list[tuple[list[Seen], str]]:
    """(Responses, note) of each UDN and LOCATION that is no one device."""
    return list(_impostors(facts))


def _impostors(facts: Facts) -> Iterator[tuple[list[Seen], str]]:
    groups: dict[tuple[str, str, str], list[Seen]] = {}
    announced: dict[str, set[str]] = {}
    for seen in facts.messages.of_kind("alive"):
        announced.setdefault(seen.src, set()).add((seen.ssdp.nt or "").lower())
    for seen in facts.messages.of_kind("response"):
        ssdp = seen.ssdp
        if ssdp.st is not None and ssdp.udn is not None and ssdp.location is not None:
            groups.setdefault((seen.src, ssdp.udn.lower(), ssdp.location), []).append(seen)
    described = _described(facts) if groups else {}
    for (source, udn, location), responses in groups.items():
        own = announced.get(source, set())
        listed_types = described.get(location, set())
        classes: dict[str, Seen] = {}
        for seen in responses:
            kind = _class_of(seen.ssdp.st or "", own)
            if kind is not None:
                classes.setdefault(kind, seen)
        marked = next((seen for seen in responses if _has_print(seen)), None)
        if len(classes) >= CLASSES and len(classes.keys() - listed_types) >= CLASSES - 1:
            note = (
                f"{source} answers as {short(udn)} at {short(location)} to searches for"
                f" {listed(str(seen.ssdp.st) for seen in classes.values())}"
            )
            if listed_types:
                note += f"; its description has only {listed(sorted(listed_types))}"
            if marked is not None:
                note += "; the header fields are those of evil-ssdp"
            yield list(classes.values()), f"{note}."
        elif marked is not None:
            note = "the header fields of its responses are those of evil-ssdp"
            yield (
                [marked, *(seen for seen in responses if seen is not marked)],
                f"{source}: {note}.",
            )


@rule(
    "ssdp-byebye-spoof",
    "MEDIUM",
    "Departure in the name of another's device",
    technique="T1499",
)
def byebye_spoof(facts: Facts) -> Iterator[Claim]:
    """ssdp:byebye for a UDN, from a link address that never announced it, after another one did.

    HIGH for an Internet gateway: who takes its place sees the mappings. Devices that say byebye
    before their first alive, or get another address, do so from their own link address. Range
    extenders that change link addresses look the same; then the IP address is the device's.
    """
    for udn, messages in facts.messages.of_devices.items():
        if len({link_or_address(seen) for seen in messages}) > 1:
            yield from _spoofed(udn, messages)


def _spoofed(udn: str, messages: list[Seen]) -> Iterator[Claim]:
    """A claim for each sender of a byebye that is none of the device's own."""
    owners: dict[str, Seen] = {}
    for seen in messages:
        if seen.kind in PRESENT:
            owners.setdefault(link_or_address(seen), seen)
    found: dict[str, list[Seen]] = {}
    for seen in messages:
        sender = link_or_address(seen)
        if seen.kind != "byebye" or sender in owners:
            continue
        if any(_is_before(owner, seen) for owner in owners.values()):
            found.setdefault(sender, []).append(seen)
    for sender, byebyes in found.items():
        owner = next(iter(owners.values()))
        same_address = byebyes[0].src in {seen.src for seen in owners.values()}
        note = (
            f"{byebyes[0].src} ({sender}) said byebye for {short(udn)}, which"
            f" {listed(f'{seen.src} ({link})' for link, seen in owners.items())} announced"
        )
        evidence = [owner.evidence("the device", owner.ssdp.usn)]
        evidence += [one.evidence("the byebye", one.ssdp.usn) for one in byebyes[:8]]
        later = next((seen for seen in messages if _goes_on(seen, byebyes[0])), None)
        if later is not None:
            note += "; the device went on announcing itself, so that it had not left"
            evidence.append(later.evidence("the device, later", later.ssdp.usn))
        if same_address:
            note += "; the IP address is the device's: forged, or passed on by an extender"
        yield Claim(
            owner.src,
            f"{note}.",
            "attempted",
            tuple(evidence),
            "low" if same_address else "high" if later is not None else "medium",
            () if later is not None else ("whether the device had left",),
            "HIGH" if any(is_gateway(seen.ssdp.target) for seen in messages) else None,
        )


def is_gateway(target: str | None) -> bool:
    """Whether a search target is an Internet gateway's."""
    return _GATEWAYS[target or ""]


def _is_gateway(target: str) -> bool:
    name = target.lower()
    return name.startswith("urn:") and (
        ":internetgatewaydevice:" in name
        or ":wanipconnection:" in name
        or ":wanpppconnection:" in name
        or ":wandevice:" in name
        or ":wanconnectiondevice:" in name
    )


_GATEWAYS = Memory(_is_gateway, len, limit=128, entries=1024)


def _class_of(st: str, own: set[str]) -> str | None:
    """What a search target wants, None for what any device may answer."""
    lowered = st.strip().lower()
    parts = lowered.split(":")
    if lowered.startswith("urn:") and len(parts) > 3:
        if parts[2] != "device":
            return None  # a device has any number of services
        name = parts[3]
        return "gateway" if name in _GATEWAY else "media" if name in _MEDIA else name
    if lowered.startswith(_STANDARD) or lowered in own:
        return None
    return lowered[:128]


def _described(facts: Facts) -> dict[str, set[str]]:
    """LOCATION → the kinds of devices in its description."""
    found: dict[str, set[str]] = {}
    for document in facts.documents:
        if document.description is not None and document.url is not None:
            kinds = {
                kind
                for device in document.description.devices
                if (kind := _class_of(device.device_type or "", set())) is not None
            }
            found.setdefault(document.url, set()).update(kinds)
    return found


def _has_print(seen: Seen) -> bool:
    ssdp = seen.ssdp
    if ssdp.server != "UPnP/1.0" or ssdp.boot_id != 0 or ssdp.config_id != 1:
        return False
    token = ssdp.message.headers.get("01-nls") or b""
    uuid = (parse_usn(ssdp.usn or "")[0] or "").lower().removeprefix("uuid:")
    return bool(uuid) and token.decode("latin-1").strip().strip('"').lower() == uuid


def _is_before(one: Seen, other: Seen) -> bool:
    return (one.frames.first or 0) < (other.frames.first or 0)


def _goes_on(seen: Seen, byebye: Seen) -> bool:
    return seen.kind in ("alive", "response") and seen.frames.last > (byebye.frames.first or 0)


RULES = (responder, byebye_spoof)
