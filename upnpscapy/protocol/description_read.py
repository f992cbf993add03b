"""Values out of the elements of a description or SCPD, with what is wrong with them.

Elements are found by local name: vendors forget and misspell the namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from upnpscapy.protocol.description_defect import DescriptionDefect
from upnpscapy.protocol.xml import Element

__all__ = ["Reader", "printable"]

_NUMBER = re.compile(r"[0-9]{1,10}\Z")
_MAX_SHOWN = 200


class Reader:
    """Takes values out of elements and collects the deviations, each once."""

    def __init__(self) -> None:
        self._defects: dict[DescriptionDefect, None] = {}

    @property
    def defects(self) -> tuple[DescriptionDefect, ...]:
        """What was found, in the order of finding."""
        return tuple(self._defects)

    def add(self, name: str, found: str | None = None) -> None:
        """One more deviation."""
        self._defects[DescriptionDefect(name, found)] = None

    def child(self, element: Element, name: str) -> Element | None:
        """The first child of that name, those in the parent's namespace first."""
        found = element.find_all(name)
        own = (child for child in found if child.namespace == element.namespace)
        return next(own, found[0] if found else None)

    def each(self, element: Element, group: str, name: str) -> Iterator[Element]:
        """The elements of a list element, of every list element of that name."""
        for found in element.find_all(group):
            yield from found.find_all(name)

    def value(self, element: Element, name: str) -> str | None:
        """The text of a child; None without the child, "" for an empty one."""
        child = self.child(element, name)
        if child is None:
            return None
        if child.text != child.raw_text and child.text:
            self.add("blanks-in-value", name)
        return child.text

    def version(self, root: Element) -> tuple[int, int] | None:
        """The pair of specVersion; None if it is missing or no pair of numbers."""
        spec = self.child(root, "specVersion")
        if spec is not None:
            major, minor = self.value(spec, "major"), self.value(spec, "minor")
            if _NUMBER.match(major or "") and _NUMBER.match(minor or ""):
                return int(major or ""), int(minor or "")
        self.add("missing-version")
        return None

    def config_id(self, root: Element) -> int | None:
        """The attribute configId of the root element."""
        text = root.attribute("configId")
        if text is None:
            return None
        if _NUMBER.match(text.strip()):
            return int(text)
        self.add("config-id-value", text)
        return None


def printable(text: str | None) -> str:
    """Text of a device for one line of a terminal: nothing in it acts, and it has an end."""
    text = text or ""
    if len(text) > _MAX_SHOWN:
        text = text[: _MAX_SHOWN - 1] + "…"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
