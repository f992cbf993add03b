"""The templates are part of what is installed, and reports alone need Jinja2."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "upnpscapy" / "report" / "templates"


def test_templates_are_package_data() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["upnpscapy"]
    found = {path for pattern in patterns for path in (ROOT / "upnpscapy").glob(pattern)}
    assert {path for path in TEMPLATES.rglob("*") if path.is_file()} <= found
    assert (TEMPLATES / "report.html") in found


def test_jinja2_is_loaded_when_a_report_is_made() -> None:
    code = "import sys, upnpscapy.report; print('jinja2' in sys.modules, 'scapy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False False\n"
