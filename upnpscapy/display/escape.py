"""Text and values in each form of output, so that nothing in them acts.

Text from the wire reaches an output only through ``printable`` (terminal, CSV),
``to_json`` (JSON) or ``to_html`` (HTML).
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["csv_line", "iso_utc", "plain", "printable", "time_ns_of", "to_html", "to_json"]

_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the start of a formula, full width (East Asian) too."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000_000
_TO_SECONDS = len("1970-01-01T00:00:00")


def iso_utc(time_ns: int | None) -> str | None:
    """Nanoseconds since 1970 as ISO 8601 in UTC with nine decimals; None stays None."""
    if time_ns is None:
        return None
    seconds, nanoseconds = divmod(time_ns, _SECOND)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{moment.isoformat()[:_TO_SECONDS]}.{nanoseconds:09d}Z"


def time_ns_of(text: str) -> int:
    """Nanoseconds since 1970 of a text that ``iso_utc`` wrote."""
    since = datetime.fromisoformat(f"{text[:_TO_SECONDS]}+00:00") - _EPOCH
    decimals = text[_TO_SECONDS:].strip(".Z")[:9]
    return (since.days * 86_400 + since.seconds) * _SECOND + int(decimals.ljust(9, "0"))


def printable(text: str) -> str:
    r"""Text a terminal only prints: control, format and unassigned characters as ``\x1b``."""
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() else _escape(char) for char in text])


def to_html(text: str) -> str:
    """Text for HTML, in elements and in quoted attributes."""
    return html.escape(printable(text))


def to_json(value: object) -> str:
    r"""JSON on one line; what ``printable`` would escape is written ``\uNNNN``."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() else json.dumps(char)[1:-1] for char in text])


def csv_line(values: Iterable[object]) -> str:
    r"""One CSV line (RFC 4180) with ``\r\n``: None is nothing, the empty text is ``""``.

    Text that a spreadsheet would run as a formula, be it after blanks, gets an apostrophe
    in front; lists are JSON.
    """
    return ",".join(_csv_cell(value) for value in values) + "\r\n"


def plain(value: object) -> Any:
    """A column's value as JSON has it: whatever can be iterated is a list."""
    if value is None or isinstance(value, str | int | float | list):
        return value
    return list(value) if isinstance(value, Iterable) else value


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = printable(value) if isinstance(value, str) else to_json(value)
    stripped = text.strip()
    if stripped.startswith(_FORMULA) and len(stripped) > 1:
        text = "'" + text
    if not text or any(char in text for char in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
