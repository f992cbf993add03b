"""Subscriptions with their states, and events with what they say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.conversation import CLIENT, SERVER, Conversation
from tests.capture.corpus import PCAPS
from tests.forensics.controlling import SECOND, XML, facts, facts_of_file, notify, sent, talk
from upnpscapy.capture.segments import Segment
from upnpscapy.display import Table
from upnpscapy.forensics.controlling import control, subscriptions
from upnpscapy.forensics.controlling.event_row import EVENT_COLUMNS
from upnpscapy.forensics.controlling.subscription_row import SUBSCRIPTION_COLUMNS, SubscriptionRow

SID = "uuid:6b1f"
CALLBACK = "<http://192.0.2.10:5000/cb>"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
GONE = b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n"


def asks(method: str = "SUBSCRIBE", target: str = "/evt", **fields: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {target} HTTP/1.1\r\nHost: 192.0.2.17:49152\r\n{lines}\r\n".encode()


NEW = asks(CALLBACK=CALLBACK, NT="upnp:event", TIMEOUT="Second-600")
RENEW = asks(SID=SID, TIMEOUT="Second-600")
END = asks("UNSUBSCRIBE", SID=SID)


def granted(timeout: str | None = "Second-300", sid: str = SID) -> bytes:
    line = "" if timeout is None else f"TIMEOUT: {timeout}\r\n"
    return f"HTTP/1.1 200 OK\r\nSID: {sid}\r\n{line}Content-Length: 0\r\n\r\n".encode()


def session(*pairs: tuple[bytes, bytes | None]) -> list[Segment]:
    """Requests with their responses, each on a connection of its own, a hundred frames apart."""
    return [
        segment
        for number, (request, answer) in enumerate(pairs)
        for segment in talk(request, answer, start=1 + 100 * number, port=40000 + number)
    ]


def one(*pairs: tuple[bytes, bytes | None], end_ns: int | None = SECOND) -> SubscriptionRow:
    (row,) = facts(session(*pairs), end_ns).subscriptions
    return row


def test_columns_of_subscriptions() -> None:
    row = one((NEW, granted()))
    assert [row.column(name) for name in SUBSCRIPTION_COLUMNS] == [
        *("a.pcap", 4, "1970-01-01T00:00:00.004000000Z", "192.0.2.10", "192.0.2.17"),
        *("http://192.0.2.17:49152/evt", CALLBACK, SID, 300, "active"),
    ]
    assert row.callbacks == ("http://192.0.2.10:5000/cb",)
    assert row.involves("192.0.2.17")
    assert not row.defects


REFUSED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
STATES: dict[str, tuple[list[tuple[bytes, bytes | None]], str, int | None]] = {
    "no response": ([(NEW, None)], "requested", 600),
    "accepted": ([(NEW, granted())], "active", 300),
    "refused": ([(NEW, REFUSED)], "refused", 600),
    "renewed": ([(NEW, granted()), (RENEW, granted("Second-90"))], "renewed", 90),
    "renewal without response": ([(NEW, granted()), (RENEW, None)], "active", 300),
    "renewal refused": ([(NEW, granted()), (RENEW, GONE)], "refused", 300),
    "ended": ([(NEW, granted()), (END, OK)], "ended", 300),
    "end without response": ([(NEW, granted()), (END, None)], "active", 300),
    "end refused": ([(NEW, granted()), (END, REFUSED)], "active", 300),
    "end of a forgotten one": ([(NEW, granted()), (END, GONE)], "ended", 300),
    "renewal of one from before": ([(RENEW, granted())], "renewed", 300),
    "unanswered renewal of one from before": ([(RENEW, None)], "requested", 600),
    "end of one from before": ([(END, OK)], "ended", None),
    "end of an unknown one": ([(END, GONE)], "refused", None),
    "without a timeout": ([(NEW, granted(None))], "active", None),
    "SID in another case": ([(NEW, granted(sid=SID.upper())), (END, OK)], "ended", 300),
}


@pytest.mark.parametrize("name", STATES)
def test_states(name: str) -> None:
    pairs, state, seconds = STATES[name]
    row = one(*pairs)
    assert (row.state, row.timeout_seconds) == (state, seconds)
    assert len(row.frames) == sum(2 - (answer is None) for _, answer in pairs)


def test_infinite() -> None:
    row = one((NEW, granted("Second-infinite")), end_ns=10**9 * SECOND)
    assert (row.timeout_seconds, row.infinite, row.state) == (None, True, "active")
    assert row.defects == ["timeout-infinite"]


@pytest.mark.parametrize(("seconds", "state"), [(300, "active"), (301, "expired")])
def test_expiry(seconds: int, state: str) -> None:
    assert one((NEW, granted()), end_ns=seconds * SECOND).state == state


def test_renewal_puts_expiry_off() -> None:
    conversation = Conversation().open().ask(NEW, granted())
    later = Conversation(ports=(40001, 49152), start=200_000).open().ask(RENEW, granted())
    segments = [*conversation.segments, *later.segments]
    (row,) = facts(segments, 499 * SECOND).subscriptions
    assert (row.state, row.renewals) == ("renewed", 1)
    (row,) = facts(segments, 501 * SECOND).subscriptions
    assert row.state == "expired"


def test_ended_does_not_expire() -> None:
    assert one((NEW, granted()), (END, OK), end_ns=10**6 * SECOND).state == "ended"


def test_each_subscription_is_a_row() -> None:
    rows = facts(session((NEW, granted()), (NEW, granted(sid="uuid:2")), (END, OK))).subscriptions
    assert [(row.sid, row.state) for row in rows] == [(SID, "ended"), ("uuid:2", "active")]


def test_sid_of_another_publisher_is_another() -> None:
    other = Conversation(addresses=(CLIENT, b"\xc0\0\2\x12"), start=500).open().ask(END, OK)
    rows = facts([*session((NEW, granted())), *other.segments]).subscriptions
    assert [(row.publisher, row.state) for row in rows] == [
        ("192.0.2.17", "active"),
        ("192.0.2.18", "ended"),
    ]


def event(*values: tuple[str, str], seq: int = 0, sid: str = SID) -> bytes:
    inside = "".join(f"<e:property><{name}>{value}</{name}></e:property>" for name, value in values)
    body = f'<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">{inside}</e:propertyset>'
    fields = f"Host: 192.0.2.10:5000\r\nNT: upnp:event\r\nNTS: upnp:propchange\r\nSID: {sid}\r\n"
    return sent("NOTIFY /cb HTTP/1.1", body.encode(), f"{fields}SEQ: {seq}\r\n{XML}")


VALUES = (("ExternalIPAddress", "44.128.0.2"), ("PortMappingNumberOfEntries", "12"))


def test_columns_of_events() -> None:
    found = facts(notify(event(*VALUES, seq=7)))
    (row,) = Table("events", EVENT_COLUMNS, lambda: found.events).to_dicts()
    assert row == {
        "capture": "a.pcap",
        "frame": 4,
        "time": "1970-01-01T00:00:00.004000000Z",
        "publisher": "192.0.2.17",
        "subscriber": "192.0.2.10",
        "sid": SID,
        "seq": 7,
        "properties": [list(pair) for pair in VALUES],
    }
    json.dumps(row)
    (given_row,) = found.events
    assert (given_row.status, given_row.defects, given_row.complete) == (200, [], True)
    assert (given_row.subscription, given_row.event_sub_url) == (None, None)
    assert given_row.involves("192.0.2.10")


def test_event_before_the_acceptance() -> None:
    """Between SUBSCRIBE and its 200 the first event can arrive (UDA 2.0, 4.1.2)."""
    first = Conversation().open().send(0, NEW)
    notified = notify(event(*VALUES), start=50)
    first.start = 100
    first.send(1, granted())
    found = facts([*first.segments, *notified])
    (row,) = found.events
    assert row.subscription is found.subscriptions[0]
    assert found.subscriptions[0].exchange.response_time_ns is not None
    assert (row.time_ns or 0) < found.subscriptions[0].exchange.response_time_ns
    assert row.event_sub_url == "http://192.0.2.17:49152/evt"


def test_event_of_a_sid_used_again() -> None:
    other = NEW.replace(b"/evt", b"/other")
    segments = session((NEW, granted()), (END, OK), (other, granted()))
    early, late = notify(event(), start=50), notify(event(seq=1), start=450, port=30001)
    rows = facts([*segments, *early, *late]).events
    assert [(row.event_sub_url or "").rpartition("/")[2] for row in rows] == ["evt", "other"]


def test_event_from_another_address_of_the_publisher() -> None:
    conversation = Conversation(
        addresses=(b"\xc0\0\2\x12", CLIENT), ports=(30000, 5000), start=50
    ).open()
    conversation.ask(event(), OK)
    (row,) = facts([*session((NEW, granted())), *conversation.segments]).events
    assert (row.publisher, row.event_sub_url) == ("192.0.2.18", "http://192.0.2.17:49152/evt")


LAST_CHANGE = (
    "&lt;Event&gt;&lt;InstanceID val=&quot;0&quot;&gt;"
    "&lt;Volume channel=&quot;Master&quot; val=&quot;7&quot;/&gt;&lt;/InstanceID&gt;&lt;/Event&gt;"
)


def test_last_change() -> None:
    (row,) = facts(notify(event(("LastChange", LAST_CHANGE)))).events
    assert row.changes == (("0", "Volume", "7", "Master"),)
    assert row.properties[0][1].startswith("<Event>")


WHOLE = event(("LastChange", LAST_CHANGE), *VALUES)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE)))
def test_a_cut_event_invents_nothing(at: int) -> None:
    conversation = Conversation(addresses=(SERVER, CLIENT), ports=(30000, 5000)).open()
    for row in facts(conversation.send(0, WHOLE[:at]).close().segments).events:
        names = ["LastChange", "ExternalIPAddress", "PortMappingNumberOfEntries"]
        found = [name for name, _ in row.properties]
        assert found == names[: len(found)]
        assert [tuple(pair) for pair in row.properties[1:]] == list(VALUES)[: len(found[1:])]
        assert len(row.changes) == bool(found)
        assert ("bytes-missing" in row.defects) == (at < len(WHOLE)) == (not row.complete)


def test_announcements_are_no_events() -> None:
    request = sent("NOTIFY * HTTP/1.1", b"", "NT: upnp:rootdevice\r\nNTS: ssdp:alive\r\n")
    assert not facts(notify(request)).events


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=12))
def test_any_damage_can_be_read(at: int, damage: bytes) -> None:
    damaged = [
        message[:at] + damage + message[at + len(damage) :]
        for message in (WHOLE, NEW, RENEW, END, granted())
    ]
    found = facts([*session((damaged[1], damaged[4]), (damaged[2], damaged[4]), (damaged[3], OK))])
    found.events += facts(notify(damaged[0])).events
    for row in found.events:
        json.dumps([row.column(name) for name in EVENT_COLUMNS])
    for subscription in found.subscriptions:
        json.dumps([subscription.column(name) for name in SUBSCRIPTION_COLUMNS])


def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MAX_EVENTS", 1)
    monkeypatch.setattr(subscriptions, "MAX_SUBSCRIPTIONS", 1)
    segments = session((NEW, granted()), (NEW, granted(sid="uuid:2")))
    segments += [*notify(event(), start=300), *notify(event(), start=400, port=30001)]
    found = facts(segments)
    assert (len(found.subscriptions), len(found.events)) == (1, 1)
    assert (found.subscriptions_left_out, found.events_left_out, found.left_out) == (1, 1, 2)


def test_a_session_of_upnp_client() -> None:
    found = facts_of_file(PCAPS / "events.pcap")
    urls = [(row.event_sub_url or "").rpartition("/")[2] for row in found.subscriptions]
    assert urls == ["IPConn", "CmnIfCfg", "L3F"]
    assert {(row.state, row.timeout_seconds) for row in found.subscriptions} == {("ended", 1800)}
    seen = [((row.event_sub_url or "").rpartition("/")[2], row.seq) for row in found.events]
    assert seen == [("IPConn", 0), ("CmnIfCfg", 0), ("L3F", 0), ("IPConn", 1), ("IPConn", 2)]
    numbers = [dict(row.event.properties).get("PortMappingNumberOfEntries") for row in found.events]
    assert numbers == ["0", None, None, "1", "0"]
    assert not any(row.defects for row in found.events)
    assert not any(row.defects for row in found.subscriptions)


def test_subscriptions_without_events() -> None:
    found = facts_of_file(PCAPS / "media-server.pcap")
    assert [row.state for row in found.subscriptions] == ["ended", "ended"]
    assert not found.events
    assert [call.action for call in found.calls] == ["Browse"] * 3
