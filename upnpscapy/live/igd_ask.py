"""What a gateway is asked for: the arguments of AddPortMapping, checked."""

from __future__ import annotations

from dataclasses import dataclass

from upnpscapy.display import printable
from upnpscapy.errors import ArgumentError

__all__ = ["Ask", "build_ask"]

PROTOCOLS = ("TCP", "UDP")


@dataclass(frozen=True, slots=True)
class Ask:
    """What AddPortMapping is asked for."""

    protocol: str
    external_port: int
    internal_client: str
    internal_port: int
    lease_seconds: int
    description: str
    remote_host: str = ""
    enabled: bool = True

    @property
    def key(self) -> list[tuple[str, str]]:
        """The arguments that name an entry, in their order."""
        return [
            ("NewRemoteHost", self.remote_host),
            ("NewExternalPort", str(self.external_port)),
            ("NewProtocol", self.protocol),
        ]

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """All arguments, in the order of the specification, which is significant."""
        return [
            *self.key,
            ("NewInternalPort", str(self.internal_port)),
            ("NewInternalClient", self.internal_client),
            ("NewEnabled", "1" if self.enabled else "0"),
            ("NewPortMappingDescription", self.description),
            ("NewLeaseDuration", str(self.lease_seconds)),
        ]


def build_ask(
    protocol: str,
    external_port: int,
    internal_client: str,
    internal_port: int,
    lease_seconds: int,
    description: str,
    remote_host: str,
) -> Ask:
    """What to ask for; raises ``ArgumentError`` for what no gateway can be asked."""
    numbers = (
        ("NewInternalPort", internal_port, 1, 65535),
        ("NewExternalPort", external_port, 0, 65535),
        ("NewLeaseDuration", lease_seconds, 0, 2**32 - 1),
    )
    for name, number, low, high in numbers:
        if not low <= number <= high:
            reason = f"{name} is from {low} to {high}, not {number}"
            raise ArgumentError(reason, "AddPortMapping", name)
    if protocol.upper() not in PROTOCOLS:
        reason = f"NewProtocol is TCP or UDP, not {printable(protocol)!r}"
        raise ArgumentError(reason, "AddPortMapping", "NewProtocol")
    return Ask(
        protocol.upper(),
        external_port,
        internal_client,
        internal_port,
        lease_seconds,
        description,
        remote_host,
    )
