"""A file name for a captured document: made of the server, its port and the target, and safe.

Only letters, digits and ``._-``; it never begins with a dot or a dash, ends in one of our own
endings, and is like no name that a system keeps for itself. What the wire says of a type is not
asked: the role and the first bytes decide.
"""

from __future__ import annotations

import re

from upnpscapy.forensics.exchange_row import Role

__all__ = ["FileNames", "ending"]

LONGEST_TARGET = 80
"""Characters of a target that stand in a name."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_OWN_ENDING = re.compile(r"\.([A-Za-z0-9]{1,5})\Z")

_PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpg"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"BM.{4}\x00{4}", re.DOTALL), "bmp"),
    (re.compile(rb"\x00\x00\x01\x00"), "ico"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "webp"),
)
"""How a file begins, and its ending. SVG is not among them: it can bring programs along."""


def ending(role: Role, data: bytes) -> str:
    """The ending of a document's file name; what a program might run becomes text or nothing."""
    if role in ("description", "scpd"):
        return "xml"
    if role == "icon":
        return next((name for begin, name in _PICTURES if begin.match(data)), "bin")
    return "txt"


class FileNames:
    """Gives out names of which no two differ in case only."""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._taken = {name.lower() for name in taken}
        self._next: dict[str, int] = {}

    def new(self, server: str, port: int, target: str, role: Role, data: bytes) -> str:
        """A name that was not given out before; ``target`` is "" if it is not known."""
        last = ending(role, data)
        path = target.partition("?")
        own = _OWN_ENDING.search(path[0])
        plain = path[0][: own.start()] if own and own[1].lower() == last else path[0]
        words = _UNSAFE.sub("_", plain + "".join(path[1:])).strip("_-")[:LONGEST_TARGET]
        host = re.sub(r"[^A-Za-z0-9.]+", "-", server).lstrip(".-") or "0"
        stem = f"{host}_{port}_{words or role}"
        name, key = f"{stem}.{last}", f"{stem}.{last}".lower()
        while name.lower() in self._taken:
            number = self._next[key] = self._next.get(key, 1) + 1
            name = f"{stem}_{number}.{last}"
        self._taken.add(name.lower())
        return name
