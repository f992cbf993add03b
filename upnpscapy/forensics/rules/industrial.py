"""UPnP where machines are controlled: it has no use there, and opens what should be shut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim
from upnpscapy.forensics.rules.discovery import listed
from upnpscapy.forensics.rules.evidence import connected
from upnpscapy.forensics.rules.rule import rule

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.connections import Attempt
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES"]

PROTOCOLS = {102: "S7", 502: "Modbus", 4712: "C37.118", 20000: "DNP3", 48898: "ADS"}
"""TCP port → the protocol of controllers and measuring devices that is at home there."""

MAX_CONTROLLERS = 4
"""Connections to controllers that are evidence of one claim."""

MAX_NAMED = 3
"""Controllers that a note names."""


@rule(
    "upnp-in-sensitive-segment",
    "LOW",
    "UPnP beside industrial controllers",
    technique="T1046",
    since="0.3.0",
)
def beside_controllers(facts: Facts) -> Iterator[Claim]:
    """A host that searches or announces itself, in a local network with industrial controllers.

    A controller is a local host that answers at a port of Modbus (502), S7 (102), DNP3 (20000),
    ADS (48898) or C37.118 (4712). The port alone speaks for the protocol, so that confidence is
    low: other programs have these ports too. Connections that are older than the capture do not
    show, and a capture of several networks may have both without their being neighbours.
    """
    found = _controllers(facts) if len(facts.messages) else []
    if not found:
        return
    hosts = listed((f"{one.destination} ({PROTOCOLS[one.dport]})" for one in found), MAX_NAMED)
    evidence = [
        connected(one, f"a connection of {PROTOCOLS[one.dport]}") for one in found[:MAX_CONTROLLERS]
    ]
    ends = {end for one in found for end in (one.source, one.destination)}
    for seen in _speakers(facts):
        what = "searches for UPnP" if seen.kind == "search" else "offers UPnP"
        also = ", with which it talks itself" if seen.src in ends else ""
        yield Claim(
            seen.src,
            f"{seen.src} {what} in a network with {hosts}{also}.",
            "observed",
            (seen.evidence("the message", seen.ssdp.target), *evidence),
            "low",
            ("whether what is said at these ports is their protocol",),
        )


def _controllers(facts: Facts) -> list[Attempt]:
    """An answered connection to each port of each controller, the first."""
    found: dict[tuple[str, int], Attempt] = {}
    for one in facts.connections.at_ports(PROTOCOLS):
        if one.answered and facts.surroundings.is_local(one.destination):
            found.setdefault((one.destination, one.dport), one)
    return list(found.values())


def _speakers(facts: Facts) -> list[Seen]:
    """The first message of each local host that speaks of devices."""
    around = facts.surroundings
    found: dict[str, Seen] = {}
    for seen in facts.messages.of_kind("search", "alive", "response", "update"):
        source = seen.src
        if source in found or not around.is_local(source):
            continue
        if around.on_link(source) is not False:
            found[source] = seen
    return list(found.values())


RULES = (beside_controllers,)
