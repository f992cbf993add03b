"""``watch()``: the devices of this network as a table that lives, and its changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, Self

from upnpscapy.closing import Closing
from upnpscapy.live.device_table import DeviceTable
from upnpscapy.live.listen import ListenRun, listen
from upnpscapy.live.seen_device import Change, SeenDevice
from upnpscapy.tree import Shown, Tree, card

__all__ = ["Watch", "watch"]


def watch(
    search: str | None = "ssdp:all",
    *,
    on_change: Callable[[Change], Any] | None = None,
    **options: Any,
) -> Watch:
    """Search, then listen; iterate to get each ``Change``, or let it run in the background.

    In a notebook::

        with watch(on_change=print).start() as network:
            ...
            network.devices

    ``search`` None only listens. ``options`` are those of ``listen()``, which says what raises.
    """
    return Watch(listen(search=search, **options), DeviceTable(on_change))


class Watch(Shown, Closing, Iterator[Change]):
    """A device table that follows the network while it is iterated, or in the background."""

    def __init__(self, run: ListenRun, table: DeviceTable) -> None:
        self.table = table
        self._run = run
        self._steps = self._changes()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    @property
    def devices(self) -> list[SeenDevice]:
        """Those that are there."""
        return self.table.devices

    @property
    def problems(self) -> list[str]:
        """What could not be listened to, in words."""
        return self._run.problems

    @property
    def lost(self) -> int:
        """Datagrams that came faster than they were taken, as far as the system tells."""
        return self._run.lost

    def tree(self) -> Tree:
        """The devices that are there; no change is taken."""
        fields = (
            ("lost", self.lost or None),
            *(("problem", problem) for problem in self.problems),
        )
        nodes = [node for device in self.devices for node in device.tree().roots]
        return card("watch", f"{len(nodes)} devices", fields, nodes)

    def _summary(self) -> str:
        return f"Watch {len(self.table)} devices"

    def __next__(self) -> Change:
        return next(self._steps)

    def start(self) -> Self:
        """Follow the network in a thread of its own; returns when it hears.

        Raises what the first step of iterating would.
        """
        self._thread = threading.Thread(target=self._follow, name="upnp-watch", daemon=True)
        self._thread.start()
        while self._thread.is_alive() and not self._run.opened.wait(0.05):
            pass
        if self._error is not None:
            raise self._error
        return self

    def stop(self) -> None:
        """Let it end within a moment; from any thread."""
        self._run.stop()

    def close(self) -> None:
        """End it; a second call does nothing."""
        self.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        else:
            self._steps.close()

    def _changes(self) -> Generator[Change, None, None]:
        for sightings in self._run.batches():
            for sighting in sightings:
                yield from self.table.take(sighting)
            yield from self.table.pass_time(time.time_ns())

    def _follow(self) -> None:
        try:
            for _ in self._steps:
                pass
        except Exception as error:
            self._error = error
