"""A row of ``services``: one service as the latest description of its device has it."""

from __future__ import annotations

from upnpscapy.display import Columns, printable
from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.place import FrameNumbers
from upnpscapy.forensics.url_place import url_place
from upnpscapy.protocol.description_tree import Device, Service
from upnpscapy.protocol.scpd_tree import Scpd
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

__all__ = ["SERVICE_COLUMNS", "ServiceRow"]

SERVICE_COLUMNS = Columns(
    "capture udn service_type service_id scpd_url control_url event_sub_url described",
    truths="described",
)

_OF_SERVICE = frozenset("service_type service_id scpd_url control_url event_sub_url".split())


class ServiceRow(Shown):
    """One service; URLs are absolute, None if they are missing or lead nowhere."""

    __slots__ = ("device", "document", "scpd_document", "service")

    def __init__(
        self,
        document: CapturedDocument,
        device: Device,
        service: Service,
        scpd_document: CapturedDocument | None = None,
    ) -> None:
        self.document = document
        """The description it is in."""
        self.device = device
        self.service = service
        """What the description says of it."""
        self.scpd_document = scpd_document
        """What its SCPDURL gave, readable or not; None if that is not in the capture."""

    @property
    def capture(self) -> str:
        """The file its description was first seen in."""
        return self.document.capture

    @property
    def udn(self) -> str | None:
        """Of the device it is in, as sent."""
        return self.device.udn

    @property
    def scpd(self) -> Scpd | None:
        """Its actions and state variables; None if no readable SCPD was captured."""
        return None if self.scpd_document is None else self.scpd_document.scpd

    @property
    def described(self) -> bool:
        """Whether a readable SCPD was captured."""
        return self.scpd is not None

    @property
    def service_type(self) -> str | None:
        """As sent."""
        return self.service.service_type

    @property
    def service_id(self) -> str | None:
        """As sent."""
        return self.service.service_id

    @property
    def scpd_url(self) -> str | None:
        """Where its SCPD is."""
        return self.service.scpd_url

    @property
    def control_url(self) -> str | None:
        """Where its actions are called."""
        return self.service.control_url

    @property
    def event_sub_url(self) -> str | None:
        """Where its events are subscribed to; "" if it says that it sends none."""
        return self.service.event_sub_url

    @property
    def scpd_url_raw(self) -> str | None:
        """As sent."""
        return self.service.scpd_url_raw

    @property
    def control_url_raw(self) -> str | None:
        """As sent."""
        return self.service.control_url_raw

    @property
    def event_sub_url_raw(self) -> str | None:
        """As sent."""
        return self.service.event_sub_url_raw

    @property
    def frames(self) -> FrameNumbers:
        """The fetches of its description and of its SCPD."""
        numbers = set(self.document.seen_in)
        if self.scpd_document is not None:
            numbers.update(self.scpd_document.seen_in)
        return self.document.place.frames(sorted(numbers))

    def tree(self) -> Tree:
        """Where it is called, and what it can do as far as that was captured."""
        from upnpscapy.forensics.views.documents import service_row_tree

        return service_row_tree(self)

    def _summary(self) -> str:
        words = (self.service.short_id[:MAX_SUMMARY], (self.service_type or "")[:MAX_SUMMARY])
        return printable(f"ServiceRow {' '.join(words)}")

    def involves(self, host: str) -> bool:
        """Whether an address is that of its server, or the host of its control URL."""
        place = url_place(self.control_url)
        return host == self.document.server or (place is not None and host == place.host)

    def column(self, name: str) -> object:
        """The value of a column of ``SERVICE_COLUMNS``."""
        return getattr(self.service if name in _OF_SERVICE else self, name)
