"""Trees as text, on terminals and as HTML: nothing acts, nothing is endless, nothing is lost."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tests.display.showing import html_text, pretty
from tests.display.test_text import NASTY, Tags, is_harmless, texts
from upnpscapy import tree as tree_module
from upnpscapy.display import printable
from upnpscapy.terminal import PLAIN_WIDTH, print_tree
from upnpscapy.tree import Node, Shown, Tree, Written, card

HOUSE = Tree(
    (
        Node(
            "house",
            "brick",
            (("street", "Main Street"), ("no", "7")),
            (
                Node("attic", fields=(("", "dusty"),)),
                Node("hall", children=(Node("door", "open"), Node("lamp")), is_open=False),
                Node("cellar", children=(Node("well", fields=(("depth", "9 m"),)),)),
            ),
        ),
        Node("garden"),
    ),
    ("the gate is broken",),
)


def test_tree_as_text() -> None:
    assert HOUSE.to_text().splitlines() == [
        "house  brick",
        "│   street  Main Street",
        "│   no      7",
        "├── attic",
        "│       dusty",
        "├── hall",
        "└── cellar",
        "    └── well",
        "            depth  9 m",
        "garden",
        "the gate is broken",
    ]


def test_closed_nodes_are_seen_where_all_is_asked_for() -> None:
    closed, all_of_it = HOUSE.to_text().splitlines(), HOUSE.to_text(expand=True).splitlines()
    added = [line for line in all_of_it if line not in closed]
    assert added == ["│   ├── door  open", "│   └── lamp"]


def test_html_has_lists_that_open_and_close() -> None:
    html = HOUSE.to_html()
    parser = Tags()
    parser.feed(html)
    assert set(parser.tags) == {
        *("div", "ul", "li", "b", "span", "details", "summary"),
        *("/div", "/ul", "/li", "/b", "/span", "/details", "/summary"),
    }
    for tag in ("div", "ul", "li", "details", "summary"):
        assert parser.tags.count(tag) == parser.tags.count(f"/{tag}")
    assert parser.tags.count("details") == 5, "those that hold something"
    assert html.count("<details open>") == 4
    assert "<details><summary><b>hall</b></summary>" in html
    assert "lamp" in html, "closed ones are there"
    for word in ("brick", "street", "Main Street", "dusty", "9 m", "garden", "gate"):
        assert word in parser.text
    assert "script" not in html
    assert "color" not in html.replace("font-family", ""), "light and dark around it"


def shown(tree: Tree, width: int | None, *, expand: bool = False) -> list[str]:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width or PLAIN_WIDTH,
        force_terminal=width is not None,
        color_system="standard" if width else None,
        markup=False,
        emoji=False,
        highlight=False,
    )
    print_tree(console, tree, expand=expand)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).split("\n")[:-1]


@pytest.mark.parametrize("width", [20, 33, 40, 80, 200])
def test_terminal_folds_behind_the_branches(width: int) -> None:
    long = "http://192.0.2.1/" + "x" * 150
    tree = Tree(
        (
            Node(
                "root",
                fields=(("location", long),),
                children=(Node(long, long, (("a" * 30, long),)), Node("z")),
            ),
        )
    )
    lines = shown(tree, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()).count("x") == 4 * 150
    place = next(index for index, line in enumerate(lines) if line.startswith("├── "))
    assert lines[-1].rstrip() == "└── z"
    assert all(line.startswith("│") for line in lines[place + 1 : -1])


def test_without_terminal_it_is_the_text() -> None:
    assert shown(HOUSE, None) == HOUSE.to_text().split("\n")
    assert shown(HOUSE, None, expand=True) == HOUSE.to_text(expand=True).split("\n")
    assert [line.rstrip() for line in shown(HOUSE, 80)] == shown(HOUSE, None)


@st.composite
def nodes(draw: st.DrawFn, depth: int = 2) -> Node:
    """A tree of any texts."""
    inner = [draw(nodes(depth - 1)) for _ in range(draw(st.integers(0, 2 if depth else 0)))]
    fields = [(draw(texts), draw(texts)) for _ in range(draw(st.integers(0, 2)))]
    return Node(draw(texts), draw(texts), tuple(fields), tuple(inner), draw(st.booleans()))


@settings(deadline=None, max_examples=50)
@given(nodes(), st.lists(texts, max_size=2).map(tuple), st.sampled_from([None, 10, 40, 120]))
def test_any_text_is_harmless(node: Node, remarks: tuple[str, ...], width: int | None) -> None:
    tree = Tree((node,), remarks)
    assert all(map(is_harmless, tree.to_text(expand=True).split("\n")))
    lines = shown(tree, width, expand=True)
    assert all(map(is_harmless, lines))
    html = tree.to_html()
    assert is_harmless(html)
    parser = Tags()
    parser.feed(html)
    parser.close()
    assert {tag.removeprefix("/") for tag in parser.tags} <= set(
        "div ul li b span details summary".split()
    )
    assert printable(node.label[: tree_module.MAX_LABEL]) in unescape(html)


@settings(deadline=None, max_examples=50)
@given(nodes())
def test_every_node_has_its_line(node: Node) -> None:
    labels = [line for line in Tree((node,)).lines(expand=True) if line.is_label]
    left, count = [node], 0
    while left:
        count += 1
        left.extend(left.pop().children)
    assert len(labels) == count


@pytest.mark.parametrize("text", NASTY)
def test_label_is_shown_literally(text: str) -> None:
    (line,) = Tree((Node(text),)).lines()
    if len(text) <= tree_module.MAX_LABEL:
        assert line.text == printable(text)


def test_what_is_too_much_is_counted() -> None:
    many = Tree((Node("r", children=tuple(Node(str(number)) for number in range(10_000))),))
    lines = many.to_text().splitlines()
    assert len(lines) == tree_module.MAX_CHILDREN + 2
    assert lines[-2:] == ["├── 255", "└── … 9744 more"]
    assert "… 9744 more" in many.to_html()
    fields = Tree((Node("r", fields=(("n", "v"),) * 1000),), ("w",) * 1000)
    assert f"… {1000 - tree_module.MAX_FIELDS} more" in fields.to_text().splitlines()
    assert fields.to_text().count("\n") < 200
    assert fields.to_html().count(f"… {1000 - tree_module.MAX_FIELDS} more") == 2


def test_long_text_says_how_long_it_is() -> None:
    tree = Tree((Node("l" * 10_000, "n" * 10_000, (("f" * 10_000, "v" * 10_000),)),))
    for form in (tree.to_text(), tree.to_html()):
        assert form.count("… (10000 characters)") == 4
        assert len(form) < 5000


def test_wide_and_deep_trees_end() -> None:
    wide = Node("leaf")
    for _ in range(3):
        wide = Node("branch", children=(wide,) * 200)
    tree = Tree((wide,))
    assert len(tree.to_text().splitlines()) == tree_module.MAX_NODES + 1
    assert tree.to_text().endswith("not shown")
    assert tree.to_html().count("<li>") < 2 * tree_module.MAX_NODES
    deep = Node("end")
    for _ in range(5000):
        deep = Node("level", children=(deep,))
    assert len(Tree((deep,)).to_text().splitlines()) == tree_module.MAX_DEPTH + 2
    assert Tree((deep,)).to_html().count("level") < tree_module.MAX_DEPTH + 3


LINES = Node(
    "letter",
    written=(
        Written((("  Dear ", False), ("Jhon", True), (",", False)), ("misspelt",)),
        Written(()),
        Written((("\x1b日", True),)),
    ),
)


def test_lines_as_sent_keep_their_blanks_and_have_signs_below() -> None:
    assert Tree((LINES,)).to_text().splitlines() == [
        "letter",
        "      Dear Jhon,",
        "           ^^^^",
        "      ↑ misspelt",
        "",
        r"    \x1b日",
        "    ^^^^^",
    ]
    html = Tree((LINES,)).to_html()
    assert "<div>  Dear <b><u" in html
    assert html_text(html).startswith("letter  Dear Jhon,")


def test_closed_lines_are_not_in_the_text() -> None:
    closed = Node("letter", written=LINES.written, is_open=False)
    assert Tree((closed,)).to_text() == "letter"
    assert "Jhon" in Tree((closed,)).to_text(expand=True)
    assert "Jhon" in Tree((closed,)).to_html()


def test_lines_end(monkeypatch: pytest.MonkeyPatch) -> None:
    long = Written((("x" * 700, False), ("y" * 700, True)))
    text = Tree((Node("a", written=(long,)),)).to_text()
    assert (text.count("x"), text.count("y")) == (700, 300)
    assert "… (1400 characters)" in text
    monkeypatch.setattr(tree_module, "MAX_WRITTEN", 2)
    for shown in (Tree((LINES,)).to_text(), Tree((LINES,)).to_html()):
        assert "… 1 more lines" in shown


def test_card_leaves_out_what_is_not_known() -> None:
    fields = (("a", None), ("b", ""), ("c", 0), ("d", False), ("e", [1, 2]), ("f", ()))
    shown = card("label", "note", fields, (Node("child"),), ("remark",))
    assert shown.to_text().splitlines() == [
        "label  note",
        "│   c  0",
        "│   d  no",
        "│   e  1, 2",
        "└── child",
        "remark",
    ]


def test_long_value_of_a_card_says_how_long_it_is() -> None:
    shown = card("a", fields=[("n", "x" * 10_000)])
    assert "(10000 characters)" in shown.to_text()
    assert "(10000 characters)" in html_text(shown.to_html())


def test_names_of_fields_are_aligned_in_html_too() -> None:
    assert html_text(card("a", "", (("n", "1"), ("name", "2"))).to_html()) == "an     1name  2"


class House(Shown):
    """Something that a session shows."""

    def tree(self) -> Tree:
        return HOUSE

    def _summary(self) -> str:
        return "House brick"


def test_session_shows_the_tree() -> None:
    house = House()
    assert (repr(house), str(house)) == ("<House brick>", HOUSE.to_text())
    assert house._repr_html_() == HOUSE.to_html()
    printer = Printer()
    house._repr_pretty_(printer, cycle=False)
    house._repr_pretty_(printer, cycle=True)
    assert printer.texts == [HOUSE.to_text(), "<House brick>"]


def test_in_a_list_a_line_must_do() -> None:
    assert pretty([House(), House()]) == "[<House brick>, <House brick>]"


class Printer:
    """IPython's, as far as it is used."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def text(self, text: str) -> None:
        self.texts.append(text)
