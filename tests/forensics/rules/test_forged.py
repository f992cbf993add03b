"""Hosts that answer for everything or depart for others, and devices that look a little like it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.forensics.descriptions import device_xml, root_xml
from tests.forensics.judging import Piece, probe
from tests.forensics.packets import UDN, Sent
from tests.forensics.rules.forging import (
    DEVICE,
    IGD,
    ROGUE,
    announced,
    fetched,
    left,
    of_rule,
    one,
    replied,
)
from upnpscapy.forensics.rules.forged import RULES

RULE = "evil-ssdp-responder"
DEVICES = [f"urn:schemas-upnp-org:device:{name}:1" for name in ("Lamp", "Printer", "MediaServer")]
GATEWAY = [
    f"urn:schemas-upnp-org:device:{name}:1"
    for name in ("InternetGatewayDevice", "WANDevice", "WANConnectionDevice")
]


def answers(
    targets: list[str],
    src: str = ROGUE,
    *,
    location: str | None = None,
    more: Mapping[str, str | None] | None = None,
) -> list[Sent]:
    return [replied(st, src, at=n, location=location, more=more) for n, st in enumerate(targets)]


def test_one_device_that_is_everything() -> None:
    found = one(RULE, answers(DEVICES), RULES)
    assert (found.severity, found.outcome, found.subject) == ("HIGH", "attempted", ROGUE)
    assert list(found.frames) == [1, 2, 3]
    assert found.evidence[0].value == f"ST: {DEVICES[0]}"
    assert "no connection to" in found.missing[0]


def test_who_connects_to_it() -> None:
    pieces: list[Piece] = [*answers(DEVICES), probe("192.168.1.10", ROGUE, 5000, at=9)]
    found = one(RULE, pieces, RULES)
    assert (found.outcome, found.missing) == ("effect", [])


def test_nonsense_that_is_answered() -> None:
    assert one(RULE, answers(["a:B:3", "xyzzy", DEVICES[0]]), RULES).severity == "HIGH"


def different() -> list[Sent]:
    return [replied(st, ROGUE, udn=f"uuid:{n}") for n, st in enumerate(DEVICES)]


BENIGN: dict[str, list[Piece]] = {
    "two kinds": list(answers(DEVICES[:2])),
    "a daemon for several devices": list(different()),
    "the devices of a gateway": list(answers(GATEWAY)),
    "server and renderer": list(
        answers([f"urn:schemas-upnp-org:device:Media{n}:1" for n in ("Server", "Renderer")] * 2)
    ),
    "the services of one device": list(
        answers(["upnp:rootdevice", DEVICES[0], UDN, *[f"urn:a:service:S{n}:1" for n in range(9)]])
    ),
    "targets of its own, which it announces": [
        *(announced(ROGUE, nt) for nt in ("roku:ecp", "lge:tv", "x:y")),
        *answers(["roku:ecp", "lge:tv", "x:y", DEVICES[0]]),
    ],
    "its description has them all": [
        *answers(DEVICES),
        fetched(
            root_xml(
                device_xml(
                    UDN,
                    devices="".join(
                        device_xml(f"uuid:{n}").replace("device:Lamp:1", f"device:{n}:1")
                        for n in ("Printer", "MediaServer")
                    ),
                )
            ),
            server=ROGUE,
        ),
    ],
    "a Chromecast: the path of the tool": list(
        answers(
            ["upnp:rootdevice", "urn:dial-multiscreen-org:service:dial:1"],
            location=f"http://{ROGUE}:8008/ssdp/device-desc.xml",
            more={"SERVER": "Linux/3.8.13, UPnP/1.0, Portable SDK for UPnP devices/1.6.18"},
        )
    ),
}


@pytest.mark.parametrize("case", BENIGN)
def test_what_is_no_impostor(case: str) -> None:
    assert of_rule(RULE, BENIGN[case], RULES) == []


PRINT: dict[str, str | None] = {
    "SERVER": "UPnP/1.0",
    "01-NLS": UDN.removeprefix("uuid:"),
    "BOOTID.UPNP.ORG": "0",
    "CONFIGID.UPNP.ORG": "1",
}


def test_the_print_of_a_tool() -> None:
    found = one(RULE, answers(["upnp:rootdevice"], more=PRINT), RULES)
    assert "evil-ssdp" in found.note


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVER", "Linux/3.8 UPnP/1.0 libupnp/1.6"),
        ("01-NLS", "1d2c3b4a-1dd2-11b2-8f0e-8f2b3c4d5e6f"),
        ("BOOTID.UPNP.ORG", "7"),
        ("CONFIGID.UPNP.ORG", None),
    ],
)
def test_a_part_of_the_print_is_none(name: str, value: str | None) -> None:
    assert of_rule(RULE, answers(["upnp:rootdevice"], more={**PRINT, name: value}), RULES) == []


SPOOF = "ssdp-byebye-spoof"


def test_a_departure_in_anothers_name() -> None:
    pieces = [announced(), left(ROGUE, at=1), announced(at=2)]
    found = one(SPOOF, pieces, RULES)
    assert (found.severity, found.outcome, found.confidence) == ("MEDIUM", "attempted", "high")
    assert found.subject == DEVICE
    assert list(found.frames) == [1, 2, 3]
    assert "went on" in found.note


def test_that_of_a_gateway_is_worse() -> None:
    pieces = [announced(nt=IGD), left(ROGUE, IGD, at=1)]
    found = one(SPOOF, pieces, RULES)
    assert (found.severity, found.confidence) == ("HIGH", "medium")
    assert found.missing == ["whether the device had left"]


def test_a_forged_address_may_be_an_extender() -> None:
    pieces = [announced(), left(mac="02:00:00:00:00:99", at=1)]
    assert one(SPOOF, pieces, RULES).confidence == "low"


DEPARTURES: dict[str, list[Piece]] = {
    "its own": [announced(), left(at=1)],
    "before alive, at boot": [left(), left(at=0.1), announced(at=1)],
    "before another one took over": [left(ROGUE), announced(at=1)],
    "of another UDN": [announced(), left(ROGUE, udn="uuid:other", at=1)],
    "with a new address": [
        announced(mac="02:00:00:00:00:42"),
        left("192.168.1.77", mac="02:00:00:00:00:42", at=1),
    ],
    "from the second of two interfaces": [
        announced(),
        announced("192.168.1.77", at=0.5),
        left("192.168.1.77", at=1),
    ],
    "copied by a bridge": [
        announced(),
        left(at=1),
        left(at=1.0004, mac="02:00:00:00:00:99"),
    ],
}


@pytest.mark.parametrize("case", DEPARTURES)
def test_departures_that_are_true(case: str) -> None:
    assert of_rule(SPOOF, DEPARTURES[case], RULES) == []
