"""The lab network: hosts in network namespaces, joined by a bridge in another one.

        wan ══ eth1 router eth0 ═╗
                     media eth0 ═╬═ br0 in namespace "lan"
                    client eth0 ═╣     (with a VLAN 20: client eth0.20 over a tagged eth0)
                     other eth0 ═╝

No interface ever exists outside these namespaces, so traffic cannot leave them.
"""

import atexit
import functools
import itertools
import shutil
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from . import offload, trunk
from .host import LAN_IPV4, LAN_IPV6, NUMBERS, Host
from .namespaces import STATE, ip, own_prefix, remove_namespace, remove_stale
from .programs import Program, run

# miniupnpd maps ports only with a WAN address that it takes for public; RFC 5737's are not.
# 44.128.0.0/16 is AMPRNet's network for isolated tests.
WAN_ROUTER = "44.128.0.2"
WAN_GATEWAY = "44.128.0.1"

_numbers = itertools.count(1)


class Network:
    """A context manager: the hosts exist inside it, and nothing of them is left after it."""

    def __init__(self, *, vlan: int | None = None, offload: bool = False) -> None:
        """`vlan` is the 802.1Q number of the client's frames; the other hosts send untagged.

        `offload` leaves TCP segments uncut and unsummed, as recordings on a sender often are.
        """
        self.vlan = vlan
        self.offload = offload
        self.prefix = own_prefix(next(_numbers))
        self.directory = STATE / self.prefix
        self._programs: list[Program] = []
        client_interface = f"eth0.{vlan}" if vlan else "eth0"
        self.router, self.media, self.client, self.other = (
            Host(
                name,
                self._namespace(name),
                self.directory,
                client_interface if name == "client" else "eth0",
            )
            for name in NUMBERS
        )

    @property
    def hosts(self) -> Sequence[Host]:
        return (self.router, self.media, self.client, self.other)

    @property
    def bridge(self) -> Host:
        """Where a recording has the frames of all hosts, as at the mirror port of a switch."""
        return Host("lan", self._namespace("lan"), self.directory, "br0")

    @property
    def namespaces(self) -> list[str]:
        """The names of all namespaces of this network."""
        return [self._namespace(name) for name in (*NUMBERS, "lan", "wan")]

    def _namespace(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def __enter__(self) -> Self:
        remove_stale()
        atexit.register(self.close)
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends what still runs in the namespaces and removes them; a second call does nothing."""
        atexit.unregister(self.close)
        for program in self._programs:
            program.stop()
        for namespace in self.namespaces:
            remove_namespace(namespace)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _build(self) -> None:
        self.directory.mkdir(parents=True, mode=0o700)
        for namespace in self.namespaces:
            run(["ip", "netns", "add", namespace])
            ip(namespace, "link set lo up")
        ip(
            self._namespace("lan"),
            "link add br0 type bridge mcast_snooping 0",
            "link set br0 addrgenmode none",
            "link set br0 up",
        )
        for host in self.hosts:
            if host.interface == "eth0":
                self._connect(host, host.name)
                self._plug(host.name)
            else:
                self._connect(host, "trunk")
                self._tag(host)
            self._address(host)
        self._add_wan()

    def _connect(self, host: Host, port: str) -> None:
        """Links the host's eth0 to a port in the namespace of the bridge."""
        ip(
            self._namespace("lan"),
            f"link add {port} type veth peer name eth0 netns {host.namespace}",
            f"link set {port} addrgenmode none",
            f"link set {port} up",
        )
        ip(
            host.namespace,
            f"link set eth0 address {host.mac}",
            "link set eth0 addrgenmode none",
            "link set eth0 up",
        )
        if not self.offload:
            host.run(sys.executable, offload.__file__, "eth0")

    def _plug(self, port: str) -> None:
        ip(self._namespace("lan"), f"link set {port} master br0")

    def _tag(self, host: Host) -> None:
        """Gives the host an interface whose frames are tagged between its eth0 and the bridge."""
        lan = Host(host.name, self._namespace("lan"), self.directory)
        for end, access, tagged in ((host, host.interface, "eth0"), (lan, host.name, "trunk")):
            ip(
                end.namespace,
                f"tuntap add name {access} mode tap",
                f"link set {access} addrgenmode none",
                f"link set {access} up",
            )
            program = end.start(sys.executable, trunk.__file__, access, tagged, str(self.vlan))
            self._programs.append(program)
            connected = functools.partial(end.has_carrier, access)
            program.wait_until(connected, f"{access} has a carrier")
        ip(host.namespace, f"link set {host.interface} address {host.mac}")
        self._plug(host.name)

    def _address(self, host: Host) -> None:
        # Addresses without duplicate detection can be used at once.
        ip(
            host.namespace,
            f"link set {host.interface} up",
            f"addr add {host.ipv4}/24 brd + dev {host.interface}",
            f"addr add fe80::{host.number}/64 dev {host.interface} nodad",
            f"addr add {host.ipv6}/64 dev {host.interface} nodad",
        )
        if host.name != "router":
            ip(
                host.namespace,
                f"route add default via {LAN_IPV4}1",
                f"route add ::/0 via {LAN_IPV6}1",
            )

    def _add_wan(self) -> None:
        router = self.router.namespace
        wan = self._namespace("wan")
        ip(
            wan,
            f"link add eth0 type veth peer name eth1 netns {router}",
            "link set eth0 up",
            f"addr add {WAN_GATEWAY}/30 dev eth0",
        )
        ip(
            router,
            "link set eth1 up",
            f"addr add {WAN_ROUTER}/30 dev eth1",
            f"route add default via {WAN_GATEWAY}",
        )
