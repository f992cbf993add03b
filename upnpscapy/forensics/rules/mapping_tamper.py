"""Rules on mappings that someone else ends or takes over (C)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.rules.evidence import Act, claims_of
from upnpscapy.forensics.rules.mapping_evidence import MAX_FRAMES, MAX_ROWS, asked_of, label
from upnpscapy.forensics.rules.mappings import densest
from upnpscapy.forensics.rules.rule import rule

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

DELETED, DELETED_NS = 5, 60 * 1_000_000_000
"""More mappings of unknown owners than this, deleted in this time."""

MAX_LIVES = 64
"""Mappings of one port, the latest ones, that a refused deletion is compared with."""

NO_SUCH_ENTRY = 714


@rule(
    "mapping-tamper",
    "MEDIUM",
    "A host deleted or replaced the port mapping of another",
    reference="WANIPConnection:2",
    technique="T1565",
)
def mapping_tamper(facts: Facts) -> Iterator[Claim]:
    """Mappings that another host ended.

    A mapping that was deleted, or whose external port was taken over, by a host that had
    neither asked for it nor was its internal client; more than five mappings of unknown owners
    deleted by one host within 60 s. A deletion that the gateway refused is LOW.
    Two addresses of one link address are one host; the gateway itself and pages of
    administration tidy up like this.
    """
    unknown: dict[tuple[str, str], list[MappingRow]] = {}
    others: dict[tuple[str, str, str], list[MappingRow]] = {}
    for row in facts.mappings:
        by = row.closed_by
        if by is None or row.kind == "pinhole" or by == row.gateway:
            continue
        owners = _owners(row)
        if not owners:
            unknown.setdefault((by, row.gateway), []).append(row)
        elif not any(facts.surroundings.same_host(by, owner) for owner in owners):
            done = "deleted" if row.state == "deleted" else "replaced"
            others.setdefault((by, owners[0], done), []).append(row)
    for (by, owner, done), rows in others.items():
        labels = "; ".join(label(row) for row in rows[:4])
        more = f"; and {len(rows) - 4} more" if len(rows) > 4 else ""
        kept = rows[:MAX_ROWS]
        asked = all(row.requested_by for row in kept)
        yield Claim(
            by,
            f"{by} {done} what {owner} had: {labels}{more}.",
            "accepted",
            tuple(one for row in kept for one in (*asked_of(row), *_closing(row, done))),
            "high" if asked else "medium",
            () if asked else ("who had asked for the mapping",),
        )
    for (by, gateway), rows in unknown.items():
        count = densest([row.closed_ns for row in rows], DELETED_NS)
        if count > DELETED:
            yield Claim(
                by,
                f"{by} deleted {count} mappings of {gateway} within 60 s; whose is not known.",
                "accepted",
                tuple(one for row in rows[:MAX_ROWS] for one in _closing(row, "deleted")),
                "low",
                ("who had asked for the mappings",),
            )
    yield from claims_of(_refused_deletions(facts))


def _owners(row: MappingRow) -> list[str]:
    return [one for one in (row.requested_by, row.terms.internal_client) if one]


def _closing(row: MappingRow, done: str) -> Iterator[Evidence]:
    closed = row.closed_in
    if closed is None:
        return
    before = [frame for frame in row.seen_in if (row.opened_in or 0) < frame <= closed]
    yield Evidence.of(
        f"the request by which it was {done}, and its answer",
        row.place,
        before[-MAX_FRAMES:],
        row.closed_ns,
        row.closed_by,
        row.gateway,
        label(row),
    )


def _refused_deletions(facts: Facts) -> Iterator[Act]:
    rows: dict[tuple[str, int | None, str | None], list[MappingRow]] = {}
    for row in facts.mappings:
        if row.kind == "portmap" and row.state != "refused":
            key = row.gateway, row.terms.external_port, row.terms.protocol
            rows.setdefault(key, []).append(row)
    for call in facts.called("deleteportmapping".__eq__):
        if call.error_code is None:
            continue
        port = (call.argument("NewExternalPort") or "").strip()
        if call.error_code == NO_SUCH_ENTRY or not port.isdecimal() or len(port) > 5:
            continue
        protocol = (call.argument("NewProtocol") or "").strip().upper()
        for row in rows.get((call.server, int(port), protocol), [])[-MAX_LIVES:]:
            owners = _owners(row)
            before = (row.time_ns or 0) <= (call.time_ns or 0) <= (row.closed_ns or 1 << 63)
            if owners and before and not any(
                facts.surroundings.same_host(call.client, owner) for owner in owners
            ):  # fmt: skip
                note = f"The mapping of {owners[0]} was to be deleted"
                yield Act(call, "DeletePortMapping", note, label(row), "LOW")
                break


RULES = (mapping_tamper,)
