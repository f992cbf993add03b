"""Values of UPnP's data types, from text and to text (UDA 2.0, 2.5).

``parse_value`` never raises: what cannot be read is None with the name of the reason.
``build_value`` writes the canonical form, or raises ``MessageError``.

========================  ==========================================
UPnP                      Python
========================  ==========================================
ui1 … ui8, i1 … i8, int   int
r4, r8, number, float     float
fixed.14.4                decimal.Decimal
char, string, uri         str
date                      datetime.date
dateTime, dateTime.tz     datetime.datetime
time, time.tz             datetime.time
boolean                   bool
bin.base64, bin.hex       bytes
uuid                      uuid.UUID
========================  ==========================================
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from upnpscapy.errors import MessageError

__all__ = [
    "DATA_TYPES",
    "INTEGERS",
    "NUMBERS",
    "VALUE_DEFECTS",
    "Value",
    "build_value",
    "parse_value",
]

INTEGERS: dict[str, tuple[int, int] | None] = {
    **{f"ui{size}": (0, 256**size - 1) for size in (1, 2, 4, 8)},
    **{f"i{size}": (-(256**size) // 2, 256**size // 2 - 1) for size in (1, 2, 4, 8)},
    "int": None,
}
"""type → least and greatest value, None without bounds."""
NUMBERS = frozenset((*INTEGERS, "r4", "r8", "number", "float", "fixed.14.4"))

VALUE_DEFECTS: dict[str, str] = {
    "empty-value": "the value is empty, and the type has no empty value",
    "not-implemented": "NOT_IMPLEMENTED stands where the type has no such value",
    "not-of-type": "the text is no value of the data type",
    "beyond-type": "the number is beyond the bounds of the data type",
    "boolean-word": "a truth value is a word and not 0 or 1",
    "out-of-range": "the value is outside of the allowed range",
    "off-step": "the value is not on a step of the allowed range",
    "not-in-list": "the value is not in the list of allowed values",
}
"""name → what it means; of ``Value.defect``."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}\Z")
_REAL = re.compile(
    r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?\Z"
)
_FIXED = re.compile(r"[+-]?[0-9]{1,14}(?:\.[0-9]{0,4})?\Z")
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_MAX_SINGLE = 3.40282347e38
_NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
_WORDS = {"true": True, "yes": True, "false": False, "no": False}
_BLANKS = re.compile(r"\s+")


class Value(NamedTuple):
    """A typed value, or None, and what is wrong with the text it came from."""

    value: Any
    defect: str | None = None
    """A name in ``VALUE_DEFECTS``."""


def parse_value(data_type: str, text: str) -> Value:
    """The typed value of a text; a type that is not the standard's is read as a string."""
    reader = _READERS.get(data_type)
    if reader is None:
        return Value(text)
    text = text if data_type == "char" else text.strip()
    try:
        return reader(data_type, text)
    except (ValueError, ArithmeticError):
        if not text:
            return Value(None, "empty-value")
        return Value(None, "not-implemented" if text == _NOT_IMPLEMENTED else "not-of-type")


def build_value(data_type: str, value: Any) -> str:
    """The text of a typed value; a text is read as the type first.

    Raises ``MessageError`` for what the type does not hold.
    """
    if isinstance(value, str) and data_type in _READERS:
        read = parse_value(data_type, value)
        if read.value is None or read.defect == "beyond-type":
            raise MessageError(f"no value of type {data_type}: {value!r}")
        value = read.value
    writer = _WRITERS.get(data_type, _write_text)
    try:
        text = writer(value)
    except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise MessageError(f"no value of type {data_type}: {value!r}") from error
    if data_type in _READERS and parse_value(data_type, text).defect:
        raise MessageError(f"no value of type {data_type}: {value!r}")
    return text


def _match(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError
    return text


def _read_integer(data_type: str, text: str) -> Value:
    if not _INTEGER.match(text):
        raise ValueError
    value, bounds = int(text), INTEGERS[data_type]
    beyond = bounds is not None and not bounds[0] <= value <= bounds[1]
    return Value(value, "beyond-type" if beyond else None)


def _read_real(data_type: str, text: str) -> Value:
    if not _REAL.match(text):
        raise ValueError
    value = float(text)
    beyond = math.isinf(value) or (data_type == "r4" and abs(value) > _MAX_SINGLE)
    return Value(value, "beyond-type" if beyond else None)


def _read_fixed(_: str, text: str) -> Value:
    if _FIXED.match(text):
        return Value(Decimal(text))
    if len(text) < 60 and _REAL.match(text):
        return Value(Decimal(text), "beyond-type")
    raise ValueError


def _read_char(_: str, text: str) -> Value:
    if len(text) != 1:
        raise ValueError
    return Value(text)


def _read_date(_: str, text: str) -> Value:
    return Value(date.fromisoformat(_match(_DATE, text)))


def _read_date_time(data_type: str, text: str) -> Value:
    zone = f"{_ZONE}?" if data_type.endswith(".tz") else ""
    return Value(datetime.fromisoformat(_match(f"{_DATE}(?:T{_TIME}{zone})?", text)))


def _read_time(data_type: str, text: str) -> Value:
    zone = f"{_ZONE}?" if data_type.endswith(".tz") else ""
    return Value(time.fromisoformat(_match(_TIME + zone, text)))


def _read_boolean(_: str, text: str) -> Value:
    if text in ("0", "1"):
        return Value(text == "1")
    word = _WORDS.get(text.lower())
    if word is None:
        raise ValueError
    return Value(word, "boolean-word")


def _read_base64(_: str, text: str) -> Value:
    return Value(base64.b64decode(_BLANKS.sub("", text), validate=True))


def _read_hex(_: str, text: str) -> Value:
    return Value(bytes.fromhex(text))


def _read_uuid(_: str, text: str) -> Value:
    text = text[5:] if text[:5].lower() == "uuid:" else text
    return Value(UUID(_match(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", text)))


def _write_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _write_integer(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return str(value)


def _write_real(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError
    return repr(float(value))


def _write_fixed(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError
    found = value if isinstance(value, Decimal) else Decimal(str(value))
    if not found.is_finite() or abs(found.adjusted()) > 20:
        raise ValueError
    return f"{found:f}"


def _write_boolean(value: Any) -> str:
    if not isinstance(value, int) or value not in (0, 1):
        raise TypeError
    return "1" if value else "0"


def _write_iso(kind: type, zone: bool) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        if not isinstance(value, kind) or (kind is date and isinstance(value, datetime)):
            raise TypeError
        if not zone and getattr(value, "tzinfo", None) is not None:
            raise TypeError
        text: str = value.isoformat()  # type: ignore[attr-defined]  # date, time and datetime
        return text

    return write


def _write_base64(value: Any) -> str:
    return base64.b64encode(value).decode()


def _write_hex(value: Any) -> str:
    return bytes(memoryview(value)).hex()


_Reader = Callable[[str, str], Value]
_REALS = ("r4", "r8", "number", "float")

_READERS: dict[str, _Reader] = {
    **dict.fromkeys(INTEGERS, _read_integer),
    **dict.fromkeys(_REALS, _read_real),
    "fixed.14.4": _read_fixed,
    "char": _read_char,
    "date": _read_date,
    "dateTime": _read_date_time,
    "dateTime.tz": _read_date_time,
    "time": _read_time,
    "time.tz": _read_time,
    "boolean": _read_boolean,
    "bin.base64": _read_base64,
    "bin.hex": _read_hex,
    "uuid": _read_uuid,
}
"""Of types that not every text is a value of."""

_WRITERS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(INTEGERS, _write_integer),
    **dict.fromkeys(_REALS, _write_real),
    "fixed.14.4": _write_fixed,
    "date": _write_iso(date, zone=False),
    "dateTime": _write_iso(datetime, zone=False),
    "dateTime.tz": _write_iso(datetime, zone=True),
    "time": _write_iso(time, zone=False),
    "time.tz": _write_iso(time, zone=True),
    "boolean": _write_boolean,
    "bin.base64": _write_base64,
    "bin.hex": _write_hex,
    "uuid": str,
}

DATA_TYPES = frozenset((*_READERS, "string", "uri"))
"""Every data type of UDA 2.0."""
