"""``Through``: attributes that are those of a part."""

from __future__ import annotations

from upnpscapy.display import Through


class Part:
    name = "lamp"


class Row:
    name = Through[str | None]("part.name")
    size = Through[int](lambda row: len(row.part.name))

    def __init__(self, part: Part | None) -> None:
        self.part = part


def test_attribute_of_the_part() -> None:
    row = Row(Part())
    assert (row.name, row.size) == ("lamp", 4)
    assert Row(None).name is None


def test_session_finds_it() -> None:
    assert {"name", "size"} <= {*dir(Row(None))}
    assert isinstance(Row.name, Through)
