"""What a search asks, and how it is worded for each way that it goes (UDA 2.0, 1.3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from upnpscapy.live.routes import Route
from upnpscapy.protocol.ssdp_build import (
    MULTICAST_HOST,
    build_search,
    build_unicast_search,
    host_port,
)

__all__ = ["MX_SECONDS", "Question"]

MX_SECONDS = 2
"""Over which devices spread their answers, if nobody says."""


@dataclass(frozen=True, slots=True)
class Question:
    """The fields of an M-SEARCH."""

    st: str = "ssdp:all"
    mx: int | None = None
    """None is 2 to many, and no MX to one host."""
    user_agent: str | None = None
    control_point_name: str | None = None
    control_point_uuid: str | None = None
    tcp_port: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Further fields, which come last."""

    def payload(self, route: Route) -> bytes:
        """The message for a route; raises ``MessageError`` for what no M-SEARCH can say."""
        if route.is_unicast:
            host = host_port(route.destination, route.port)
            message = build_unicast_search(
                host, self.st, user_agent=self.user_agent, extra=self._unicast_extra()
            )
            return bytes(message)
        message = build_search(
            self.st,
            MX_SECONDS if self.mx is None else self.mx,
            # Sent to 255.255.255.255, it says the group's name all the same.
            host=host_port(route.destination) if route.is_multicast else MULTICAST_HOST,
            user_agent=self.user_agent,
            tcp_port=self.tcp_port,
            control_point_name=self.control_point_name,
            control_point_uuid=self.control_point_uuid,
            extra=self.headers,
        )
        return bytes(message)

    def wait_seconds(self, route: Route) -> int:
        """How long devices may take before they answer."""
        if self.mx is not None:
            return self.mx
        return 0 if route.is_unicast else MX_SECONDS

    def _unicast_extra(self) -> tuple[tuple[str, str], ...]:
        """What the standard leaves out of a search to one host, and the caller asked for."""
        fields = (
            ("MX", self.mx),
            ("TCPPORT.UPNP.ORG", self.tcp_port),
            ("CPFN.UPNP.ORG", self.control_point_name),
            ("CPUUID.UPNP.ORG", self.control_point_uuid),
        )
        given = [(name, str(value)) for name, value in fields if value is not None]
        return (*given, *self.headers)
