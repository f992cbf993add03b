"""A row of ``external_addresses``: one answer to "what is my address"."""

from __future__ import annotations

from typing import get_args

from upnpscapy.display import Columns, Through, iso_utc, printable
from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.row_of_exchange import RowOfExchange
from upnpscapy.protocol.address_class import AddressClass, address_class
from upnpscapy.tree import MAX_SUMMARY, Tree

__all__ = ["EXTERNAL_ADDRESS_COLUMNS", "ExternalAddressRow", "read_external_addresses"]

EXTERNAL_ADDRESS_COLUMNS = Columns(
    "capture frame time gateway address address_class",
    numbers="frame",
    choices={"address_class": get_args(AddressClass)},
)

_NAMES = frozenset(("newexternalipaddress", "newexternalipv6address"))
"""Of GetExternalIPAddress, of AVM's GetInfo and X_AVM_DE_GetExternalIPv6Address."""


class ExternalAddressRow(RowOfExchange):
    """What a gateway said its address is, in a response: ``frame`` and ``time`` are those of it."""

    __slots__ = ("address", "call")

    def __init__(self, call: CallRow, address: str) -> None:
        super().__init__(call.exchange, call.place)
        self.call = call
        self.address = address
        """As sent; "" is what a router without a connection says."""

    @property
    def frame(self) -> int | None:
        """Frame of the response's first byte."""
        return self.call.response_frame

    @property
    def time_ns(self) -> int | None:
        """When the response began."""
        return self.call.response_time_ns

    @property
    def time(self) -> str | None:
        """When the response began, as ISO 8601 in UTC."""
        return iso_utc(self.call.response_time_ns)

    @property
    def gateway(self) -> str:
        """Address of the device that said so."""
        return self.call.server

    address_class = Through[AddressClass](lambda row: address_class(row.address))
    """What kind of address it is; ``invalid`` if it is none."""

    def tree(self) -> Tree:
        """The address, and who told it when."""
        from upnpscapy.forensics.views.mappings import address_tree

        return address_tree(self)

    def _summary(self) -> str:
        return f"ExternalAddressRow {self.frame} {printable(self.address[:MAX_SUMMARY])}"

    def involves(self, host: str) -> bool:
        """Whether an address is one of the two ends, or the one that was told."""
        return host == self.address or self.call.involves(host)


def read_external_addresses(call: CallRow) -> list[ExternalAddressRow]:
    """The external addresses in the result of a call; those of refused calls are none."""
    if not call.ok:
        return []
    pairs = call.result or ()
    return [ExternalAddressRow(call, value) for name, value in pairs if name.lower() in _NAMES]
