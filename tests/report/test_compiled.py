"""Templates are compiled once, and again when anything that they are made of is another."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from upnpscapy.report import page
from upnpscapy.report.compiled import CompiledTemplates


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What says how templates are compiled, with a place beside it for what they become."""
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr("sys.pycache_prefix", None)
    path = tmp_path / "page.py"
    shutil.copyfile(page.__file__, path)
    (tmp_path / "__pycache__").mkdir()
    return path


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The names of templates, each time one is compiled."""
    names: list[str | None] = []
    compiling = Environment.compile

    def compile_(self: Environment, source: str, name: str | None, filename: str | None) -> object:
        names.append(name)
        return compiling(self, source, name, filename)

    monkeypatch.setattr(Environment, "compile", compile_)
    return names


def rendered(module: Path, source: str = "{{ 1 + 1 }} & {{ text }}") -> str:
    environment = Environment(
        loader=DictLoader({"one.html": source}),
        autoescape=True,
        bytecode_cache=CompiledTemplates(str(module)),
    )
    return environment.get_template("one.html").render(text="<b>")


def kept(module: Path) -> list[Path]:
    return sorted((module.parent / "__pycache__").iterdir())


def test_a_template_is_compiled_once(module: Path, compiled: list[str | None]) -> None:
    assert [rendered(module) for _ in range(3)] == ["2 & &lt;b&gt;"] * 3
    assert compiled == ["one.html"]
    (file,) = kept(module)
    assert file.name.startswith("one.html.")


def test_another_template_is_compiled_again(module: Path, compiled: list[str | None]) -> None:
    assert rendered(module) == "2 & &lt;b&gt;"
    assert rendered(module, "{{ text }}") == "&lt;b&gt;"
    assert len(compiled) == 2
    assert len(kept(module)) == 1


def test_so_it_is_when_what_compiles_it_was_changed(
    module: Path, compiled: list[str | None]
) -> None:
    rendered(module)
    os.utime(module, ns=(1, 1))
    rendered(module)
    assert len(compiled) == 2


@pytest.mark.parametrize("damage", [b"", b"j2", bytes(200)])
def test_what_is_damaged_is_compiled_again(
    module: Path, compiled: list[str | None], damage: bytes
) -> None:
    rendered(module)
    (file,) = kept(module)
    file.write_bytes(damage)
    assert rendered(module) == rendered(module) == "2 & &lt;b&gt;"
    assert len(compiled) == 2


def test_a_place_that_is_not_there_is_none_to_keep_it(
    module: Path, compiled: list[str | None]
) -> None:
    (module.parent / "__pycache__").rmdir()
    assert rendered(module) == rendered(module) == "2 & &lt;b&gt;"
    assert len(compiled) == 2
    assert list(module.parent.iterdir()) == [module]


def test_nothing_is_kept_where_python_keeps_nothing(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert rendered(module) == "2 & &lt;b&gt;"
    assert kept(module) == []


def test_what_cannot_be_written_whole_is_not_kept(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "replace", fail)
    assert rendered(module) == "2 & &lt;b&gt;"
    assert kept(module) == []


def test_an_archive_has_no_place_to_keep_it(tmp_path: Path, compiled: list[str | None]) -> None:
    archive = tmp_path / "upnpscapy.pyz"
    archive.write_bytes(b"PK")
    module = archive / "upnpscapy" / "report" / "page.py"
    assert rendered(module) == rendered(module) == "2 & &lt;b&gt;"
    assert len(compiled) == 2


@pytest.mark.parametrize("share", [0.0, 0.02, 0.05, 0.2, 0.5, 0.95])
def test_what_is_cut_off_is_compiled_again(
    module: Path, compiled: list[str | None], share: float
) -> None:
    rendered(module)
    (file,) = kept(module)
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    assert rendered(module) == "2 & &lt;b&gt;"
    assert compiled == ["one.html"] * 2
    assert file.read_bytes() == data
