"""The entities that an XML text declares: where they lead, and how much they would become."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["Entities", "depth_of", "read_entities"]

MAX_ENTITIES = 1024
MAX_VALUE = 1 << 20
MAX_SIZE = 10**15
"""Characters from which on it does not matter how many more."""

MAX_REFERENCES = 1 << 16
"""References counted in the text; many times as many as any text of a device has."""

_ENTITY = re.compile(
    r"<!ENTITY\s{1,64}(%\s{1,64})?([^\s<>\"'%&;]{1,256})\s{1,64}"
    r"(?:(\"[^\"]{0,%d}\"|'[^']{0,%d}')"
    r"|(?:SYSTEM|PUBLIC\s{1,64}(?:\"[^\"]{0,1024}\"|'[^']{0,1024}'))\s{0,64}"
    r"(\"[^\"]{0,4096}\"|'[^']{0,4096}')?)".replace("%d", str(MAX_VALUE))
)
_REFERENCE = re.compile(r"[&%]([^\s#&;<>\"'%]{1,256});")
_TAG = re.compile(r"<(/?)[A-Za-z_][^<>/]{0,1024}(?:/(?!>)[^<>/]{0,1024}){0,64}(/?)>")


@dataclass(slots=True)
class Entities:
    """What a text declares."""

    external: list[str] = field(default_factory=list)
    """System identifiers of external entities, "" for one that has none."""
    parameters: list[str] = field(default_factory=list)
    """Names of parameter entities."""
    levels: int = 0
    """Entities inside entities: 1 for plain text, 0 without any; what refers to itself is deep."""
    most_references: int = 0
    """Distinct or not, in the value of one entity."""
    expanded: int = 0
    """Characters that the references in the text would become, at most ``MAX_SIZE``; if it has
    none, those of the largest entity."""


def read_entities(content: str) -> Entities:
    """The entities that a text declares; nothing is resolved."""
    found = Entities()
    values: dict[str, str] = {}
    end = 0
    for count, match in enumerate(_ENTITY.finditer(content)):
        if count >= MAX_ENTITIES:
            break
        parameter, name, value, system = match.groups()
        end = match.end()
        if parameter:
            found.parameters.append(name)
        if value is None:
            found.external.append((system or "")[1:-1])
        else:
            values.setdefault(name, value[1:-1])
    inside: dict[str, list[str]] = {}
    for name, value in values.items():
        names = [one for one in _REFERENCE.findall(value) if one in values]
        inside[name] = names[:MAX_REFERENCES]
        found.most_references = max(found.most_references, len(names))
    sizes, levels = _measure(values, inside)
    found.levels = max(levels.values(), default=0)
    total = 0
    for count, match in enumerate(_REFERENCE.finditer(content, end)):
        if count >= MAX_REFERENCES:
            break
        total += sizes.get(match[1], 0)
    found.expanded = min(MAX_SIZE, total or max(sizes.values(), default=0))
    return found


def depth_of(content: str, limit: int) -> int:
    """How many elements are inside each other, counted no further than a limit."""
    depth = deepest = 0
    for match in _TAG.finditer(content):
        if match[1]:
            depth = max(0, depth - 1)
        elif not match[2]:
            depth += 1
            deepest = max(deepest, depth)
            if deepest >= limit:
                break
    return deepest


def _measure(
    values: dict[str, str], inside: dict[str, list[str]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Size and levels of each entity, those inside first; without recursion."""
    sizes: dict[str, int] = {}
    levels: dict[str, int] = {}
    for start in values:
        left = [start]
        path: set[str] = set()
        while left:
            name = left[-1]
            if name in sizes:
                left.pop()
                continue
            waiting = [one for one in dict.fromkeys(inside[name]) if one not in sizes]
            if not waiting or name in path:
                # All inside is measured; or it is part of a circle, which no reader takes.
                size = len(values[name])
                size += sum(sizes.get(one, MAX_SIZE) for one in inside[name])
                sizes[name] = min(MAX_SIZE, size)
                levels[name] = 1 + max((levels.get(one, 99) for one in inside[name]), default=0)
                left.pop()
                continue
            path.add(name)
            left += waiting
    return sizes, levels
