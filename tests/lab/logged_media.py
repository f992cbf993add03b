"""What minidlna logs with `-d`: requests as they came, and responses as they went."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

_ENTRY = re.compile(r"^\[\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\] [\w.]+:\d+: \w+: ", re.MULTILINE)
_CONNECTION = re.compile(r"HTTP connection from (\S+):(\d+)")
_REQUEST = re.compile(r"HTTP REQUEST: (\w+) (\S+) ")
_ACTION = re.compile(r"SOAPAction: (.*)#(\w+)")
_RESPONSE = re.compile(r"HTTP RESPONSE: HTTP/1.1 (\d+) .*?\n\r?\n(.*)", re.DOTALL)
_SUBSCRIBE = re.compile(r"ProcessHTTPSubscribe (\S+)")
_CALLBACK = re.compile(r"Callback '(.*)' Timeout=(\d+)")
_GENERATED = re.compile(r"generated sid=(\S+)")

_BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
_CODE = ".//{urn:schemas-upnp-org:control-1-0}errorCode"


class MediaCall(NamedTuple):
    """A call of an action with its response."""

    client: str
    port: int
    path: str
    service_type: str
    action: str
    status: int
    error_code: int | None
    result: list[list[str]]


class MediaSubscription(NamedTuple):
    """A subscription that was accepted."""

    subscriber: str
    path: str
    callback: str
    timeout: int
    sid: str


def calls(log: str) -> list[MediaCall]:
    """The calls of actions, in order."""
    return list(_calls(log))


def subscriptions(log: str) -> list[MediaSubscription]:
    """The subscriptions in the order they were made."""
    found = []
    client = path = callback = ""
    timeout = 0
    for entry in _ENTRY.split(log)[1:]:
        if match := _CONNECTION.match(entry):
            client = match[1]
        elif match := _SUBSCRIBE.match(entry):
            path = match[1]
        elif match := _CALLBACK.match(entry):
            callback, timeout = match[1], int(match[2])
        elif match := _GENERATED.match(entry):
            found.append(MediaSubscription(client, path, callback, timeout, match[1]))
    return found


def _calls(log: str) -> Iterator[MediaCall]:
    client, port, path, action = "", 0, "", None
    for entry in _ENTRY.split(log)[1:]:
        if match := _CONNECTION.match(entry):
            client, port = match[1], int(match[2])
        elif match := _REQUEST.match(entry):
            path, action = match[2], None
        elif match := _ACTION.match(entry):
            action = match
        elif (match := _RESPONSE.match(entry)) and action is not None:
            body = ElementTree.fromstring(match[2].strip()).find(_BODY)
            assert body is not None
            code = body.findtext(_CODE)
            pairs = [] if code else [[child.tag, child.text or ""] for child in body[0]]
            yield MediaCall(
                client,
                port,
                path,
                action[1],
                action[2],
                int(match[1]),
                None if code is None else int(code),
                pairs,
            )
            action = None
