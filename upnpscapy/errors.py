"""Every exception of upnpscapy.

::

    UpnpError
    ├── MessageError (ValueError)   asked to write what HTTP cannot carry
    └── CaptureError (OSError)      a capture could not be read: .path .frame

Bytes from the wire never raise in ``protocol``: what a sender got wrong is a ``Defect`` there.
"""

from __future__ import annotations

from typing import Any

__all__ = ["CaptureError", "MessageError", "UpnpError"]


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
