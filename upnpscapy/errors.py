"""Every exception of upnpscapy.

::

    UpnpError
    ├── MessageError (ValueError)       asked to write what HTTP cannot carry
    ├── CaptureError (OSError)          a capture could not be read: .path .frame
    └── DescriptionError (ValueError)   XML could not be read, or is refused: .url

Bytes from the wire do not raise in ``protocol``: what a sender got wrong is a ``Defect`` there.
XML alone does, where no repair helps or reading it would be dangerous.
"""

from __future__ import annotations

from typing import Any

__all__ = ["CaptureError", "DescriptionError", "MessageError", "UpnpError"]


class UpnpError(Exception):
    """Anything upnpscapy raises on purpose."""


class MessageError(UpnpError, ValueError):
    """A message was to be written that HTTP cannot carry."""


class CaptureError(UpnpError, OSError):
    """A capture could not be read, or not to its end.

    ``path`` is the file as it was named.
    ``frame`` is the first frame that could not be read, None if the file has no readable frame.
    ``partial`` is what was found before that place (a ``Case``), None if nothing was.
    """

    def __init__(self, reason: str, path: str, frame: int | None = None) -> None:
        self.reason = reason
        self.path = path
        self.frame = frame
        self.partial: Any = None
        place = path if frame is None else f"{path}, frame {frame}"
        super().__init__(f"{place}: {reason}")


class DescriptionError(UpnpError, ValueError):
    """XML of a device could not be read, or not as what it was taken for.

    ``reason`` says what and where; ``url`` is where it came from, None if that is not known.
    """

    def __init__(self, reason: str, url: str | None = None) -> None:
        self.reason = reason
        self.url = url
        super().__init__(f"{url}: {reason}" if url else reason)
