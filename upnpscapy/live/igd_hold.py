"""A mapping for the life of a program: renewed while it lasts, removed after."""

from __future__ import annotations

import threading
import time
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from upnpscapy.closing import Closing
from upnpscapy.errors import UpnpError
from upnpscapy.live.igd_mapping import LiveMapping
from upnpscapy.tree import Shown, Tree, card

if TYPE_CHECKING:
    from upnpscapy.live.igd import Igd

__all__ = ["HeldMapping"]

CHECK_SECONDS = 1200.0
"""Between two looks at a permanent mapping: a router that was restarted may have lost it."""

AGAIN_SECONDS = 30.0
"""After a renewal failed, at most; a tenth of the lease if that is less."""

MAX_ERRORS = 100
"""Kept, the latest."""


class HeldMapping(Shown, Closing):
    """A context manager; the mapping is there inside, and its values are attributes.

    It is renewed by a thread when half of its lease is over.
    A renewal that fails is tried again and again; the error is in ``errors``, and a warning.
    """

    def __init__(
        self,
        igd: Igd,
        add: Callable[[], LiveMapping],
        renew: Callable[[LiveMapping], LiveMapping],
    ) -> None:
        self.igd = igd
        self._add, self._again = add, renew
        self._mapping: LiveMapping | None = None
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.renewals = 0
        """How often it was renewed."""
        self.failing = False
        """Whether the last renewal failed."""
        self.errors: deque[UpnpError] = deque(maxlen=MAX_ERRORS)
        """Of renewals and of the removal, the latest last."""

    @property
    def mapping(self) -> LiveMapping:
        """As it was granted last; raises ``ValueError`` before it is opened."""
        if self._mapping is None:
            raise ValueError("the mapping is not open yet")
        return self._mapping

    @property
    def external_port(self) -> int:
        """The port outside."""
        return self.mapping.external_port or 0

    @property
    def external_address(self) -> str | None:
        """The gateway's address outside, as it was when the gateway was found."""
        return self.mapping.external_address

    @property
    def internal_client(self) -> str | None:
        """The host that packets are sent on to."""
        return self.mapping.internal_client

    @property
    def internal_port(self) -> int | None:
        """The port inside."""
        return self.mapping.internal_port

    @property
    def protocol(self) -> str | None:
        """TCP or UDP."""
        return self.mapping.protocol

    @property
    def lease_seconds(self) -> int | None:
        """Of each renewal; 0 is for ever."""
        return self.mapping.lease_seconds

    def open(self) -> Self:
        """Make the mapping and keep it; errors are those of ``Igd.add``."""
        if self._thread is not None:
            raise ValueError("the mapping is open already")
        self._mapping = self._add()
        self._thread = threading.Thread(target=self._keep, name="upnpscapy-hold", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Remove the mapping; what goes wrong is in ``errors``. A second call does nothing."""
        self._stopped.set()
        thread, self._thread = self._thread, None
        if thread is None:
            return
        thread.join()
        mapping = self.mapping
        terms = mapping.terms
        try:
            self.igd.delete(terms.protocol or "", terms.external_port or 0, terms.remote_host or "")
            self._mapping = mapping.deleted(time.time_ns())
        except UpnpError as error:
            self._failed(f"{mapping} could not be removed", error)

    def _keep(self) -> None:
        wait = self._interval()
        while not self._stopped.wait(wait):
            try:
                self._renew()
            except UpnpError as error:
                self.failing = True
                self._failed(f"{self.mapping} could not be renewed", error)
                wait = min(AGAIN_SECONDS, self._interval() / 5)
            else:
                self.renewals += 1
                self.failing = False
                wait = self._interval()

    def _renew(self) -> None:
        mapping = self.mapping
        if not mapping.lease_seconds:
            terms = mapping.terms
            port, host = terms.external_port or 0, terms.remote_host or ""
            with suppress(UpnpError):  # a gateway that cannot say: let it be added once more
                found = self.igd.get(terms.protocol or "", port, host)
                inside = terms.internal_client, terms.internal_port
                if found is not None and inside == (found.internal_client, found.internal_port):
                    return
        self._mapping = self._again(mapping)

    def _interval(self) -> float:
        """Seconds until the next renewal."""
        lease = self.mapping.lease_seconds
        return max(0.5, lease / 2) if lease else CHECK_SECONDS

    def _failed(self, what: str, error: UpnpError) -> None:
        self.errors.append(error)
        with suppress(RuntimeWarning):  # where warnings are errors it would end the thread
            warnings.warn(f"{what}: {error}", RuntimeWarning, stacklevel=3)

    def __enter__(self) -> Self:
        return self.open()

    def tree(self) -> Tree:
        """The mapping as it was granted last, and what became of its renewals."""
        mapping = self._mapping
        fields = (
            ("renewals", self.renewals),
            ("last renewal", "failed" if self.failing else None),
            *(("error", str(error)) for error in list(self.errors)),
        )
        inside = () if mapping is None else mapping.tree().roots
        return card("held mapping", "not open" if mapping is None else "", fields, inside)

    def _summary(self) -> str:
        state = "not open" if self._mapping is None else str(self._mapping)
        return f"HeldMapping {state}, renewals={self.renewals}, errors={len(self.errors)}"
