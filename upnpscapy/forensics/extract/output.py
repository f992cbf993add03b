"""Files that are written: never over an input, never over anything unasked, never in part."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from upnpscapy.capture.source import SourceLike, is_stream
from upnpscapy.errors import OutputError

__all__ = ["Directory", "check_output", "new_file"]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
"""A file that is there already is not opened, nor what a link leads to."""


def check_output(path: Path, inputs: Iterable[SourceLike], *, force: bool) -> None:
    """Refuse what ``new_file`` must not write.

    Raises ``OutputError`` for an input, by whatever name, for what is no plain file,
    and for a file that is there, unless ``force`` is given.
    """
    try:
        there = path.lstat()
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise OutputError("no such directory to write to", str(path)) from None
        return
    except (OSError, ValueError) as error:
        raise _failure(error, path) from error
    if any(_is_same(path, one) for one in inputs):
        raise OutputError("is an input", str(path))
    if not stat.S_ISREG(there.st_mode) and not stat.S_ISLNK(there.st_mode):
        raise OutputError("is there, and no file", str(path))
    if not force:
        raise OutputError("is there already; --force writes over it", str(path))


@contextmanager
def new_file(path: Path, *, force: bool = False) -> Iterator[IO[bytes]]:
    """A file to write, which gets its name when it is complete, and is gone if it is not.

    Raises ``OutputError`` where it cannot be written.
    """
    unfinished = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.part")
    try:
        file = os.fdopen(os.open(unfinished, _NEW, 0o666), "wb")
    except (OSError, ValueError) as error:
        raise _failure(error, path) from error
    try:
        with file:
            yield file
        _publish(unfinished, path, force=force)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _publish(unfinished: Path, path: Path, *, force: bool) -> None:
    """Give a file its name; without ``force`` only if no other has it."""
    try:
        if force:
            unfinished.replace(path)
            return
        try:
            path.hardlink_to(unfinished)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, "is there already") from None
            unfinished.rename(path)
    except OSError as error:
        raise _failure(error, path) from error


class Directory:
    """A new or empty directory to write files into, and into no other place.

    Raises ``OutputError`` for one that is not empty, or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number: int | None = None
        try:
            if not path.is_dir():
                path.mkdir()
            if any(path.iterdir()):
                raise OutputError("is there, and not empty", str(path))
            if os.open in os.supports_dir_fd:
                # Files are made in this very directory, whatever becomes of its name.
                self._number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except OutputError:
            raise
        except (OSError, ValueError) as error:
            raise _failure(error, path) from error

    def write(self, name: str, data: bytes) -> None:
        """Write a new file. Raises ``OutputError``."""
        try:
            with self.create(name) as file:
                file.write(data)
        except OutputError:
            raise
        except OSError as error:
            raise _failure(error, self.path / name) from error

    def append(self, file: IO[bytes], line: str) -> None:
        """Write a line of an index. Raises ``OutputError``."""
        try:
            file.write(line.encode())
            file.flush()
        except OSError as error:
            raise _failure(error, self.path) from error

    def create(self, name: str) -> IO[bytes]:
        """A new file, open for writing. Raises ``OutputError``."""
        try:
            if self._number is None:
                return os.fdopen(os.open(self.path / name, _NEW, 0o666), "wb")
            return os.fdopen(os.open(name, _NEW, 0o666, dir_fd=self._number), "wb")
        except OSError as error:
            raise _failure(error, self.path / name) from error

    def close(self) -> None:
        """Let go of the directory."""
        if self._number is not None:
            os.close(self._number)
            self._number = None


def _is_same(path: Path, source: SourceLike) -> bool:
    """Whether both lead to one file."""
    try:
        if not is_stream(source):
            return path.samefile(str(source))
        number = 0 if isinstance(source, str | Path) else source.fileno()
        return os.path.samestat(path.stat(), os.fstat(number))
    except (OSError, ValueError):  # one of them leads nowhere, or has no number
        return False


def _failure(error: Exception, path: Path) -> OutputError:
    return OutputError(getattr(error, "strerror", None) or str(error), str(path))
