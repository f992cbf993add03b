"""An index finds what looking at every row finds, whether all of the keys have room or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.forensics import key_index
from upnpscapy.forensics.key_index import KeyIndex

ROWS = st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=20)


@given(ROWS, st.sets(st.integers(0, 9)), st.integers(0, 12))
def test_rows_with_a_wanted_key(rows: list[list[int]], wanted: set[int], room: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_index, "MAX_KEYS", room)
        found = KeyIndex(rows).having(wanted.__contains__)
    assert found == [place for place, keys in enumerate(rows) if not wanted.isdisjoint(keys)]


def test_equal_keys_are_asked_about_once() -> None:
    asked: list[str] = []

    def is_wanted(key: str) -> bool:
        asked.append(key)
        return key == "b"

    assert KeyIndex([["a", "b"], ["b", "a"], ["a"]]).having(is_wanted) == [0, 1]
    assert asked == ["a", "b"]


def test_keys_that_are_all_different_take_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_index, "MAX_KEYS", 100)
    index = KeyIndex([range(10 * row, 10 * row + 10) for row in range(1000)])
    assert len(index._places) <= 110
    assert index.having({5, 9_995}.__contains__) == [0, 999]
