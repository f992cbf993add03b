"""The catalogue of what disagrees with a captured SCPD: who sent what it does not allow.

Names begin with the part that is wrong: ``argument`` is the control point's, ``result`` and
``property`` (a variable in an event) are the device's.
"""

from __future__ import annotations

from upnpscapy.protocol.data_types import VALUE_DEFECTS

__all__ = ["CATALOGUE", "PARTS"]

PARTS = {
    "argument": ("UDA 2.0, 3.2.1", "an argument of the call"),
    "result": ("UDA 2.0, 3.2.2", "an argument of the result"),
    "property": ("UDA 2.0, 4.3.2", "a variable of the event"),
}
"""part → (clause, what it is)."""

CATALOGUE: dict[str, tuple[str, str]] = {
    f"{part}-{name}": (clause, f"{what} {meaning}")
    for part, (clause, what) in PARTS.items()
    for name, meaning in (
        ("order", "stands in another place than the SCPD says; order is significant"),
        ("missing", "is missing that the SCPD demands"),
        ("unknown", "has a name that the SCPD does not know"),
    )
    if (part, name) not in (("property", "order"), ("property", "missing"))
} | {
    f"{part}-{name}": ("UDA 2.0, 2.5", f"{what}, as the SCPD types it: {meaning}")
    for part, (_, what) in PARTS.items()
    for name, meaning in VALUE_DEFECTS.items()
}
"""name → (clause, what it means)."""
