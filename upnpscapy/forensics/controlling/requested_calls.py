"""The calls whose request was seen, to be looked up by what they ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.protocol.soap import Call

__all__ = ["RequestedCalls"]


class RequestedCalls:
    """Calls in an order that whatever is taken of them keeps.

    They are gone through once, as they are many and lie all over the memory.
    """

    def __init__(self, calls: Iterable[tuple[CallRow, Call]]) -> None:
        self.calls = list(calls)
        self.of_hnap: list[tuple[CallRow, Call]] = []
        # Their places in ``calls``.
        self._named: defaultdict[str | None, list[int]] = defaultdict(list)
        self._having: defaultdict[str, list[int]] = defaultdict(list)
        self._with_markup: list[int] = []
        for place, requested in enumerate(self.calls):
            call = requested[1]
            self._named[call.action].append(place)
            if call.style == "hnap":
                self.of_hnap.append(requested)
            for name, value in call.arguments:
                self._having[name].append(place)
                if "<" in value:
                    self._with_markup.append(place)

    def named(self, actions: Iterable[str]) -> Iterator[tuple[CallRow, Call]]:
        """Those of some actions, whose names are compared as they are written."""
        return self._at([place for action in actions for place in self._named.get(action, ())])

    def having(
        self, is_wanted: Callable[[str], bool], *, or_markup: bool = False
    ) -> Iterator[tuple[CallRow, Call]]:
        """Those with an argument whose name is wanted, or that may hold more in its value."""
        wanted = [places for name, places in self._having.items() if is_wanted(name)]
        found = [place for places in wanted for place in places]
        return self._at(found + self._with_markup if or_markup else found)

    def _at(self, places: Iterable[int]) -> Iterator[tuple[CallRow, Call]]:
        return map(self.calls.__getitem__, sorted(set(places)))
