"""XML of devices as elements: every value and the order of everything kept (UDA 2.0, 2.3).

``parse_xml`` is the only reader of XML here, and this the only module that knows xmltodict.
The bytes go through ``xml_repair`` to expat, which builds the elements; entities and whatever
refers outside are refused in both.
Walks use lists, not recursion, and depth is bounded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.xml_repair import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    REPAIRS,
    Repair,
    Repairs,
    repair,
)

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_ELEMENTS",
    "REPAIRS",
    "Document",
    "Element",
    "Repair",
    "parse_xml",
]

_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"


@dataclass(frozen=True, slots=True, repr=False)
class Element:
    """One element, with its children in the order they were sent."""

    name: str
    """The local name as it was sent."""
    prefix: str = ""
    namespace: str | None = None
    """None if no namespace, or an undeclared one, holds the name."""
    attributes: tuple[tuple[str, str], ...] = ()
    """(name with its prefix, value), declarations of namespaces included."""
    raw_text: str = ""
    """The characters directly in the element, blanks and all."""
    children: tuple[Element, ...] = ()

    @property
    def text(self) -> str:
        """The characters directly in the element, without blanks at both ends."""
        return self.raw_text.strip()

    def find(self, name: str) -> Element | None:
        """The first child of that local name, else the first that differs in case only."""
        found = self.find_all(name)
        return found[0] if found else None

    def find_all(self, name: str) -> tuple[Element, ...]:
        """Every child of that local name, else every one that differs in case only."""
        found = tuple(child for child in self.children if child.name == name)
        if not found:
            key = name.lower()
            found = tuple(child for child in self.children if child.name.lower() == key)
        return found

    def find_text(self, name: str) -> str | None:
        """The text of the first child of that name; "" of an empty one, None without one."""
        found = self.find(name)
        return None if found is None else found.text

    def attribute(self, name: str) -> str | None:
        """The value of the first attribute of that name, with its prefix if it has one."""
        return next((value for found, value in self.attributes if found == name), None)

    def walk(self) -> Iterator[Element]:
        """The element and everything below it, in the order of the text."""
        left = [self]
        while left:
            element = left.pop()
            yield element
            left.extend(reversed(element.children))

    def __iter__(self) -> Iterator[Element]:
        return iter(self.children)

    def __len__(self) -> int:
        return len(self.children)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        name = f"{self.prefix}:{self.name}" if self.prefix else self.name
        text = self.text if len(self.text) <= 40 else self.text[:37] + "..."
        return f"<Element {name} children={len(self.children)} text={text!r}>"


@dataclass(frozen=True, slots=True)
class Document:
    """The root element of one XML text, and what was repaired to read it."""

    root: Element
    repairs: tuple[Repair, ...] = ()
    encoding: str = "utf-8"
    """What the bytes were read as, in Python's names."""
    repaired: bytes = field(default=b"", repr=False, compare=False)
    """Well-formed UTF-8 without declaration, comments and instructions."""

    def to_dict(self) -> dict[str, Any]:
        """What xmltodict makes of the repaired bytes: one child a value, several a list."""
        import xmltodict  # heavy for those who never ask

        found: dict[str, Any] = xmltodict.parse(self.repaired, encoding="utf-8")
        return found


def parse_xml(data: bytes, *, max_bytes: int = MAX_BYTES) -> Document:
    """One XML text of a device, repaired where that is needed.

    Raises ``DescriptionError`` where no repair helps, for a document type that declares or
    refers to anything, and beyond the limits of size, depth and count; nothing else.
    """
    repairs = Repairs()
    text, encoding = repair(data, repairs, max_bytes)
    repaired = text.encode()
    return Document(_Builder(repairs).build(repaired), tuple(repairs), encoding, repaired)


class _Builder:
    """Elements from expat's events; namespaces are resolved here, as expat fails on bad ones."""

    def __init__(self, repairs: Repairs) -> None:
        self.repairs = repairs
        self.scopes: defaultdict[str, list[str]] = defaultdict(list)
        self.scopes["xml"].append(_XML_NAMESPACE)
        self.open: list[_Open] = []
        self.root: Element | None = None

    def build(self, data: bytes) -> Element:
        parser = expat.ParserCreate("utf-8")
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.ExternalEntityRefHandler = _refuse
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            words = expat.ErrorString(error.code)
            lines = data.split(b"\n", error.lineno)
            line = lines[error.lineno - 1] if len(lines) >= error.lineno else b""
            near = line[max(0, error.offset - 20) : error.offset + 20].decode("utf-8", "replace")
            place = f"line {error.lineno}, column {error.offset + 1}"
            raise DescriptionError(f"broken XML: {words} at {place}, near {near!a}") from error
        if self.root is None:
            raise DescriptionError("broken XML: no element")
        return self.root

    def start(self, name: str, flat: list[str]) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise DescriptionError(f"more than {MAX_DEPTH} elements inside each other")
        attributes = tuple(zip(flat[::2], flat[1::2], strict=True))
        declared = []
        for key, value in attributes:
            if key == "xmlns" or key.startswith("xmlns:"):
                declared.append(self.declare(key[6:], value))
        prefix, local, namespace = self.resolve(name)
        for key, _ in attributes:
            if ":" in key and not key.startswith("xmlns:"):
                self.resolve(key)
        self.open.append(_Open(local, prefix, namespace, attributes, declared))

    def declare(self, prefix: str, value: str) -> str:
        namespace = value.strip()
        if namespace != value:
            self.repairs.add("namespace-blanks", value[:80])
        if prefix and not namespace:
            self.repairs.add("empty-namespace", prefix)
        self.scopes[prefix].append(namespace)
        return prefix

    def resolve(self, name: str) -> tuple[str, str, str | None]:
        """(prefix, local name, namespace)."""
        prefix, colon, local = name.partition(":")
        if not colon:
            prefix, local = "", name
        elif not prefix or not local:
            self.repairs.add("empty-prefix", name)
            return "", prefix or local or name, None
        scope = self.scopes.get(prefix)
        if prefix and not scope:
            self.repairs.add("undeclared-prefix", name)
        return prefix, local, (scope[-1] or None) if scope else None

    def characters(self, text: str) -> None:
        self.open[-1].text.append(text)

    def end(self, _: str) -> None:
        frame = self.open.pop()
        for prefix in frame.declared:
            self.scopes[prefix].pop()
        element = Element(
            frame.name,
            frame.prefix,
            frame.namespace,
            frame.attributes,
            "".join(frame.text),
            tuple(frame.children),
        )
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element


@dataclass(slots=True)
class _Open:
    """An element that has not ended."""

    name: str
    prefix: str
    namespace: str | None
    attributes: tuple[tuple[str, str], ...]
    declared: list[str]
    text: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)


def _refuse(*_: object) -> Any:
    raise DescriptionError("document types and entities are refused")
