"""What IPython completes, with Jedi and without."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal, get_origin, get_type_hints

import pytest
from IPython.core.completer import IPCompleter, provisionalcompleter

from tests.cli.command import PCAPS
from tests.test_imports import MODULES
from upnpscapy import analyze
from upnpscapy.forensics.tables import TABLES

Complete = Callable[[str], set[str]]
MAGIC = [f"IPCompleter.{name}" for name in ("magic_matcher", "magic_config_matcher")]
"""What needs a whole shell."""
UDN = "uuid:11111111-2222-4333-8444-0000000000a1"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "jedi"])
def complete(request: pytest.FixtureRequest) -> Complete:
    case = analyze(str(PCAPS / "whole-story.pcap"))
    names = {"case": case} | {f"{name}_row": getattr(case, name)[0] for name in TABLES}
    completer: Any = IPCompleter(namespace=names, global_namespace={})  # type: ignore[no-untyped-call]
    completer.disable_matchers = MAGIC
    completer.use_jedi = request.param

    def words(text: str) -> set[str]:
        with provisionalcompleter():
            return {one.text.lstrip(".") for one in completer.completions(text, len(text))}

    return words


def test_case_offers_its_tables_and_what_it_does(complete: Complete) -> None:
    does = {"packet", "packets", "judge", "documents", "to_dataframes"}
    assert {*TABLES, *does} <= complete("case.")
    assert complete("case.pack") == {"packet", "packets"}


def test_table_offers_few_names(complete: Complete) -> None:
    public = {name for name in complete("case.mappings.") if not name.startswith("_")}
    assert public == set(
        "at columns head name text_columns to_csv to_dataframe to_dict to_dicts where".split()
    )


@pytest.mark.parametrize("table", TABLES)
def test_row_offers_every_column(table: str, complete: Complete) -> None:
    case = analyze(str(PCAPS / "whole-story.pcap"))
    assert set(getattr(case, table).columns) <= complete(f"{table}_row.")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("mappings_row.ext", "external_port"),
        ("messages_row.max_a", "max_age_seconds"),
        ("devices_row.fri", "friendly_name"),
        ("findings_row.tech", "technique"),
        ("exchanges_row.client_p", "client_port"),
        ("case.devices['uuid", UDN),
        ('case.services["WANIPC', "WANIPConn1"),
        ('case.captures["', str(PCAPS / "whole-story.pcap")),
    ],
)
def test_names_and_keys(text: str, word: str, complete: Complete) -> None:
    assert word in complete(text)


def test_no_property_is_a_literal() -> None:
    """Jedi completes nothing of an object that has one."""
    for module in MODULES:
        for kind in vars(import_module(module)).values():
            if not isinstance(kind, type) or kind.__module__ != module:
                continue
            for name, value in vars(kind).items():
                if isinstance(value, property) and value.fget and not name.startswith("_"):
                    try:
                        hints = get_type_hints(value.fget)
                    except NameError:  # of a name for type checkers alone: Jedi reads it as text
                        continue
                    assert get_origin(hints.get("return")) is not Literal, (kind, name)
