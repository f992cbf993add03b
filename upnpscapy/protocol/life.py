"""The life of a device as its announcements tell it: a pure function of messages and times.

A device is alive from an ssdp:alive or a response until its max-age has passed (UDA 2.0, 1.2.2),
gone after ssdp:byebye (1.2.3), and has rebooted when BOOTID.UPNP.ORG rises without an
ssdp:update that announced the new value (1.2.4).
"""

from __future__ import annotations

from typing import Literal

__all__ = ["Life", "State"]

State = Literal["alive", "expired", "byebye", "unknown"]

SECOND = 1_000_000_000


class Life:
    """What a device's messages so far say of its life; feed them in the order they came."""

    __slots__ = ("boot_id", "expires_ns", "gone", "reboots")

    def __init__(self) -> None:
        self.expires_ns: int | None = None
        """Until when it is announced; None if no message said."""
        self.gone = False
        self.boot_id: int | None = None
        self.reboots = 0

    def saw_present(
        self, time_ns: int | None, max_age_seconds: int | None, boot_id: int | None
    ) -> None:
        """Take an ssdp:alive, or a response to a search."""
        if self.gone:
            self.gone = False
            self.expires_ns = None
        if max_age_seconds is not None and time_ns is not None:
            expires_ns = time_ns + max_age_seconds * SECOND
            if self.expires_ns is None or expires_ns > self.expires_ns:
                self.expires_ns = expires_ns
        if boot_id is not None and boot_id != self.boot_id:
            if self.boot_id is not None and boot_id > self.boot_id:
                self.reboots += 1
            self.boot_id = boot_id

    def saw_update(self, next_boot_id: int | None) -> None:
        """Take an ssdp:update: the next boot id is no reboot."""
        if next_boot_id is not None:
            self.boot_id = next_boot_id

    def saw_byebye(self) -> None:
        """Take an ssdp:byebye."""
        self.gone = True

    def state(self, now_ns: int | None) -> State:
        """The state at a time; ``unknown`` where neither max-age nor byebye tells."""
        if self.gone:
            return "byebye"
        if self.expires_ns is None or now_ns is None:
            return "unknown"
        return "alive" if now_ns <= self.expires_ns else "expired"
