"""Trees and how they look: plain text, lines for a terminal, HTML; nothing in them acts.

Whoever has something to show makes ``Node`` values of it; that they are escaped, cut and
counted happens here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from upnpscapy.display import cell_text, printable, to_html

__all__ = ["Line", "Node", "Shown", "Tree", "Written", "card"]

MAX_LABEL = 1000
"""Characters of a label or a note; a list of allowed values of a standard service has 600."""

MAX_NAME = 40
"""Characters of a field's name; vendors add elements of any."""

MAX_VALUE = 1000
"""Characters of a field's value."""

MAX_CARD_VALUE = 960
"""The same of a value that is cut with a word on its length, which needs room too."""

MAX_CHILDREN = 256
"""Shown of one node; a service has some dozen actions, a device some dozen services."""

MAX_FIELDS = 64
"""Shown of one node."""

MAX_SUMMARY = 80
"""Characters of a value in a representation, which is one line."""

MAX_WRITTEN = 256
"""Lines as sent that are shown of one node."""

MAX_NODES = 4096
"""Shown of one tree."""

MAX_DEPTH = 64
"""Levels shown, as deep as XML is read."""

_OUTER = (
    "font-family:ui-monospace,monospace;font-size:0.9em;line-height:1.5;white-space:pre-wrap;"
    "overflow-wrap:break-word"
)
_BARE = "list-style:none;margin:0"
_LIST = f"{_BARE};padding-left:1.4em"
_DIM = "opacity:0.7"
_WRITTEN = "margin:0.2em 0 0.2em 1.4em;padding-left:0.7em;border-left:1px solid"
_EM, _GAP = 0.6, 2
"""A fixed-width character is about so wide; so many are between a name and its value."""
_MARKED = "text-decoration:underline wavy"


class Written(NamedTuple):
    """A line of text as it was sent, and what is said of it."""

    pieces: tuple[tuple[str, bool], ...]
    """Its text in order, and whether each piece is marked."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One thing: its label, what is said beside it and below it, and what it holds."""

    label: str
    note: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    """(name, value); a name may be empty."""
    children: tuple[Node, ...] = ()
    is_open: bool = True
    """Whether what it holds is seen at once; in text children and lines are left out otherwise."""
    written: tuple[Written, ...] = ()
    """Lines as sent, blanks and all, below the fields."""


class Line(NamedTuple):
    """One line of a tree; its texts are printable and of bounded length."""

    lead: str
    """The branches in front of it."""
    hang: str
    """The branches in front of what does not fit into the line."""
    name: str
    """Of a field, with blanks up to the width of its neighbours' names; "" of a label."""
    text: str
    note: str
    is_label: bool

    def __str__(self) -> str:
        name = f"{self.name}  " if self.name else ""
        note = f"  {self.note}" if self.note else ""
        return f"{self.lead}{name}{self.text}{note}".rstrip()


class Tree(NamedTuple):
    """Root nodes, and remarks that follow them."""

    roots: tuple[Node, ...]
    remarks: tuple[str, ...] = ()

    def lines(self, *, expand: bool = False) -> Iterator[Line]:
        """The tree as lines; with ``expand`` closed nodes are seen too."""
        left = [_Place(node, "", "", 0) for node in reversed(self.roots[:MAX_NODES])]
        count = 0
        while left:
            place = left.pop()
            count += 1
            if count > MAX_NODES:
                yield Line("", "", "", f"… {len(left) + 1} or more not shown", "", is_label=False)
                return
            node, below = place.node, place.below
            inner: tuple[Node, ...] = ()
            more = 0
            if node.is_open or expand:
                inner = node.children[: MAX_CHILDREN if place.depth < MAX_DEPTH else 0]
                more = len(node.children) - len(inner)
            branch = below + ("│   " if inner or more else "    ")
            label, note = _cut(node.label, MAX_LABEL), _cut(node.note, MAX_LABEL)
            yield Line(place.lead, branch, "", label, note, is_label=True)
            yield from _field_lines(node, branch)
            if node.is_open or expand:
                yield from _written_lines(node, branch)
            if more:
                left.append(_Place(Node(f"… {more} more"), f"{below}└── ", f"{below}    ", 0))
            for index in range(len(inner) - 1, -1, -1):
                last = index == len(inner) - 1 and not more
                lead, bar = ("└── ", "    ") if last else ("├── ", "│   ")
                left.append(_Place(inner[index], below + lead, below + bar, place.depth + 1))
        for remark in _first(self.remarks, MAX_FIELDS):
            yield Line("", "    ", "", _cut(remark, MAX_VALUE), "", is_label=False)

    def to_text(self, *, expand: bool = False) -> str:
        """The tree as text, a line each."""
        return "\n".join(map(str, self.lines(expand=expand)))

    def to_html(self) -> str:
        """The tree as lists that open and close, without script, in the colours around it."""
        room = [MAX_NODES]
        parts = [f'<div style="{_OUTER}">', *_html_list(self.roots, 0, room)]
        for remark in _first(self.remarks, MAX_FIELDS):
            parts.append(f"<div>{to_html(_cut(remark, MAX_VALUE))}</div>")
        return "".join([*parts, "</div>"])


def card(
    label: str,
    note: str = "",
    fields: Iterable[tuple[str, object]] = (),
    children: Iterable[Node] = (),
    remarks: Iterable[str] = (),
) -> Tree:
    """One thing as a tree; a field whose value is None, empty or "" is left out."""
    told = ((name, cell_text(value, MAX_CARD_VALUE)) for name, value in fields)
    known = tuple((name, text) for name, text in told if text)
    return Tree((Node(label, note, known, tuple(children)),), tuple(remarks))


class Shown:
    """What a session shows as a tree."""

    __slots__ = ()

    @abstractmethod
    def tree(self) -> Tree:
        """The tree to show."""

    @abstractmethod
    def _summary(self) -> str:
        """What it is, in some words."""

    def __repr__(self) -> str:
        # Here and not in what derives from this: IPython takes the first of __repr__ and
        # _repr_pretty_ among the classes of a value.
        return f"<{self._summary()}>"

    def __str__(self) -> str:
        return self.tree().to_text()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows."""
        # Among others, in a list, a line must do.
        inside = cycle or len(getattr(printer, "stack", ())) > 1
        printer.text(repr(self) if inside else self.tree().to_text())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.tree().to_html()


class _Place(NamedTuple):
    node: Node
    lead: str
    below: str
    depth: int


def _field_lines(node: Node, branch: str) -> Iterator[Line]:
    width = _name_width(node)
    for name, value in node.fields[:MAX_FIELDS]:
        shown = _cut(name, MAX_NAME).ljust(width)
        yield Line(branch, branch, shown, _cut(value, MAX_VALUE), "", is_label=False)
    if len(node.fields) > MAX_FIELDS:
        more = f"… {len(node.fields) - MAX_FIELDS} more"
        yield Line(branch, branch, "", more, "", is_label=False)


def _name_width(node: Node) -> int:
    return min(max((len(name) for name, _ in node.fields[:MAX_FIELDS]), default=0), MAX_NAME)


def _written_lines(node: Node, branch: str) -> Iterator[Line]:
    """Each line, below it a sign under what is marked, then the notes."""
    for line in node.written[:MAX_WRITTEN]:
        text, signs = "", ""
        for piece, is_marked in _bounded(line):
            text += piece
            signs += ("^" if is_marked else " ") * len(piece)
        yield Line(branch, branch, "", text, "", is_label=False)
        if "^" in signs:
            yield Line(branch, branch, "", signs.rstrip(), "", is_label=False)
        for note in line.notes[:MAX_FIELDS]:
            yield Line(branch, branch, "", f"  ↑ {_cut(note, MAX_VALUE)}", "", is_label=False)
    if len(node.written) > MAX_WRITTEN:
        more = f"… {len(node.written) - MAX_WRITTEN} more lines"
        yield Line(branch, branch, "", more, "", is_label=False)


def _bounded(line: Written) -> Iterator[tuple[str, bool]]:
    """The printable pieces of a line, up to the length of a value."""
    room, total = MAX_VALUE, sum(len(piece) for piece, _ in line.pieces)
    for piece, is_marked in line.pieces:
        if room > 0:
            yield printable(piece[:room]), is_marked
        room -= len(piece)
    if room < 0:
        yield f"… ({total} characters)", False


def _html_list(nodes: tuple[Node, ...], depth: int, room: list[int]) -> Iterator[str]:
    """A list of nodes; recursion ends at ``MAX_DEPTH``."""
    yield f'<ul style="{_LIST}">'
    shown = nodes[: min(MAX_CHILDREN, room[0]) if depth <= MAX_DEPTH else 0]
    room[0] -= len(shown)
    for node in shown:
        yield "<li>"
        yield from _html_node(node, depth, room)
        yield "</li>"
    if len(shown) < len(nodes):
        yield f"<li>… {len(nodes) - len(shown)} more</li>"
    yield "</ul>"


def _html_node(node: Node, depth: int, room: list[int]) -> Iterator[str]:
    note = f' <span style="{_DIM}">{to_html(_cut(node.note, MAX_LABEL))}</span>'
    head = f"<b>{to_html(_cut(node.label, MAX_LABEL))}</b>{note if node.note else ''}"
    if not node.fields and not node.children and not node.written:
        yield f"<div>{head}</div>"
        return
    yield f"<details{' open' if node.is_open else ''}><summary>{head}</summary>"
    if node.fields:
        width = _name_width(node)
        hang = _EM * (width + _GAP) if width else 0.0
        left = f"padding-left:{1.4 + hang:.1f}em;text-indent:-{hang:.1f}em"
        yield f'<ul style="{_BARE};{left}">'
        for name, value in node.fields[:MAX_FIELDS]:
            shown = to_html(_cut(name, MAX_NAME).ljust(width) + " " * _GAP * bool(width))
            yield f'<li><span style="{_DIM}">{shown}</span>{to_html(_cut(value, MAX_VALUE))}</li>'
        if len(node.fields) > MAX_FIELDS:
            yield f"<li>… {len(node.fields) - MAX_FIELDS} more</li>"
        yield "</ul>"
    if node.written:
        yield from _html_written(node)
    if node.children:
        yield from _html_list(node.children, depth + 1, room)
    yield "</details>"


def _html_written(node: Node) -> Iterator[str]:
    yield f'<div style="{_WRITTEN}">'
    for line in node.written[:MAX_WRITTEN]:
        pieces = [
            f'<b><u style="{_MARKED}">{to_html(piece)}</u></b>' if is_marked else to_html(piece)
            for piece, is_marked in _bounded(line)
        ]
        yield f"<div>{''.join(pieces) or '&nbsp;'}</div>"
        for note in line.notes[:MAX_FIELDS]:
            yield f'<div style="{_DIM}">  ↑ {to_html(_cut(note, MAX_VALUE))}</div>'
    if len(node.written) > MAX_WRITTEN:
        yield f"<div>… {len(node.written) - MAX_WRITTEN} more lines</div>"
    yield "</div>"


def _cut(text: str, most: int) -> str:
    """Printable text with an end; of a longer one how long it is."""
    if len(text) <= most:
        return printable(text)
    return f"{printable(text[:most])}… ({len(text)} characters)"


def _first(texts: tuple[str, ...], most: int) -> Iterator[str]:
    yield from texts[:most]
    if len(texts) > most:
        yield f"… {len(texts) - most} more"
