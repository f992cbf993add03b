"""The README's table of rules is that of ``RULES``.

``python -m tests.forensics.rules.test_table`` rewrites it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from upnpscapy.forensics.finding import SEVERITIES, Claim
from upnpscapy.forensics.rules import RULES
from upnpscapy.forensics.rules.rule import Rule, rule
from upnpscapy.forensics.watching.facts import Facts

README = Path(__file__).parents[3] / "README.md"
BEGIN, END = "<!-- rules -->\n", "<!-- end of rules -->\n"
TECHNIQUES = "https://attack.mitre.org/techniques/"


def table(rules: Iterable[Rule]) -> str:
    """Rules as a table of Markdown, the worst first."""
    lines = ["| rule | severity | what was seen | technique | reference |", "| --- " * 5 + "|"]
    for one in sorted(rules, key=lambda one: (-SEVERITIES.index(one.severity), one.id)):
        technique = ""
        if one.technique is not None:
            path = one.technique.replace(".", "/")
            technique = f"[{one.technique}]({TECHNIQUES}{path}/)"
        cells = f"`{one.id}`", one.severity, one.title, technique, one.reference or ""
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "".join(f"{line}\n" for line in lines)


def with_table(text: str, rules: Iterable[Rule]) -> str:
    """The README with the table between its marks; raises ``ValueError`` where they lack."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no {BEGIN.strip()} … {END.strip()}")
    return f"{before}{begin}\n{table(rules)}\n{end}{after}"


def test_the_readme_has_the_table_of_the_rules() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_table(text, RULES), "run python -m tests.forensics.rules.test_table"


def test_another_rule_is_another_table() -> None:
    @rule("mine", "LOW", "a | b", technique="T1599.001")
    def mine(facts: Facts) -> Iterator[Claim]:
        yield from ()

    text = README.read_text(encoding="utf-8")
    changed = with_table(text, (*RULES, mine))
    assert set(changed.splitlines()) - set(text.splitlines()) == {
        f"| `mine` | LOW | a \\| b | [T1599.001]({TECHNIQUES}T1599/001/) |  |"
    }


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8"), RULES), encoding="utf-8")
