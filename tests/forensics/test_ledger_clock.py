"""Gateways count leases in whole seconds, so a mapping may be gone a little before its end.

miniupnpd gave a port to another client up to half a second before the lease as captured was over.
"""

from __future__ import annotations

import pytest

from tests.forensics.mapping_calls import (
    ADD,
    KEY,
    OTHER,
    SECOND,
    Said,
    add,
    granted,
    ledger,
    listed,
    refused,
)

LEASE_ENDS = 3602
"""Of a mapping added at 1, granted at 2."""


def taken(at: float) -> Said:
    return granted("AddPortMapping", at, ADD | {"NewInternalClient": OTHER})


def seen_taken(at: float) -> Said:
    return listed(at, NewInternalClient=OTHER)


def not_found(at: float) -> Said:
    return refused("GetSpecificPortMappingEntry", at, KEY, 714)


# Answers come a second after their questions.
@pytest.mark.parametrize(
    ("answer", "state", "closed"),
    [
        (taken(LEASE_ENDS - 2.0), "replaced", LEASE_ENDS - 1.0),
        (taken(LEASE_ENDS - 1.5), "expired", LEASE_ENDS - 0.5),
        (taken(LEASE_ENDS + 9.0), "expired", LEASE_ENDS),
        (seen_taken(LEASE_ENDS - 2.0), "replaced", LEASE_ENDS - 1.0),
        (seen_taken(LEASE_ENDS - 1.5), "expired", LEASE_ENDS - 0.5),
        (not_found(LEASE_ENDS - 2.0), "deleted", LEASE_ENDS - 1.0),
        (not_found(LEASE_ENDS - 1.5), "expired", LEASE_ENDS - 0.5),
    ],
)
def test_mapping_gone_in_its_last_second_has_expired(
    answer: Said, state: str, closed: float
) -> None:
    row = ledger(add(1), answer, end=LEASE_ENDS + 20).mappings[0]
    assert (row.state, row.closed_ns) == (state, int(closed * SECOND))
    assert (row.closed_in is None) == (state == "expired")


def test_mapping_in_its_last_second_is_open_while_nothing_says_otherwise() -> None:
    assert ledger(add(1), end=LEASE_ENDS - 0.5).mappings[0].state == "open"
