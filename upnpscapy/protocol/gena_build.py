"""Messages of eventing to send (UDA 2.0, 4).

Each builder returns a ``Message``; ``bytes()`` of it goes onto the connection, or into the
datagram of a multicast event.
What HTTP or XML cannot carry, and a number out of the standard's range, raise ``MessageError``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from upnpscapy.errors import MessageError
from upnpscapy.protocol.gena import MULTICAST_IPV4, MULTICAST_PORT, Change
from upnpscapy.protocol.gena_values import LEVEL
from upnpscapy.protocol.httpu import Message, build, parse
from upnpscapy.protocol.property_set import NAMESPACE
from upnpscapy.protocol.soap_build import CONTENT_TYPE
from upnpscapy.protocol.xml_build import attribute_text, element_name, element_text

__all__ = [
    "build_event",
    "build_last_change",
    "build_multicast_event",
    "build_property_set",
    "build_renewal",
    "build_subscribe",
    "build_subscription",
    "build_unsubscribe",
]

MULTICAST_HOST = f"{MULTICAST_IPV4}:{MULTICAST_PORT}"

_URL = re.compile(r"https?://[^<>\s]+\Z", re.IGNORECASE)
_TARGET = re.compile(r"/[^\s]*\Z|https?://[^\s]+\Z|\*\Z")
_Pairs = Iterable[tuple[str, str]]


def build_subscribe(
    target: str,
    host: str,
    callbacks: Sequence[str],
    *,
    timeout_seconds: int = 1800,
    state_vars: Sequence[str] = (),
    user_agent: str | None = None,
    extra: _Pairs = (),
) -> Message:
    """A SUBSCRIBE that begins a subscription (UDA 2.0, 4.1.2).

    ``target`` is the path of the service's eventSubURL, ``callbacks`` are whole URLs.
    """
    if not callbacks:
        raise MessageError("a subscription needs a callback")
    for url in callbacks:
        if not _URL.match(url):
            raise MessageError(f"not a callback URL: {url!r}")
    pairs = [("HOST", host)]
    if user_agent is not None:
        pairs.append(("USER-AGENT", user_agent))
    pairs += [
        ("CALLBACK", "".join(f"<{url}>" for url in callbacks)),
        ("NT", "upnp:event"),
        ("TIMEOUT", _timeout(timeout_seconds)),
    ]
    if state_vars:
        pairs.append(("STATEVAR", ",".join(map(element_name, state_vars))))
    return _request("SUBSCRIBE", target, pairs, extra)


def build_renewal(
    target: str, host: str, sid: str, *, timeout_seconds: int = 1800, extra: _Pairs = ()
) -> Message:
    """A SUBSCRIBE that goes on with a subscription (UDA 2.0, 4.1.3)."""
    pairs = [("HOST", host), ("SID", _filled("SID", sid)), ("TIMEOUT", _timeout(timeout_seconds))]
    return _request("SUBSCRIBE", target, pairs, extra)


def build_unsubscribe(target: str, host: str, sid: str, *, extra: _Pairs = ()) -> Message:
    """An UNSUBSCRIBE that ends a subscription (UDA 2.0, 4.1.4)."""
    return _request("UNSUBSCRIBE", target, [("HOST", host), ("SID", _filled("SID", sid))], extra)


def build_subscription(
    sid: str,
    *,
    server: str,
    timeout_seconds: int = 1800,
    accepted_state_vars: Sequence[str] = (),
    date: str | None = None,
    extra: _Pairs = (),
) -> Message:
    """A device's acceptance of a SUBSCRIBE (UDA 2.0, 4.1.2); ``date`` is an RFC 9110 date."""
    pairs = [] if date is None else [("DATE", date)]
    pairs += [
        ("SERVER", _filled("SERVER", server)),
        ("SID", _filled("SID", sid)),
        ("CONTENT-LENGTH", "0"),
        ("TIMEOUT", _timeout(timeout_seconds)),
    ]
    if accepted_state_vars:
        pairs.append(("ACCEPTED-STATEVAR", ",".join(map(element_name, accepted_state_vars))))
    return build("HTTP/1.1 200 OK", [*pairs, *extra])


def build_event(
    target: str, host: str, sid: str, seq: int, properties: _Pairs, *, extra: _Pairs = ()
) -> Message:
    """A NOTIFY to one subscriber (UDA 2.0, 4.3.2); SEQ is 0 in the first and never again."""
    body = build_property_set(properties)
    pairs = [
        ("HOST", host),
        *_entity(body),
        ("NT", "upnp:event"),
        ("NTS", "upnp:propchange"),
        ("SID", _filled("SID", sid)),
        ("SEQ", _number("SEQ", seq, 2**32 - 1)),
    ]
    return _request("NOTIFY", target, pairs, extra, body)


def build_multicast_event(
    usn: str,
    service_id: str,
    seq: int,
    properties: _Pairs,
    *,
    boot_id: int,
    level: str = "upnp:/general",
    host: str = MULTICAST_HOST,
    extra: _Pairs = (),
) -> Message:
    """A NOTIFY to everyone, one UDP datagram (UDA 2.0, 4.3.3).

    ``usn`` is ``uuid:…::urn:…:service:…``; ``level`` is the standard's or ``domain.name:/level``.
    """
    if not LEVEL.match(level):
        raise MessageError(f"not a level of events: {level!r}")
    body = build_property_set(properties)
    pairs = [
        ("HOST", host),
        *_entity(body),
        ("USN", _filled("USN", usn)),
        ("SVCID", _filled("SVCID", service_id)),
        ("NT", "upnp:event"),
        ("NTS", "upnp:propchange"),
        ("SEQ", _number("SEQ", seq, 2**32 - 1)),
        ("LVL", level),
        ("BOOTID.UPNP.ORG", _number("BOOTID.UPNP.ORG", boot_id, 2**31 - 1)),
    ]
    return _request("NOTIFY", "*", pairs, extra, body)


def build_property_set(properties: _Pairs) -> bytes:
    """Variables and values as an event's body, in the order given (UDA 2.0, 4.4)."""
    inside = "".join(
        f"<e:property><{element_name(name)}>{element_text(value)}</{name}></e:property>"
        for name, value in properties
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<e:propertyset xmlns:e="{NAMESPACE}">{inside}</e:propertyset>'
    ).encode()


def build_last_change(namespace: str, changes: Iterable[Change]) -> str:
    """The value of LastChange; changes of one instance are together where they follow each other.

    ``namespace`` is ``urn:schemas-upnp-org:metadata-1-0/AVT/`` or ``…/RCS/``.
    """
    parts = [f'<Event xmlns="{attribute_text(namespace)}">']
    instance_id = None
    for change in changes:
        if change.instance_id != instance_id:
            parts.append("" if instance_id is None else "</InstanceID>")
            parts.append(f'<InstanceID val="{attribute_text(change.instance_id)}">')
            instance_id = change.instance_id
        channel = change.channel
        where = "" if channel is None else f' channel="{attribute_text(channel)}"'
        value = attribute_text(change.value)
        parts.append(f'<{element_name(change.name)}{where} val="{value}"/>')
    parts.append("" if instance_id is None else "</InstanceID>")
    return "".join([*parts, "</Event>"])


def _request(method: str, target: str, pairs: _Pairs, extra: _Pairs, body: bytes = b"") -> Message:
    if not _TARGET.match(target):
        raise MessageError(f"not the path of a request: {target!r}")
    head = build(f"{method} {target} HTTP/1.1", [*pairs, *extra])
    return parse(bytes(head) + body) if body else head


def _entity(body: bytes) -> list[tuple[str, str]]:
    return [("CONTENT-TYPE", CONTENT_TYPE), ("CONTENT-LENGTH", str(len(body)))]


def _timeout(seconds: int) -> str:
    return f"Second-{_number('TIMEOUT', seconds, 2**31 - 1)}"


def _number(name: str, value: int, limit: int) -> str:
    if not 0 <= value <= limit:
        raise MessageError(f"{name} is a whole number from 0 to {limit}, not {value!r}")
    return str(value)


def _filled(name: str, value: str) -> str:
    if not value:
        raise MessageError(f"{name} is empty")
    return value
