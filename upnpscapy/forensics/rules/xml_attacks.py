"""XML that makes its reader fetch, tell or choke: document types and entities, and depth.

Nothing is resolved or expanded here: declarations are read as text, sizes are computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.finding import Claim, Evidence, Severity
from upnpscapy.forensics.rules.descriptions import document_evidence
from upnpscapy.forensics.rules.discovery import UrlEnd, connections_to, url_end_of, visits
from upnpscapy.forensics.rules.evidence import answered, asked
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short
from upnpscapy.forensics.rules.xml_entities import Entities, depth_of, read_entities
from upnpscapy.protocol.httpu import text
from upnpscapy.protocol.xml_encoding import decode

if TYPE_CHECKING:
    from upnpscapy.forensics.exchange_row import ExchangeRow
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

MAX_XML = 4 << 20
"""Bytes of a body that are looked at."""

MAX_DEPTH = 256
"""Elements inside each other; a device three levels down the tree needs 12."""

LEVELS, REFERENCES = 3, 10
"""Entities that refer to entities that refer to entities; references in one of them."""

MAX_EXPANDED = 1_000_000
"""Characters that entities become."""

_DOCTYPE = re.compile(r"<!DOCTYPE(?!\s+html\b)[^<>\[]{0,512}", re.IGNORECASE)
_ANY_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_QUOTED = r"""(?:"[^"]{0,256}"|'[^']{0,256}')"""
_EXTERNAL = re.compile(rf"""(?:SYSTEM|PUBLIC\s{{1,8}}{_QUOTED})\s{{1,8}}["']([^"']{{0,1024}})""")


class _Xml(NamedTuple):
    """A body of UPnP that is XML, and who has it."""

    server: str
    """Who sent it."""
    evidence: Evidence
    raw: bytes
    time_ns: int | None
    of_upnp: bool
    """Whether it is certain that it is UPnP's, and not a picture or page of the same server."""


@rule(
    "xxe",
    "LOW",
    "XML of UPnP with a document type, or entities that fetch",
    reference="initstring/evil-ssdp",
    technique="T1203",
)
def xxe(facts: Facts) -> Iterator[Claim]:
    """A document type in a description, SCPD, call, event or answer.

    LOW by itself, some old devices have one. HIGH if it declares an entity that is external or of
    parameters; CRITICAL if a host then connects to where the entity, or the document type, leads.
    Web pages that are served in place of a description (`<!DOCTYPE html>`) do not count, and of
    what else the same server has only such entities.
    """
    for xml in _every_xml(facts):
        content = _decoded(xml.raw)
        declared = _DOCTYPE.search(content)
        if declared is None and "<!ENTITY" not in content:
            continue
        entities = read_entities(content)
        outside = _EXTERNAL.search(declared.group()) if declared else None
        urls = [url for url in entities.external if url]
        ends = [url_end_of(url) for url in (*urls, outside[1] if outside else "")]
        effects = _effects(facts, xml, [end for end in ends if end is not None])
        hostile = bool(entities.external) or bool(entities.parameters)
        if not hostile and not xml.of_upnp:
            continue
        severity: Severity = "CRITICAL" if effects else "HIGH" if hostile else "LOW"
        if entities.external:
            what = f"declares an external entity: {short(entities.external[0])}"
        elif entities.parameters:
            what = f"declares entities of parameters: {short(entities.parameters[0])}"
        elif outside is not None:
            what = f"has a document type that is elsewhere: {short(outside[1])}"
        else:
            what = "has a document type"
        note = f"XML that {xml.server} sent {what}"
        if effects:
            note += "; a host then connected there"
        value = (
            entities.external[0] if entities.external else declared.group() if declared else None
        )
        fetchable = [end for end in ends if end is not None]
        missing = tuple(f"no connection to {end} in the capture" for end in fetchable[:4])
        yield Claim(
            xml.server,
            f"{note}.",
            "effect" if effects else "attempted" if hostile else "observed",
            (xml.evidence._replace(value=short(value) if value else None), *effects),
            "high" if hostile else "medium",
            () if effects else missing,
            severity,
        )


@rule(
    "entity-expansion",
    "HIGH",
    "XML that grows without bound when it is read",
    reference="CVE-2021-28302",
    technique="T1499.004",
)
def expansion(facts: Facts) -> Iterator[Claim]:
    """Entities that refer to entities over three levels, ten references to entities in one.

    Or entities that become more than 1 MB of text, as one of 10 kB does that is used a hundred
    times; or more than 256 elements inside each other, on which readers that recurse fail
    (CVE-2021-28302, pupnp before 1.14.5). The size is computed, nothing is expanded.
    """
    for xml in _every_xml(facts, deep=True):
        content = _decoded(xml.raw)
        what = _grows(read_entities(content)) if "<!ENTITY" in content else None
        if what is None and content.count("<") > MAX_DEPTH:
            depth = depth_of(content, MAX_DEPTH + 1)
            if depth > MAX_DEPTH:
                what = f"has more than {MAX_DEPTH} elements inside each other"
        if what is not None:
            yield Claim(
                xml.server,
                f"XML that {xml.server} sent {what}.",
                "attempted",
                (xml.evidence._replace(value=what),),
                "high",
                ("what became of the reader",),
            )


def _grows(entities: Entities) -> str | None:
    size = entities.expanded
    if entities.levels >= LEVELS:
        return f"has entities over {entities.levels} levels that become {_count(size)} characters"
    if entities.most_references >= REFERENCES:
        return (
            f"has an entity with {entities.most_references} references to others, which become"
            f" {_count(size)} characters"
        )
    if size > MAX_EXPANDED:
        return f"has entities that become {_count(size)} characters"
    return None


def _count(size: int) -> str:
    return str(size) if size < 10**12 else "more than 10^12"


def _every_xml(facts: Facts, *, deep: bool = False) -> Iterator[_Xml]:
    """Documents and bodies with declarations; with ``deep`` those that could not be read too."""
    known: set[bytes] = set()
    for document in facts.documents:
        if _is_declared(document.data) or (deep and not document.readable):
            known.add(document.data)
            yield _of_document(document)
    for row in facts.suspects.marked("doctype"):
        yield from _of_exchange(row, known)


def _of_document(document: CapturedDocument) -> _Xml:
    evidence = document_evidence(document, f"the {document.kind}")
    return _Xml(document.server, evidence, document.data, document.first_time_ns, True)


def _of_exchange(row: ExchangeRow, known: set[bytes]) -> Iterator[_Xml]:
    exchange = row.exchange
    request, response = exchange.request, exchange.response
    of_upnp = row.role in ("description", "scpd", "control", "subscribe", "event")
    if request is not None and _is_declared(data := request.content().data):
        evidence = asked(row, f"the request, {text(request.message.start.method or b'')}")
        yield _Xml(row.client, evidence, data, request.time_ns, of_upnp)
    if response is not None and _is_declared(data := response.content().data):
        answer = answered(row)
        if data not in known and answer is not None and not _is_page(data):
            known.add(data)
            yield _Xml(row.server, answer, data, response.time_ns, of_upnp)


def _is_declared(data: bytes) -> bool:
    if b"<!" in data:
        return b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"<!doctype" in data
    return data[:64].count(0) > 8 and _ANY_DECLARATION.search(_decoded(data)) is not None


def _is_page(data: bytes) -> bool:
    return b"<!ENTITY" not in data and re.search(rb"(?i)<!doctype\s+html", data[:4096]) is not None


def _decoded(data: bytes) -> str:
    return decode(data[:MAX_XML], lambda *_: None)[0]


def _effects(facts: Facts, xml: _Xml, ends: list[UrlEnd]) -> tuple[Evidence, ...]:
    """Connections to where entities lead, and the requests that were made there."""
    found: list[Evidence] = []
    for end in dict.fromkeys(ends):
        attempts = connections_to(facts, end, xml.time_ns)
        if end.host == xml.server:
            # Readers of the XML connect to its server anyhow: what they ask for tells.
            attempts = []
        found += visits(attempts, f"a connection to {end}")
        for row in facts.suspects.marked("exploit-path"):
            if (
                (row.server, row.exchange.server_port) == (end.host, end.port)
                and (xml.time_ns is None or (row.time_ns or 0) >= xml.time_ns)
                and (row.target or "").lower().partition("?")[0].endswith(".dtd")
            ):
                found.append(asked(row, "the request for the DTD", row.target))
    return tuple(found[:8])


RULES = (xxe, expansion)
