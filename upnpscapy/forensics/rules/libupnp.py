"""Holes of the portable SDK's own HTTP server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.whole_body import whole_body
from upnpscapy.forensics.finding import Claim
from upnpscapy.forensics.rules.evidence import Act, Row, answered, asked, claims_of
from upnpscapy.forensics.rules.requests import body_of, method_of, requests_of, target_of
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short, url_end

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

MIN_BODY = 4
"""Bytes of what was written: less than that may come back by chance."""


@rule(
    "cve-2016-6255",
    "HIGH",
    "A file was written to a device's web server",
    reference="CVE-2016-6255",
    technique="T1190",
)
def written(facts: Facts) -> Iterator[Claim]:
    """POST or PUT to a target that is no control URL, and a later GET that gives the same back.

    libupnp before 1.6.21 stores what it is sent. A web application may store things under the name
    they were sent to; a media server is told where to (ImportResource). A PUT or POST without the
    GET is no finding.
    """
    yield from claims_of(_written(facts))


def _written(facts: Facts) -> Iterator[Act]:
    control = {row.control_url for row in facts.services}
    sent: dict[tuple[str, int, str], Row] = {}
    for row in requests_of(facts):
        method, exchange = method_of(row), row.exchange
        key = exchange.server, exchange.server_port, target_of(row)
        if method in ("POST", "PUT") and getattr(row, "role", "control") != "control":
            if len(body_of(row)) >= MIN_BODY:
                sent[key] = row
        elif method == "GET" and row.status == 200 and exchange.response and key in sent:
            first = sent[key]
            url = f"http://{exchange.server}:{exchange.server_port}{key[2]}"
            after = (first.frame or 0) < (row.frame or 0)
            if (
                after
                and url not in control
                and body_of(first) == whole_body(exchange.response).data
            ):
                what = "what was sent is served under its name"
                back = asked(row, f"{what}: the request", key[2]), answered(row, what)
                effects = tuple(one for one in back if one is not None)
                note = f"a body was sent to {short(key[2])}, which is no control URL"
                yield Act(first, method_of(first), note, body_of(first)[:256], effects=effects)
                del sent[key]


@rule(
    "cve-2016-8863",
    "HIGH",
    "Invalid URL behind a valid one in CALLBACK",
    reference="CVE-2016-8863",
    technique="T1210",
)
def bad_callback(facts: Facts) -> Iterator[Claim]:
    """SUBSCRIBE whose CALLBACK has a URL of HTTP, and behind it, in brackets, what is none.

    libupnp before 1.6.21 wrote beyond its buffer there. A CALLBACK that only begins with nonsense
    is no finding.
    """
    yield from claims_of(
        Act(row, "SUBSCRIBE", "CALLBACK has what is no URL behind a URL", row.callback)
        for row in facts.subscriptions
        if _is_broken(row.callbacks)
    )


def _is_broken(urls: Sequence[str]) -> bool:
    usable = [_is_http(url) for url in urls]
    return True in usable and False in usable[usable.index(True) :]


def _is_http(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and url_end(url) is not None


RULES = (written, bad_callback)
