"""``subscribe()``: the events of services as they come, in order and typed (UDA 2.0, 4)."""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from upnpscapy.closing import Closing
from upnpscapy.errors import DescriptionError, NetworkError, UpnpError
from upnpscapy.live.callback_server import MAX_BODY, CallbackServer
from upnpscapy.live.device import LiveDevice
from upnpscapy.live.eventing import Publisher
from upnpscapy.live.http import Http
from upnpscapy.live.live_event import LiveEvent
from upnpscapy.live.notice import Notice
from upnpscapy.live.service import LiveService
from upnpscapy.live.subscribe_options import Options
from upnpscapy.live.subscription import Subscription
from upnpscapy.tree import Shown, Tree, card

__all__ = ["MAX_EVENTS", "Subscriber", "Target", "subscribe"]

MAX_EVENTS = 1000
"""That wait to be taken."""

MAX_BYTES = 64 << 20
"""Of their bodies."""

MAX_NOTICES = 1000

Target = LiveService | LiveDevice | str
"""A service, a device (all of its services that send events), or an eventSubURL."""


def subscribe(
    *targets: Target,
    on_event: Callable[[LiveEvent], Any] | None = None,
    on_notice: Callable[[Notice], Any] | None = None,
    timeout: float | None = None,
    duration_seconds: int = 1800,
    state_vars: Iterable[str] = (),
    callback_address: str | None = None,
    port: int = 0,
    any_sender: bool = False,
    order_seconds: float = 2.0,
    resubscribe: bool = False,
    max_events: int = MAX_EVENTS,
    max_body: int = MAX_BODY,
    http: Http | None = None,
) -> Subscriber:
    """Subscribe to services; iterate to get each ``LiveEvent`` as it comes, or have it called.

    ``with subscribe(device.WANIPConn1, timeout=60) as events: …``: iterating ends after
    ``timeout`` seconds, or never; leaving unsubscribes.
    ``on_event`` is called with each event instead, by a thread of its own, and ``on_notice`` with
    what else happens: events lost, a subscription renewed or made anew.

    ``duration_seconds`` is what is asked for; it is renewed as long as it is open.
    ``state_vars``: the variables to ask for, all if none is named; few devices listen to it.
    ``callback_address`` and ``port``: where events are to come; by default the address that faces
    the device, and a port that the system chooses.
    ``any_sender``: events are taken from other addresses than the device's too.
    ``order_seconds``: how long an event waits for those with lower numbers.
    ``resubscribe``: subscribe anew when events were lost, so as to get the whole state.
    Of the events that wait to be taken the oldest are dropped beyond ``max_events``; an event has
    ``max_body`` bytes at most.
    ``http``: how to ask, and the recorder; by default that of the service.

    Raises what ``Subscriber.add`` does, and is then subscribed to nothing.
    """
    options = Options(
        duration_seconds,
        tuple(state_vars),
        callback_address,
        any_sender,
        order_seconds,
        resubscribe,
    )
    recorder = (http or next(map(_http_of, targets), Http())).recorder
    subscriber = Subscriber(options, timeout, max_events, http)
    subscriber._server = CallbackServer(
        port=port, max_body=max_body, recorder=recorder, on_problem=subscriber._problem
    )
    try:
        subscriber._start(on_event, on_notice)
        for target in targets:
            subscriber.add(target)
    except BaseException:
        subscriber.close()
        raise
    return subscriber


class Subscriber(Shown, Closing, Iterator[LiveEvent]):
    """Open subscriptions and their events; a context manager."""

    _server: CallbackServer

    def __init__(
        self, options: Options, timeout: float | None, max_events: int, http: Http | None
    ) -> None:
        self.subscriptions: tuple[Subscription, ...] = ()
        self.notices: deque[Notice] = deque(maxlen=MAX_NOTICES)
        """What happened besides events, the latest ones."""
        self.dropped = 0
        """Events that were not taken soon enough."""
        self._options = options
        self._http = http
        self._timeout = timeout
        self._end: float | None = None
        self._max_events = max_events
        self._changed = threading.Condition()
        self._events: deque[LiveEvent] = deque()
        self._bytes = 0
        self._untold: deque[Notice] = deque(maxlen=MAX_NOTICES)
        self._on_notice: Callable[[Notice], Any] | None = None
        self._stopped = self._closed = self._over = False
        self._flushed = self._flushing = False
        self._threads: list[threading.Thread] = []
        atexit.register(self.close)

    def tree(self) -> Tree:
        """Its subscriptions, and what happened besides events; no event is taken."""
        waiting, notices = len(self._events), list(self.notices)
        fields = (
            ("waiting", f"{waiting} events"),
            ("dropped", self.dropped or None),
            *((f"{reason} refused", count) for reason, count in self.refused.items()),
            *(("notice", str(notice)) for notice in notices),
        )
        nodes = [node for one in self.subscriptions for node in one.tree().roots]
        return card("subscriber", "closed" if self._closed else "open", fields, nodes)

    def _summary(self) -> str:
        count = len(self.subscriptions)
        return f"Subscriber {count} subscriptions, {len(self._events)} events wait"

    @property
    def refused(self) -> Mapping[str, int]:
        """Reason → how often something was not taken: ``path sender sid too-slow …``."""
        return MappingProxyType(dict(self._server.refused))

    def add(self, target: Target) -> None:
        """Subscribe to one more.

        Of the services of a device those that refuse are a notice; the last error if all do.
        Raises ``ResponseError`` for a refusal, ``TransportError`` where no answer came,
        ``RefusedError`` for a URL that is not followed, ``DescriptionError`` where no events are,
        ``NetworkError`` if this host cannot be called back.
        """
        if not isinstance(target, LiveDevice):
            self._add(target)
            return
        problem: UpnpError = DescriptionError("no service sends events", target.location)
        before = len(self.subscriptions)
        for service in filter(_sends_events, target.services):
            try:
                self._add(service)
            except UpnpError as error:
                problem = error
                url = service.service.event_sub_url
                self._note(Notice(time.time_ns(), "refused", str(error), url))
        if len(self.subscriptions) == before:
            raise problem

    def next_event(self, timeout: float | None = None) -> LiveEvent | None:
        """The next event, as soon as it is there; None after so many seconds, or at the end."""
        until = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._events:
                left = None if until is None else until - time.monotonic()
                if self._stopped or (left is not None and left <= 0):
                    return None
                self._changed.wait(left)
            event = self._events.popleft()
            self._bytes -= len(event.body)
            return event

    def __next__(self) -> LiveEvent:
        left = None
        if self._timeout is not None:
            now = time.monotonic()
            if self._end is None:
                self._end = now + self._timeout
            left = self._end - now
            if left <= 0:
                self.stop()
        event = self.next_event(left)
        if event is None and not self._flushed:
            # At the end, what waits for earlier ones is given too.
            self.stop()
            self._flushed = self._flushing = True
            for subscription in self.subscriptions:
                subscription.flush()
            self._flushing = False
            event = self.next_event(0)
        if event is None:
            raise StopIteration
        return event

    def stop(self) -> None:
        """Let iterating end when it has given what came until now; from any thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def close(self) -> None:
        """Unsubscribe and end all that runs; a second call does nothing."""
        with self._changed:
            closed, self._closed = self._closed, True
        if closed:
            return
        atexit.unregister(self.close)
        for subscription in self.subscriptions:
            subscription.stop()
        closers = []
        try:
            # Together: each may wait for a device that is gone.
            for one in self.subscriptions:
                closer = threading.Thread(target=one.close, name="upnp-unsubscribe", daemon=True)
                try:
                    closer.start()
                except RuntimeError:  # the interpreter is ending, and starts none
                    one.close()
                else:
                    closers.append(closer)
            for closer in closers:
                closer.join()
        finally:
            self._server.close()
            with self._changed:
                self._stopped = self._over = True
                self._changed.notify_all()
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join()

    def _add(self, target: LiveService | str) -> None:
        if self._closed:
            raise NetworkError("the subscriber is closed")
        service = None if isinstance(target, str) else target
        scpd = None
        if isinstance(target, str):
            url: str | None = target
        else:
            url = target.service.event_sub_url
            if target.scpd_problem is None:
                scpd = target.scpd
            else:
                text = f"values are not typed: {target.scpd_problem}"
                self._note(Notice(time.time_ns(), "problem", text, url))
            if not url:
                raise DescriptionError(f"{target.short_id} sends no events", target.location)
        http = self._http or _http_of(target)
        location = service.location if service else None
        subscription = Subscription(
            Publisher(url or "", http, location),
            self._server,
            self._options,
            self._put,
            self._note,
            service,
            scpd,
        )
        subscription.begin()
        self.subscriptions += (subscription,)

    def _put(self, event: LiveEvent) -> None:
        with self._changed:
            if self._stopped and not self._flushing:
                return
            self._events.append(event)
            self._bytes += len(event.body)
            while len(self._events) > self._max_events or self._bytes > MAX_BYTES:
                self._bytes -= len(self._events.popleft().body)
                self.dropped += 1
            self._changed.notify_all()

    def _note(self, notice: Notice) -> None:
        with self._changed:
            self.notices.append(notice)
            if self._on_notice is not None:
                self._untold.append(notice)
                self._changed.notify_all()

    def _problem(self, text: str) -> None:
        self._note(Notice(time.time_ns(), "problem", text))

    # Callbacks of the caller have threads of their own: they may take their time, and close this.

    def _start(
        self,
        on_event: Callable[[LiveEvent], Any] | None,
        on_notice: Callable[[Notice], Any] | None,
    ) -> None:
        self._on_notice = on_notice
        for name, function, take in (
            ("upnp-events", on_event, self.next_event),
            ("upnp-notices", on_notice, self._next_notice),
        ):
            if function is not None:
                thread = threading.Thread(
                    target=self._tell, args=(function, take), name=name, daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def _next_notice(self) -> Notice | None:
        with self._changed:
            while not self._untold and not self._over:
                self._changed.wait()
            return self._untold.popleft() if self._untold else None

    def _tell(self, function: Callable[[Any], Any], take: Callable[[], Any]) -> None:
        while (what := take()) is not None:
            try:
                function(what)
            except Exception as error:
                # The caller's own fault: seen as that of any thread, and the next one is told.
                thread = threading.current_thread()
                threading.excepthook(
                    threading.ExceptHookArgs((type(error), error, error.__traceback__, thread))
                )


def _http_of(target: Target) -> Http:
    return Http() if isinstance(target, str) else target.http


def _sends_events(service: LiveService) -> bool:
    """Whether it has a place for subscriptions, and a variable to tell of, if that is known."""
    if not service.service.event_sub_url:
        return False
    if service.scpd_problem is not None:
        return True
    return any(variable.send_events for variable in service.scpd.variables)
