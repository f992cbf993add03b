"""Every UPnP data type, from text and to text."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.errors import MessageError
from upnpscapy.protocol.data_types import (
    DATA_TYPES,
    INTEGERS,
    VALUE_DEFECTS,
    build_value,
    parse_value,
)

ZONE = timezone(timedelta(hours=1))
ID = UUID("8a3f2b64-51c7-4d0e-9b1a-6f20c4d7e815")

VALUES: list[tuple[str, str, Any]] = [
    ("ui1", "255", 255),
    ("ui2", "65535", 65535),
    ("ui4", "4294967295", 4294967295),
    ("ui8", "18446744073709551615", 2**64 - 1),
    ("i1", "-128", -128),
    ("i2", "-32768", -32768),
    ("i4", "-2147483648", -(2**31)),
    ("i8", "-9223372036854775808", -(2**63)),
    ("int", "123456789012345678901234567890", 123456789012345678901234567890),
    ("r4", "1.5", 1.5),
    ("r8", "1e+300", 1e300),
    ("number", "-0.25", -0.25),
    ("float", "3.0", 3.0),
    ("fixed.14.4", "12345678901234.5678", Decimal("12345678901234.5678")),
    ("char", " ", " "),
    ("string", " a ", " a "),
    ("uri", "/a?b", "/a?b"),
    ("date", "2024-02-29", date(2024, 2, 29)),
    ("dateTime", "2024-02-29T23:59:58", datetime(2024, 2, 29, 23, 59, 58)),
    ("dateTime.tz", "2024-02-29T23:59:58+01:00", datetime(2024, 2, 29, 23, 59, 58, 0, ZONE)),
    ("time", "23:59:58", time(23, 59, 58)),
    ("time.tz", "23:59:58+01:00", time(23, 59, 58, 0, ZONE)),
    ("boolean", "1", True),
    ("boolean", "0", False),
    ("bin.base64", "AAH/", b"\x00\x01\xff"),
    ("bin.hex", "0001ff", b"\x00\x01\xff"),
    ("uuid", str(ID), ID),
]


@pytest.mark.parametrize(("data_type", "text", "value"), VALUES)
def test_value_and_text_are_each_others(data_type: str, text: str, value: Any) -> None:
    assert parse_value(data_type, text) == (value, None)
    assert type(parse_value(data_type, text).value) is type(value)
    assert build_value(data_type, value) == text
    assert build_value(data_type, text) == text


def test_every_type_has_a_case() -> None:
    assert {data_type for data_type, _, _ in VALUES} == DATA_TYPES


@pytest.mark.parametrize(
    ("data_type", "text", "value", "defect"),
    [
        ("ui2", " +7 ", 7, None),
        ("ui1", "256", 256, "beyond-type"),
        ("ui4", "-1", -1, "beyond-type"),
        ("i4", "4294967295", 4294967295, "beyond-type"),
        ("ui4", "", None, "empty-value"),
        ("ui4", "NOT_IMPLEMENTED", None, "not-implemented"),
        ("ui4", "1.0", None, "not-of-type"),
        ("ui4", "0x10", None, "not-of-type"),
        ("ui4", "٣", None, "not-of-type"),
        ("ui4", "9" * 5000, None, "not-of-type"),
        ("r4", "1e39", 1e39, "beyond-type"),
        ("r8", "1e999", float("inf"), "beyond-type"),
        ("r8", "nan", None, "not-of-type"),
        ("r8", "1_0", None, "not-of-type"),
        ("r8", ".5", 0.5, None),
        ("fixed.14.4", "0.00001", Decimal("0.00001"), "beyond-type"),
        ("char", "ab", None, "not-of-type"),
        ("char", "", None, "empty-value"),
        ("string", "NOT_IMPLEMENTED", "NOT_IMPLEMENTED", None),
        ("string", "", "", None),
        ("date", "2023-02-29", None, "not-of-type"),
        ("date", "20240229", None, "not-of-type"),
        ("dateTime", "2024-02-29", datetime(2024, 2, 29), None),
        ("dateTime", "2024-02-29T10:00:00Z", None, "not-of-type"),
        ("dateTime.tz", "2024-02-29T10:00:00+0100", datetime(2024, 2, 29, 10, tzinfo=ZONE), None),
        ("time", "10:00", time(10), None),
        ("time", "25:00:00", None, "not-of-type"),
        ("boolean", "true", True, "boolean-word"),
        ("boolean", "No", False, "boolean-word"),
        ("boolean", "2", None, "not-of-type"),
        ("bin.base64", "A A\nH/", b"\x00\x01\xff", None),
        ("bin.base64", "A", None, "not-of-type"),
        ("bin.hex", "0", None, "not-of-type"),
        ("uuid", f"uuid:{ID}", ID, None),
        ("uuid", "1", None, "not-of-type"),
        ("vendor.type", "x", "x", None),
    ],
)
def test_odd_text_is_read_or_named(
    data_type: str, text: str, value: Any, defect: str | None
) -> None:
    assert parse_value(data_type, text) == (value, defect)
    assert defect is None or defect in VALUE_DEFECTS


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        ("ui1", 256),
        ("ui1", -1),
        ("ui1", "256"),
        ("ui1", True),
        ("ui1", 1.0),
        ("ui1", None),
        ("ui1", "x"),
        ("r8", float("nan")),
        ("r4", 1e39),
        ("r8", True),
        ("fixed.14.4", Decimal("1e99999")),
        ("fixed.14.4", Decimal("NaN")),
        ("fixed.14.4", 10**14),
        ("char", "ab"),
        ("string", 5),
        ("date", datetime(2024, 1, 1)),
        ("dateTime", date(2024, 1, 1)),
        ("dateTime", datetime(2024, 1, 1, tzinfo=ZONE)),
        ("time", time(1, tzinfo=ZONE)),
        ("boolean", 2),
        ("boolean", "maybe"),
        ("bin.base64", 5),
        ("bin.hex", 5),
        ("uuid", 5),
        ("vendor.type", 5),
    ],
)
def test_what_the_type_does_not_hold_is_not_written(data_type: str, value: Any) -> None:
    with pytest.raises(MessageError, match=f"no value of type {data_type}"):
        build_value(data_type, value)


def test_text_is_written_in_the_canonical_form() -> None:
    assert build_value("boolean", "yes") == "1"
    assert build_value("ui2", " 007 ") == "7"


@given(st.sampled_from(sorted(DATA_TYPES)), st.text())
def test_any_text_is_read(data_type: str, text: str) -> None:
    value, defect = parse_value(data_type, text)
    assert defect is None or defect in VALUE_DEFECTS
    if value is not None and defect in (None, "boolean-word"):
        assert parse_value(data_type, build_value(data_type, value)) == (value, None)


@given(st.sampled_from(sorted(INTEGERS)), st.integers(-(2**70), 2**70))
def test_integers_are_written_within_bounds(data_type: str, value: int) -> None:
    bounds = INTEGERS[data_type]
    if bounds is None or bounds[0] <= value <= bounds[1]:
        assert parse_value(data_type, build_value(data_type, value)) == (value, None)
    else:
        with pytest.raises(MessageError):
            build_value(data_type, value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_come_back(value: float) -> None:
    assert parse_value("r8", build_value("r8", value)) == (value, None)


@given(st.binary())
def test_bytes_come_back(value: bytes) -> None:
    for data_type in ("bin.base64", "bin.hex"):
        if value:
            assert parse_value(data_type, build_value(data_type, value)) == (value, None)
