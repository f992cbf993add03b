"""Recorded sessions as another capture point could have seen them: the same tables.

Segments come in another order, twice, cut anew, with other numbers, without handshakes.
Two limits are of the matter itself. What happened on two connections is in the order of
their last frames; where a capture mixes these, the life of a mapping or of a subscription
cannot be told. And no segment is moved across a pause: a byte that is acknowledged and does not
come within a second is lost.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.corpus import PCAPS
from tests.forensics import resegment
from tests.forensics.resegment import Shot, apart, capture, session
from upnpscapy import analyze
from upnpscapy.forensics.exchange_row import ExchangeRow

Tables = dict[str, list[dict[str, Any]]]

TABLES = tuple(
    "exchanges calls services devices mappings external_addresses subscriptions events".split()
)
OF_FRAMES_AND_TIMES = frozenset(
    "capture frame response_frame opened_frame closed_frame frames time response_time "
    "opened_time closed_time first_time last_time".split()
)

SESSIONS = ("igd2-session.pcap", "events.pcap", "media-server.pcap", "ipv6.pcap", "refused.pcap")

WINDOW = 64
"""Segments."""


def tables(data: bytes, left_out: Iterable[str] = ()) -> Tables:
    """All tables but for frames and times."""
    rows: list[ExchangeRow] = []
    case = analyze(io.BytesIO(data), on_exchange=rows.append)
    left_out = OF_FRAMES_AND_TIMES.union(left_out)
    found: Tables = {}
    for name in TABLES:
        table = getattr(case, name)
        dicts = [table.to_dict(row) for row in (rows if name == "exchanges" else table)]
        found[name] = [
            {column: value for column, value in row.items() if column not in left_out}
            for row in dicts
        ]
    return found


@cache
def original(name: str) -> Tables:
    return tables((PCAPS / name).read_bytes())


def without_order(found: Tables, *names: str) -> dict[str, list[str]]:
    return {name: sorted(map(repr, found[name])) for name in names}


MUTATIONS: dict[str, Callable[[Sequence[Shot], Random], Iterable[Shot]]] = {
    "written again": lambda shots, random: shots,
    "a connection after the other": lambda shots, random: apart(shots),
    "cut anew": lambda shots, random: resegment.cut(shots, random, 100),
    "sent twice": lambda shots, random: resegment.doubled(shots, random, 0.5),
    "numbers wrap": resegment.shifted,
    "without handshakes": lambda shots, random: resegment.without_handshakes(shots),
    "in another order": lambda shots, random: resegment.reordered(apart(shots), random, WINDOW),
}


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutated_session_has_the_same_tables(mutation: str, name: str) -> None:
    assert original(name)["exchanges"]
    shots = MUTATIONS[mutation](session(PCAPS / name), Random(name))
    assert tables(capture(shots)) == original(name)


@pytest.mark.parametrize("name", ["events.pcap"])
def test_a_session_in_single_bytes_has_the_same_tables(name: str) -> None:
    shots = list(resegment.cut(session(PCAPS / name), Random(), 1))
    assert max(len(shot.segment.payload) for shot in shots if shot.segment) == 1
    assert tables(capture(shots)) == original(name)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(SESSIONS),
    st.integers(0, 2**32),
    st.none() | st.integers(20, 1500),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.booleans(),
    st.booleans(),
    st.integers(1, WINDOW),
)
def test_mutations_together_have_the_same_tables(
    name: str,
    seed: int,
    longest: int | None,
    share: float,
    handshakes: bool,
    wrap: bool,
    window: int,
) -> None:
    random = Random(seed)
    shots = apart(session(PCAPS / name))
    if wrap:
        shots = resegment.shifted(shots, random)
    if not handshakes:
        shots = list(resegment.without_handshakes(shots))
    if longest is not None:
        shots = list(resegment.cut(shots, random, longest))
    shots = resegment.doubled(shots, random, share)
    assert tables(capture(resegment.reordered(shots, random, window))) == original(name)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(SESSIONS), st.integers(0, 2**32), st.integers(1, WINDOW))
def test_mixed_connections_have_the_same_rows(name: str, seed: int, window: int) -> None:
    """But for what depends on the order of exchanges on different connections."""
    shots = resegment.mixed(session(PCAPS / name), Random(seed), window)
    names = "exchanges", "calls", "services", "external_addresses", "events"
    found = tables(capture(shots))
    assert without_order(found, *names) == without_order(original(name), *names)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_over_ipv6_has_the_same_exchanges(name: str) -> None:
    """What they say of addresses is still of IPv4, so only they are compared."""
    of_addresses = "client", "server", "publisher", "subscriber", "filter"
    shots = list(resegment.as_ipv6(session(PCAPS / name)))
    assert all(len(shot.segment.source) == 16 for shot in shots if shot.segment)
    found = tables(capture(shots), of_addresses)["exchanges"]
    assert found == tables((PCAPS / name).read_bytes(), of_addresses)["exchanges"]
