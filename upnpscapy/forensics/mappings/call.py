"""What the ledger needs of a call, and how its answer is to be understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from upnpscapy.forensics.place import Place
from upnpscapy.protocol.mapping_terms import value_among

__all__ = ["Answer", "MappingCall", "answer_of", "frames_of", "moment_of", "value_among"]

Answer = Literal["granted", "refused", "unknown"]


class MappingCall(Protocol):
    """A SOAP action call; frame numbers are inside numbers, as exchanges have them (``place``)."""

    @property
    def capture(self) -> str:
        """The file it is in."""

    @property
    def place(self) -> Place:
        """The file among those of its capture."""

    @property
    def frame(self) -> int | None:
        """Frame of the request."""

    @property
    def response_frame(self) -> int | None:
        """Frame of the response."""

    @property
    def time_ns(self) -> int | None:
        """When the request began."""

    @property
    def response_time_ns(self) -> int | None:
        """When the response began."""

    @property
    def client(self) -> str:
        """Address of who asked."""

    @property
    def server(self) -> str:
        """Address of who was asked."""

    @property
    def control_url(self) -> str | None:
        """Where the request went."""

    @property
    def service_type(self) -> str | None:
        """The URN as sent."""

    @property
    def action(self) -> str | None:
        """The action's name."""

    @property
    def arguments(self) -> Sequence[tuple[str, str]]:
        """(name, value) in wire order."""

    @property
    def result(self) -> Sequence[tuple[str, str]] | None:
        """(name, value) in wire order; None if no response was seen."""

    @property
    def status(self) -> int | None:
        """The response's HTTP status."""

    @property
    def error_code(self) -> int | None:
        """The number of the fault."""

    @property
    def ok(self) -> bool:
        """Whether the response says that the action was carried out."""

    @property
    def filter(self) -> str:
        """A display filter that shows its frames."""

    @property
    def frames(self) -> list[int]:
        """Frames of request and response."""


def answer_of(call: MappingCall) -> Answer:
    """What the gateway said; ``unknown`` without a response, or with one that cannot be read.

    A 200 whose body is not in the capture is unknown: devices send faults with 200 too.
    """
    if call.ok:
        return "granted"
    if call.error_code is not None or (call.status is not None and call.status >= 300):
        return "refused"
    return "unknown"


def moment_of(call: MappingCall) -> int | None:
    """When the gateway answered, else when it was asked."""
    return call.time_ns if call.response_time_ns is None else call.response_time_ns


def frames_of(call: MappingCall) -> list[int]:
    """The frames of a call, those of its first bytes where it tells no others."""
    if call.frames:
        return call.frames
    return [frame for frame in (call.frame, call.response_frame) if frame is not None]
