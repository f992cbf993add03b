"""No message and no description, however broken, makes a rule fail or take long."""

from __future__ import annotations

from time import perf_counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.descriptions import device_xml, root_xml
from tests.forensics.judging import facts_of, findings_of
from tests.forensics.packets import UDN, Sent, alive, byebye, response, search, update
from tests.forensics.rules.forging import (
    CLIENT,
    DEVICE,
    IGD,
    OUTSIDE,
    ROGUE,
    announced,
    fetched,
    ssdp,
)
from upnpscapy.forensics.rules import (
    amplification,
    descriptions,
    exposure,
    floods,
    forged,
    identity,
    injection,
    logons,
    lures,
    mismatch,
    oversize,
    scanning,
    xml_attacks,
)

THEMES = (
    *(amplification, descriptions, exposure, floods, forged, identity, injection, logons),
    *(lures, mismatch, oversize, scanning, xml_attacks),
)
RULES = [rule for theme in THEMES for rule in theme.RULES]

MESSAGES = [
    alive(more={"BOOTID.UPNP.ORG": "7", "CONFIGID.UPNP.ORG": "1", "01-NLS": UDN[5:]}),
    alive(IGD, LOCATION="http://[fe80::1%25eth0]:5000/x"),
    byebye(IGD),
    response(IGD, LOCATION="http://a.example:99999/x"),
    search("uuid:`x`"),
    update(3, 4),
    b"M-SEARCH " + b"A" * 1600,
]
BODY = root_xml(device_xml(UDN, name=r"\\192.168.1.9\x")).replace(
    b"<root", b'<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY % c SYSTEM "http://a:99/x">]><root', 1
)

damage = st.lists(
    st.tuples(st.integers(0, 700), st.binary(max_size=6), st.integers(0, 8)), max_size=6
)


def damaged(data: bytes, changes: list[tuple[int, bytes, int]]) -> bytes:
    for at, new, gone in changes:
        data = data[:at] + new + data[at + gone :]
    return data


@given(st.lists(st.tuples(st.sampled_from(MESSAGES), damage), min_size=1, max_size=6))
@settings(deadline=None, max_examples=120)
def test_damaged_messages_make_no_rule_fail(
    messages: list[tuple[bytes, list[tuple[int, bytes, int]]]],
) -> None:
    hosts = (DEVICE, ROGUE, OUTSIDE)
    sent = [
        ssdp(damaged(payload, changes), hosts[n % 3], at=n)
        for n, (payload, changes) in enumerate(messages)
    ]
    again = [piece._replace(dst=CLIENT, dport=50000) for piece in sent]
    findings_of([*sent, *again], RULES)


@given(damage)
@settings(deadline=None, max_examples=80)
def test_damaged_descriptions_make_no_rule_fail(changes: list[tuple[int, bytes, int]]) -> None:
    body = damaged(BODY, changes)
    other = fetched(body, target="/b.xml", at=5, sport=40001, server=ROGUE)
    findings_of([announced(), fetched(body), other], RULES)


def flood(count: int) -> list[Sent]:
    """Each message of another sender, link address, UDN and LOCATION."""
    return [
        ssdp(
            alive(IGD, f"uuid:{n % 40}", LOCATION=f"http://10.0.{n % 250}.{n % 199}/x"),
            f"192.168.{n % 250}.{n % 199}",
            at=n / 1000,
        )
        for n in range(count)
    ]


def test_rules_are_quick_with_a_flood() -> None:
    facts = facts_of(flood(3000))
    start = perf_counter()
    for rule in RULES:
        for _ in rule.judge(facts):
            pass
    assert perf_counter() - start < 10
