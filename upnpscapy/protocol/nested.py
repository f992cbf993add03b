"""Values of documents as dicts and lists for JSON, in each other as they are."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from upnpscapy.protocol.description_defect import DescriptionDefect
from upnpscapy.protocol.xml import Repair

__all__ = ["nested"]

_LEFT_OUT = frozenset(["variable"])
"""Of an argument: its ``related`` names the state variable, which stands in the table."""

_OF_DEFECT = ("name", "found", "clause", "meaning")


def nested(value: Any) -> Any:
    """A value without Python's types; as deep as XML may be, so recursion has its bound."""
    if isinstance(value, Repair):
        return value._asdict() | {"meaning": value.meaning}
    if isinstance(value, DescriptionDefect):
        return {name: getattr(value, name) for name in _OF_DEFECT}
    if is_dataclass(value):
        names = (field.name for field in fields(value) if field.name not in _LEFT_OUT)
        return {name: nested(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [nested(one) for one in value]
    if isinstance(value, Decimal) or (isinstance(value, float) and not isfinite(value)):
        return str(value)
    return value
