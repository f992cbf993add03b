"""Programs of the lab: run to their end, or started, watched and ended by their own id."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .requirements import SEARCH_PATH

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 60
"""Of what takes a second: a machine that is busy takes many times as long as an idle one."""

LOG_TAIL_LINES = 15

# One language for messages that are read, one path for programs that are found, and output that
# is there as soon as it is written.
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": SEARCH_PATH, "PYTHONUNBUFFERED": "1"}


class LabError(RuntimeError):
    """The lab could not be built, or a program of it failed."""


def run(
    words: Sequence[str],
    *,
    timeout: float = PATIENCE_SECONDS,
    check: bool = True,
    feed: str = "",
) -> str:
    """What the program wrote on stdout and stderr; a non-zero exit raises unless `check` is off."""
    try:
        done = subprocess.run(
            words,
            input=feed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            env=ENVIRONMENT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{' '.join(words)} did not end within {timeout} s") from error
    if check and done.returncode:
        raise LabError(f"{' '.join(words)} ended with status {done.returncode}:\n{done.stdout}")
    return done.stdout


def wait_until(ready: Callable[[], bool], what: str, *, timeout: float = PATIENCE_SECONDS) -> None:
    """Returns when `ready()` is true; raises LabError naming `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not ready():
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {timeout} s")
        time.sleep(POLL_SECONDS)


class Program:
    """One running program, known by its process id, writing its output to a log file.

    As a context manager it is stopped at the end.
    """

    def __init__(self, name: str, words: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=ENVIRONMENT,
                start_new_session=True,  # Ctrl-C reaches the lab first, which then ends the program
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status of a program that has ended."""
        return self._process.poll()

    def output(self) -> str:
        """Everything the program wrote so far."""
        return self.log.read_text(errors="replace")

    def log_tail(self) -> str:
        """The last lines of the program's output."""
        return "\n".join(self.output().splitlines()[-LOG_TAIL_LINES:])

    def wait_until(
        self, ready: Callable[[], bool], what: str, *, timeout: float = PATIENCE_SECONDS
    ) -> None:
        """Returns when `ready()` is true; raises with the log's tail if the program ends first."""

        def ready_or_dead() -> bool:
            ended = not self.running  # before it is looked at what it did
            if ready():
                return True
            if ended:
                raise LabError(
                    f"{self.name} ended with status {self._process.returncode} before {what};"
                    f" its log ends:\n{self.log_tail()}"
                )
            return False

        try:
            wait_until(ready_or_dead, f"{self.name}: {what}", timeout=timeout)
        except LabError as error:
            if self.running:
                error.add_note(f"its log ends:\n{self.log_tail()}")
            raise

    def stop(self, by: signal.Signals = signal.SIGTERM, *, timeout: float = 20) -> None:
        """Ends the program by a signal that lets it say its goodbyes, else by SIGKILL."""
        if not self.running:
            return
        self._process.send_signal(by)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
