"""A listing without remote hosts is not another mapping: miniupnpd for nftables has no others."""

from __future__ import annotations

from tests.forensics.mapping_calls import ADD, KEY, OTHER, granted, ledger, listed

REMOTE = {"NewRemoteHost": "203.0.113.9"}


def states(*calls: object) -> list[tuple[str | None, str]]:
    rows = ledger(*calls).mappings  # type: ignore[arg-type]
    return [(row.terms.remote_host, row.state) for row in rows]


NARROW = granted("AddPortMapping", 1, ADD | REMOTE)


def test_listed_for_anyone_it_is_the_one_for_a_remote_host() -> None:
    assert states(NARROW, listed(5)) == [("203.0.113.9", "open")]
    deleted = granted("DeletePortMapping", 9, KEY | REMOTE)
    assert states(NARROW, listed(5), deleted) == [("203.0.113.9", "deleted")]


def test_listed_for_another_client_or_port_it_is_another() -> None:
    for other in ({"NewInternalClient": OTHER}, {"NewInternalPort": "80"}):
        assert states(NARROW, listed(5, **other)) == [("203.0.113.9", "open"), ("", "observed")]


def test_one_for_anyone_that_was_added_too_is_the_one_that_is_listed() -> None:
    both = [NARROW, granted("AddPortMapping", 3, ADD)]
    rows = ledger(*both, listed(5)).mappings
    assert [(row.terms.remote_host, row.state) for row in rows] == [
        ("203.0.113.9", "open"),
        ("", "open"),
    ]
    assert 5 not in rows[0].frames
    assert 5 in rows[1].frames


def test_after_its_deletion_a_listing_is_of_another() -> None:
    deleted = granted("DeletePortMapping", 3, KEY | REMOTE)
    assert states(NARROW, deleted, listed(5)) == [("203.0.113.9", "deleted"), ("", "observed")]
