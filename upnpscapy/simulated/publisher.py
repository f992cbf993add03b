"""Eventing of one simulated service: who is subscribed, and when changes go out (UDA 2.0, 4)."""

from __future__ import annotations

import time

from upnpscapy.protocol.gena import Subscribe
from upnpscapy.protocol.gena_build import build_subscription
from upnpscapy.simulated.http_server import SERVER, Response
from upnpscapy.simulated.service import Service
from upnpscapy.simulated.subscription import EventSubscription, own_callbacks

__all__ = ["MODERATION_SECONDS", "Publisher"]

MODERATION_SECONDS = 0.2
"""Between two events of a service, as specifications ask of LastChange."""

MAX_SUBSCRIPTIONS = 16
"""Of one service."""

SECONDS = (1, 1800)
"""For how long a subscription is granted; what is asked for counts within that."""


class Publisher:
    """The subscriptions of a service; its device's lock is held when it is called."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._subscriptions: dict[str, EventSubscription] = {}
        self._over: list[EventSubscription] = []
        self._changed: dict[str, None] = {}
        self._next = 0.0

    @property
    def wait_seconds(self) -> float | None:
        """Until a change may be told; None if there is none."""
        return max(0.0, self._next - time.monotonic()) if self._changed else None

    def change(self, name: str) -> None:
        """A variable has another value."""
        self._changed[name] = None

    def answer(self, asked: Subscribe, peer: str) -> Response:
        """A SUBSCRIBE or UNSUBSCRIBE."""
        self._forget()
        if asked.sid is not None and (asked.callback is not None or asked.nt is not None):
            return Response(400)
        if asked.kind == "subscribe":
            return self._accept(asked, peer)
        subscription = self._subscriptions.get(asked.sid or "")
        if subscription is None:
            return Response(412)
        if asked.kind == "unsubscribe":
            del self._subscriptions[subscription.sid]
            subscription.stop()
            self._over.append(subscription)
            return Response(200)
        subscription.renew(_seconds(asked))
        return _granted(subscription)

    def flush(self) -> None:
        """Tell what has changed, if it is time."""
        self._forget()
        if self._changed and time.monotonic() >= self._next:
            names, self._changed = list(self._changed), {}
            pairs = [(one, self._service.event_value(one, first=False)) for one in names]
            for subscription in self._subscriptions.values():
                subscription.put(pairs)
            self._next = time.monotonic() + MODERATION_SECONDS

    def stop(self) -> list[EventSubscription]:
        """End all; the threads are still to be joined."""
        for subscription in self._subscriptions.values():
            subscription.stop()
        ended = [*self._subscriptions.values(), *self._over]
        self._subscriptions = {}
        return ended

    def _accept(self, asked: Subscribe, peer: str) -> Response:
        callbacks = own_callbacks(asked.callbacks, peer)
        if asked.nt != "upnp:event" or not callbacks or not self._service.evented:
            return Response(412)
        if len(self._subscriptions) + len(self._over) >= MAX_SUBSCRIPTIONS:
            return Response(503)
        subscription = EventSubscription(callbacks, _seconds(asked))
        names = self._service.evented
        subscription.put([(one, self._service.event_value(one, first=True)) for one in names])
        self._subscriptions[subscription.sid] = subscription
        return _granted(subscription)

    def _forget(self) -> None:
        """Those that are over."""
        for sid, one in list(self._subscriptions.items()):
            if one.is_over:
                del self._subscriptions[sid]
                one.stop()
                self._over.append(one)
        self._over = [one for one in self._over if one.is_running]


def _seconds(asked: Subscribe) -> int:
    low, high = SECONDS
    seconds = asked.timeout.seconds if asked.timeout else None
    return high if seconds is None else min(max(seconds, low), high)


def _granted(subscription: EventSubscription) -> Response:
    head = build_subscription(subscription.sid, server=SERVER, timeout_seconds=subscription.seconds)
    return Response(200, head=head, after=subscription.confirm)
