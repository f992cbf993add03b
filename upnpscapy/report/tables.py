"""The full tables of a case, as files beside a report: CSV for spreadsheets, JSON Lines."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from upnpscapy.display import Table, csv_line, to_json
from upnpscapy.errors import OutputError
from upnpscapy.forensics.extract.output import Directory
from upnpscapy.forensics.tables import exchange_table, message_table, search_table

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["TABLES", "TableFile", "Tables"]

TABLES = (
    "captures findings mappings external_addresses devices services calls exchanges subscriptions "
    "events searches messages".split()
)


class TableFile(NamedTuple):
    """One table in two files, ``.csv`` and ``.jsonl``."""

    name: str
    rows: int
    link: str
    """From the report to both, without the ending."""


class Tables:
    """A new or empty directory of tables; rows of the great ones are written as they come.

    Its methods fit the callbacks of ``analyze``.
    Raises ``OutputError`` for a directory that is not empty, and where nothing can be written.
    """

    def __init__(self, path: Path, report: Path) -> None:
        self._path = path
        self._open = ExitStack()
        self._directory = Directory(path)
        self._open.callback(self._directory.close)
        self._links = _links(path, report)
        nothing: list[Any] = []
        self._messages = self._begin(message_table(lambda: nothing))
        self._searches = self._begin(search_table(lambda: nothing))
        self._exchanges = self._begin(exchange_table(lambda: nothing))
        self.saw = self._messages.write
        self.saw_search = self._searches.write
        self.saw_exchange = self._exchanges.write

    def finish(self, case: Case) -> list[TableFile]:
        """Write the tables that are known when the pass is over, and say what is where."""
        writers = {one.table.name: one for one in (self._messages, self._searches, self._exchanges)}
        for name in TABLES:
            if name not in writers:
                table = getattr(case, name)
                writers[name] = self._begin(table)
                for row in table:
                    writers[name].write(row)
        try:
            self._open.close()
        except OSError as error:
            raise OutputError(error.strerror or str(error), str(self._path)) from error
        return [TableFile(name, writers[name].rows, self._links + name) for name in TABLES]

    def close(self) -> None:
        """Let go of the files; those of a report that was not written stay as they are."""
        with suppress(OSError):
            self._open.close()

    def _begin(self, table: Table[Any]) -> _Writer:
        csv, jsonl = (
            self._open.enter_context(self._directory.create(f"{table.name}.{form}"))
            for form in ("csv", "jsonl")
        )
        return _Writer(table, csv, jsonl, self._path)


class _Writer:
    """Writes the rows of one table into both of its files."""

    def __init__(self, table: Table[Any], csv: IO[bytes], jsonl: IO[bytes], path: Path) -> None:
        self.table = table
        self.rows = 0
        self._csv = csv
        self._jsonl = jsonl
        self._path = path
        self._put(csv, csv_line(table.columns))

    def write(self, row: Any) -> None:
        """Write a row. Raises ``OutputError``."""
        values = self.table.to_dict(row)
        self._put(self._csv, csv_line(values.values()))
        self._put(self._jsonl, to_json(values) + "\n")
        self.rows += 1

    def _put(self, file: IO[bytes], text: str) -> None:
        try:
            file.write(text.encode())
        except OSError as error:
            raise OutputError(error.strerror or str(error), str(self._path)) from error


def _links(path: Path, report: Path) -> str:
    """What stands before the names of files in links; no name is taken for a scheme."""
    try:
        relative = os.path.relpath(path.resolve(), report.resolve().parent)
    except ValueError:  # another drive
        return f"{path.resolve().as_uri()}/"
    return f"./{quote(Path(relative).as_posix())}/"
