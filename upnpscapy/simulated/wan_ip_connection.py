"""WANIPConnection:1 and :2 of a simulated gateway: connection, address, mappings."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from upnpscapy.protocol.xml_build import element_text
from upnpscapy.simulated.gateway_tables import WAN_IP_1, WAN_IP_2
from upnpscapy.simulated.mapping import Clock, Mapping, Table
from upnpscapy.simulated.service import Arguments, Refusal, Service

__all__ = ["MAX_LEASE_SECONDS", "WanIpConnection"]

MAX_LEASE_SECONDS = 604_800
"""A week, which :2 makes of a lease of 0 (WANIPConnection:2, 2.3.19)."""

DYNAMIC_PORTS = (49152, 65535)
"""Of which AddAnyPortMapping takes the first that is free."""

_LISTING = "urn:schemas-upnp-org:gw:WANIPConnection"

_Key = tuple[str, int, str]


class WanIpConnection(Service):
    """The connection; ``version`` is 1 or 2."""

    def __init__(
        self,
        version: int,
        clock: Clock,
        external_address: str,
        *,
        any_client: bool = False,
        permanent_only: bool = False,
    ) -> None:
        super().__init__(
            WAN_IP_1 if version == 1 else WAN_IP_2,
            {
                "ConnectionType": "IP_Routed",
                "PossibleConnectionTypes": "IP_Routed",
                "ConnectionStatus": "Connected",
                "Uptime": 0,
                "LastConnectionError": "ERROR_NONE",
                "AutoDisconnectTime": 0,
                "IdleDisconnectTime": 0,
                "WarnDisconnectDelay": 0,
                "RSIPAvailable": False,
                "NATEnabled": True,
                "ExternalIPAddress": external_address,
                "PortMappingNumberOfEntries": 0,
                "SystemUpdateID": 0,
            },
        )
        self.version = version
        self.any_client = any_client
        self.permanent_only = permanent_only
        self.table_of_mappings: Table[_Key, Mapping] = Table(clock)
        self._clock = clock
        self._since = clock()

    def tick(self) -> None:
        """Look for what the clock has changed."""
        number = len(self.table_of_mappings)
        if number != self.values["PortMappingNumberOfEntries"]:
            self._count()

    def connect(self, connected: bool) -> None:
        """Whether the line is up."""
        if connected != (self.values["ConnectionStatus"] == "Connected"):
            self._since = self._clock()
            self.set("ConnectionStatus", "Connected" if connected else "Disconnected")
            error = "ERROR_NONE" if connected else "ERROR_NO_CARRIER"
            self.set("LastConnectionError", error)

    def _count(self) -> None:
        self.set("PortMappingNumberOfEntries", len(self.table_of_mappings))
        if self.version > 1:
            self.set("SystemUpdateID", (self.values["SystemUpdateID"] + 1) % 2**32)

    def _do_set_connection_type(self, arguments: Arguments) -> None:
        if arguments["NewConnectionType"] != "IP_Routed":
            raise Refusal(731 if self.version > 1 else 703)

    def _do_request_connection(self, _: Arguments) -> None:
        self.connect(True)

    def _do_request_termination(self, _: Arguments) -> None:
        self._terminate("ERROR_USER_DISCONNECT")

    def _do_force_termination(self, _: Arguments) -> None:
        self._terminate("ERROR_FORCED_DISCONNECT")

    def _terminate(self, error: str) -> None:
        if self.values["ConnectionStatus"] == "Disconnected":
            raise Refusal(711)
        self.connect(False)
        self.set("LastConnectionError", error)

    def _do_get_status_info(self, _: Arguments) -> dict[str, Any]:
        connected = self.values["ConnectionStatus"] == "Connected"
        return {"NewUptime": int(self._clock() - self._since) if connected else 0}

    def _do_get_external_ip_address(self, _: Arguments) -> dict[str, Any]:
        connected = self.values["ConnectionStatus"] == "Connected"
        return {} if connected else {"NewExternalIPAddress": ""}

    def _do_get_generic_port_mapping_entry(self, arguments: Arguments) -> dict[str, Any]:
        entries = list(self.table_of_mappings.entries.values())
        index = arguments["NewPortMappingIndex"]
        if index >= len(entries):
            raise Refusal(713)
        entry = entries[index]
        return {
            "NewRemoteHost": entry.remote_host,
            "NewExternalPort": entry.external_port,
            "NewProtocol": entry.protocol,
            **self._terms(entry),
        }

    def _do_get_specific_port_mapping_entry(self, arguments: Arguments) -> dict[str, Any]:
        entry = self.table_of_mappings.entries.get(_key(arguments))
        if entry is None:
            raise Refusal(714)
        return self._terms(entry)

    def _terms(self, entry: Mapping) -> dict[str, Any]:
        return {
            "NewInternalPort": entry.internal_port,
            "NewInternalClient": entry.internal_client,
            "NewEnabled": entry.enabled,
            "NewPortMappingDescription": entry.description,
            "NewLeaseDuration": self.table_of_mappings.left(entry),
        }

    def _do_add_port_mapping(self, arguments: Arguments) -> None:
        mapping = self._asked(arguments)
        key = _key(arguments)
        present = self.table_of_mappings.entries.get(key)
        if present is not None and present.internal_client != mapping.internal_client:
            raise Refusal(718)
        self._put(key, mapping, full=728 if self.version > 1 else 501)

    def _do_add_any_port_mapping(self, arguments: Arguments) -> dict[str, Any]:
        mapping = self._asked(arguments)
        remote_host, port, protocol = _key(arguments)
        taken = {
            (one.external_port, one.protocol): one.internal_client
            for one in self.table_of_mappings.entries.values()
        }
        if taken.get((port, protocol), mapping.internal_client) != mapping.internal_client:
            first, last = DYNAMIC_PORTS
            free = (one for one in range(first, last + 1) if (one, protocol) not in taken)
            port = mapping.external_port = next(free)
        self._put((remote_host, port, protocol), mapping, full=728)
        return {"NewReservedPort": port}

    def _put(self, key: _Key, mapping: Mapping, *, full: int) -> None:
        table = self.table_of_mappings
        if key not in table.entries and table.is_full:
            raise Refusal(full)
        table.put(key, mapping)
        self._count()

    def _asked(self, arguments: Arguments) -> Mapping:
        """The mapping that is asked for, if it may be had at all."""
        client, lease = arguments["NewInternalClient"], arguments["NewLeaseDuration"]
        for host in filter(None, (client, arguments["NewRemoteHost"])):
            _check_address(host)
        if not client:
            raise Refusal(402)
        self._check_client(client, arguments["caller"])
        if not arguments["NewExternalPort"]:
            raise Refusal(716)
        if self.permanent_only and lease:
            raise Refusal(725)
        if self.version > 1 and not lease and not self.permanent_only:
            lease = MAX_LEASE_SECONDS
        remote_host, port, protocol = _key(arguments)
        return Mapping(
            lease,
            None,
            remote_host,
            port,
            protocol,
            arguments["NewInternalPort"],
            client,
            arguments["NewEnabled"],
            arguments["NewPortMappingDescription"],
        )

    def _check_client(self, client: str, caller: str) -> None:
        """Each control point maps ports to itself and to no other host."""
        if client != caller and not self.any_client:
            raise Refusal(606)

    def _do_delete_port_mapping(self, arguments: Arguments) -> None:
        entry = self.table_of_mappings.entries.get(_key(arguments))
        if entry is None:
            raise Refusal(714)
        self._check_client(entry.internal_client, arguments["caller"])
        del self.table_of_mappings.entries[_key(arguments)]
        self._count()

    def _do_delete_port_mapping_range(self, arguments: Arguments) -> None:
        within = self._within(arguments)
        if not within:
            raise Refusal(730)
        for key in within:
            del self.table_of_mappings.entries[key]
        self._count()

    def _do_get_list_of_port_mappings(self, arguments: Arguments) -> dict[str, Any]:
        within = self._within(arguments)
        if not within:
            raise Refusal(730)
        number = arguments["NewNumberOfPorts"] or len(within)
        entries = [self.table_of_mappings.entries[key] for key in within[:number]]
        listing = "".join(map(self._listed, entries))
        opening = '<?xml version="1.0"?>\n<p:PortMappingList '
        name_space = f'xmlns:p="{_LISTING}"'
        return {"NewPortListing": f"{opening}{name_space}>{listing}</p:PortMappingList>"}

    def _within(self, arguments: Arguments) -> list[_Key]:
        """Keys of the mappings in a range; without NewManage those of the caller alone."""
        first, last = arguments["NewStartPort"], arguments["NewEndPort"]
        if first > last:
            raise Refusal(733)
        caller = None if arguments["NewManage"] else arguments["caller"]
        if caller is None and not self.any_client:
            caller = arguments["caller"]
        return [
            key
            for key, one in self.table_of_mappings.entries.items()
            if first <= one.external_port <= last
            and one.protocol == arguments["NewProtocol"]
            and caller in (None, one.internal_client)
        ]

    def _listed(self, entry: Mapping) -> str:
        values = (
            ("RemoteHost", entry.remote_host),
            ("ExternalPort", entry.external_port),
            ("Protocol", entry.protocol),
            ("InternalPort", entry.internal_port),
            ("InternalClient", entry.internal_client),
            ("Enabled", int(entry.enabled)),
            ("Description", entry.description),
            ("LeaseTime", self.table_of_mappings.left(entry)),
        )
        inside = "".join(
            f"<p:New{name}>{element_text(str(value))}</p:New{name}>" for name, value in values
        )
        return f"<p:PortMappingEntry>{inside}</p:PortMappingEntry>"


def _key(arguments: Arguments) -> _Key:
    return arguments["NewRemoteHost"], arguments["NewExternalPort"], arguments["NewProtocol"]


def _check_address(text: str) -> None:
    try:
        ip_address(text)
    except ValueError:
        raise Refusal(402) from None
