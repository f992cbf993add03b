"""The page itself: templates, and what they are filled with.

Whatever a template writes goes through ``printable`` first and is escaped after; what is longer
than ``LONGEST`` characters is cut, wherever it comes from.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from upnpscapy.display import printable
from upnpscapy.report.words import counted, cut, duration, moment

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["prepare", "render"]

LONGEST = 4_000
"""Characters of any one text of a page."""


def prepare() -> None:
    """Make the templates ready; raises ``ImportError`` where Jinja2 is not installed."""
    _environment()


def render(**context: Any) -> str:
    """The HTML of a report."""
    return _environment().get_template("report.html").render(**context)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from upnpscapy.report.compiled import CompiledTemplates

    environment = Environment(
        loader=PackageLoader("upnpscapy.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=CompiledTemplates(__file__),
    )
    environment.filters |= {"counted": counted, "moment": moment, "duration": duration, "cut": cut}
    return environment


def _shown(value: Any) -> Any:
    """What a template writes of a value; markup, which templates alone make, stays as it is."""
    if type(value) is not str:
        if hasattr(value, "__html__"):
            return value
        value = "" if value is None else str(value)
    return printable(cut(value, LONGEST))
