"""One state variable of a service: its type, what it may hold, and its values both ways."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from upnpscapy.errors import MessageError
from upnpscapy.protocol.data_types import NUMBERS, Value, build_value, parse_value
from upnpscapy.protocol.description_read import printable

__all__ = ["AllowedRange", "StateVariable"]

_SHOWN = 32
"""Allowed values that are named; ``allowed_values`` has all."""


@dataclass(frozen=True, slots=True)
class AllowedRange:
    """The least and greatest value and the step; None where it is missing or no number."""

    minimum: int | float | Decimal | None = None
    maximum: int | float | Decimal | None = None
    step: int | float | Decimal | None = None
    minimum_raw: str | None = None
    """As sent: where a device swaps the two, only the typed values are put right."""
    maximum_raw: str | None = None
    step_raw: str | None = None

    def defect(self, value: Any) -> str | None:
        """The name of what is wrong with a number, None if it is allowed."""
        low, high, step = self.minimum, self.maximum, self.step
        if (low is not None and value < low) or (high is not None and value > high):
            return "out-of-range"
        whole = all(isinstance(number, int) for number in (value, low, step))
        if whole and step and low is not None and (value - low) % step:
            return "off-step"
        return None

    def __str__(self) -> str:
        low = "" if self.minimum is None else str(self.minimum)
        high = "" if self.maximum is None else str(self.maximum)
        step = "" if self.step is None else f" step {self.step}"
        return f"{low}…{high}{step}"


@dataclass(frozen=True, slots=True, repr=False)
class StateVariable:
    """One state variable (UDA 2.0, 2.5)."""

    name: str
    data_type: str
    """In the standard's case if the type is the standard's, else as sent; "" if missing."""
    default: str | None = None
    """As sent; None without one."""
    allowed_values: tuple[str, ...] = ()
    """As sent and in that order; empty if there is no list."""
    allowed_range: AllowedRange | None = None
    send_events: bool = True
    multicast: bool = False
    extended_type: str | None = None
    """The attribute ``type`` of the dataType."""

    @property
    def default_value(self) -> Any:
        """The default as a typed value; None without one, or if it is not of the type."""
        return None if self.default is None else self.parse_value(self.default).value

    def parse_value(self, text: str) -> Value:
        """The typed value of a text, and what is wrong with it; never raises.

        A value outside of the allowed ones is given, with the defect.
        """
        value = parse_value(self.data_type, text)
        if value.value is None or value.defect:
            return value
        return value._replace(defect=self._judge(value.value, text))

    def build_value(self, value: Any, *, check: bool = True) -> str:
        """The text to send for a value; a text is read as the type first.

        Raises ``MessageError`` for what the type, the range or the list does not allow;
        with ``check`` off only for what the type does not hold.
        """
        text = build_value(self.data_type, value)
        if check:
            read = self.parse_value(text)
            if read.defect:
                raise MessageError(f"{self.name}: {read.defect}: {value!r}; allowed: {self.allows}")
        return text

    @property
    def allows(self) -> str:
        """What it may hold, in words."""
        if self.allowed_values:
            words = ", ".join(map(printable, self.allowed_values[:_SHOWN]))
            more = len(self.allowed_values) - _SHOWN
            return f"{words}, … {more} more" if more > 0 else words
        if self.allowed_range is not None:
            return str(self.allowed_range)
        return self.data_type or "anything"

    def _judge(self, value: Any, text: str) -> str | None:
        if self.allowed_values and self.data_type not in NUMBERS:
            known = text in self.allowed_values or text.strip() in self.allowed_values
            return None if known else "not-in-list"
        if self.allowed_values:
            typed = (parse_value(self.data_type, one).value for one in self.allowed_values)
            return None if value in typed else "not-in-list"
        if self.allowed_range is not None and self.data_type in NUMBERS:
            return self.allowed_range.defect(value)
        return None

    def __repr__(self) -> str:
        return f"<StateVariable {self}>"

    def __str__(self) -> str:
        more = "" if self.allows == self.data_type else f" ({self.allows})"
        return f"{printable(self.name)}: {printable(self.data_type)}{more}"
