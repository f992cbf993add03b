"""Arguments and variables in their order, as sent, with what a captured SCPD makes of them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from upnpscapy.protocol.control_view import EMPTY

if TYPE_CHECKING:
    from upnpscapy.forensics.controlling.typed_call import TypedArgument, TypedArguments
    from upnpscapy.protocol.xml_body import Pairs

__all__ = ["value_fields"]

MAX_VALUES = 64
"""Arguments shown; real actions have a dozen."""

MAX_TYPED = 80
"""Characters of a typed value; its text is shown whole."""


def value_fields(pairs: Pairs, typed: TypedArguments | None) -> tuple[tuple[str, str], ...]:
    """(name, value) as fields; what has another type than text tells it."""
    known = typed.arguments if typed is not None else ()
    fields = []
    for place, (name, text) in enumerate(islice(pairs, MAX_VALUES)):
        words = _words(text, known[place]) if place < len(known) else ""
        fields.append((name, f"{text or EMPTY}{words}"))
    if len(pairs) > MAX_VALUES:
        fields.append(("", f"… {len(pairs) - MAX_VALUES} more"))
    for name in typed.missing if typed is not None else ():
        fields.append((name, "is missing"))
    return tuple(fields)


def _words(text: str, typed: TypedArgument) -> str:
    if typed.defect is not None:
        return f"  ({typed.defect})"
    if isinstance(typed.value, str):
        return ""
    kind, value = type(typed.value).__name__, repr(typed.value)
    return f"  ({kind})" if value == text.strip() else f"  ({kind} {value[:MAX_TYPED]})"
