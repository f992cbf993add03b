"""The README's example of simulated devices runs, and shows what it says."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

import upnpscapy

README = Path(__file__).parents[2] / "README.md"


def test_the_example_does_what_it_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = README.read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python simulated\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    quiet = partial(upnpscapy.simulate, multicast=False, search_port=0)
    monkeypatch.setattr(upnpscapy, "simulate", quiet, raising=False)
    exec(compile(program, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("/gateway/description.xml")
    assert "external_port=8080" in lines[2]
    assert lines[3] == "718 ConflictInMappingEntry"
    assert "value=50" in lines[4]
