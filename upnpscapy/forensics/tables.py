"""The tables of the output contract, made of rows that someone else provides."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from upnpscapy.capture.sighting import MESSAGE_COLUMNS, Sighting
from upnpscapy.display import Table
from upnpscapy.forensics.capture_row import CAPTURE_COLUMNS, CaptureRow
from upnpscapy.forensics.exchange_row import EXCHANGE_COLUMNS, ExchangeRow
from upnpscapy.forensics.inventory import DEVICE_COLUMNS, Device
from upnpscapy.forensics.search_row import SEARCH_COLUMNS, SearchRow

__all__ = [
    "CaptureRow",
    "Device",
    "ExchangeRow",
    "SearchRow",
    "Sighting",
    "capture_table",
    "device_table",
    "exchange_table",
    "message_table",
    "search_table",
]


def capture_table(rows: Callable[[], Iterable[CaptureRow]]) -> Table[CaptureRow]:
    """``captures``: a row is one input file."""
    return Table("captures", CAPTURE_COLUMNS, rows)


def message_table(
    rows: Callable[[], Iterable[Sighting]],
    *,
    several: bool = False,
    count: Callable[[], int] | None = None,
) -> Table[Sighting]:
    """``messages``: a row is one SSDP datagram. Of several captures the text names each."""
    text = "frame time src dst kind target usn location defects"
    return Table("messages", MESSAGE_COLUMNS, rows, _text_columns(text, several), count)


def search_table(
    rows: Callable[[], Iterable[SearchRow]],
    *,
    several: bool = False,
    count: Callable[[], int] | None = None,
) -> Table[SearchRow]:
    """``searches``: a row is one M-SEARCH with its replies."""
    text = "frame time src sport dst st mx_seconds replies late_replies"
    return Table("searches", SEARCH_COLUMNS, rows, _text_columns(text, several), count)


def exchange_table(
    rows: Callable[[], Iterable[ExchangeRow]],
    *,
    several: bool = False,
    count: Callable[[], int] | None = None,
) -> Table[ExchangeRow]:
    """``exchanges``: a row is one HTTP request with its response."""
    text = "frame response_frame time client server server_port method target status role defects"
    return Table("exchanges", EXCHANGE_COLUMNS, rows, _text_columns(text, several), count)


def device_table(rows: Callable[[], Iterable[Device]], *, several: bool = False) -> Table[Device]:
    """``devices``: a row is one device as one sender presents it."""
    text = (
        "udn device_type addresses link_addresses vendor server locations state first_time "
        "last_time frames"
    )
    return Table("devices", DEVICE_COLUMNS, rows, _text_columns(text, several))


def _text_columns(names: str, several: bool) -> tuple[str, ...]:
    return (*(["capture"] if several else []), *names.split())
