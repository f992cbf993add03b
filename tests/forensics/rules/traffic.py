"""Requests and answers of control and eventing, as bytes, with one part made wrong at a time."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from tests.forensics.controlling import WANIP, XML, envelope, fault, sent
from tests.forensics.judging import Piece, findings_of, http
from upnpscapy.forensics.finding import Finding
from upnpscapy.forensics.rules import RULES
from upnpscapy.forensics.rules.rule import Rule

__all__ = [
    "ATTACKER",
    "CLIENT",
    "HNAP",
    "OK",
    "OTHER",
    "OUTSIDE",
    "SERVER",
    "WANIP",
    "answer",
    "asking",
    "event",
    "get",
    "hnap",
    "of_rule",
    "refusal",
    "serious",
    "soap",
    "subscribe",
    "subscribed",
    "telling",
]

CLIENT, SERVER, OTHER, ATTACKER = "192.168.1.10", "192.168.1.1", "192.168.1.30", "192.168.1.66"
OUTSIDE = "198.51.100.7"
HNAP = "http://purenetworks.com/HNAP1/"
OK = sent("HTTP/1.1 200 OK")

Values = Iterable[tuple[str, str]]


def soap(
    action: str,
    values: Values = (),
    *,
    service: str = WANIP,
    target: str = "/ctl",
    more: str = "",
    kind: str = XML,
    named: str | None = None,
    host: str = SERVER,
    method: str = "POST",
) -> bytes:
    """A call; ``named`` is what SOAPACTION says."""
    said = f'"{service}#{action}"' if named is None else named
    fields = f"Host: {host}\r\nSOAPACTION: {said}\r\n{kind}{more}"
    body = envelope(action, [(name, escape(value)) for name, value in values], service)
    return sent(f"{method} {target} HTTP/1.1", body, fields)


def answer(action: str, values: Values = (), *, service: str = WANIP, more: str = "") -> bytes:
    """A result."""
    body = envelope(f"{action}Response", [(name, escape(text)) for name, text in values], service)
    return sent("HTTP/1.1 200 OK", body, XML + more)


def refusal(code: int = 606, words: str = "Action not authorized") -> bytes:
    """A fault."""
    return sent("HTTP/1.1 500 Internal Server Error", fault(code, words), XML)


def hnap(action: str, values: Values = (), *, named: str | None = None) -> bytes:
    """A call of HNAP; ``named`` is what SOAPACTION says."""
    said = f'"{HNAP}{action}"' if named is None else named
    return soap(action, values, service=HNAP, target="/HNAP1/", named=said)


def subscribe(
    callback: str | None = f"<http://{CLIENT}:5000/cb>",
    *,
    target: str = "/evt",
    sid: str | None = None,
    method: str = "SUBSCRIBE",
    timeout: str = "Second-1800",
    host: str = SERVER,
    more: str = "",
) -> bytes:
    """A subscription; a renewal or an end with ``sid``."""
    lines = [f"{method} {target} HTTP/1.1", f"HOST: {host}"]
    if sid is not None:
        lines.append(f"SID: {sid}")
    else:
        lines += [f"CALLBACK: {callback}", "NT: upnp:event"]
    if method == "SUBSCRIBE":
        lines.append(f"TIMEOUT: {timeout}")
    return ("\r\n".join(lines) + f"\r\n{more}\r\n").encode()


def subscribed(sid: str = "uuid:s1", timeout: str = "Second-1800") -> bytes:
    """The answer to a subscription."""
    return sent("HTTP/1.1 200 OK", b"", f"SID: {sid}\r\nTIMEOUT: {timeout}\r\n")


def event(sid: str = "uuid:s1", seq: int = 0, target: str = "/cb", host: str = CLIENT) -> bytes:
    """An event."""
    body = (
        b'<?xml version="1.0"?><e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">'
        b"<e:property><Status>1</Status></e:property></e:propertyset>"
    )
    fields = f"HOST: {host}:5000\r\n{XML}NT: upnp:event\r\nNTS: upnp:propchange\r\n"
    return sent(f"NOTIFY {target} HTTP/1.1", body, f"{fields}SID: {sid}\r\nSEQ: {seq}\r\n")


def get(target: str, more: str = "", host: str = SERVER, method: str = "GET") -> bytes:
    """A request without a body."""
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()


def of_rule(pieces: Iterable[Piece], rule: Rule, local: Iterable[str] = ()) -> list[Finding]:
    """What one rule finds, judged together with all others."""
    return [one for one in findings_of(pieces, RULES, local) if one.rule is rule]


def serious(pieces: Iterable[Piece], local: Iterable[str] = ()) -> list[str]:
    """Ids of the rules with a finding of MEDIUM or above, each once, in order."""
    found = findings_of(pieces, RULES, local)
    return sorted({one.rule.id for one in found if one.severity in ("MEDIUM", "HIGH", "CRITICAL")})


def asking(
    callback: str,
    response: bytes | None = None,
    *,
    at: float = 0,
    sport: int = 40000,
    client: str = CLIENT,
    timeout: str = "Second-1800",
) -> list[Piece]:
    accepted = subscribed(f"uuid:s{sport}", timeout) if response is None else response
    request = subscribe(callback, timeout=timeout)
    return [*http(request, accepted, at=at, sport=sport, client=client)]


def telling(
    sid: str = "uuid:s40000",
    seq: int = 0,
    *,
    at: float = 1,
    server: str = SERVER,
    to: str = CLIENT,
    target: str = "/cb",
    sport: int = 30000,
) -> list[Piece]:
    """An event: the device connects to the subscriber."""
    return [*http(event(sid, seq, target), OK, at=at, client=server, server=to, sport=sport)]
