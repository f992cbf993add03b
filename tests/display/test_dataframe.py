"""Tables as DataFrames: types that do not depend on what the rows happen to hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.command import PCAPS
from tests.display.test_table import Thing
from tests.display.test_text import texts
from tests.forensics.packets import Sent, write
from upnpscapy import analyze
from upnpscapy.display import Columns, Table, iso_utc
from upnpscapy.display.escape import time_ns_of
from upnpscapy.forensics.case import Case
from upnpscapy.forensics.rules import RULES
from upnpscapy.forensics.tables import rule_table

pandas = pytest.importorskip("pandas", reason="DataFrames need pandas")

TIME = "datetime64[ns, UTC]"
Colour = Literal["red", "green"]
ALL = Columns(
    "text time number truth list colour size",
    numbers="number",
    truths="truth",
    lists="list",
    choices={"colour": get_args(Colour), "size": ("small", "large")},
    ordered="size",
)
FULL: dict[str, object] = {
    "text": "",
    "time": "2023-11-14T22:13:20.123456789Z",
    "number": 2**62,
    "truth": False,
    "list": [["a", "b"]],
    "colour": "green",
    "size": "large",
}
UNKNOWN: dict[str, object] = dict.fromkeys(FULL)

DTYPES = {
    "captures": {
        "Int64": "frames bytes_left",
        "boolean": "incomplete",
        "object": "link_types limits",
        TIME: "first_time last_time",
    },
    "messages": {
        "Int64": "frame sport dport vlan ttl mx_seconds max_age_seconds boot_id next_boot_id "
        "config_id search_port",
        "boolean": "truncated",
        "object": "headers defects",
        "category": "kind",
        TIME: "time",
    },
    "searches": {"Int64": "frame sport mx_seconds", "object": "replies late_replies", TIME: "time"},
    "devices": {
        "boolean": "described",
        "object": "addresses link_addresses locations frames",
        "category": "state",
        TIME: "first_time last_time",
    },
    "services": {"boolean": "described"},
    "exchanges": {
        "Int64": "frame response_frame client_port server_port status bytes_missing",
        "object": "defects",
        "category": "role",
        TIME: "time response_time",
    },
    "calls": {
        "Int64": "frame response_frame status error_code",
        "object": "arguments result defects",
        TIME: "time",
    },
    "mappings": {
        "Int64": "external_port internal_port remote_port lease_seconds opened_frame closed_frame "
        "error_code",
        "boolean": "enabled",
        "object": "frames",
        "category": "kind state",
        TIME: "opened_time closed_time",
    },
    "external_addresses": {"Int64": "frame", "category": "address_class", TIME: "time"},
    "subscriptions": {"Int64": "frame timeout_seconds", "category": "state", TIME: "time"},
    "events": {"Int64": "frame seq", "object": "properties", TIME: "time"},
    "findings": {
        "object": "missing frames",
        "category": "severity outcome confidence",
        TIME: "first_time last_time",
    },
}
"""table → type → columns; all others are text. Written out here, not taken from the code."""


def frame_of(*rows: Mapping[str, object], columns: Columns = ALL) -> Any:
    return Table("things", columns, lambda: [Thing(**row) for row in rows]).to_dataframe()


def dtypes(frame: Any) -> list[object]:
    return list(frame.dtypes)


def test_types_do_not_depend_on_the_rows() -> None:
    wanted = [pandas.StringDtype("python"), TIME, "Int64", "boolean", "object"]
    wanted += [pandas.CategoricalDtype(["red", "green"])]
    wanted += [pandas.CategoricalDtype(["small", "large"], ordered=True)]
    for rows in ([], [FULL], [UNKNOWN], [FULL, UNKNOWN]):
        assert dtypes(frame_of(*rows)) == wanted
    together = pandas.concat([frame_of(), frame_of(FULL), frame_of(UNKNOWN)], ignore_index=True)
    assert dtypes(together) == wanted


def test_values_come_through() -> None:
    frame = frame_of(FULL, UNKNOWN)
    (first, second) = frame.to_dict("records")
    assert first.pop("time").value == 1_700_000_000_123_456_789
    assert first == {name: value for name, value in FULL.items() if name != "time"}
    assert all(value is None or value is pandas.NA or value != value for value in second.values())
    assert frame["size"].max() == "large"
    assert (frame["size"] >= "large").tolist() == [True, False]


@given(st.lists(texts | st.none()))
def test_text_is_as_it_was(values: list[str | None]) -> None:
    frame = frame_of(*({"text": text} for text in values), columns=Columns("text"))
    assert [None if one is pandas.NA else one for one in frame["text"]] == values


@given(st.integers(-(2**70), 2**70))
def test_time_is_exact_or_missing(time_ns: int) -> None:
    text = iso_utc(time_ns)
    if text is not None:
        assert time_ns_of(text) == time_ns
    time = frame_of({"time": text}, columns=Columns("time"))["time"]
    assert time.dtype == TIME
    if -(2**63) < time_ns < 2**63:
        assert time[0].value == time_ns
    else:
        assert time.isna().all()


@pytest.mark.parametrize(
    ("column", "value"),
    [("number", "b.pcap:7"), ("number", 2**63), ("colour", "mauve"), ("truth", 2), ("text", 7)],
)
def test_value_of_another_type_is_not_lost(column: str, value: object) -> None:
    frame = frame_of({**FULL, column: value}, FULL)
    assert frame[column].dtype == object
    assert frame[column].tolist() == [value, FULL[column]]


def test_columns_of_no_known_type_are_what_pandas_finds() -> None:
    table = Table("things", ("n", "time"), lambda: [Thing(n=1, time=None)])
    assert list(map(str, table.to_dataframe().dtypes)) == ["int64", TIME]
    empty = Table("things", ("n", "time"), lambda: list[Thing]())
    assert list(map(str, empty.to_dataframe().dtypes)) == ["object", TIME]


def test_no_type_of_what_is_no_column() -> None:
    with pytest.raises(ValueError, match="no such columns: b"):
        Columns("a", numbers="b")


@cache
def case_of(name: str) -> Case:
    return analyze(str(PCAPS / name))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Case:
    path = tmp_path_factory.mktemp("empty") / "empty.pcap"
    return analyze(write(path, [Sent(b"x", sport=53, dport=53)]))


@pytest.mark.parametrize("table", DTYPES)
@pytest.mark.parametrize("name", ["whole-story.pcap", "refused.pcap", "attacks/xxe.pcapng"])
def test_types_of_each_table(table: str, name: str, empty: Case) -> None:
    wanted = {name: kind for kind, names in DTYPES[table].items() for name in names.split()}
    full = getattr(case_of(name), table).to_dataframe()
    none = getattr(empty, table).to_dataframe()
    for column in full.columns:
        assert str(full[column].dtype) == wanted.get(column, "string"), column
    assert dtypes(none) == dtypes(full)
    assert dtypes(pandas.concat([none, full])) == dtypes(full)
    assert table in ("captures", "findings", "external_addresses") or none.empty


def test_rules_as_a_frame() -> None:
    frame = rule_table(lambda: RULES).to_dataframe()
    assert len(frame) == len(RULES)
    worst = frame[frame["severity"] >= "HIGH"]
    assert set(worst["severity"]) == {"HIGH", "CRITICAL"}
