"""Who may import whom, inside and outside; and how little ``import upnpscapy`` costs.

Imports point one way: ``errors, display ← protocol ← layers, capture, live ← forensics ←
report ← cli``.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "upnpscapy"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

INSIDE: dict[str, set[str]] = {
    "version": set(),
    "errors": set(),
    "closing": set(),
    "display": set(),
    "tree": {"display"},
    "protocol": {"errors", "display", "tree"},
    "layers": {"version", "errors", "protocol"},
    "capture": {"errors", "closing", "display", "tree", "protocol"},
    "forensics": {
        "version",
        "errors",
        "closing",
        "display",
        "tree",
        "protocol",
        "layers",
        "capture",
    },
    "live": {"version", "errors", "closing", "display", "tree", "protocol", "layers", "capture"},
    "simulated": {"version", "errors", "closing", "display", "tree", "protocol", "capture", "live"},
    "terminal": {"display", "tree"},
    "inspect": {"display", "tree", "protocol", "forensics", "terminal"},
    "documents": {"display", "tree", "protocol", "forensics", "terminal"},
    "pictures": {"version", "errors", "display", "protocol", "capture", "forensics"},
    "report": {
        "version",
        "errors",
        "display",
        "tree",
        "protocol",
        "capture",
        "forensics",
        "pictures",
    },
    "cli": {
        "version",
        "errors",
        "display",
        "report",
        "terminal",
        "tree",
        "inspect",
        "forensics",
        "live",
        "simulated",
        "documents",
        "capture",
        "protocol",
    },
    "": {"version", "errors", "protocol", "layers", "forensics", "live", "simulated"},
}
"""part → the parts it may import, besides itself; "" is ``upnpscapy/__init__.py``."""

OUTSIDE: dict[str, set[str]] = {
    "upnpscapy.capture.inflate": {"zstandard"},
    "upnpscapy.capture.scapy_link": {"scapy"},
    "upnpscapy.cli": {"click"},
    "upnpscapy.display": {"pandas"},
    "upnpscapy.forensics.case": {"pandas", "scapy"},
    "upnpscapy.forensics.flow": {"communityid"},
    "upnpscapy.forensics.vendors": {"scapy"},
    "upnpscapy.forensics.packet": {"scapy"},
    "upnpscapy.inspect": {"rich"},
    "upnpscapy.layers": {"scapy"},
    "upnpscapy.live.http": {"requests", "urllib3"},
    "upnpscapy.live.interfaces": {"ifaddr"},
    "upnpscapy.live.scapy_transport": {"scapy"},
    "upnpscapy.live.sniffer": {"scapy"},
    "upnpscapy.live.sniffing_sockets": {"scapy"},
    "upnpscapy.live.local": {"ifaddr"},
    "upnpscapy.live.response": {"requests", "urllib3"},
    "upnpscapy.live.wire": {"requests", "urllib3"},
    "upnpscapy.pictures": {"plotly"},
    "upnpscapy.protocol.xml": {"xmltodict"},
    "upnpscapy.report": {"jinja2"},
    "upnpscapy.terminal": {"rich"},
}
"""module, or package for all of its modules → the third-party packages it may import."""

HEAVY = ("scapy", "pandas", "rich", "requests", "click", "xmltodict", "plotly", "jinja2")


def part(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, at whatever place; its own relatives in full."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module or ""
            if node.module == "upnpscapy":
                yield from (f"upnpscapy.{name.name}" for name in node.names)


@pytest.mark.parametrize("module", MODULES)
def test_imports_inside_point_one_way(module: str) -> None:
    found = {part(name) for name in imports(MODULES[module]) if name.startswith("upnpscapy.")}
    home = part(module)
    assert home in INSIDE, "a new part: say in the table what it may import"
    assert found - INSIDE[home] - {home} == set()


def test_table_is_without_circles() -> None:
    above: dict[str, set[str]] = {}
    left = {name: parts - {name} for name, parts in INSIDE.items()}
    while left:
        lowest = {name for name, parts in left.items() if parts <= above.keys()}
        assert lowest, f"a circle among {sorted(left)}"
        above |= {name: left.pop(name) for name in lowest}


@pytest.mark.parametrize("module", MODULES)
def test_imports_from_outside(module: str) -> None:
    tops = {name.partition(".")[0] for name in imports(MODULES[module])}
    found = tops - set(sys.stdlib_module_names) - {"upnpscapy"}
    allowed: set[str] = set()
    for place, names in OUTSIDE.items():
        if module == place or module.startswith(f"{place}."):
            allowed |= names
    assert found - allowed == set()


def test_only_live_and_simulated_devices_open_sockets() -> None:
    words = {"socket", "create_connection", "sr1", "srp", "sendp", "sniff", "urlopen"}
    for module, path in MODULES.items():
        if part(module) in ("live", "simulated"):
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module == "socket":
                names = {name.name for name in node.names}
                assert names <= {"AF_INET", "AF_INET6", "inet_ntop", "inet_pton"}, module
            elif isinstance(node, ast.Import):
                tops = {name.name.partition(".")[0] for name in node.names}
                assert not tops & {"socket", "asyncio", "http", "urllib", "requests"}, module
            elif isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                assert name not in words, (module, name)


@pytest.mark.parametrize("module", MODULES)
def test_names_of_all_exist(module: str) -> None:
    names = getattr(import_module(module), "__all__", [])
    assert sorted(set(names)) == sorted(names)
    for name in names:
        assert getattr(import_module(module), name) is not None


def test_no_module_hides_a_name_of_the_package() -> None:
    """Importing ``upnpscapy.x`` makes it ``x`` of the package, whatever was that before."""
    names = import_module("upnpscapy").__all__
    assert {f"upnpscapy.{name}" for name in names} & MODULES.keys() == set()


def python(code: str) -> str:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def at_once(module: str) -> set[str]:
    """Those of our modules that must be there to execute a module, but for its parents."""
    needed: set[str] = set()
    left: list[ast.AST] = [ast.parse(MODULES[module].read_bytes())]
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        left += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            needed.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            needed.add(node.module)
            needed.update(f"{node.module}.{name.name}" for name in node.names)
    for name in list(needed):
        parts = name.split(".")
        needed.update(".".join(parts[:count]) for count in range(1, len(parts)))
    return {name for name in needed & MODULES.keys() if not f"{module}.".startswith(f"{name}.")}


def test_each_module_can_be_imported_first() -> None:
    """No module needs, to be executed, one that needs it."""
    above: set[str] = set()
    left = {module: at_once(module) for module in MODULES}
    while left:
        lowest = {module for module, needed in left.items() if needed <= above}
        assert lowest, f"a circle among {sorted(left)}"
        above |= lowest
        left = {module: needed for module, needed in left.items() if module not in above}


def loaded(code: str) -> set[str]:
    """The heavy packages that are loaded after some code."""
    ask = f"import sys\nprint('loaded', *[name for name in {HEAVY!r} if name in sys.modules])"
    *_, last = python(f"{code}\n{ask}").splitlines()
    return set(last.split()[1:])


def test_import_loads_nothing_heavy() -> None:
    assert loaded("import upnpscapy; dir(upnpscapy)") == set()


def test_protocol_needs_no_scapy() -> None:
    assert loaded("import upnpscapy; upnpscapy.parse_ssdp(b'')") == set()


def test_reading_plain_captures_needs_no_scapy() -> None:
    path = ROOT / "pcaps" / "discovery.pcapng"
    code = f"import upnpscapy; c = upnpscapy.analyze({str(path)!r}); list(c.messages.to_dicts())"
    assert loaded(code) == set()


@pytest.mark.parametrize(
    ("arguments", "packages"),
    [
        (["--help"], {"click"}),
        (["messages", "--help"], {"click"}),
        (["igd", "add", "--help"], {"click"}),
        (["completion", "zsh"], {"click"}),
        (["messages", "-T", "jsonl", str(ROOT / "pcaps" / "vlan.pcap")], {"click"}),
        (["messages", "-T", "text", str(ROOT / "pcaps" / "vlan.pcap")], {"click", "rich"}),
    ],
)
def test_command_loads_what_it_uses(arguments: list[str], packages: set[str]) -> None:
    code = (
        f"import sys; sys.argv = ['upnpscapy', *{arguments!r}]\n"
        "from upnpscapy.cli import main\n"
        "try: main()\nexcept SystemExit: print(flush=True)"
    )
    assert loaded(code) == packages


CLOCK = "import time; start = time.process_time(); {}; print(time.process_time() - start)"


def test_import_is_quick() -> None:
    times = [float(python(CLOCK.format("import upnpscapy"))) for _ in range(5)]
    assert min(times) < 0.1


def test_help_is_quick() -> None:
    code = (
        "import sys, io, contextlib; sys.argv = ['upnpscapy', '--help']\n"
        "import time; start = time.process_time()\n"
        "from upnpscapy.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()\n"
        "print(time.process_time() - start)"
    )
    times = [float(python(code)) for _ in range(5)]
    assert min(times) < 0.3
