"""Descriptions that contradict themselves or discovery, or are made to hurt who reads them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Evidence, Severity
from upnpscapy.forensics.rules.discovery import UrlEnd, connections_to, listed, url_end_of, visits
from upnpscapy.forensics.rules.evidence import answered, asked, missing_of
from upnpscapy.forensics.rules.requests import target_of
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short
from upnpscapy.forensics.watching.response_marks import MAX_LENGTH, MAX_RATIO, MAX_SIZE

if TYPE_CHECKING:
    from upnpscapy.forensics.described.captured_document import CapturedDocument
    from upnpscapy.forensics.exchange_row import ExchangeRow
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.protocol.description_tree import Description

__all__ = ["RULES", "document_evidence"]

MAX_TEXT, MAX_NAME = 4096, 256
"""Characters of an element's text and name."""

MAX_SHOWN = 8

_ABSOLUTE = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LONG_TEXT = re.compile(
    rb"<([A-Za-z_][\w.:-]{0,63})(?:[\s/][^<>]{0,256})?>[^<]{%d}" % (MAX_TEXT + 1)
)
_LONG_NAME = re.compile(rb"</?[A-Za-z_][\w.:-]{%d}" % MAX_NAME)


@rule(
    "description-inconsistent",
    "MEDIUM",
    "Description sends control points elsewhere, or is not the device's",
    technique="T1557",
)
def inconsistent(facts: Facts) -> Iterator[Claim]:
    """Control or event URLs of another host than the one that sent the description.

    Or of another scheme than HTTP. LOW where URLBase alone says so, as of a device whose address
    changed, for SCPDs elsewhere, for a UDN that discovery announced and the description has not,
    and for a serviceId that is given twice; INFO for a type that it has not.
    """
    for document in facts.documents:
        description = document.description
        if description is None:
            continue
        yield from _elsewhere(facts, document, description)
    yield from _not_its_own(facts)


def _elsewhere(
    facts: Facts, document: CapturedDocument, description: Description
) -> Iterator[Claim]:
    found: dict[tuple[str, Severity], list[str]] = {}
    ends: dict[str, UrlEnd] = {}
    for service in description.services:
        for name, raw in (
            ("controlURL", service.control_url_raw),
            ("eventSubURL", service.event_sub_url_raw),
            ("SCPDURL", service.scpd_url_raw),
        ):
            if not raw or not _ABSOLUTE.match(raw):
                continue
            end = url_end_of(raw)
            severity: Severity = "LOW" if name == "SCPDURL" else "MEDIUM"
            if end is None:
                found.setdefault((f"{name} that is no URL of HTTP", severity), []).append(raw)
            elif not _is_server(facts, document, end):
                found.setdefault((f"{name} at {end}", severity), []).append(raw)
                ends[f"{name} at {end}"] = end
    base = url_end_of(description.url_base_raw or "")
    if base is not None and not _is_server(facts, document, base):
        words = f"URLBase at {base}"
        found.setdefault((words, "LOW"), []).append(description.url_base_raw or "")
        ends[words] = base
    for (what, severity), raws in list(found.items())[:MAX_SHOWN]:
        effects: tuple[Evidence, ...] = ()
        missing: tuple[str, ...] = ()
        if what in ends:
            attempts = connections_to(
                facts, ends[what], document.first_time_ns, besides=(document.server,)
            )
            effects = visits(attempts, "a connection to it")
            missing = () if effects else (f"no connection to {ends[what]} in the capture",)
        yield Claim(
            document.server,
            f"Its description {short(document.url)} has {what}: {short(raws[0])}.",
            "effect" if effects else "observed",
            (document_evidence(document, "the description", raws[0]), *effects),
            "medium",
            missing,
            severity,
        )
    ids = Counter(
        (device.udn, service.service_id)
        for device in description.devices
        for service in device.services
        if service.service_id
    )
    twice = [str(service_id) for (_, service_id), times in ids.items() if times > 1]
    if twice:
        yield Claim(
            document.server,
            f"Its description {short(document.url)} has a serviceId twice: {listed(twice, 2)}.",
            "observed",
            (document_evidence(document, "the description", twice[0]),),
            severity="LOW",
        )


def _not_its_own(facts: Facts) -> Iterator[Claim]:
    """UDNs and types that discovery has for a LOCATION, and the description there has not."""
    has: dict[str, tuple[CapturedDocument, set[str]]] = {}
    for document in facts.documents:
        if document.description is not None and document.url is not None:
            words = has.setdefault(document.url, (document, set()))[1]
            for device in document.description.devices:
                kinds = [service.service_type for service in device.services]
                words.update(
                    _unversioned(word) for word in (device.udn, device.device_type, *kinds)
                )
    strange: dict[str, dict[str, list[Evidence]]] = {}
    for seen in facts.messages.of_kind("alive", "response"):
        ssdp = seen.ssdp
        if ssdp.location is None or ssdp.location not in has:
            continue
        for word in (ssdp.udn, ssdp.target):
            name = _unversioned(word)
            if name.startswith(("uuid:", "urn:")) and name not in has[ssdp.location][1]:
                evidence = strange.setdefault(ssdp.location, {}).setdefault(name, [])
                if len(evidence) < 4:
                    evidence.append(seen.evidence("the announcement", word))
    for url, words_there in strange.items():
        document = has[url][0]
        yield Claim(
            document.server,
            f"Discovery announced {listed(map(short, words_there), 4)} at {short(url)}, and the"
            " description there has it not.",
            "observed",
            (
                document_evidence(document, "the description"),
                *(one for word in list(words_there)[:4] for one in words_there[word]),
            ),
            "medium",
            (),
            "LOW" if any(word.startswith("uuid:") for word in words_there) else "INFO",
        )


def _unversioned(word: str | None) -> str:
    """A UDN, or a type without its version: devices answer for earlier ones too."""
    name = (word or "").strip().lower()
    kind, _, version = name.rpartition(":")
    return kind if name.startswith("urn:") and version.isdecimal() else name


@rule(
    "description-bomb",
    "MEDIUM",
    "Description made to exhaust or overflow who reads it",
    reference="CVE-2015-6031, CVE-2017-8798",
    technique="T1499",
)
def bomb(facts: Facts) -> Iterator[Claim]:
    """A description or SCPD of more than 1 MiB, or packed more than a hundredfold.

    Also an element with more than 4096 characters of text or a name of more than 256, on which
    clients with fixed buffers fail; HIGH for a chunk or Content-Length that is negative or
    overflows 31 bits.
    Some devices have lists of media in their descriptions, but none known has a tenth of this.
    """
    for document in facts.documents:
        what = _bomb(document)
        if what is not None:
            note = f"{short(document.url)} has {what}"
            yield Claim(
                document.server,
                f"{note}.",
                "observed",
                (document_evidence(document, "the document", what),),
                "medium",
                ("what became of the client",),
            )
    for row in facts.suspects.marked("framing"):
        found = _framing(row)
        if found is not None:
            what, severity = found
            answer = answered(row, "the answer", what)
            request = () if row.exchange.request is None else (asked(row, "GET", row.target),)
            yield Claim(
                row.server,
                f"The answer to a request for {short(target_of(row))} has {what}.",
                "observed",
                (*request, *([answer] if answer else ())),
                "medium",
                missing_of(row),
                severity,
            )


def document_evidence(document: CapturedDocument, what: str, value: object = None) -> Evidence:
    """The frames of a document's fetches."""
    return Evidence.of(
        *(what, document.place, document.seen_in, document.first_time_ns),
        *(document.server, None, document.url if value is None else value),
    )


def _is_server(facts: Facts, document: CapturedDocument, end: UrlEnd) -> bool:
    """Whether a URL leads to the server that sent a document."""
    addresses = [end.host]
    if not end.is_address:
        addresses = [answer.address for answer in facts.names.of(end.host)]
        if end.host == document.where.host or end == url_end_of(document.url or ""):
            return True
    return any(facts.surroundings.same_host(document.server, address) for address in addresses)


def _bomb(document: CapturedDocument) -> str | None:
    data = document.data
    if len(data) > MAX_SIZE:
        return f"{len(data)} bytes{'' if document.complete else ' and more'}"
    if len(data) > MAX_TEXT and (match := _LONG_TEXT.search(data)):
        return f"more than {MAX_TEXT} characters in an element {match[1].decode()[:64]}"
    if len(data) > MAX_NAME and _LONG_NAME.search(data):
        return f"an element's name of more than {MAX_NAME} characters"
    return None


def _framing(row: ExchangeRow) -> tuple[str, Severity] | None:
    """What is wrong with how long the answer to a GET says that it is."""
    response = row.exchange.response
    if response is None or row.method != "GET" or row.role not in ("description", "scpd", "other"):
        return None
    value = (response.message.headers.get("content-length") or b"").strip()
    if value[:1] == b"-" or (value.isdigit() and _is_too_large(value)):
        return f"Content-Length {value[:32].decode('latin-1')}", "HIGH"
    if "bad-chunk-size" in response.defects:
        return "a chunk whose size is no number, or a negative one", "HIGH"
    if "chunk-too-large" in response.defects:
        return "a chunk whose size overflows 31 bits", "HIGH"
    if "chunk-line-too-long" in response.defects:
        return "a chunk whose size line is too long to read", "MEDIUM"
    body = len(response.body)
    if body and response.message.headers.get("content-encoding"):
        data = response.content().data
        if len(data) > MAX_SIZE and len(data) > MAX_RATIO * body:
            return f"{body} bytes that unpack to {len(data)} and more", "HIGH"
    if response.body_size > (MAX_SIZE if row.role == "other" else 10 * MAX_SIZE):
        return f"a body of {response.body_size} bytes", "MEDIUM"
    return None


def _is_too_large(length: bytes) -> bool:
    return len(length) > 18 or int(length) > MAX_LENGTH


RULES = (inconsistent, bomb)
