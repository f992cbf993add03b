"""The calls whose request was seen, to be looked up by what they ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.key_index import KeyIndex
from upnpscapy.protocol.soap import Call

__all__ = ["RequestedCalls"]


class RequestedCalls:
    """Calls in an order that whatever is taken of them keeps.

    They are gone through once, as they are many and lie all over the memory.
    """

    def __init__(self, calls: Iterable[tuple[CallRow, Call]]) -> None:
        self.calls = list(calls)
        self.of_hnap: list[tuple[CallRow, Call]] = []
        self._arguments = KeyIndex(call.arguments for _, call in self.calls)
        # Their places in ``calls``.
        self._named: defaultdict[str | None, list[int]] = defaultdict(list)
        self._at_target: defaultdict[bytes, list[int]] = defaultdict(list)
        for place, requested in enumerate(self.calls):
            row, call = requested
            self._named[call.action].append(place)
            self._at_target[row.exchange.target or b""].append(place)
            if call.style == "hnap":
                self.of_hnap.append(requested)

    def named(self, actions: Iterable[str]) -> Iterator[tuple[CallRow, Call]]:
        """Those of some actions, whose names are compared as they are written."""
        return self._in_order(self._named.get(action, ()) for action in actions)

    def at(self, is_wanted: Callable[[bytes], bool]) -> Iterator[tuple[CallRow, Call]]:
        """Those whose request has a target that is wanted."""
        return self._in_order(
            places for target, places in self._at_target.items() if is_wanted(target)
        )

    def having(self, is_wanted: Callable[[str, str], bool]) -> Iterator[tuple[CallRow, Call]]:
        """Those with an argument that is wanted, by its name and its value."""
        places = self._arguments.having(lambda argument: is_wanted(*argument))
        return map(self.calls.__getitem__, places)

    def _in_order(self, groups: Iterable[Iterable[int]]) -> Iterator[tuple[CallRow, Call]]:
        return map(self.calls.__getitem__, sorted(set().union(*groups)))
