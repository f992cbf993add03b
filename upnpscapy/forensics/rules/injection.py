"""Discovery messages that carry commands, or data that is not theirs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from math import log2
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Evidence, Outcome
from upnpscapy.forensics.rules.discovery import listed
from upnpscapy.forensics.rules.evidence import connected
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import COMMAND, hosts_in, is_address, short
from upnpscapy.protocol.httpu import Header, text

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.connections import Attempt
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES"]

MAX_SHOWN = 8

COVERT_LENGTH, COVERT_VALUES, COVERT_BITS = 64, 8, 3.5
"""Characters of a value that may carry data, distinct ones of a sender, bits in a character."""

_SUBSTITUTION = re.compile(rb"`|\$\(|\$\{IFS\}")
_PLAIN_FIELDS = frozenset(
    b"st nt nts usn location host man mx cache-control ext bootid.upnp.org configid.upnp.org "
    b"nextbootid.upnp.org searchport.upnp.org".split()
)
"""Fields in which no ordinary text can be; friendly names have any character."""
_IN_TEXT = re.compile(
    r"(?:`|\$\()\s{0,8}(?:/[\w/]{0,32}/)?(?:wget|curl|tftp|busybox|telnetd|rm|sh|nc|echo|id)\b"
    r"|[;|&]\s{0,8}(?:/[\w/]{0,32}/)?(?:wget|curl|tftp|busybox|telnetd)\b"
)
"""What in a friendly name, too, is a command: ``Tom & echo`` is none."""
_ORDINARY = bytes(byte for byte in range(256) if byte not in b"`;|&$\n")
"""Nothing of the above is in a value of these alone."""
_DATA = re.compile(r"[A-Za-z0-9+/=_-]{64,}\Z")
_KNOWN = frozenset(b"server user-agent location securelocation.upnp.org date".split())


@rule(
    "ssdp-cmd-injection",
    "CRITICAL",
    "Shell command in a discovery message",
    reference="CVE-2019-20215",
    technique="T1059.004",
)
def injection(facts: Facts) -> Iterator[Claim]:
    """Backticks or `$(` in a field of the protocol, or a separator and a command in any field.

    Firmware of D-Link hands ST to a shell. A `;` alone is in some vendors' targets, and a backtick
    may be in a friendly name: in fields of vendors it takes the name of a command too.
    """
    groups: dict[tuple[str, str, str], list[tuple[Seen, str]]] = {}
    for seen, header in facts.messages.with_field(_has_command):
        name = text(header.name)[:32].upper()
        groups.setdefault((seen.src, seen.dst, name), []).append((seen, text(header.value)))
    for (source, destination, name), found in groups.items():
        seen = found[0][0]
        effects, unseen = _effects(facts, seen, found[0][1])
        every = seen.to_group
        note = f"{source} sent {'all' if every else destination} a command in {name}"
        if effects:
            note += "; a connection to a host that it names followed"
        outcome: Outcome = "effect" if effects else "attempted"
        evidence = [one.evidence("the message", f"{name}: {value}") for one, value in found]
        yield Claim(
            source if every else destination,
            f"{note}: {short(found[0][1])}.",
            outcome,
            (*evidence[:MAX_SHOWN], *effects),
            "high",
            unseen,
        )


@rule("ssdp-covert", "LOW", "Discovery messages that may carry data", technique="T1048.003")
def covert(facts: Facts) -> Iterator[Claim]:
    """One field of one sender with eight distinct values of 64 or more characters of Base64.

    A heuristic: tokens of vendors change too, though seldom and rarely are so long.
    """
    values: dict[tuple[str, str], dict[str, Seen]] = {}
    for seen, header in facts.messages.with_field(lambda header: _data_in(header) is not None):
        distinct = values.setdefault((seen.src, text(header.key)[:64]), {})
        distinct.setdefault(_data_in(header) or "", seen)
    for (source, name), distinct in values.items():
        bits = [_entropy(value) for value in distinct]
        if len(distinct) < COVERT_VALUES or sum(bits) / len(bits) < COVERT_BITS:
            continue
        first = list(distinct.items())[:MAX_SHOWN]
        note = (
            f"{name.upper()} of {source} had {len(distinct)} distinct values of {COVERT_LENGTH}"
            f" characters or more, with {sum(bits) / len(bits):.1f} bits in a character:"
            f" {listed((short(value) for value, _ in first), 2)}"
        )
        evidence = tuple(seen.evidence("the message", value) for value, seen in first)
        yield Claim(source, f"{note}.", "observed", evidence, "low")


def _has_command(header: Header) -> bool:
    if not header.value.translate(None, _ORDINARY):
        return False
    value = text(header.value)
    if header.key not in _PLAIN_FIELDS:
        return _IN_TEXT.search(value) is not None
    return (_SUBSTITUTION.search(header.value) or COMMAND.search(value)) is not None


def _data_in(header: Header) -> str | None:
    """A value that may be encoded data, as words of the protocol before it are not."""
    if len(header.value) < COVERT_LENGTH or header.key in _KNOWN:
        return None
    value = text(header.value).rpartition(":")[2].strip()
    return value if _DATA.match(value) else None


def _effects(facts: Facts, seen: Seen, value: str) -> tuple[tuple[Evidence, ...], tuple[str, ...]]:
    """Connections to hosts that a command names, by those who got it, and what was not seen."""
    device = None if seen.to_group else seen.dst
    found: list[Evidence] = []
    unseen: list[str] = []
    for host in hosts_in(value):
        known = [host] if is_address(host) else [one.address for one in facts.names.of(host)]
        attempts: list[Attempt] = [
            attempt
            for address in known
            for attempt in facts.connections.to(address, source=device, after_ns=seen.first_ns)
            if attempt.source not in (seen.src, address)
        ]
        found += [connected(one, f"a connection to {host}") for one in attempts[:4]]
        if not attempts:
            unseen.append(f"no connection to {host} in the capture")
    return tuple(found[:4]), tuple(unseen) or (() if found else ("whether a device ran it",))


def _entropy(value: str) -> float:
    """Bits in a character."""
    counts = Counter(value)
    return -sum(count / len(value) * log2(count / len(value)) for count in counts.values())


RULES = (injection, covert)
