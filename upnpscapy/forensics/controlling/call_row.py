"""A row of ``calls``: one call of an action, with its result or its refusal."""

from __future__ import annotations

from upnpscapy.display import Columns, printable
from upnpscapy.forensics.controlling.typed_call import (
    TypedArguments,
    judge_types,
    typed_arguments,
    typed_result,
)
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.row_of_exchange import RowOfExchange
from upnpscapy.forensics.url_place import url_of
from upnpscapy.protocol.error_codes import error_name
from upnpscapy.protocol.scpd_tree import Action
from upnpscapy.protocol.soap import Call, Fault, Result
from upnpscapy.protocol.xml_body import Pairs
from upnpscapy.tree import MAX_SUMMARY, Tree

__all__ = ["CALL_COLUMNS", "CallRow"]

CALL_COLUMNS = Columns(
    "capture frame response_frame time client server control_url service_type action arguments "
    "result status error_code error_description defects filter",
    numbers="frame response_frame status error_code",
    lists="arguments result defects",
)


class CallRow(RowOfExchange):
    """One call of an action.

    Without a response ``result`` and ``status`` are None, and ``ok`` is False.
    Of a body that is not all in the capture, only what is whole is there, see ``complete``.
    """

    __slots__ = (
        "answer",
        "call",
        "defects",
        "request_complete",
        "response_complete",
        "service",
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
        super().__init__(row.exchange, row.place)
        self.call = call
        """None if only the response was seen."""
        self.answer = result
        """None without a response."""
        self.defects = defects
        """Names of the deviations, of HTTP, of SOAP and from the SCPD, each once."""
        self.request_complete = request_complete
        """Whether its body is there completely; false if it was not seen."""
        self.response_complete = response_complete
        self.service: ServiceRow | None = None
        """The described service that was called; known when the whole capture has been read."""

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
    def typed_arguments(self) -> TypedArguments | None:
        """The arguments as the captured SCPD types them; None if there is none for the action."""
        return None if self.call is None else typed_arguments(self.call, self._described)

    @property
    def typed_result(self) -> TypedArguments | None:
        """What came back, typed like that; None of a refusal."""
        return None if self.answer is None else typed_result(self.answer, self._described)

    @property
    def _described(self) -> Action | None:
        """What the SCPD of the service says of the action."""
        scpd = None if self.service is None else self.service.scpd_document
        return None if scpd is None else scpd.actions.get(self.action)

    def join(self, service: ServiceRow | None) -> None:
        """Take the service that was called, and name what disagrees with its SCPD."""
        self.service = service
        scpd = None if service is None else service.scpd_document
        if scpd is None:
            return
        names = [*self.defects]
        for part, typed, complete in (
            ("argument", self.typed_arguments, self.request_complete),
            ("result", self.typed_result, self.response_complete),
        ):
            if typed is not None:
                names += judge_types(part, typed, complete=complete and scpd.complete)
        self.defects = list(dict.fromkeys(names))

    @property
    def control_url(self) -> str | None:
        """The absolute URL the call went to, by the address that it went to."""
        return url_of(self.exchange, by_name=False)

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
        """A result was seen, with a status of success.

        The status alone is none: devices send faults and pages to log in with status 200 too.
        """
        answer = self.answer
        return answer is not None and answer.action is not None and 200 <= (self.status or 0) < 300

    def argument(self, name: str) -> str | None:
        """The value of the first argument of a name, else of that name in another case."""
        return _named(self.arguments, name)

    def result_argument(self, name: str) -> str | None:
        """What ``argument`` is for what was sent, for what came back."""
        return _named(self.result or (), name)

    def column(self, name: str) -> object:
        """The value of a column of ``CALL_COLUMNS``; ``arguments`` of an unseen call are None."""
        if name == "arguments":
            return None if self.call is None else [list(pair) for pair in self.arguments]
        if name == "result":
            return None if self.result is None else [list(pair) for pair in self.result]
        return super().column(name)

    def tree(self) -> Tree:
        """The action with its arguments in order, and its result or error."""
        from upnpscapy.forensics.views.calls import call_tree

        return call_tree(self)

    def _summary(self) -> str:
        action = printable((self.action or "?")[:MAX_SUMMARY])
        error = "" if self.error_code is None else f" {self.error_code}"
        return f"CallRow {self.frame} {action} {self.status}{error}"


def _named(pairs: Pairs, name: str) -> str | None:
    for key, value in pairs:
        if key == name:
            return value
    lower = name.lower()
    return next((value for key, value in pairs if key.lower() == lower), None)
