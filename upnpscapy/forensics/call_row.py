"""A row of ``calls``: one call of an action, with its result or its refusal."""

from __future__ import annotations

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.display import iso_utc
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.whole_body import url_of
from upnpscapy.protocol.error_codes import error_name
from upnpscapy.protocol.httpu import text
from upnpscapy.protocol.soap import Call, Fault, Result
from upnpscapy.protocol.xml_body import Pairs

__all__ = ["CALL_COLUMNS", "CallRow"]

CALL_COLUMNS = tuple(
    "capture frame response_frame time client server control_url service_type action arguments "
    "result status error_code error_description defects filter".split()
)


class CallRow:
    """One call; ``exchange`` has both messages with their bytes.

    Frame numbers are those inside (see ``place``); ``column`` gives them as shown.
    Without a response ``result`` and ``status`` are None, and ``ok`` is False.
    Of a body that is not all in the capture, only what is whole is there, see ``complete``.
    """

    __slots__ = (
        "answer",
        "call",
        "defects",
        "exchange",
        "place",
        "request_complete",
        "response_complete",
    )

    def __init__(
        self,
        row: ExchangeRow,
        call: Call | None,
        result: Result | None,
        defects: list[str],
        *,
        request_complete: bool,
        response_complete: bool,
    ) -> None:
        self.exchange: Exchange = row.exchange
        self.place: Place = row.place
        self.call = call
        """None if only the response was seen."""
        self.answer = result
        """None without a response."""
        self.defects = defects
        """Names of the deviations, of HTTP and of SOAP, each once."""
        self.request_complete = request_complete
        """Whether its body is there completely; false if it was not seen."""
        self.response_complete = response_complete

    @property
    def complete(self) -> bool:
        """Whether both messages were seen, and their bodies are there completely."""
        return self.request_complete and self.response_complete

    @property
    def arguments(self) -> Pairs:
        """(name, value) in wire order, as sent; () if the call was not seen."""
        return () if self.call is None else self.call.arguments

    @property
    def result(self) -> Pairs | None:
        """(name, value) in wire order, as sent; () of a refusal, None without a response."""
        return None if self.answer is None else self.answer.arguments

    @property
    def fault(self) -> Fault | None:
        """The refusal with all its parts."""
        return None if self.answer is None else self.answer.fault

    @property
    def capture(self) -> str:
        """The file it is in."""
        return self.place.capture

    @property
    def frame(self) -> int | None:
        """Frame of the request's first byte."""
        return self.exchange.frame

    @property
    def response_frame(self) -> int | None:
        """Frame of the response's first byte."""
        return self.exchange.response_frame

    @property
    def frames(self) -> list[int]:
        """Frames of both messages; of long ones not all."""
        return self.exchange.frames

    @property
    def time_ns(self) -> int | None:
        """When the request began, or the response if the request is missing."""
        exchange = self.exchange
        return exchange.response_time_ns if exchange.time_ns is None else exchange.time_ns

    @property
    def response_time_ns(self) -> int | None:
        """When the response began."""
        return self.exchange.response_time_ns

    @property
    def time(self) -> str | None:
        """When the request began, as ISO 8601 in UTC."""
        return iso_utc(self.exchange.time_ns)

    @property
    def client(self) -> str:
        """Address of the control point."""
        return self.exchange.client

    @property
    def server(self) -> str:
        """Address of the device."""
        return self.exchange.server

    @property
    def control_url(self) -> str | None:
        """The absolute URL the call went to."""
        target = self.exchange.target
        if target is None:
            return None
        return url_of(self.exchange.server, self.exchange.server_port, text(target))

    @property
    def service_type(self) -> str | None:
        """As sent with the call; of the result where the call was not seen."""
        if self.call is not None:
            return self.call.service_type
        return None if self.answer is None else self.answer.service_type

    @property
    def action(self) -> str | None:
        """The action's name as sent with the call; of the result where that was not seen."""
        if self.call is not None:
            return self.call.action
        return None if self.answer is None else self.answer.action

    @property
    def status(self) -> int | None:
        """The HTTP status, None without a response."""
        return self.exchange.status

    @property
    def error_code(self) -> int | None:
        """UPnP's errorCode, None if there is no fault or no number in it."""
        return None if self.fault is None else self.fault.error_code

    @property
    def error_description(self) -> str | None:
        """What the device says of the error, as sent."""
        return None if self.fault is None else self.fault.error_description

    @property
    def error_name(self) -> str | None:
        """What the specification of the service calls the error code."""
        code = self.error_code
        return None if code is None else error_name(self.service_type, code)

    @property
    def ok(self) -> bool:
        """A response was seen, with a status of success and without a fault.

        Devices send faults with status 200 too, so the missing part of a body may hold one:
        then the element of the result must have been seen.
        """
        if self.answer is None or self.fault is not None:
            return False
        told = self.response_complete or self.answer.action is not None
        return told and 200 <= (self.status or 0) < 300

    @property
    def filter(self) -> str:
        """A Wireshark display filter that shows the connection."""
        return self.exchange.filter

    def argument(self, name: str) -> str | None:
        """The value of the first argument of a name, else of that name in another case."""
        return _named(self.arguments, name)

    def result_argument(self, name: str) -> str | None:
        """What ``argument`` is for what was sent, for what came back."""
        return _named(self.result or (), name)

    def involves(self, host: str) -> bool:
        """Whether an address is one of its two ends."""
        return host in (self.exchange.client, self.exchange.server)

    def column(self, name: str) -> object:
        """The value of a column of ``CALL_COLUMNS``; ``arguments`` of an unseen call are None."""
        if name == "arguments":
            return None if self.call is None else [list(pair) for pair in self.arguments]
        if name == "result":
            return None if self.result is None else [list(pair) for pair in self.result]
        value = getattr(self, name)
        if name in ("frame", "response_frame"):
            # In a joined capture a frame can be in another file than the row.
            return None if value is None else self.place.show(value)
        return value

    def __repr__(self) -> str:
        return f"<CallRow {self.frame} {self.action} {self.status} {self.error_code}>"


def _named(pairs: Pairs, name: str) -> str | None:
    for key, value in pairs:
        if key == name:
            return value
    lower = name.lower()
    return next((value for key, value in pairs if key.lower() == lower), None)
