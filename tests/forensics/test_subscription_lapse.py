"""A publisher that no longer knows a subscription whose time was up has let it run out.

miniupnpd logs "subscriber timeouted" and answers what comes later with 412.
"""

from __future__ import annotations

import pytest

from tests.forensics.controlling import SECOND, facts, talk

SUBSCRIBE = (
    b"SUBSCRIBE /evt HTTP/1.1\r\nHost: 192.0.2.17:49152\r\n"
    b"CALLBACK: <http://192.0.2.10:5000/cb>\r\nNT: upnp:event\r\nTIMEOUT: Second-5\r\n\r\n"
)
RENEW = (
    b"SUBSCRIBE /evt HTTP/1.1\r\nHost: 192.0.2.17:49152\r\nSID: uuid:1\r\nTIMEOUT: Second-5\r\n\r\n"
)
END = b"UNSUBSCRIBE /evt HTTP/1.1\r\nHost: 192.0.2.17:49152\r\nSID: uuid:1\r\n\r\n"
GRANTED = b"HTTP/1.1 200 OK\r\nSID: uuid:1\r\nTIMEOUT: Second-5\r\nContent-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
GONE = b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n"

# A frame is a millisecond.
IN_TIME, TOO_LATE = 4000, 6000


@pytest.mark.parametrize(
    ("request_", "answer", "frame", "state"),
    [
        (RENEW, GONE, IN_TIME, "refused"),
        (RENEW, GONE, TOO_LATE, "expired"),
        (RENEW, GRANTED, TOO_LATE, "renewed"),
        (END, GONE, IN_TIME, "ended"),
        (END, GONE, TOO_LATE, "expired"),
        (END, OK, TOO_LATE, "ended"),
    ],
)
def test_412_after_its_time_says_that_it_ran_out(
    request_: bytes, answer: bytes, frame: int, state: str
) -> None:
    segments = [*talk(SUBSCRIBE, GRANTED), *talk(request_, answer, start=frame, port=40001)]
    (row,) = facts(segments, 7 * SECOND).subscriptions
    assert row.state == state
