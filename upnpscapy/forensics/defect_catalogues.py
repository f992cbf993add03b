"""What the names in the ``defects`` columns mean, by table: one name can differ between tables."""

from __future__ import annotations

from upnpscapy.capture.framing_defect import CATALOGUE as FRAMING
from upnpscapy.forensics.controlling.typed_defect import CATALOGUE as TYPED
from upnpscapy.forensics.controlling.whole_body import BODY_DEFECTS
from upnpscapy.protocol.control_defect import CATALOGUE as CONTROL
from upnpscapy.protocol.defect import CATALOGUE as SYNTAX
from upnpscapy.protocol.description_defect import CATALOGUE as DESCRIPTION
from upnpscapy.protocol.deviation import Catalogue

__all__ = ["CATALOGUES"]

_HTTP: Catalogue = {**SYNTAX, **FRAMING}
_CONTROL: Catalogue = {**_HTTP, **CONTROL, **BODY_DEFECTS, **TYPED}

CATALOGUES: dict[str, Catalogue] = {
    "messages": SYNTAX,
    "exchanges": _HTTP,
    "calls": _CONTROL,
    "subscriptions": _CONTROL,
    "events": _CONTROL,
    "documents": DESCRIPTION,
}
"""table, or ``documents`` for descriptions and SCPDs → name → (clause, what it means)."""
