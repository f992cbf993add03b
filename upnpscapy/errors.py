"""Every exception of upnpscapy.

::

    UpnpError
    ├── MessageError (ValueError)         asked to write what HTTP cannot carry
    ├── CaptureError (OSError)            a capture could not be read: .path .frame
    ├── DescriptionError (ValueError)     XML could not be read, or is refused: .url
    ├── ControlError
    │   ├── ArgumentError (ValueError)    nothing was sent: .action .argument
    │   ├── ActionFault (RuntimeError)    the device refuses: .action .code .name .description
    │   └── ResponseError (ValueError)    no proper answer: .url .status .data
    ├── GatewayError (LookupError)        no gateway to map ports at: .kind .found
    ├── OutputError (OSError)             a file is not written, or shall not be: .path
    ├── NetworkError (OSError)            this host cannot send or listen as it was asked to
    └── TransportError (OSError)          no answer at all: .url
        ├── RefusedError (PermissionError)   this program does not go there
        └── DeadlineError (TimeoutError)     not in the time that was given

Bytes from the wire do not raise in ``protocol``: what a sender got wrong is a ``Defect`` there.
XML alone does, where no repair helps or reading it would be dangerous.
All can be pickled with their attributes.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ActionFault",
    "ArgumentError",
    "CaptureError",
    "ControlError",
    "DeadlineError",
    "DescriptionError",
    "GatewayError",
    "MessageError",
    "NetworkError",
    "OutputError",
    "RefusedError",
    "ResponseError",
    "TransportError",
    "UpnpError",
]

MAX_DATA = 64 << 10
"""Bytes of an answer that an error keeps."""


class UpnpError(Exception):
    """Anything upnpscapy raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception's own way calls the class with the message alone.
        return _rebuild, (type(self), self.args, self.__dict__)


class MessageError(UpnpError, ValueError):
    """A message was to be written that HTTP cannot carry."""


class CaptureError(UpnpError, OSError):
    """A capture could not be read, or not to its end.

    ``path`` is the file as it was named.
    ``frame`` is the first frame that could not be read, None if the file has no readable frame.
    ``partial`` is what was found before that place (a ``Case``), None if nothing was;
    a pickled error has it no more.
    """

    def __init__(self, reason: str, path: str, frame: int | None = None) -> None:
        self.reason = reason
        self.path = path
        self.frame = frame
        self.partial: Any = None
        place = path if frame is None else f"{path}, frame {frame}"
        super().__init__(f"{place}: {reason}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, {**self.__dict__, "partial": None})


class DescriptionError(UpnpError, ValueError):
    """XML of a device could not be read, or not as what it was taken for.

    ``reason`` says what and where; ``url`` is where it came from, None if that is not known.
    """

    def __init__(self, reason: str, url: str | None = None) -> None:
        self.reason = reason
        self.url = url
        super().__init__(f"{url}: {reason}" if url else reason)


class ControlError(UpnpError):
    """An action was not carried out, or it is not known whether it was."""


class ArgumentError(ControlError, ValueError):
    """A call that the service's description does not allow; nothing was sent.

    ``action`` is its name; ``argument`` that of the first argument that is wrong, None if it is
    the action itself.
    """

    def __init__(self, reason: str, action: str, argument: str | None = None) -> None:
        self.reason = reason
        self.action = action
        self.argument = argument
        super().__init__(f"{action}: {reason}")


class ActionFault(ControlError, RuntimeError):  # noqa: N818  # the standard's word
    """The device refused an action (UDA 2.0, 3.2.5).

    ``code`` is UPnP's errorCode, None if the fault has no number.
    ``name`` is what the service's specification calls that number, None where it does not.
    ``description`` is what the device says, as sent.
    ``status`` is that of HTTP: 500, and of some devices 200.
    """

    def __init__(
        self,
        action: str,
        code: int | None,
        description: str | None = None,
        name: str | None = None,
        *,
        url: str | None = None,
        service_type: str | None = None,
        status: int | None = None,
    ) -> None:
        self.action = action
        self.code = code
        self.description = description
        self.name = name
        self.url = url
        self.service_type = service_type
        self.status = status
        number = "a fault without a number" if code is None else f"error {code}"
        told = f": {description}" if description else ""
        known = f" ({name})" if name and name.lower() != (description or "").lower() else ""
        super().__init__(f"{action}: {number}{known}{told}")


class ResponseError(ControlError, ValueError):
    """A device answered, but not with what was asked for.

    ``data`` is the body it sent, or what came instead of an answer, ``MAX_DATA`` bytes at most.
    ``status`` is that of HTTP, None if none could be read.
    """

    def __init__(
        self, reason: str, url: str, data: bytes = b"", *, status: int | None = None
    ) -> None:
        self.reason = reason
        self.url = url
        self.data = bytes(data[:MAX_DATA])
        self.status = status
        super().__init__(f"{url}: {reason}")


class GatewayError(UpnpError, LookupError):
    """There is no gateway to map ports at, or none that is of use.

    ``kind`` says which: ``none`` answered; what answered is ``not-igd``; its WAN is
    ``not-connected``; its WAN address is ``not-public``, so that nothing outside reaches it.
    ``found`` has a line for each device that was looked at.
    """

    def __init__(self, reason: str, kind: str, found: tuple[str, ...] = ()) -> None:
        self.reason = reason
        self.kind = kind
        self.found = found
        super().__init__(reason)


class OutputError(UpnpError, OSError):
    """A file cannot be written, or shall not be: ``path`` is which, ``reason`` why."""

    def __init__(self, reason: str, path: str) -> None:
        self.reason = reason
        self.path = path
        super().__init__(f"{path}: {reason}")


class NetworkError(UpnpError, OSError):
    """A host cannot send or listen as it was asked to: no such interface, no permission."""


class TransportError(UpnpError, OSError):
    """A device could not be reached, or broke off.

    ``data`` is what came before it broke off, ``MAX_DATA`` bytes at most.
    """

    def __init__(self, reason: str, url: str, data: bytes = b"") -> None:
        self.reason = reason
        self.url = url
        self.data = bytes(data[:MAX_DATA])
        super().__init__(f"{url}: {reason}")


class RefusedError(TransportError, PermissionError):
    """A URL that is not followed unless the caller allows it; ``reason`` says why."""


class DeadlineError(TransportError, TimeoutError):
    """A device took longer than it was given."""


def _rebuild(kind: type[UpnpError], args: tuple[Any, ...], state: dict[str, Any]) -> UpnpError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error
