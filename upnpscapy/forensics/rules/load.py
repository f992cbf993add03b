"""Rules of a person's own, in a Python file: ``RULES``, or whatever ``@rule`` has made."""

from __future__ import annotations

import sys
import traceback
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from upnpscapy.forensics.rules.rule import Rule

__all__ = ["load_rules", "with_rules"]


def load_rules(path: str | Path) -> list[Rule]:
    """The rules of a file, which is run.

    Raises ``ValueError`` for a file that cannot be read or run, or has no rules.
    """
    place = Path(path)
    if not place.is_file():
        raise ValueError(f"{place} is no file")
    name = f"upnpscapy_rules_{place.stem}"
    spec = spec_from_file_location(name, place)
    if spec is None or spec.loader is None:
        raise ValueError(f"{place} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # it is anyone's code
        raise ValueError(f"{_where(error, place)}: {type(error).__name__}: {error}") from error
    found = vars(module).get("RULES")
    if found is None:
        found = [value for value in vars(module).values() if isinstance(value, Rule)]
    try:
        rules = list(found)
    except TypeError as error:
        raise ValueError(f"{place}: RULES is no sequence") from error
    for one in rules:
        if not isinstance(one, Rule):
            raise ValueError(f"{place}: RULES has something that is no rule: {one!r}")
    if not rules:
        raise ValueError(f"{place} has no rules: neither RULES nor a function with @rule")
    return list(dict.fromkeys(rules))


def with_rules(rules: tuple[Rule, ...], more: list[Rule]) -> list[Rule]:
    """Rules and more of them; one of the same id replaces that before it."""
    return list(({one.id: one for one in rules} | {one.id: one for one in more}).values())


def _where(error: BaseException, place: Path) -> str:
    """The line of the file that did not work."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(place)
    ]
    return f"{place}:{lines[-1]}" if lines else str(place)
