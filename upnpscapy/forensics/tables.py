"""The tables of the output contract, made of rows that someone else provides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from upnpscapy.capture.sighting import MESSAGE_COLUMNS, Sighting
from upnpscapy.display import Columns, Row, Table
from upnpscapy.forensics.capture_row import CAPTURE_COLUMNS, CaptureRow
from upnpscapy.forensics.controlling.call_row import CALL_COLUMNS, CallRow
from upnpscapy.forensics.controlling.event_facts import EVENT_COLUMNS
from upnpscapy.forensics.controlling.external_address_row import EXTERNAL_ADDRESS_COLUMNS
from upnpscapy.forensics.controlling.multicast_event_row import AnyEventRow
from upnpscapy.forensics.controlling.subscription_row import SUBSCRIPTION_COLUMNS, SubscriptionRow
from upnpscapy.forensics.described.service_row import SERVICE_COLUMNS, ServiceRow
from upnpscapy.forensics.exchange_row import EXCHANGE_COLUMNS, ExchangeRow
from upnpscapy.forensics.finding import FINDING_COLUMNS, Finding
from upnpscapy.forensics.inventory import DEVICE_COLUMNS, Device
from upnpscapy.forensics.mappings.port_control_address_row import AnyExternalAddressRow
from upnpscapy.forensics.mappings.row import MAPPING_COLUMNS, MappingRow
from upnpscapy.forensics.row_frames import frames_of_row
from upnpscapy.forensics.rules.rule import RULE_COLUMNS, Rule
from upnpscapy.forensics.search_row import SEARCH_COLUMNS, SearchRow

__all__ = [
    "FACTS",
    "TABLES",
    "CaptureRow",
    "Device",
    "ExchangeRow",
    "SearchRow",
    "Sighting",
    "capture_table",
    "device_table",
    "exchange_table",
    "fact_table",
    "finding_table",
    "message_table",
    "rule_table",
    "search_table",
]


TABLES = tuple(
    "captures messages searches devices services exchanges calls mappings external_addresses "
    "subscriptions events findings".split()
)
"""The tables of a case."""

R = TypeVar("R", bound=Row)

FactRow = TypeVar(
    "FactRow", CallRow, MappingRow, AnyExternalAddressRow, SubscriptionRow, AnyEventRow, ServiceRow
)


def capture_table(rows: Callable[[], Iterable[CaptureRow]]) -> Table[CaptureRow]:
    """``captures``: a row is one input file."""
    return Table("captures", CAPTURE_COLUMNS, rows, key=lambda row: row.capture)


def message_table(
    rows: Callable[[], Iterable[Sighting]],
    *,
    several: bool = False,
    count: Callable[[], int] | None = None,
) -> Table[Sighting]:
    """``messages``: a row is one SSDP datagram. Of several captures the text names each."""
    text = "frame time src dst kind target usn location defects"
    return _table("messages", MESSAGE_COLUMNS, rows, text, several, count)


def search_table(
    rows: Callable[[], Iterable[SearchRow]],
    *,
    several: bool = False,
    count: Callable[[], int] | None = None,
) -> Table[SearchRow]:
    """``searches``: a row is one M-SEARCH with its replies."""
    text = "frame time src sport dst st mx_seconds replies late_replies"
    return _table("searches", SEARCH_COLUMNS, rows, text, several, count)


def exchange_table(
    rows: Callable[[], Iterable[ExchangeRow]],
    *,
    several: bool = False,
    count: Callable[[], int] | None = None,
) -> Table[ExchangeRow]:
    """``exchanges``: a row is one HTTP request with its response."""
    text = "frame response_frame time client server server_port method target status role defects"
    return _table("exchanges", EXCHANGE_COLUMNS, rows, text, several, count)


def device_table(rows: Callable[[], Iterable[Device]], *, several: bool = False) -> Table[Device]:
    """``devices``: a row is one device as one sender presents it."""
    text = (
        "udn device_type addresses link_addresses vendor server locations state first_time "
        "last_time frames"
    )
    return _table("devices", DEVICE_COLUMNS, rows, text, several, key=lambda row: row.udn)


FACTS: dict[str, tuple[Columns, str]] = {
    "calls": (
        CALL_COLUMNS,
        "frame response_frame time client control_url action arguments result status error_code",
    ),
    "mappings": (
        MAPPING_COLUMNS,
        "gateway kind protocol external_port internal_client internal_port remote_host "
        "description lease_seconds requested_by opened_frame closed_frame state error_code",
    ),
    "external_addresses": (
        EXTERNAL_ADDRESS_COLUMNS,
        "frame time gateway address address_class",
    ),
    "subscriptions": (
        SUBSCRIPTION_COLUMNS,
        "frame time subscriber event_sub_url callback sid timeout_seconds state",
    ),
    "services": (SERVICE_COLUMNS, "udn service_type service_id control_url described"),
    "events": (EVENT_COLUMNS, "frame time publisher subscriber sid seq properties"),
}
"""What HTTP tells, by table: its columns, and those that a terminal shows."""


def fact_table(
    name: str, rows: Callable[[], Iterable[FactRow]], *, several: bool = False
) -> Table[FactRow]:
    """One of the tables of ``FACTS``."""
    columns, text = FACTS[name]
    key = _service_key if name == "services" else None
    return _table(name, columns, rows, text, several, key=key)


def finding_table(
    rows: Callable[[], Iterable[Finding]], *, several: bool = False
) -> Table[Finding]:
    """``findings``: a row is what a rule claims, with the frames that prove it."""
    text = "severity rule outcome confidence subject note missing frames first_time"
    return _table("findings", FINDING_COLUMNS, rows, text, several)


def rule_table(rows: Callable[[], Iterable[Rule]]) -> Table[Rule]:
    """The rules themselves; a description is shown by that of one rule alone."""
    text = "id severity title technique reference"
    return Table("rules", RULE_COLUMNS, rows, tuple(text.split()), key=lambda row: row.id)


def _table(
    name: str,
    columns: Columns,
    rows: Callable[[], Iterable[R]],
    text: str,
    several: bool,
    count: Callable[[], int] | None = None,
    key: Callable[[R], str | None] | None = None,
) -> Table[R]:
    """A table of rows that tell of frames; of several captures the text names each."""
    shown = (*(["capture"] if several else []), *text.split())
    return Table(name, columns, rows, shown, count, key=key, frames=frames_of_row)


def _service_key(row: Row) -> str | None:
    return row.service.short_id if isinstance(row, ServiceRow) else None
