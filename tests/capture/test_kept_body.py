"""Bodies are kept from their begin on, as far as there is room, and give all of it back."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.capture import kept_body
from upnpscapy.capture.budget import Budget
from upnpscapy.capture.kept_body import KeptBody

PIECES = st.lists(st.binary(max_size=40), max_size=12)


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_body, "MAX_BODY", 100)
        patch.setattr(kept_body, "MAX_MEDIA_BODY", 10)
        yield


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30), PIECES), max_size=4))
def test_what_is_kept_is_the_beginning(bodies: list[tuple[bool, int, list[bytes]]]) -> None:
    budget = Budget(150)
    kept = KeptBody(budget)
    for is_media, head, pieces in bodies:
        before = budget.left
        granted = kept.take(head)
        assert granted == head
        kept.give_back()
        kept.begin(is_media=is_media)
        for piece in pieces:
            kept.keep(piece)
            assert budget.left == before - kept.size
        size, whole = kept.size, b"".join(pieces)
        assert kept.end() == whole[: min(10 if is_media else 100, before)]
        assert size <= len(whole)
        kept.give_back()
        assert (budget.left, kept.size) == (before, 0)


def test_what_there_was_no_room_for_leaves_no_hole() -> None:
    budget = Budget(10)
    kept, other = KeptBody(budget), KeptBody(budget)
    assert other.take(4) == 4
    kept.begin(is_media=False)
    kept.keep(b"12345678")
    other.give_back()
    kept.keep(b"9")
    assert (kept.end(), budget.refused) == (b"123456", 2)
