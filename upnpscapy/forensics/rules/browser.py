"""Requests that a web page made a browser send to a device."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import Claim, Confidence, Severity
from upnpscapy.forensics.rules.evidence import Act, Row, asked, claims_of, resolved
from upnpscapy.forensics.rules.requests import header_of, method_of, requests_of, target_of
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import is_address, short, url_end
from upnpscapy.forensics.watching.dns_answers import plain_name

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.names import Answer

__all__ = ["RULES", "changes_state", "is_own_origin", "plain_host"]

SHORT_TTL = 60
"""Seconds; a name that is rebound is not to be remembered."""

_HOME = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain", ".intranet")
_ROUTERS = frozenset(
    "router.asus.com fritz.box www.fritz.box tplinkwifi.net tplinklogin.net routerlogin.net "
    "www.routerlogin.net orbilogin.com speedport.ip miwifi.com".split()
)
"""Names by which makers have their users open the router; their servers answer them."""

_READS = re.compile(r"(?:X_[A-Za-z0-9.-]{1,32}_)?(?:Get|Query|Browse|Search|List|Is|Check)")
_SIMPLE_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
_EVENTING = ("SUBSCRIBE", "UNSUBSCRIBE")


@rule(
    "dns-rebinding",
    "HIGH",
    "Control by a name that an attacker may own",
    reference="VU#361684",
    technique="T1189",
)
def rebinding(facts: Facts) -> Iterator[Claim]:
    """An action or a subscription whose Host is a name.

    Also any other request whose Host was resolved in the capture to an address that is not local
    and to one that is. Single words, names of home domains (.local, .lan …), names by which makers
    have their routers opened, and names that descriptions use count only with both answers; a name
    that the capture resolves to local addresses only is LOW, as by split DNS. Without answers
    confidence is medium. MiniUPnPd since 2.0 refuses names by itself.
    """
    yield from claims_of(_rebound(facts))


def _rebound(facts: Facts) -> Iterator[Act]:
    surroundings = facts.surroundings
    resolved_here = facts.names.local(surroundings)
    for row in requests_of(facts, "host-name"):
        controls = _is_control(row)
        if not (controls or resolved_here):
            continue  # a page of the Web, whatever its name is
        host = plain_host(header_of(row, "host") or "")
        if not host or is_address(host):
            continue
        if not controls and plain_name(host) not in resolved_here:
            continue  # a page of the Web
        answers = facts.names.of(host)
        local = [one for one in answers if surroundings.is_local(one.address)]
        away = [one for one in answers if not surroundings.is_local(one.address)]
        if away and local:
            brief = min(one.ttl for one in answers) <= SHORT_TTL
            note = f"Host {short(host)} was resolved to an address outside and to a local one"
            told = _two(away, local)
            context = tuple(map(resolved, told))
            confidence: Confidence = "high" if brief else "medium"
            value = ", ".join(f"{one.address} (TTL {one.ttl})" for one in told)
            yield Act(row, f"Host: {host}", note, value, None, confidence, context=context)
        elif controls and not _is_home(host, facts.once(_names_of_devices)):
            note = f"Host is the name {short(host)}, not an address"
            if away or not facts.surroundings.is_local(row.server):
                continue  # a server on the Internet that has a name
            severity: Severity | None = "LOW" if local else None
            unseen = () if local else (f"what {short(host)} was resolved to",)
            context = tuple(map(resolved, local[:2]))
            yield Act(row, f"Host: {host}", note, host, severity, "medium", (), unseen, context)


@rule(
    "drive-by-soap",
    "HIGH",
    "Control by a web page in somebody's browser",
    reference="CWE-352",
    technique="T1189",
)
def drive_by(facts: Facts) -> Iterator[Claim]:
    """An action or a subscription that bears the marks of a browser on another site.

    These are an Origin or Referer of another site, Sec-Fetch headers that say so, an envelope sent
    as text/plain or as a form by what calls itself Mozilla, or OPTIONS that asks leave for it.
    MEDIUM if the action only reads, or if Mozilla as User-Agent and Accept-Language are all there
    is; INFO if Origin or Referer is the device itself, whose own pages may control it. OPTIONS is
    LOW at a server that nothing else shows to be of UPnP: other services have SOAPACTION too.
    A User-Agent alone is nothing: programs have claimed to be MSIE for decades.
    """
    yield from claims_of(_driven(facts))


def _driven(facts: Facts) -> Iterator[Act]:
    servers = facts.suspects.servers
    for row in requests_of(facts, "browser", "preflight"):
        marks = _marks(row)
        if marks is None:
            continue
        words, value, severity = marks
        if method_of(row) == "OPTIONS":
            asks = (header_of(row, "access-control-request-headers") or "").lower()
            wanted = (header_of(row, "access-control-request-method") or "").upper()
            if "soapaction" in asks or wanted in _EVENTING:
                note = f"a page asks leave to control: {words}"
                worst: Severity = "MEDIUM" if row.server in servers else "LOW"
                yield Act(row, "OPTIONS", note, value, worst)
        elif _is_control(row):
            if severity == "HIGH" and not changes_state(row):
                severity = "MEDIUM"
            what = row.action if isinstance(row, CallRow) else method_of(row)
            yield Act(row, str(what), f"sent by a browser: {words}", value, severity)


@rule(
    "flash-upnp-hack",
    "LOW",
    "Flash asks a gateway for leave to control it",
    reference="FortiGuard 15342",
    technique="T1189",
)
def flash(facts: Facts) -> Iterator[Claim]:
    """GET of /crossdomain.xml at a device, or a request with marks of Flash.

    The marks are x-flash-version and the Referer of a .swf. HIGH if it is an action or a
    subscription itself, or the same host controls the same device afterwards.
    The file alone is asked for by any Flash program that uses a media server.
    """
    yield from claims_of(_flashed(facts))


def _flashed(facts: Facts) -> Iterator[Act]:
    servers = facts.suspects.servers
    calls: defaultdict[tuple[str, str], list[CallRow]] | None = None
    for row in requests_of(facts):
        if row.server not in servers:
            continue
        referer = (header_of(row, "referer") or "").partition("?")[0].lower()
        player = header_of(row, "x-flash-version")
        asks = target_of(row).lower().startswith("/crossdomain.xml")
        if not (asks or player is not None or referer.endswith(".swf")):
            continue
        note = "a Flash program asks a device"
        value = player or referer or target_of(row)
        calls = _by_ends(facts.calls) if calls is None else calls
        talk = calls[row.client, row.server]
        after = list(islice((call for call in talk if (call.frame or 0) > (row.frame or 0)), 4))
        if after or _is_control(row):
            context = tuple(asked(call, str(call.action), None) for call in after)
            note += ", and control follows" if after else " to be controlled"
            yield Act(row, method_of(row), note, value, "HIGH", "medium", context=context)
        else:
            yield Act(row, method_of(row), note, value, "LOW", "medium")


def _by_ends(rows: Iterable[CallRow]) -> defaultdict[tuple[str, str], list[CallRow]]:
    """By client and server."""
    found: defaultdict[tuple[str, str], list[CallRow]] = defaultdict(list)
    for row in rows:
        found[row.client, row.server].append(row)
    return found


def changes_state(row: Row) -> bool:
    """Whether a request does more than read; a subscription does."""
    return not (isinstance(row, CallRow) and _READS.match(row.action or ""))


def is_own_origin(row: Row, origin: str) -> bool:
    """Whether an origin or referrer is the server that was asked."""
    end = url_end(origin)
    host = None if end is None else end[0].lower()
    return host in (row.server, plain_host(header_of(row, "host") or ""))


def plain_host(value: str) -> str:
    """The host of a Host header, in lower case, without port, brackets and last dot."""
    host = value.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


def _marks(row: Row) -> tuple[str, str, Severity] | None:
    """(what shows a browser, the value, how bad), None if nothing does."""
    agent = header_of(row, "user-agent") or ""
    for name in ("origin", "referer"):
        value = header_of(row, name)
        if value is None:
            continue
        if is_own_origin(row, value):
            return f"{name.title()} is the device itself", value, "INFO"
        return f"{name.title()} is {short(value)}", value, "HIGH"
    site = header_of(row, "sec-fetch-site")
    if site is not None:
        own = site.strip().lower() in ("same-origin", "none")
        return f"Sec-Fetch-Site is {short(site)}", site, "INFO" if own else "HIGH"
    kind = (header_of(row, "content-type") or "").partition(";")[0].strip().lower()
    mozilla = agent.startswith("Mozilla/")
    if mozilla and kind in _SIMPLE_TYPES:
        return f"Content-Type is {kind}, as a page may send it anywhere", agent, "HIGH"
    if mozilla and header_of(row, "accept-language") is not None:
        return "User-Agent and Accept-Language of a browser", agent, "MEDIUM"
    return None


def _is_control(row: Row) -> bool:
    return isinstance(row, CallRow) or getattr(row, "role", "") in ("control", "subscribe")


def _is_home(host: str, known: set[str]) -> bool:
    return "." not in host or host.endswith(_HOME) or host in _ROUTERS or host in known


def _names_of_devices(facts: Facts) -> set[str]:
    """Names that devices and their descriptions give themselves."""
    urls = [url for device in facts.devices for url in device.locations]
    urls += [row.control_url or "" for row in facts.services]
    ends = (url_end(url) for url in urls if url)
    return {end[0].lower() for end in ends if end is not None and not is_address(end[0])}


def _two(away: list[Answer], local: list[Answer]) -> tuple[Answer, Answer]:
    return away[0], local[0]


RULES = (rebinding, drive_by, flash)
