"""``write_report``: captures in, one HTML file out, with its tables beside it on request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upnpscapy.capture.collector import rare_collections
from upnpscapy.capture.source import SourceLike
from upnpscapy.errors import CaptureError, OutputError
from upnpscapy.forensics.case import Case, analyze
from upnpscapy.forensics.extract.output import check_output, new_file
from upnpscapy.report.story import Story
from upnpscapy.report.tables import TableFile, Tables

if TYPE_CHECKING:
    from upnpscapy.forensics.rules.rule import Rule
    from upnpscapy.forensics.run import Progress

__all__ = ["Report", "report_html", "write_report"]


@dataclass(frozen=True, slots=True)
class Report:
    """What ``write_report`` did."""

    case: Case
    written: bool
    """False where no file could be read at all."""
    tables: list[TableFile] = field(default_factory=list)


def write_report(
    source: SourceLike | Sequence[SourceLike],
    out: str | Path,
    *,
    join: bool = False,
    title: str | None = None,
    tables: str | Path | None = None,
    rules: Iterable[Rule] | None = None,
    local_networks: Iterable[str] = (),
    force: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Write the report on one capture, or several, as one HTML file, in one pass over them.

    ``source``, ``join``, ``rules`` and ``local_networks`` are as for ``analyze``.
    ``tables`` is a new or empty directory for the full tables, which the report links to.
    A file that is there is kept unless ``force`` is given; what is not complete is not left behind.
    Raises ``CaptureError`` if a file cannot be read to its end, after all was written that could
    be; ``partial`` of the error is the result. Raises ``OutputError`` for what is not written,
    and ``ImportError`` without Jinja2 (extra ``report``).
    """
    path = Path(out)
    given = source if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    local = tuple(local_networks)
    if find_spec("jinja2") is None:
        raise ImportError("No module named 'jinja2'", name="jinja2")
    check_output(path, given, force=force)
    with rare_collections(), ExitStack() as closing:
        beside = None
        if tables is not None:
            beside = Tables(Path(tables), path)
            closing.callback(beside.close)
        story = Story()
        error: CaptureError | None = None
        applied: list[Rule] = []

        def load() -> Iterable[Rule]:
            applied.extend(_load(rules))
            return applied

        try:
            case = analyze(
                source,
                join=join,
                rules=load,
                local_networks=local,
                progress=progress,
                **_callbacks(story, beside),
            )
        except CaptureError as raised:
            if raised.partial is None:
                raise
            case, error = raised.partial, raised
        story.finish(case)
        files = [] if beside is None else beside.finish(case)
        result = Report(case, bool(case.captures), files)
        if result.written:
            from upnpscapy.report.document import document
            from upnpscapy.report.making import making

            how = making(applied, local, join=join)
            _write(path, document(case, story, how, title=title, tables=files), force=force)
        del story  # which is much to look through for the collections that go on after this
    if error is not None:
        error.partial = result
        raise error
    return result


def report_html(case: Case, *, title: str | None = None) -> str:
    """The report on a case that is there already, as HTML; its files are read again for it."""
    from upnpscapy.report.document import document
    from upnpscapy.report.making import Making

    return document(case, Story.of(case), Making(), title=title)


def _load(rules: Iterable[Rule] | None) -> Iterable[Rule]:
    """The rules; and what a page is made with, while a second process may read already."""
    import upnpscapy.report.document  # noqa: F401
    from upnpscapy.forensics.rules import RULES
    from upnpscapy.forensics.vendors import vendor_of
    from upnpscapy.report.page import prepare

    prepare()
    vendor_of("00:00:00:00:00:00")
    return RULES if rules is None else rules


def _callbacks(story: Story, beside: Tables | None) -> dict[str, Any]:
    """What ``analyze`` hands rows to."""
    alone = {"on_search": story.saw_search, "on_exchange": story.saw_exchange}
    if beside is not None:
        alone["on_search"] = _both(story.saw_search, beside.saw_search)
        alone["on_exchange"] = _both(story.saw_exchange, beside.saw_exchange)
        alone["on_message"] = beside.saw
    return {"on_messages": story.saw_all, **alone}


def _both(one: Callable[[Any], None], other: Callable[[Any], None]) -> Callable[[Any], None]:
    """What hands a row to both."""

    def take(row: Any) -> None:
        one(row)
        other(row)

    return take


def _write(path: Path, page: str, *, force: bool) -> None:
    with new_file(path, force=force) as file:
        try:
            file.write(page.encode())
        except OSError as error:
            raise OutputError(error.strerror or str(error), str(path)) from error
