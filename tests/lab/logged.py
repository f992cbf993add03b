"""What miniupnpd logs with `-d`: requests, calls, refusals, mappings, subscriptions, events.

It works on one request after the other, and logs while it does.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

PERMANENT = 604_800
"""Seconds that it grants where 0 is asked for (WANIPConnection:2, 2.3.27)."""

_ENTRY = re.compile(r"^miniupnpd\[\d+\]: ", re.MULTILINE)
_REQUEST = re.compile(r"HTTP REQUEST from \[(.*)\]:(\d+) : (\w+) (\S+) ")
_ACTION = re.compile(r"SOAPAction: (.*)#(\w+)")
_ERROR = re.compile(r"Returning UPnPError (\d+): (.*)")
_SUBSCRIBE = re.compile(r"ProcessHTTP(Un)?Subscribe (\S+)")
_CALLBACK = re.compile(r"Callback '(.*)' Timeout=(\d+)")
_SID = re.compile(r"(?:SID '|generated sid=)(uuid:[^']+)")
_TIMED_OUT = re.compile(r"subscriber timeouted : .* SID=(\S+)")
_NOTIFY = re.compile(r"upnp_event_send: msg: NOTIFY (\S+) ")
_HEADER = re.compile(r"^(Host|SID|SEQ): (.*)$", re.MULTILINE)
_PROPERTY = re.compile(r"<e:property><(\w+)>(.*?)</\1></e:property>", re.DOTALL)
_OPENED = re.compile(r"redirecting port (\d+) to (\S+):(\d+) protocol (\w+) for: (.*)")
_UPDATED = re.compile(r"updating existing port mapping (\d+) (\w+) ")
"""A renewal, or a change of the internal port: what is said of that is the old one."""

_REMOVED = re.compile(r"removing redirect rule port (\d+) (\w+)")
_EXPIRED = re.compile(r"remove port mapping (\d+) (\w+) because it has expired")

ARGUMENTS = {
    action: re.compile(f"{action}: {pattern}")
    for action, pattern in {
        "AddPortMapping": r"ext port (?P<NewExternalPort>\d+) to (?P<NewInternalClient>\S+):"
        r"(?P<NewInternalPort>\d+) protocol (?P<NewProtocol>\w+)"
        r" for: (?P<NewPortMappingDescription>.*) leaseduration=(?P<NewLeaseDuration>\d+)"
        r" rhost=(?P<NewRemoteHost>.*)",
        "GetSpecificPortMappingEntry": r"rhost='(?P<NewRemoteHost>.*)' (?P<NewExternalPort>\d+)"
        r" (?P<NewProtocol>\w+) found => (?P<NewInternalClient>\S+):(?P<NewInternalPort>\d+)"
        r" desc='(?P<NewPortMappingDescription>.*)' duration=(?P<NewLeaseDuration>\d+)",
        "GetGenericPortMappingEntry": r"index=(?P<NewPortMappingIndex>\d+)",
        "DeletePortMapping": r"external port: (?P<NewExternalPort>\d+),"
        r" protocol: (?P<NewProtocol>\w+)",
        "DeletePortMappingRange": r"deleting external ports: (?P<NewStartPort>\d+)-"
        r"(?P<NewEndPort>\d+), protocol: (?P<NewProtocol>\w+)",
        "AddPinhole": r"\(inbound\) from \[(?P<RemoteHost>.*)\]:(?P<RemotePort>\d+)"
        r" to \[(?P<InternalClient>.*)\]:(?P<InternalPort>\d+) with proto (?P<Protocol>\d+)"
        r" during (?P<LeaseTime>\d+) sec",
        "UpdatePinhole": r"\(inbound\) updating lease duration to (?P<NewLeaseTime>\d+)"
        r" for pinhole with ID: (?P<UniqueID>\d+)",
        "DeletePinhole": r"\(inbound\) pinhole with ID (?P<UniqueID>\d+) successfully removed",
    }.items()
}
"""action → the line with what it was called with, or what it found; names are UPnP's."""


@dataclass
class Request:
    """A request, and what was logged from then to the next one."""

    client: str
    port: int
    method: str
    path: str
    notes: list[str] = field(default_factory=list)


class LoggedCall(NamedTuple):
    """A call of an action; `values` are those of its arguments and results that were logged."""

    client: str
    port: int
    path: str
    service_type: str
    action: str
    error_code: int | None
    error_description: str | None
    values: dict[str, str]


class LoggedEvent(NamedTuple):
    """An event as it was sent."""

    host: str
    path: str
    sid: str
    seq: int
    properties: list[list[str]]


@dataclass
class LoggedSubscription:
    """A subscription, and what has become of it."""

    subscriber: str
    path: str
    callback: str
    timeout: int
    sid: str
    state: str = "active"


@dataclass
class Life:
    """One port mapping: what was asked for, and what has become of it."""

    requested_by: str | None
    protocol: str | None
    external_port: int | None
    internal_client: str | None = None
    internal_port: int | None = None
    description: str | None = None
    lease_seconds: int | None = None
    state: str = "open"
    error_code: int | None = None


def requests(log: str) -> list[Request]:
    """The HTTP requests that the daemon took, in order."""
    found: list[Request] = []
    for entry in _ENTRY.split(log)[1:]:
        match = _REQUEST.match(entry)
        if match:
            client = match[1].removeprefix("::ffff:")
            found.append(Request(client, int(match[2]), match[3], match[4]))
        elif found:
            found[-1].notes.append(entry.rstrip("\n"))
    return found


def calls(log: str) -> list[LoggedCall]:
    """The calls of actions, in order."""
    return [call for request in requests(log) if (call := _call(request)) is not None]


def events(log: str) -> list[LoggedEvent]:
    """The events that were sent, in order."""
    found = []
    for entry in _ENTRY.split(log)[1:]:
        match = _NOTIFY.match(entry)
        if match:
            headers = {name: value.strip() for name, value in _HEADER.findall(entry)}
            properties = [[name, html.unescape(text)] for name, text in _PROPERTY.findall(entry)]
            seq = int(headers["SEQ"])
            found.append(LoggedEvent(headers["Host"], match[1], headers["SID"], seq, properties))
    return found


def subscriptions(log: str) -> list[LoggedSubscription]:
    """The subscriptions in the order they were made."""
    found: dict[str, LoggedSubscription] = {}
    live: dict[str, LoggedSubscription] = {}
    for request in requests(log):
        kind = _first(_SUBSCRIBE, request.notes)
        sid = _first(_SID, request.notes)
        asked = _first(_CALLBACK, request.notes)
        if kind is not None and sid is not None:
            old = live.get(sid[1])
            if kind[1]:
                if old is not None:
                    live.pop(sid[1]).state = "ended"
            elif asked is not None and old is not None:
                old.state, old.timeout = "renewed", int(asked[2])
            elif asked is not None and asked[1]:
                found[sid[1]] = live[sid[1]] = LoggedSubscription(
                    request.client, kind[2], asked[1], int(asked[2]), sid[1]
                )
        for note in request.notes:
            if match := _TIMED_OUT.match(note):
                live.pop(match[1]).state = "expired"
    return list(found.values())


def lives(log: str) -> list[Life]:
    """The port mappings in the order they were asked for, those refused among them."""
    return list(_lives(log))


def _lives(log: str) -> Iterator[Life]:
    live: dict[tuple[str, str], Life] = {}
    for request in requests(log):
        call = _call(request)
        for note in request.notes:
            if match := _OPENED.match(note):
                port, client, to, protocol, description = match.groups()
                live[protocol, port] = Life(
                    request.client, protocol, int(port), client, int(to), description
                )
                yield live[protocol, port]
            elif (match := _UPDATED.match(note)) and call is not None:
                old = live[match[2], match[1]]
                inside = int(call.values["NewInternalPort"])
                if inside != old.internal_port:
                    old.state = "replaced"
                    life = replace(old, internal_port=inside, lease_seconds=None, state="open")
                    live[match[2], match[1]] = life
                    yield life
            elif match := _EXPIRED.match(note):
                live.pop((match[2], match[1])).state = "expired"
            elif (match := _REMOVED.match(note)) and call is not None:
                removed = live.pop((match[2], match[1]), None)
                if removed is not None:
                    removed.state = "deleted"
                elif call.action == "DeletePortMapping":
                    yield Life(None, match[2], int(match[1]), state="deleted")
        if call is None:
            continue
        values = call.values
        if call.action in ("AddPortMapping", "AddAnyPortMapping") and call.error_code is not None:
            port = values.get("NewExternalPort")
            yield Life(
                call.client,
                values.get("NewProtocol"),
                None if port is None else int(port),
                state="refused",
                error_code=call.error_code,
            )
        elif "NewLeaseDuration" in values:
            granted = live.get((values["NewProtocol"], values["NewExternalPort"]))
            if granted is None:
                continue
            if call.action == "AddPortMapping" or not granted.lease_seconds:
                granted.lease_seconds = int(values["NewLeaseDuration"])
            if call.action == "AddPortMapping":
                granted.description = values["NewPortMappingDescription"].replace("(null)", "")


def _call(request: Request) -> LoggedCall | None:
    named = _first(_ACTION, request.notes)
    if request.method != "POST" or named is None:
        return None
    error = _first(_ERROR, request.notes)
    line = ARGUMENTS.get(named[2])
    values = None if line is None else _first(line, request.notes)
    return LoggedCall(
        request.client,
        request.port,
        request.path,
        named[1],
        named[2],
        None if error is None else int(error[1]),
        None if error is None else error[2],
        {} if values is None else values.groupdict(),
    )


def _first(pattern: re.Pattern[str], notes: list[str]) -> re.Match[str] | None:
    return next((match for note in notes if (match := pattern.match(note))), None)
