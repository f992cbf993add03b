"""XML of devices as elements: every value and the order of everything kept (UDA 2.0, 2.3).

``parse_xml`` is the only reader of XML here, and this the only module that knows xmltodict.
The bytes go through ``xml_repair`` to expat, which builds the elements; entities and whatever
refers outside are refused in both. What expat takes as it is needs no repair.
Walks use lists, not recursion, and depth is bounded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.memory import Memory
from upnpscapy.protocol.xml_encoding import decode
from upnpscapy.protocol.xml_repair import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    REPAIRS,
    Repair,
    Repairs,
    as_it_is,
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

MAX_REMEMBERED = 512
"""Bytes of a text that is remembered: a call, or a short answer."""

_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"


class _Built:
    """An element as it is made: what ``Element``, which nothing can be assigned to, is before."""

    __slots__ = ("attributes", "children", "name", "namespace", "prefix", "raw_text")

    def __init__(
        self,
        name: str,
        prefix: str,
        namespace: str | None,
        attributes: tuple[tuple[str, str], ...],
        raw_text: str,
        children: tuple[Element, ...],
    ) -> None:
        self.name = name
        self.prefix = prefix
        self.namespace = namespace
        self.attributes = attributes
        self.raw_text = raw_text
        self.children = children


@dataclass(frozen=True, slots=True, repr=False)
class Element(_Built):
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
    if len(data) > max_bytes:
        raise DescriptionError(f"{len(data)} bytes are more than the limit of {max_bytes}")
    return _DOCUMENTS[data] if len(data) <= MAX_REMEMBERED else _read(data)


def _read(data: bytes) -> Document:
    repairs = Repairs()
    text, encoding = decode(data, repairs.add)
    plain = as_it_is(text)
    if plain is not None:
        found = Repairs(repairs)
        built = plain.encode()
        with suppress(_BrokenError):
            return Document(_Builder(found, plain=True).build(built), tuple(found), encoding, built)
    built = repair(text, repairs).encode()
    return Document(_Builder(repairs).build(built), tuple(repairs), encoding, built)


_DOCUMENTS = Memory(_read, len, limit=MAX_REMEMBERED, entries=1024)
"""A control point that asks every minute asks the same."""


_Names = tuple[str, str, str | None]
"""(prefix, local name, namespace)."""

_Open = tuple[_Names, tuple[tuple[str, str], ...], Sequence[str], list[str], list[Element]]
"""An element that has not ended: names, attributes, prefixes declared, text, children."""


class _BrokenError(DescriptionError):
    """What expat does not take."""


class _Builder:
    """Elements from expat's events; namespaces are resolved here, as expat fails on bad ones."""

    def __init__(self, repairs: Repairs, *, plain: bool = False) -> None:
        self.repairs = repairs
        self.plain = plain
        """Whether only elements and text are expected, as ``repair`` leaves them."""
        self.elements = 0
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
        if self.plain:
            parser.XmlDeclHandler = parser.StartDoctypeDeclHandler = _give_up
            parser.CommentHandler = _give_up
            parser.ProcessingInstructionHandler = parser.StartCdataSectionHandler = _give_up
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            words = expat.ErrorString(error.code)
            lines = data.split(b"\n", error.lineno)
            line = lines[error.lineno - 1] if len(lines) >= error.lineno else b""
            near = line[max(0, error.offset - 20) : error.offset + 20].decode("utf-8", "replace")
            place = f"line {error.lineno}, column {error.offset + 1}"
            raise _BrokenError(f"broken XML: {words} at {place}, near {near!a}") from error
        if self.root is None:
            raise _BrokenError("broken XML: no element")
        return self.root

    def start(self, name: str, flat: list[str]) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise DescriptionError(f"more than {MAX_DEPTH} elements inside each other")
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise DescriptionError(f"more than {MAX_ELEMENTS} elements")
        if not flat:
            self.open.append((self.resolve(name), (), (), [], []))
            return
        attributes = tuple(zip(flat[::2], flat[1::2], strict=True))
        declared = []
        for key, value in attributes:
            if key == "xmlns" or key.startswith("xmlns:"):
                declared.append(self.declare(key[6:], value))
        names = self.resolve(name)
        for key, _ in attributes:
            if ":" in key and not key.startswith("xmlns:"):
                self.resolve(key)
        self.open.append((names, attributes, declared, [], []))

    def declare(self, prefix: str, value: str) -> str:
        namespace = value.strip()
        if namespace != value:
            self.repairs.add("namespace-blanks", value[:80])
        if prefix and not namespace:
            self.repairs.add("empty-namespace", prefix)
        self.scopes[prefix].append(namespace)
        return prefix

    def resolve(self, name: str) -> _Names:
        if ":" not in name:
            scope = self.scopes.get("")
            return "", name, (scope[-1] or None) if scope else None
        prefix, _, local = name.partition(":")
        if not prefix or not local:
            self.repairs.add("empty-prefix", name)
            return "", prefix or local or name, None
        scope = self.scopes.get(prefix)
        if not scope:
            self.repairs.add("undeclared-prefix", name)
            return prefix, local, None
        return prefix, local, scope[-1] or None

    def characters(self, text: str) -> None:
        self.open[-1][3].append(text)

    def end(self, _: str) -> None:
        (prefix, name, namespace), attributes, declared, text, children = self.open.pop()
        for key in declared:
            self.scopes[key].pop()
        raw_text = text[0] if len(text) == 1 else "".join(text)
        built = _Built(name, prefix, namespace, attributes, raw_text, tuple(children))
        built.__class__ = Element  # three times as fast as to fill in what is frozen
        assert isinstance(built, Element)
        if self.open:
            self.open[-1][4].append(built)
        else:
            self.root = built


def _give_up(*_: object) -> Any:
    raise _BrokenError("not plain")


def _refuse(*_: object) -> Any:
    raise DescriptionError("document types and entities are refused")
