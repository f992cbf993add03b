"""The calls whose request was seen, to be looked up by what they ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.protocol.soap import Call

__all__ = ["RequestedCalls"]


class RequestedCalls:
    """Calls in an order that whatever is taken of them keeps."""

    def __init__(self, calls: Iterable[tuple[CallRow, Call]]) -> None:
        self.calls = list(calls)
        self.of_hnap: list[tuple[CallRow, Call]] = []
        self._named: defaultdict[str | None, list[int]] = defaultdict(list)
        """Their places in ``calls``, by action."""
        for place, requested in enumerate(self.calls):
            call = requested[1]
            self._named[call.action].append(place)
            if call.style == "hnap":
                self.of_hnap.append(requested)

    def named(self, actions: Iterable[str]) -> Iterator[tuple[CallRow, Call]]:
        """Those of some actions, whose names are compared as they are written."""
        places = [place for action in actions for place in self._named.get(action, ())]
        places.sort()
        return map(self.calls.__getitem__, places)
