"""Subscriptions and events as real devices and control points send them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forensics.gateways import (
    GATEWAY,
    HOST,
    Wire,
    cells,
    reply,
)

SID = "uuid:7a1f0c3e-0000-4000-8000-000000000001"
CALLBACK = f"<http://{HOST}:49200/{'x' * 90}"


def subscribe(method: str = "SUBSCRIBE", **fields: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} /evt/WANIPConn1 HTTP/1.1\r\nHost: {GATEWAY}:5000\r\n{lines}\r\n".encode()


def granted(timeout: str, name: str = "SID") -> bytes:
    return reply("", fields=f"{name}: {SID}\r\nTIMEOUT: {timeout}\r\nContent-Length: 0\r\n")


NEW = subscribe(CALLBACK="<http://192.168.1.10:49200/e>", NT="upnp:event", TIMEOUT="Second-300")
RENEWAL = subscribe(SID=SID, TIMEOUT="Second-300")


@pytest.mark.parametrize(
    ("answers", "state", "seconds", "defects"),
    [
        ([granted("Second-300")], "active", 300, []),
        ([granted("Second-0:30:00")], "active", 1800, ["timeout-clock"]),
        ([granted("Second-300", "Sid")], "active", 300, []),
        (
            [granted("Second-300"), reply("", "HTTP/1.1 412 Precondition Failed")],
            *("refused", 300, []),
        ),
        ([granted("Second-300"), reply("", "HTTP/1.1 404 Not Found")], "refused", 300, []),
    ],
)
def test_subscription_is_followed(
    answers: list[bytes], state: str, seconds: int, defects: list[str], tmp_path: Path
) -> None:
    pairs = list(zip((NEW, RENEWAL), answers, strict=False))
    case = Wire().talk(*pairs).read(tmp_path)
    assert cells(case, "subscriptions", "sid state timeout_seconds event_sub_url") == [
        (SID, state, seconds, "http://192.168.1.1:5000/evt/WANIPConn1")
    ]
    assert case.subscriptions[0].defects == defects


def test_callback_cut_at_100_characters(tmp_path: Path) -> None:
    request = subscribe(CALLBACK=CALLBACK, NT="upnp:event", TIMEOUT="Second-300")
    case = Wire().talk((request, granted("Second-300"))).read(tmp_path)
    (row,) = case.subscriptions
    assert (row.callback, row.callbacks) == (CALLBACK, (CALLBACK[1:],))
    assert row.defects == ["callback-cut"]


def test_event_that_nobody_answers(tmp_path: Path) -> None:
    """Some subscribers close without an HTTP reply, and some devices stop at that."""
    body = (
        '<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0"><e:property>'
        "<PortMappingNumberOfEntries>3</PortMappingNumberOfEntries></e:property></e:propertyset>"
    )
    notify = (
        f"NOTIFY /e HTTP/1.1\r\nHost: {HOST}:49200\r\nNT: upnp:event\r\nNTS: upnp:propchange\r\n"
        f'Sid: {SID}\r\nSEQ: 0\r\nContent-Type: text/xml; charset="utf-8"\r\n'
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
    wire = Wire().talk((NEW, granted("Second-300")))
    case = wire.talk((notify, None), port=49200, ends=(GATEWAY, HOST)).read(tmp_path)
    assert cells(case, "events", "publisher subscriber sid seq properties") == [
        (GATEWAY, HOST, SID, 0, [["PortMappingNumberOfEntries", "3"]])
    ]
    (row,) = case.events
    assert (row.status, row.defects) == (None, [])
    assert row.subscription is case.subscriptions[0]
