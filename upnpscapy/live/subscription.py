"""One subscription to the events of a service: made, kept alive, and ended (UDA 2.0, 4.1).

It is renewed at half of its time; where the device does not know it any more, a new one is made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from upnpscapy.display import printable
from upnpscapy.errors import ResponseError, UpnpError
from upnpscapy.live.callback_connection import Arrived
from upnpscapy.live.callback_server import CallbackServer, Receiver
from upnpscapy.live.event_order import EventOrder, Ready
from upnpscapy.live.eventing import Granted, Publisher
from upnpscapy.live.live_event import LiveEvent
from upnpscapy.live.notice import Notice
from upnpscapy.live.subscribe_options import Options
from upnpscapy.protocol.gena import Event, parse_gena
from upnpscapy.protocol.httpu import Message
from upnpscapy.protocol.scpd_tree import Scpd
from upnpscapy.tree import Shown, Tree, card

if TYPE_CHECKING:
    from upnpscapy.live.service import LiveService

__all__ = ["Subscription"]

KEEP_SECONDS = 10.0
"""For one renewal."""

CLOSE_SECONDS = 3.0
"""For an UNSUBSCRIBE: the device may be gone."""

LEAST_SECONDS, MOST_SECONDS = 0.5, 60.0
"""Between two requests of one subscription, whatever the device grants or does."""

FIRST_SECONDS = 5.0
"""After which a device that sent no event probably cannot; it should at once (UDA 2.0, 4.2)."""

MAX_EARLY = 64
"""Events that are kept until the device has said what their SID is."""

State = Literal["requested", "active", "renewed", "refused", "ended", "expired"]


class Subscription(Shown, Receiver):
    """A subscription that lives: a thread renews it until it is closed."""

    def __init__(
        self,
        publisher: Publisher,
        server: CallbackServer,
        options: Options,
        deliver: Callable[[LiveEvent], object],
        note: Callable[[Notice], object],
        service: LiveService | None = None,
        scpd: Scpd | None = None,
    ) -> None:
        self.event_sub_url = publisher.event_sub_url
        self.service = service
        self.state: State = "requested"
        self.sid: str | None = None
        """As the device sent it; None while there is none."""
        self.timeout_seconds: int | None = None
        """What was granted last; None if it is unknown or infinite."""
        self.callback = ""
        """The URL that the device sends to."""
        self.publisher: str | None = None
        """The device's address."""
        self.renewals = 0
        """That were accepted."""
        self.lost = 0
        """Events that did not come, or not in time."""
        self.duplicates = 0
        """Copies of events that were left out."""
        self._device = publisher
        self._server = server
        self._options = options
        self._deliver = deliver
        self._note_down = note
        self._scpd = scpd
        self._changed = threading.Condition()
        self._order: EventOrder[LiveEvent] = EventOrder(options.order_seconds)
        self._awaiting = False
        """Whether a SUBSCRIBE was sent whose answer is not there yet."""
        self._early: list[LiveEvent] = []
        self._senders: frozenset[str] = frozenset()
        self._renew_at: float | None = None
        self._expires: float | None = None
        self._silent_at: float | None = None
        """When it is strange that no event has come."""
        self._again = False
        """Whether a new one is to be made, for the events that were lost."""
        self._attempts = 0
        self._stopped = self._closed = False
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Subscribe, and keep it from now on.

        Raises ``ResponseError`` for a refusal, ``TransportError`` where no answer came,
        ``RefusedError`` for a URL that is not followed, ``NetworkError`` if this host cannot
        listen.
        """
        facing = self._device.face(self._options.callback_address)
        self._senders = facing.senders
        self.callback = self._server.add(self, facing.address, facing.scope_id)
        try:
            self._subscribe()
        except BaseException:
            self.state = "refused"
            self._server.remove(self)
            if self.sid is not None:  # interrupted
                self._unsubscribe(self.sid)
            raise
        self._thread = threading.Thread(target=self._keep, name="upnp-subscription", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Renew no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def close(self) -> None:
        """End it, at the device too; a second call does nothing, and nothing is raised."""
        self.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        with self._changed:
            if self._closed:
                return
            self._closed = True
        if self.sid is not None:
            self._unsubscribe(self.sid)
            self.state = "ended"
        self._server.remove(self)

    def flush(self) -> None:
        """Hand on the events that wait for earlier ones."""
        with self._changed:
            self._hand_on(self._order.rest())

    # What comes.

    def sends(self, peer: str) -> bool:
        """Whether what this address sends is taken."""
        return self._options.any_sender or peer in self._senders

    def receive(self, arrived: Arrived, frame: int, capture: str) -> int:
        """Take a NOTIFY; the status is that of UDA 2.0, 4.3.2."""
        message = arrived.message.message
        event = parse_gena(message, arrived.body)
        status = _judge(message, event)
        if status != 200 or not isinstance(event, Event):
            self._server.refuse("fields")
            return status
        live = LiveEvent(
            event,
            arrived.message,
            (capture, frame, arrived.time_ns),
            (arrived.peer, arrived.local),
            self.event_sub_url,
            self.service,
            self._scpd,
        )
        with self._changed:
            if self.sid is not None and _same(event.sid, self.sid):
                self._take(live)
            elif self._awaiting and len(self._early) < MAX_EARLY:
                self._early.append(live)
            else:
                return self._server.refuse("sid")
        return 200

    def _take(self, live: LiveEvent) -> None:
        self._silent_at = None
        copies = self._order.duplicates
        self._hand_on(self._order.take(live.seq, live.body, live, time.monotonic()))
        self.duplicates += self._order.duplicates - copies
        self._changed.notify_all()  # now something may wait for its turn

    def _hand_on(self, ready: list[Ready[LiveEvent]]) -> None:
        for live, missed, late in ready:
            live.missed, live.late = missed, late
            if missed:
                self.lost += missed
                self._note("lost", f"{missed} events before SEQ {live.seq}")
                self._again = self._options.resubscribe
            if late:
                self._note("late", f"SEQ {live.seq}, where {self._order.expected} is next")
            self._deliver(live)

    # What is asked for.

    def _subscribe(self, within: float | None = None) -> None:
        options = self._options
        with self._changed:
            self._hand_on(self._order.rest())
            self._awaiting, self._again, self.sid = True, False, None
        try:
            granted = self._device.subscribe(
                self.callback, options.duration_seconds, options.state_vars, within
            )
        except BaseException:
            with self._changed:
                self._awaiting = False
                early, self._early = self._early, []
            # If events came it was made, though the device did not say so.
            for sid in dict.fromkeys(one.sid for one in early if one.sid):
                self._unsubscribe(sid)
            raise
        with self._changed:
            self.publisher = granted.publisher
            self._senders |= {granted.publisher}
            self._order = EventOrder(options.order_seconds)
            self._accept(granted, "active")
            self._silent_at = time.monotonic() + FIRST_SECONDS
            self._awaiting = False
            early, self._early = self._early, []
            for live in early:
                if _same(live.sid, granted.sid):
                    self._take(live)
                else:
                    self._server.refuse("sid")

    def _accept(self, granted: Granted, state: State) -> None:
        timeout, now = granted.timeout, time.monotonic()
        self.sid, self.state, self._attempts = granted.sid, state, 0
        self.timeout_seconds = timeout.seconds if timeout else None
        self._renew_at = self._expires = None
        if timeout is not None and timeout.infinite:
            return
        seconds = self.timeout_seconds
        if seconds is None:
            seconds = self._options.duration_seconds
            sent = f"TIMEOUT is {timeout.sent!r}" if timeout else "no TIMEOUT"
            self._note("problem", f"{sent}; taken for {seconds} s")
        self._renew_at = now + max(LEAST_SECONDS, seconds / 2)
        self._expires = now + seconds

    def _keep(self) -> None:
        while self._wait():
            try:
                if self._again:
                    self._make_anew("events were lost", leave=self.sid)
                elif self.sid is None:
                    self._make_anew("it was over")
                else:
                    self._renew(self.sid)
            except Exception as error:  # a fault of this program, which goes on
                self._note("problem", f"{error!r:.200}")
                self._later()

    def _wait(self) -> bool:
        """Return when something is to be asked; False at the end."""
        with self._changed:
            while not self._stopped:
                now = time.monotonic()
                self._hand_on(self._order.overdue(now))
                if self._silent_at is not None and self._silent_at <= now:
                    self._silent_at = None
                    self._note("silent", f"no first event; can {self.callback} be reached?")
                if self._again or (self._renew_at is not None and self._renew_at <= now):
                    return True
                times = (self._order.due, self._renew_at, self._silent_at)
                self._changed.wait(min([3600.0, *(one - now for one in times if one is not None)]))
            return False

    def _renew(self, sid: str) -> None:
        try:
            granted = self._device.renew(sid, self._options.duration_seconds, KEEP_SECONDS)
        except UpnpError as error:
            if isinstance(error, ResponseError) and 400 <= (error.status or 0) < 500:
                self._make_anew(_told(error))
            else:
                self._not_renewed(_told(error))
            return
        with self._changed:
            self._accept(granted, "renewed")
            self.renewals += 1
        changed = "" if _same(granted.sid, sid) else f"; its SID is {granted.sid} now"
        self._note("renewed", f"for {self.timeout_seconds or 'infinite'} s{changed}")

    def _not_renewed(self, reason: str) -> None:
        if not self._attempts:
            self._note("not-renewed", reason)
        if self._expires is not None and time.monotonic() >= self._expires:
            self._note("expired", "not renewed in time")
            with self._changed:
                self.sid, self.state = None, "expired"
        self._later()

    def _make_anew(self, reason: str, leave: str | None = None) -> None:
        """Make another subscription; ``leave`` is the SID of one that the device still has."""
        if leave is not None:
            self._unsubscribe(leave)
        try:
            self._subscribe(KEEP_SECONDS)
        except UpnpError as error:
            if self.state != "expired" or not self._attempts:
                self._note("expired", f"{reason}; no new subscription: {_told(error)}")
            self.state = "expired"
            self._later()
        else:
            self._note("resubscribed", f"{reason}; what happened in between is not known")

    def _later(self) -> None:
        """Try again after a while that gets longer, but while the subscription is alive."""
        now = time.monotonic()
        pause = min(MOST_SECONDS, 2.0**self._attempts)
        if self._expires is not None and self.sid is not None:
            pause = min(pause, max(LEAST_SECONDS, (self._expires - now) / 2))
        self._attempts = min(self._attempts + 1, 10)
        self._renew_at = now + pause

    def _unsubscribe(self, sid: str) -> None:
        """Tell the device; one that is gone has forgotten anyway."""
        try:
            self._device.unsubscribe(sid, CLOSE_SECONDS)
        except UpnpError as error:
            self._note("not-unsubscribed", _told(error))

    def _note(self, kind: str, text: str) -> None:
        self._note_down(Notice(time.time_ns(), kind, text, self.event_sub_url))

    def tree(self) -> Tree:
        """To what, and how it stands."""
        name = self.service.short_id if self.service else "subscription"
        fields = (("sid", self.sid), ("event_sub_url", self.event_sub_url))
        return card(name, self.state, fields)

    def _summary(self) -> str:
        name = self.service.short_id if self.service else self.event_sub_url
        return f"Subscription {printable(name)} {self.state} {printable(self.sid or '')}"


def _judge(message: Message, event: object) -> int:
    """The status that a NOTIFY deserves, but for its SID being known (UDA 2.0, 4.3.2)."""
    nt, nts = message.headers.get(b"nt"), message.headers.get(b"nts")
    if nt is None or nts is None:
        return 400
    if nt.lower() != b"upnp:event" or nts.lower() != b"upnp:propchange":
        return 412
    known = isinstance(event, Event) and event.kind == "event" and event.sid
    return 200 if known else 412


def _same(one: str | None, other: str) -> bool:
    return one is not None and one.strip().lower() == other.strip().lower()


def _told(error: UpnpError) -> str:
    """What an error says, without the URL."""
    return str(getattr(error, "reason", error))
