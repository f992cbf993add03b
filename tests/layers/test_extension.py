"""Trap 12: ``conf.exts.load("upnpscapy")``, in an interpreter of its own."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from scapy.config import ExtsManager

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout


@pytest.fixture
def installed() -> None:
    """The package is installed, and this Scapy loads extensions by name."""
    try:
        distribution("upnpscapy")
    except PackageNotFoundError:
        pytest.skip("upnpscapy is not installed, so Scapy cannot find its metadata")
    if not hasattr(ExtsManager, "loadall"):
        pytest.skip("this Scapy looks extensions up by classifiers that PEP 639 replaced")


@pytest.mark.usefixtures("installed")
def test_the_extension_is_loaded_once_and_has_the_same_classes() -> None:
    code = """
from scapy.config import conf
conf.debug_dissector = True
conf.exts.load("upnpscapy")
from scapy.layers.inet import IP, UDP
assert [ext.name for ext in conf.exts.exts] == ["upnpscapy"], conf.exts
bound = [cls for _, cls in UDP.payload_guess if cls.__name__ == "SSDP"]
packet = IP(bytes(IP(src="192.0.2.1") / UDP(sport=50000, dport=1900) / b"M-SEARCH * HTTP/1.1"))

from scapy.layers.ssdp import SSDP
import scapy.layers.ssdp
import upnpscapy.layers
from scapy.main import load_layer
load_layer("ssdp", globals_dict=globals())
assert SSDP is upnpscapy.layers.SSDP is scapy.layers.ssdp.SSDP
assert bound == [SSDP, SSDP], bound
assert bound == [cls for _, cls in UDP.payload_guess if cls.__name__ == "SSDP"]
assert SSDP in packet
assert len([cls for cls in conf.layers if cls.__name__ == "SSDP"]) == 1
assert SSDPSession is upnpscapy.layers.SSDPSession
print("done")
"""
    assert run(code) == "done\n"


def test_layers_can_be_imported_alone() -> None:
    code = """
from upnpscapy.layers import *
from scapy.layers.inet import IP, UDP
print(SSDP in IP(bytes(IP(src="192.0.2.1")/UDP()/SSDPSearch())), bytes(SSDPSearch())[:8])
"""
    assert run(code) == "True b'M-SEARCH'\n"


def test_the_package_alone_does_not_import_scapy() -> None:
    assert run("import sys, upnpscapy; print('scapy' in sys.modules)") == "False\n"


def test_the_layers_do_not_import_all_of_scapy() -> None:
    code = (
        "import sys, upnpscapy.layers; print('scapy.all' in sys.modules, 'pandas' in sys.modules)"
    )
    assert run(code) == "False False\n"
