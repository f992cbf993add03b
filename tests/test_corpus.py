"""The labelled captures of `pcaps/attacks/`: each attack is found with its frames, no twin is."""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack
from typing import Any

import pytest
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Ether

from tests.corpus.folder import (
    ATTACKS,
    finding_of,
    is_serious,
    readme,
    sidecars,
    told,
)
from tests.corpus.recipe import Pair
from tests.corpus.table import PAIRS
from tests.corpus.wire import Wire
from upnpscapy.forensics.finding import SEVERITIES
from upnpscapy.forensics.rules import RULES

SIDECARS = sidecars()
PRIVATE_WORDS = (b"/tmp/", b"/root/", b"/home/", b"/run/", f"/{ATTACKS.parts[1]}/".encode())
OUTCOMES = ("attempted", "accepted", "effect", "observed")

WITHOUT: dict[str, str] = {}
"""Rules without a pair, and why."""


@pytest.mark.parametrize("name", [name for name in SIDECARS if SIDECARS[name]["attack"]])
def test_attack_raises_its_findings_with_their_frames_and_nothing_else_serious(name: str) -> None:
    expected = SIDECARS[name]["findings"]
    named = {one["rule"] for one in expected}
    found = [one for one in told(name) if one.rule.id in named or is_serious(one)]
    assert _sorted(map(finding_of, found)) == _sorted(expected)


@pytest.mark.parametrize("name", [name for name in SIDECARS if not SIDECARS[name]["attack"]])
def test_twin_raises_neither_its_rule_nor_anything_serious(name: str) -> None:
    rule = SIDECARS[name]["rule"]
    found = [one for one in told(name) if one.rule.id == rule or is_serious(one)]
    assert [finding_of(one) for one in found] == []


def test_every_rule_has_a_pair_or_a_reason() -> None:
    made = [pair.rule for pair in PAIRS if not pair.variant]
    assert sorted([*made, *WITHOUT]) == sorted(rule.id for rule in RULES)


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.name for pair in PAIRS])
def test_recipe_makes_what_is_in_the_folder_byte_by_byte(pair: Pair) -> None:
    for name, content in pair.files().items():
        assert (ATTACKS / name).read_bytes() == content, "run python -m tests.corpus"


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.name for pair in PAIRS])
def test_twin_is_another_capture(pair: Pair) -> None:
    bad, good = Wire(pair.link), Wire(pair.link)
    pair.play(bad, True)
    pair.play(good, False)
    assert [frame for _, frame in bad.frames] != [frame for _, frame in good.frames]
    assert all(one < other for one, other in zip(_times(bad), _times(bad)[1:], strict=False))


def test_folder_holds_captures_with_sidecars_and_nothing_else() -> None:
    names = {f"{name}{suffix}" for name in SIDECARS for suffix in (".json", ".pcapng")}
    assert {path.name for path in ATTACKS.iterdir()} == {*names, "README.md"}
    made = {name for pair in PAIRS for name in (pair.name, f"{pair.name}-twin")}
    assert {name for name in SIDECARS if not name.startswith("recorded-")} == made


def test_folder_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in ATTACKS.iterdir()}
    assert sum(sizes.values()) < 2_000_000
    assert max(sizes.values()) < 200_000


def test_readme_has_the_tables_of_the_sidecars() -> None:
    text = (ATTACKS / "README.md").read_text(encoding="utf-8")
    assert text == readme(), "run python -m tests.corpus"


KEYS: dict[str, type] = {
    "schema": int,
    "rule": str,
    "title": str,
    "attack": bool,
    "differs": str,
    "synthetic": bool,
    "made_by": str,
    "link": str,
    "frames": int,
    "findings": list,
}


@pytest.mark.parametrize("name", SIDECARS)
def test_sidecar_has_the_schema(name: str) -> None:
    sidecar = SIDECARS[name]
    assert {key: type(value) for key, value in sidecar.items()} == KEYS
    assert sidecar["schema"] == 1
    assert sidecar["rule"] in {rule.id for rule in RULES}
    assert sidecar["attack"] is (sidecar["findings"] != [])
    assert sidecar["synthetic"] is not name.startswith("recorded-")
    for one in sidecar["findings"]:
        assert list(one) == ["rule", "severity", "outcome", "subject", "frames"]
        assert one["severity"] in SEVERITIES
        assert one["outcome"] in OUTCOMES
        assert one["frames"] == sorted(set(one["frames"])) != []
        assert 1 <= one["frames"][0] <= one["frames"][-1] <= sidecar["frames"]
    if sidecar["attack"]:
        assert sidecar["rule"] in {one["rule"] for one in sidecar["findings"]}


@pytest.mark.parametrize("name", SIDECARS)
def test_capture_says_in_its_section_what_it_is_and_names_no_place(name: str) -> None:
    content = (ATTACKS / f"{name}.pcapng").read_bytes()
    sidecar = SIDECARS[name]
    size = unpack("<I", content[4:8])[0]
    word = "SYNTHETIC" if sidecar["synthetic"] else "RECORDED"
    assert f"{word} upnpscapy {sidecar['rule']}".encode() in content[:size]
    assert not [private for private in PRIVATE_WORDS if private in content]
    assert sum(kind == 6 for kind in _blocks(content)) == sidecar["frames"]


@pytest.mark.parametrize(
    "rule", ["callstranger", "sensitive-port-mapping", "upnproxy", "rogue-igd"]
)
def test_checksums_and_lengths_are_right(rule: str) -> None:
    """Scapy writes each frame anew, with checksums and lengths of its own."""
    (pair,) = (pair for pair in PAIRS if pair.name == rule)
    wire = Wire(pair.link)
    pair.play(wire, True)
    for _, frame in wire.frames:
        packet = Ether(frame)
        assert any(layer in packet for layer in (ARP, IP, IPv6))
        for layer in packet.layers():
            for field in ("chksum", "len", "plen", "ihl", "dataofs"):
                if field in packet[layer].fields:
                    packet[layer].delfieldval(field)
        assert bytes(packet) == frame


def _sorted(findings: Any) -> list[dict[str, Any]]:
    return sorted(findings, key=lambda one: (one["rule"], one["subject"], one["frames"]))


def _times(wire: Wire) -> list[int]:
    return [time_ns for time_ns, _ in wire.frames]


def _blocks(content: bytes) -> Iterator[int]:
    start = 0
    while start < len(content):
        kind, size = unpack("<II", content[start : start + 8])
        yield kind
        start += size
