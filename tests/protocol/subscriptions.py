"""Subscriptions and the answers to them, right and wrong, and what they mean."""

from __future__ import annotations

from tests.protocol.control import Case, message

__all__ = ["NT", "SID", "SUBSCRIBES", "SUBSCRIPTIONS"]

SID = "uuid:6f1a2c9e-0001-4000-8000-0002d1040506"


def subscribe(*fields: str) -> bytes:
    """A SUBSCRIBE with the fields that vary."""
    return message("SUBSCRIBE /evt/IPConn HTTP/1.1", "HOST: 192.0.2.1:5000", *fields)


CALLBACK = "CALLBACK: <http://192.0.2.40:5001/cb>"

NT = "NT: upnp:event"

HALF_HOUR = ("Second-1800", 1800, False)

SUBSCRIBES = (
    Case(
        "subscribe",
        subscribe(CALLBACK, NT, "TIMEOUT: Second-1800", "STATEVAR: A, B"),
        {
            "kind": "subscribe",
            "target": "/evt/IPConn",
            "host": "192.0.2.1:5000",
            "callbacks": ("http://192.0.2.40:5001/cb",),
            "nt": "upnp:event",
            "sid": None,
            "timeout": HALF_HOUR,
            "state_vars": ("A", "B"),
        },
    ),
    Case(
        "two callbacks",
        subscribe(
            "CALLBACK: <http://192.0.2.40/a> <https://[2001:db8::7]:5001/b>",
            NT,
            "TIMEOUT: second-5",
        ),
        {
            "callbacks": ("http://192.0.2.40/a", "https://[2001:db8::7]:5001/b"),
            "timeout": ("second-5", 5, False),
        },
    ),
    Case(
        "renew",
        subscribe(f"Sid: {SID}", "TIMEOUT: Second-1800"),
        {"kind": "renew", "sid": SID, "callbacks": (), "callback": None},
    ),
    Case(
        "unsubscribe",
        message("UNSUBSCRIBE /evt HTTP/1.1", f"SID: {SID}"),
        {"kind": "unsubscribe", "sid": SID, "timeout": None},
    ),
    Case(
        "nothing given",
        subscribe(),
        {"kind": "subscribe", "callbacks": (), "timeout": None},
        {"missing-callback": None, "missing-nt": None},
    ),
    Case(
        "a callback without brackets",
        subscribe("CALLBACK: http://192.0.2.40/cb", NT, "TIMEOUT: Second-1800"),
        {"callbacks": ("http://192.0.2.40/cb",)},
        {"callback-value": "http://192.0.2.40/cb"},
    ),
    Case(
        "a callback of nothing",
        subscribe("CALLBACK: <>", NT, "TIMEOUT: Second-1800"),
        {"callbacks": ()},
        {"callback-value": "<>"},
    ),
    Case(
        "a callback cut at 100 characters (Roku)",
        subscribe(
            "CALLBACK: <http://192.0.2.40/a><http://192.0.2.40/b", NT, "TIMEOUT: Second-1800"
        ),
        {"callbacks": ("http://192.0.2.40/a", "http://192.0.2.40/b")},
        {"callback-cut": "<http://192.0.2.40/a><http://192.0.2.40/b"},
    ),
    Case(
        "infinite, as UDA 1.0 had it",
        subscribe(CALLBACK, NT, "TIMEOUT: Second-infinite"),
        {"timeout": ("Second-infinite", None, True)},
        {"timeout-infinite": "Second-infinite"},
    ),
    Case(
        "infinite alone",
        subscribe(CALLBACK, NT, "TIMEOUT: infinite"),
        {"timeout": ("infinite", None, True)},
        {"timeout-infinite": "infinite"},
    ),
    Case(
        "a bare number",
        subscribe(CALLBACK, NT, "TIMEOUT: 300"),
        {"timeout": ("300", 300, False)},
        {"timeout-value": "300"},
    ),
    Case(
        "no number",
        subscribe(CALLBACK, NT, "TIMEOUT: Second-"),
        {"timeout": ("Second-", None, False)},
        {"timeout-value": "Second-"},
    ),
    Case(
        "another NT",
        subscribe(CALLBACK, "NT: upnp:events", "TIMEOUT: Second-1800"),
        {"nt": "upnp:events"},
        {"nt-value": "upnp:events"},
    ),
    Case(
        "renewal with everything",
        subscribe(CALLBACK, NT, "SID: 17", "TIMEOUT: Second-1800"),
        {"kind": "renew", "sid": "17"},
        {"sid-value": "17", "sid-and-callback": "<http://192.0.2.40:5001/cb>"},
    ),
    Case(
        "unsubscribe without SID",
        message("UNSUBSCRIBE /evt HTTP/1.1", NT),
        {"sid": None, "nt": "upnp:event"},
        {"missing-sid": None, "sid-and-nt": "upnp:event"},
    ),
)

SUBSCRIPTIONS = (
    Case(
        "accepted",
        message(
            "HTTP/1.1 200 OK",
            "SERVER: A/1 UPnP/2.0 B/1",
            f"SID: {SID}",
            "TIMEOUT: Second-1800",
            "ACCEPTED-STATEVAR: A,B",
        ),
        {
            "status": 200,
            "sid": SID,
            "timeout": HALF_HOUR,
            "accepted_state_vars": ("A", "B"),
            "server": "A/1 UPnP/2.0 B/1",
        },
    ),
    Case(
        "a clock",
        message("HTTP/1.1 200 OK", f"Sid: {SID}", "Timeout: Second-0:30:00"),
        {"sid": SID, "timeout": ("Second-0:30:00", 1800, False)},
        {"timeout-clock": "Second-0:30:00"},
    ),
    Case(
        "accepted without anything",
        message("HTTP/1.1 200 OK"),
        {"sid": None, "timeout": None},
        {"missing-sid": None, "missing-timeout": None},
    ),
    Case("refused", message("HTTP/1.1 412 Precondition Failed"), {"status": 412, "sid": None}),
)
