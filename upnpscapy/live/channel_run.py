"""What is iterated while a channel is open for it: a search, or who listens."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

from upnpscapy.closing import Closing
from upnpscapy.live.recorder import Recorder
from upnpscapy.live.transport import Channel, Plan
from upnpscapy.tree import Shown, Tree, card

__all__ = ["ChannelRun"]

Step = TypeVar("Step")


class ChannelRun(Shown, Closing, Generic[Step]):
    """Opens its channel with the first step, and closes it after the last."""

    def __init__(self, plan: Plan, record: str | Path | Recorder | None) -> None:
        self.problems: list[str] = []
        """What of it could not be done, in words."""
        self._plan = plan
        self._record = record
        self._channel: Channel | None = None
        self._stopped = threading.Event()
        self._steps = self._run()

    @property
    def lost(self) -> int:
        """Datagrams that came faster than they were taken, as far as the system tells."""
        return 0 if self._channel is None else self._channel.lost

    def stop(self) -> None:
        """Let it end within a moment; from any thread."""
        self._stopped.set()

    def close(self) -> None:
        """End it; a second call does nothing."""
        self.stop()
        self._steps.close()

    @abstractmethod
    def _run(self) -> Generator[Step, None, None]:
        """Its steps; ``_note`` is told of the channel."""

    def _note(self, channel: Channel) -> None:
        self.problems = channel.problems
        self._channel = channel

    def _card(self, title: str, note: str, *fields: tuple[str, Any]) -> Tree:
        """Where it listens, what else is to tell, and what went wrong."""
        places = [("at", f"{group} by {interface.name}") for interface, group in self._plan.listen]
        problems: Iterable[tuple[str, Any]] = (("problem", problem) for problem in self.problems)
        return card(title, note, (*places, *fields, ("lost", self.lost or None), *problems))
