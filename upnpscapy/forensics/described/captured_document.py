"""One description or SCPD as a capture holds it, read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from upnpscapy.capture.datagrams import address_text
from upnpscapy.display import iso_utc, printable
from upnpscapy.errors import DescriptionError
from upnpscapy.forensics.controlling.by_name import ByName
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import FrameNumbers, Place
from upnpscapy.forensics.url_place import UrlPlace, url_place
from upnpscapy.protocol.description import parse_description
from upnpscapy.protocol.description_tree import Description
from upnpscapy.protocol.frames import Frames
from upnpscapy.protocol.scpd import parse_scpd
from upnpscapy.protocol.scpd_tree import Action, Scpd
from upnpscapy.protocol.scpd_variable import StateVariable
from upnpscapy.protocol.xml import Repair
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

__all__ = ["CapturedDocument", "Kind"]

Kind = Literal["description", "scpd"]


@dataclass(slots=True, eq=False, repr=False)
class CapturedDocument(Shown):
    """One distinct content of one URL; whatever was wrong with it is a fact, not an exception."""

    kind: Kind
    url: str | None
    """If the request is not in the capture, the LOCATION of its device, else None."""
    where: UrlPlace
    """The server that answered, and the target; "" for one that is not known."""
    sha256: str
    """Of ``data``, in hexadecimal."""
    data: bytes = field(repr=False)
    """Without transfer and content coding."""
    complete: bool
    bytes_missing: int
    """Bytes of the first fetch that were sent and are not in the capture."""
    place: Place = field(repr=False)
    server_address: bytes = field(repr=False)
    """As packed on the wire."""
    description: Description | None = field(default=None, repr=False)
    scpd: Scpd | None = field(default=None, repr=False)
    error: str | None = None
    """Why it could not be read."""
    fetches: int = 0
    seen_in: Frames = field(default_factory=Frames, repr=False)
    first_time_ns: int | None = None
    last_time_ns: int | None = None
    _actions: ByName[Action] | None = field(default=None, init=False, repr=False)
    _variables: ByName[StateVariable] | None = field(default=None, init=False, repr=False)

    def tree(self) -> Tree:
        """Where and how often it was fetched, and what it says."""
        from upnpscapy.forensics.views.documents import document_tree

        return document_tree(self)

    def _summary(self) -> str:
        url = printable((self.url or self.server)[:MAX_SUMMARY])
        return f"CapturedDocument {self.kind} {url}{'' if self.readable else ' unreadable'}"

    @property
    def capture(self) -> str:
        """The file it was first seen in."""
        return self.place.capture

    @property
    def server(self) -> str:
        """Address of the side that sent it."""
        return address_text(self.server_address)

    def involves(self, host: str) -> bool:
        """Whether an address is that of the side that sent it."""
        return host == self.server

    @property
    def defects(self) -> list[str]:
        """Names of the deviations of what could be read, each once."""
        parsed = self.description or self.scpd
        return [] if parsed is None else list(dict.fromkeys(one.name for one in parsed.defects))

    @property
    def readable(self) -> bool:
        """Whether it could be read."""
        return self.description is not None or self.scpd is not None

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What was repaired to read it."""
        parsed = self.description or self.scpd
        return () if parsed is None else parsed.repairs

    @property
    def frames(self) -> FrameNumbers:
        """For each fetch the first frame of the request and of the response."""
        return FrameNumbers(self.seen_in, self.place)

    @property
    def first_time(self) -> str | None:
        """When it was first asked for, as ISO 8601 in UTC."""
        return iso_utc(self.first_time_ns)

    @property
    def actions(self) -> ByName[Action]:
        """The actions of an SCPD; none of another document."""
        if self._actions is None:
            self._actions = ByName(self.scpd.actions if self.scpd else ())
        return self._actions

    @property
    def variables(self) -> ByName[StateVariable]:
        """The state variables of an SCPD; none of another document."""
        if self._variables is None:
            self._variables = ByName(self.scpd.variables if self.scpd else ())
        return self._variables

    def read(self) -> None:
        """Parse ``data``; a failure is in ``error``."""
        try:
            if self.kind == "description":
                self.description = parse_description(self.data, self.url)
            else:
                self.scpd = parse_scpd(self.data, self.url)
        except DescriptionError as error:
            self.error = str(error)

    def adopt(self, url: str | None) -> None:
        """Read it anew as fetched from a URL, where that was not known."""
        place = url_place(url)
        if place is not None:
            self.url, self.where = url, place
            self.read()

    def fetched(self, row: ExchangeRow) -> None:
        """Take note of one more fetch."""
        self.fetches += 1
        exchange = row.exchange
        for frame in (exchange.frame, exchange.response_frame):
            if frame is not None:
                self.seen_in.add(frame)
        if row.time_ns is not None:
            if self.first_time_ns is None:
                self.first_time_ns = row.time_ns
            self.last_time_ns = row.time_ns
