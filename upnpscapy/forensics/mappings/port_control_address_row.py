"""A row of ``external_addresses`` that NAT-PMP or PCP told, by an answer or an announcement."""

from __future__ import annotations

from upnpscapy.display import Through, iso_utc
from upnpscapy.forensics.controlling.external_address_row import ExternalAddressRow
from upnpscapy.forensics.place import Place
from upnpscapy.protocol.address_class import AddressClass, address_class
from upnpscapy.tree import Shown, Tree

__all__ = ["AnyExternalAddressRow", "PortControlAddressRow"]


class PortControlAddressRow(Shown):
    """What a gateway said its address is, in one datagram."""

    __slots__ = ("address", "client", "filter", "frame", "gateway", "place", "time_ns")

    def __init__(
        self,
        place: Place,
        frame: int,
        time_ns: int | None,
        gateway: str,
        client: str,
        address: str,
        filter: str,
    ) -> None:
        self.place = place
        self.frame = frame
        """Of the datagram, numbered as inside."""
        self.time_ns = time_ns
        self.gateway = gateway
        self.client = client
        """Who was told; a multicast group if everyone was."""
        self.address = address
        self.filter = filter
        """A Wireshark display filter that shows what the two said by this protocol."""

    @property
    def capture(self) -> str:
        """The file it is in."""
        return self.place.capture

    @property
    def frames(self) -> list[int]:
        """The datagram's frame."""
        return [self.frame]

    @property
    def time(self) -> str | None:
        """When it was told, as ISO 8601 in UTC."""
        return iso_utc(self.time_ns)

    address_class = Through[AddressClass](lambda row: address_class(row.address))
    """What kind of address it is."""

    def tree(self) -> Tree:
        """The address, and who told it when."""
        from upnpscapy.forensics.views.mappings import address_tree

        return address_tree(self)

    def _summary(self) -> str:
        return f"PortControlAddressRow {self.frame} {self.address}"

    def involves(self, host: str) -> bool:
        """Whether an address is one of the two ends, or the one that was told."""
        return host in (self.gateway, self.client, self.address)

    def column(self, name: str) -> object:
        """The value of a column of its table."""
        return self.place.show(self.frame) if name == "frame" else getattr(self, name)


AnyExternalAddressRow = ExternalAddressRow | PortControlAddressRow
"""A row of ``external_addresses``."""
