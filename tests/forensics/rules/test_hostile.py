"""No request, however broken, makes a rule fail or say without end."""

from __future__ import annotations

from itertools import chain
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.judging import Piece, facts_of, findings_of, http
from tests.forensics.rules.traffic import (
    CLIENT,
    OK,
    answer,
    event,
    get,
    hnap,
    of_rule,
    soap,
    subscribe,
    subscribed,
)
from upnpscapy.forensics.rules import RULES, exploits, soap_injection

REQUESTS = [
    soap("AddPortMapping", [("NewInternalClient", "`id`"), ("NewExternalPort", "80")]),
    soap("SetAVTransportURI", [("CurrentURI", "http://a:b@127.0.0.1/x")], more="Origin: null\r\n"),
    hnap("Login", [("LoginPassword", "x")]),
    subscribe("<http://198.51.100.7:80/a><http://[2001:db8::1]/b>"),
    subscribe(sid="uuid:s1"),
    event(),
    get("/crossdomain.xml", "Authorization: Basic YTpi\r\n", host="evil.example"),
    get("/apps/x", "Origin: http://a\r\n", method="POST"),
]
ANSWERS = [answer("AddPortMapping"), subscribed(), OK, None]


@given(
    st.sampled_from(REQUESTS),
    st.sampled_from(ANSWERS),
    st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=6), st.integers(0, 8)), max_size=6),
)
@settings(deadline=None, max_examples=120)
def test_damaged_requests_make_no_rule_fail(
    request_: bytes, response: bytes | None, damage: list[tuple[int, bytes, int]]
) -> None:
    for at, new, gone in damage:
        request_ = request_[:at] + new + request_[at + gone :]
    known = http(soap("GetStatusInfo"), answer("GetStatusInfo"), at=-1, sport=39999)
    findings_of([known, http(request_, response)], RULES)


def test_flood_of_one_attack_is_one_finding_and_does_not_hide_another() -> None:
    flood = chain.from_iterable(
        http(soap("AddPortMapping", [("NewInternalClient", "`id`")]), OK, at=n / 100, sport=n)
        for n in range(1, 500)
    )
    other = http(soap("SetX", [("Y", "$(reboot)")]), OK, at=20, sport=2000, client="192.168.1.77")
    pieces: list[Piece] = [*flood, *other]
    facts = facts_of(pieces)
    start = process_time()
    claims = [claim for rule in RULES for claim in rule.judge(facts)]
    assert process_time() - start < 2
    assert all(len(claim.evidence) <= 64 for claim in claims)
    assert len(of_rule(pieces, exploits.realtek)) == 1
    assert len(of_rule(pieces, soap_injection.injection)) == 1


@pytest.mark.parametrize(
    "callback", ["<http://a/>" * 3000, "<" * 20000, f"<http://{CLIENT}/" + "A" * 40000]
)
def test_very_long_callbacks_take_no_time(callback: str) -> None:
    facts = facts_of(http(subscribe(callback), subscribed()))
    start = process_time()
    for rule in RULES:
        for claim in rule.judge(facts):
            assert all(len(one.value or "") < 400 for one in claim.evidence)
    assert process_time() - start < 1
