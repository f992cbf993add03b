"""A capture in the making: what Scapy sniffs, as a pcapng stream that reads as a file does."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from upnpscapy.capture.pcapng_write import Interface, PcapngWriter
from upnpscapy.closing import Closing
from upnpscapy.live.recorder import Recorder, recording
from upnpscapy.live.sniffer import FILTER, Sniffer

__all__ = ["LiveCapture"]

TICK_SECONDS = 0.25
"""How often is looked at whether to stop."""


class LiveCapture(Closing):
    """Sniffs interfaces into ``file``, which ends when it is told to; a context manager.

    ``record`` gets the frames too. Raises ``NetworkError`` as ``Sniffer`` does.
    """

    def __init__(
        self,
        interfaces: Sequence[str],
        *,
        seconds: float | None = None,
        record: str | Path | Recorder | None = None,
        bpf: str | None = FILTER,
    ) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self._record = record
        self._stopped = threading.Event()
        self._sniffer = Sniffer(interfaces, bpf)
        read_end, write_end = os.pipe()
        self.file: IO[bytes] = os.fdopen(read_end, "rb")
        """The stream, to be read by whoever made this."""
        self.error: Exception | None = None
        """Why it ended, if nobody told it to."""
        self._thread = threading.Thread(
            target=self._run, args=(os.fdopen(write_end, "wb"),), name="live-capture", daemon=True
        )
        self._thread.start()

    @property
    def lost(self) -> int:
        """Frames that arrived faster than they were read."""
        return self._sniffer.lost

    def stop(self) -> None:
        """Let the stream end within a moment."""
        self._stopped.set()

    def close(self) -> None:
        """End it; a second call does nothing."""
        self.stop()
        self.file.close()
        self._thread.join()
        self._sniffer.close()

    def _run(self, pipe: IO[bytes]) -> None:
        try:
            with recording(self._record) as recorder:
                writer = PcapngWriter(pipe)
                writer.flush()
                while not self._is_over():
                    for name, link_type, time_ns, data in self._sniffer.take(TICK_SECONDS):
                        writer.write(Interface(link_type, name), data, time_ns)
                        if recorder is not None:
                            recorder.frame(data, time_ns, link_type, name)
                    writer.flush()
        except BrokenPipeError:
            pass  # the reader has seen enough
        except Exception as error:
            self.error = error
        finally:
            with suppress(OSError):
                pipe.close()

    def _is_over(self) -> bool:
        if self._stopped.is_set() or not self._sniffer.running:
            return True
        return self._end is not None and time.monotonic() >= self._end
