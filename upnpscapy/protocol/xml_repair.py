"""Bytes that devices call XML, made into text that an XML parser takes, and what that took.

``repair`` reads the text once from left to right and bounds depth and count on the way.
What it changes is named in ``REPAIRS``.
What it refuses is what could make a parser fetch or multiply: document types that declare or
refer to anything (UDA 2.0, 2.3 and 2.5 need none).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from upnpscapy.errors import DescriptionError

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_ELEMENTS",
    "REPAIRS",
    "Repair",
    "Repairs",
    "as_it_is",
    "repair",
]

MAX_BYTES = 1 << 20
"""Bytes; the largest description or SCPD on record has about 120 KiB."""
MAX_DEPTH = 64
"""Elements inside each other; a device three levels down the tree needs 12."""
MAX_ELEMENTS = 1 << 16

REPAIRS: dict[str, str] = {
    # xml_encoding
    "byte-order-mark": "a byte order mark stands before the text",
    "odd-utf-16": "UTF-16 text has a byte or a surrogate too many",
    "wrong-utf-16-declaration": "UTF-16 is declared, and the bytes are not UTF-16",
    "unknown-encoding": "an encoding is declared that is not known",
    "wrong-encoding": "the bytes are not in the encoding that is declared",
    "undeclared-encoding": "the bytes are not UTF-8, and no other encoding is declared",
    "invalid-utf-8": "some bytes of UTF-8 text are not UTF-8",
    # before and after the root element
    "http-header": "an HTTP header stands before the XML",
    "leading-blanks": "blanks stand before the XML declaration",
    "leading-garbage": "text that is not XML stands before the root element",
    "second-declaration": "there is more than one XML declaration",
    "malformed-declaration": "the XML declaration does not end in ?>",
    "document-type": "a document type is named",
    "trailing-nul": "NUL characters stand after the root element",
    "trailing-garbage": "something stands after the root element",
    "cut-short": "the text ends before its elements do",
    # inside
    "bare-ampersand": "an & is not the start of a reference",
    "undefined-entity": "an entity is used that nothing defines",
    "invalid-reference": "a reference names a character that XML has not",
    "bare-less-than": "a < is not the start of a tag",
    "bare-cdata-end": "]]> stands outside of a CDATA section",
    "control-character": "a character that XML has not",
    # names and namespaces, in xml
    "undeclared-prefix": "a prefix is not declared",
    "empty-prefix": "a name has a colon and nothing before or after it",
    "empty-namespace": "a prefix is declared as the empty namespace",
    "namespace-blanks": "blanks stand around a namespace",
}
"""name → what it means."""

_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TAG = re.compile(r"""</?+[^\s<>/!?&="'][^\s<>/="']*+(?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+>""")
_HTTP = re.compile(r"HTTP/|[A-Z-]{1,20} [^\s]{1,2000} HTTP/")
_NAME = re.compile(r"[^\s<>/]+")
_DOUBTFUL = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:(#[0-9]{1,10}|#x[0-9A-Fa-f]{1,8}|[A-Za-z_][\w.-]{0,40});)?"
)
"""Any & but those of the five entities that XML defines."""
_DECLARATION = re.compile(r"<\?xml(?=[\s?>])[^<>]*+>", re.IGNORECASE)
_MISC = re.compile(r"(?:[ \t\r\n\0]|<!--.*?-->|<\?(?!xml).*?\?>)*+", re.DOTALL)
_PLAIN_DOCTYPE = re.compile(r"<!DOCTYPE\s+[^\s<>\[\]\"']+\s*>", re.IGNORECASE)


class Repair(NamedTuple):
    """One kind of repair that a text needed, by its name in ``REPAIRS``."""

    name: str
    what: str = ""
    """What it concerns where it was met first."""
    times: int = 1

    @property
    def meaning(self) -> str:
        """What it means, in a sentence."""
        return REPAIRS[self.name]

    def __str__(self) -> str:
        times = f" {self.times} times" if self.times > 1 else ""
        what = f" {self.what!a}" if self.what else ""
        return f"{self.name}{what}{times}: {self.meaning}"


class Repairs:
    """A record that keeps of each kind of repair the first place and the count."""

    def __init__(self, before: Iterable[Repair] = ()) -> None:
        self._found = {repair.name: repair for repair in before}

    def add(self, name: str, what: str = "") -> None:
        """One more of a kind; ``what`` is kept of the first."""
        old = self._found.get(name)
        self._found[name] = old._replace(times=old.times + 1) if old else Repair(name, what)

    def __iter__(self) -> Iterator[Repair]:
        return iter(self._found.values())


def repair(text: str, repairs: Repairs) -> str:
    """One root element of a text; comments, instructions and the declaration are left out.

    Raises ``DescriptionError`` where there is no element, or what is there is refused.
    """
    return _Scan(text, repairs).run()


def as_it_is(text: str) -> str | None:
    """The root element of a text as ``repair`` would give it, if a parser takes it as it is.

    That is so unless it has comments, instructions or CDATA, or more than ``MAX_ELEMENTS``.
    None where a parser might take what ``repair`` changes.
    """
    declaration = _DECLARATION.match(text)
    if declaration is not None:
        if not text.endswith("?>", 0, declaration.end()):
            return None
        text = text[declaration.end() :]
    text = text.strip(" \t\r\n")
    return text if text.startswith("<") and "&#" not in text else None


class _Scan:
    """One walk over the text, from ``<`` to ``<``."""

    def __init__(self, text: str, repairs: Repairs) -> None:
        self.text = text
        self.add = repairs.add
        self.out: list[str] = []
        self.open: list[str] = []
        self.elements = 0
        self.declared = False
        self.controls = bool(_CONTROL.search(text))

    def run(self) -> str:
        text, at = self.text, 0
        while not (self.elements and not self.open):
            start = text.find("<", at)
            self.characters(text[at : start if start >= 0 else len(text)])
            at = self.markup(start) if start >= 0 else -1
            if at < 0:
                self.cut_short()
                return "".join(self.out)
        self.tail(text[at:])
        return "".join(self.out)

    def markup(self, at: int) -> int:
        """The place after the markup that starts here, -1 if it has no end."""
        text = self.text
        if tag := _TAG.match(text, at):
            self.tag(tag.group())
            return tag.end()
        if text.startswith("<!--", at):
            return _after(text, "-->", at + 4)
        if text.startswith("<![CDATA[", at):
            return self.cdata(at)
        if text.startswith("<?", at):
            return self.instruction(at)
        if text.startswith("<!", at) and not self.open:
            return self.document_type(at)
        if text.find(">", at) < 0:
            return -1
        self.add("bare-less-than", f"character {at}")
        self.out.append("&lt;" if self.open else "")
        return at + 1

    def tag(self, tag: str) -> None:
        if self.controls and (found := _CONTROL.search(tag)):
            self.add("control-character", f"{found.group()} in a tag")
            tag = _CONTROL.sub("", tag)
        if "&" in tag:
            tag = _DOUBTFUL.sub(self.reference, tag)
        if tag.startswith("</"):
            if not self.open:
                raise DescriptionError(f"an end tag without a start tag: {tag[:80]!a}")
            self.open.pop()
        else:
            self.elements += 1
            if self.elements > MAX_ELEMENTS:
                raise DescriptionError(f"more than {MAX_ELEMENTS} elements")
            if not tag.endswith("/>"):
                name = _NAME.search(tag)
                self.open.append(name.group() if name else "")
                if len(self.open) > MAX_DEPTH:
                    raise DescriptionError(f"more than {MAX_DEPTH} elements inside each other")
        self.out.append(tag)

    def characters(self, text: str) -> None:
        if not self.open:
            self.outside(text)
            return
        if "&" in text:
            text = _DOUBTFUL.sub(self.reference, text)
        if "]]>" in text:
            self.add("bare-cdata-end")
            text = text.replace("]]>", "]]&gt;")
        self.out.append(self.without_controls(text))

    def without_controls(self, text: str) -> str:
        if self.controls and (found := _CONTROL.search(text)):
            self.add("control-character", found.group())
            return _CONTROL.sub(_escaped, text)
        return text

    def outside(self, text: str) -> None:
        """Text before the root element: nothing of it is kept."""
        found = text.lstrip("\ufeff\0 \t\r\n")
        if _HTTP.match(found):
            self.add("http-header", found.split("\n", 1)[0].strip()[:80])
        elif found:
            self.add("leading-garbage", found[:40])
        elif text and not self.declared and self.text.startswith("<?xml", len(text)):
            self.add("leading-blanks", f"{len(text)} characters")

    def cdata(self, at: int) -> int:
        end = _after(self.text, "]]>", at)
        content = self.text[at + 9 : end - 3 if end >= 0 else len(self.text)]
        if self.open:
            self.out += ("<![CDATA[", self.without_controls(content), "]]>")
        else:
            self.add("leading-garbage", "CDATA")
        return end

    def instruction(self, at: int) -> int:
        if declaration := _DECLARATION.match(self.text, at):
            if self.declared:
                self.add("second-declaration", declaration.group()[:80])
            if not declaration.group().endswith("?>"):
                self.add("malformed-declaration", declaration.group()[:80])
            self.declared = True
            return declaration.end()
        return _after(self.text, "?>", at)

    def document_type(self, at: int) -> int:
        if plain := _PLAIN_DOCTYPE.match(self.text, at):
            self.add("document-type", plain.group()[:80])
            return plain.end()
        words = self.text[at : at + 80].split("\n", 1)[0]
        raise DescriptionError(f"a document type that declares or refers is refused: {words!a}")

    def reference(self, match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            self.add("bare-ampersand", match.string[match.start() : match.start() + 20])
        elif name[0] != "#":
            self.add("undefined-entity", match.group())
        else:
            code = int(name[2:], 16) if name[1] == "x" else int(name[1:])
            if code <= 0x10FFFF and not _CONTROL.match(chr(code)):
                return match.group()
            self.add("invalid-reference", match.group())
        return "&amp;" + match.group()[1:]

    def cut_short(self) -> None:
        if not self.elements:
            found = self.text.strip("\ufeff\0 \t\r\n")[:40]
            raise DescriptionError(f"no XML element: {found!a}" if found else "no XML: empty")
        if self.open:
            self.add("cut-short", f"in {self.open[-1]}")
        self.out.extend(f"</{name}>" for name in reversed(self.open))

    def tail(self, text: str) -> None:
        """Text after the root element: blanks, comments and instructions are no fault."""
        rest = text.strip(" \t\r\n")
        if not rest:
            return
        if not rest.strip("\0 \t\r\n"):
            self.add("trailing-nul", f"{len(rest)} characters")
        elif not _MISC.fullmatch(rest):
            self.add("trailing-garbage", rest[:40])


def _after(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    return found if found < 0 else found + len(end)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
