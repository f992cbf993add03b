"""The sessions that `record` plays: third-party control points against third-party devices.

Each public function builds its own network and records one session into one file. A control
point that does not say what it should raises, so a recording holds what its name says.
"""

import signal
from pathlib import Path

from .daemons import IGD_LOCATION, MEDIA_LOCATION, MEDIA_NAME, minidlna, miniupnpd, recording
from .host import Host
from .network import WAN_ROUTER, Network
from .programs import LabError, Program, run

VLAN = 20
NOTIFY_SECONDS = 10
REMOTE_IPV6 = "2001:db8:99::1"
CONTAINERS = ("0", "1", "1$4")  # minidlna's root, its music, and all music

BROWSE_CHILDREN = (
    "BrowseFlag=BrowseDirectChildren",
    "Filter=*",
    "StartingIndex=0",
    "RequestedCount=10",
    "SortCriteria=",
)


def igd2(path: Path) -> None:
    """Port mappings at an IGD:2."""
    _map_ports(path, igd=2)


def igd1(path: Path) -> None:
    """Port mappings at an IGD:1."""
    _map_ports(path, igd=1)


def discovery(path: Path) -> None:
    """Three searchers, two devices that come and go, and one that comes back."""
    with Network() as network:
        client = network.client
        recorded = network.directory / "discovery.pcap"
        with recording(client, recorded):
            with (
                miniupnpd(network.router, ipv6=False, notify_seconds=NOTIFY_SECONDS),
                minidlna(network.media, notify_seconds=NOTIFY_SECONDS),
            ):
                _gssdp_discover(client, IGD_LOCATION, MEDIA_LOCATION)
                _say(client, MEDIA_LOCATION, "upnp-client", "search", "--bind", client.ipv4)
                _say(client, MEDIA_NAME, "nmap", "-n", "--script", "broadcast-upnp-info")
            with miniupnpd(network.router, ipv6=False):
                _gssdp_discover(client, IGD_LOCATION)
        run(["editcap", "-F", "pcapng", str(recorded), str(path)])


def media_server(path: Path) -> None:
    """A media server found, described, browsed and subscribed to."""
    with Network() as network, recording(network.client, path), minidlna(network.media):
        client = network.client
        _gssdp_discover(client, MEDIA_LOCATION)
        upnp_client = ("upnp-client", "call-action", MEDIA_LOCATION, "ContentDirectory/Browse")
        for container in CONTAINERS:
            object_id = f"ObjectID={container}"
            _say(client, "DIDL-Lite", *upnp_client, object_id, *BROWSE_CHILDREN)
        # minidlna 1.3.0 connects to the callback and never sends an event there.
        services = ("ContentDirectory", "ConnectionManager")
        subscribe = ("upnp-client", "subscribe", MEDIA_LOCATION, *services)
        client.run("timeout", "--signal=INT", "2", *subscribe, check=False)


def events(path: Path) -> None:
    """Subscriptions to a router, and the events that a mapping causes."""
    with (
        Network() as network,
        recording(network.client, path),
        miniupnpd(network.router, ipv6=False),
    ):
        client = network.client
        services = ("WANIPConn1", "WANCommonIFC1", "L3Forwarding1")
        with client.start("upnp-client", "subscribe", IGD_LOCATION, *services) as subscriber:
            subscriber.wait_until(
                lambda: all(service in subscriber.output() for service in services),
                "the first event of each service",
            )
            add = ("-a", client.ipv4, "8080", "8080", "TCP", "60")
            for arguments, entries in ((add, 1), (("-d", "8080", "TCP"), 0)):
                said = len(subscriber.output())
                client.run("upnpc", "-u", IGD_LOCATION, *arguments)
                _await_event(subscriber, f'"PortMappingNumberOfEntries": {entries}', said)
            subscriber.stop(signal.SIGINT)


def whole_story(path: Path) -> None:
    """Two clients, a router and a media server, from the first announcement to the last byebye."""
    with (
        Network() as network,
        recording(network.bridge, path),
        miniupnpd(network.router, ipv6=False),
        minidlna(network.media),
    ):
        client, other = network.client, network.other
        upnpc = ("upnpc", "-u", IGD_LOCATION)
        backup = (*upnpc, "-e", "Backup", "-a", client.ipv4, "8443", "8443", "TCP")
        found = ("gssdp-discover", "-i", client.interface, "--target=upnp:rootdevice")
        _say(client, IGD_LOCATION, *found, "--timeout=2")
        with client.start("upnp-client", "subscribe", IGD_LOCATION, "WANIPConn1") as subscriber:
            _await_event(subscriber, '"PortMappingNumberOfEntries": 0', 0)
            _say(client, WAN_ROUTER, *upnpc, "-s")
            _say(client, "duration=600", *backup, "600")
            _await_event(subscriber, '"PortMappingNumberOfEntries": 1', 0)
            _say(client, "duration=3600", *backup, "3600")
            _say(other, "718", *upnpc, "-a", other.ipv4, "8443", "8443", "TCP", "600")
            _say(other, "606", *upnpc, "-a", other.ipv4, "80", "80", "TCP", "600")
            _say(other, f"8443->{client.ipv4}:8443", *upnpc, "-l")
            browse = ("upnp-client", "call-action", MEDIA_LOCATION, "ContentDirectory/Browse")
            _say(other, "Silence 2", *browse, "ObjectID=1$4", *BROWSE_CHILDREN)
            said = len(subscriber.output())
            _say(client, "returned : 0", *upnpc, "-d", "8443", "TCP")
            _await_event(subscriber, '"PortMappingNumberOfEntries": 0', said)
            subscriber.stop(signal.SIGINT)


def refused(path: Path) -> None:
    """What a router refuses to two clients, recorded on the router."""
    with (
        Network() as network,
        recording(network.router, path),
        miniupnpd(network.router, ipv6=False),
    ):
        client, other = network.client, network.other
        upnpc = ("upnpc", "-u", IGD_LOCATION)
        _say(client, "is redirected", *upnpc, "-a", client.ipv4, "8080", "8080", "TCP", "600")
        _say(other, "718", *upnpc, "-a", other.ipv4, "8080", "8080", "TCP", "600")
        _say(other, "718", *upnpc, "-a", client.ipv4, "9090", "9090", "TCP", "600")
        _say(other, "606", *upnpc, "-a", other.ipv4, "80", "80", "TCP", "600")
        _say(other, "606", *upnpc, "-d", "8080", "TCP")
        _say(other, "returned : 0", *upnpc, "-d", "7070", "TCP")
        unknown = ("NewRemoteHost=", "NewExternalPort=7070", "NewProtocol=TCP")
        action = "WANIPConn1/GetSpecificPortMappingEntry"
        _say(other, "714", "upnp-client", "call-action", IGD_LOCATION, action, *unknown)


def ipv6(path: Path) -> None:
    """A router searched over IPv6, and the life of one pinhole."""
    with Network() as network, recording(network.client, path), miniupnpd(network.router):
        client = network.client
        pinhole = (REMOTE_IPV6, "0", client.ipv6, "8080", "TCP", "600")
        _say(client, WAN_ROUTER, "upnpc", "-6", "-s")
        _say(client, "Pinhole ID = 1", "upnpc", "-6", "-A", *pinhole)
        _say(client, "UpdatePinhole", "upnpc", "-6", "-U", "1", "1200")
        _say(client, "DeletePinhole", "upnpc", "-6", "-D", "1")


def vlan(path: Path) -> None:
    """The frames of the client's link, where a tag is on each of its VLAN."""
    _find_both(Network(vlan=VLAN), path, interface="eth0")


def cooked(path: Path) -> None:
    """All interfaces of the client at once, in tcpdump's cooked format."""
    _find_both(Network(), path, interface="any")


def cooked_v1(path: Path) -> None:
    """The same in the older cooked format."""
    _find_both(Network(), path, "-y", "LINUX_SLL", interface="any")


def nanosecond(path: Path) -> None:
    """Time stamps in nanoseconds."""
    _find_both(Network(), path, "--time-stamp-precision=nano")


def offload(path: Path) -> None:
    """Segments longer than the MTU and checksums not yet computed."""
    _find_both(Network(offload=True), path)


def _map_ports(path: Path, *, igd: int) -> None:
    with (
        Network() as network,
        recording(network.client, path),
        miniupnpd(network.router, igd=igd, ipv6=False),
    ):
        client = network.client
        add = ("upnpc", "-a", client.ipv4)
        _say(client, WAN_ROUTER, "upnpc", "-s")
        _say(client, "is redirected", *add, "8080", "8080", "TCP", "0")
        _say(client, "is redirected", *add, "5060", "5060", "UDP", "3600")
        _say(client, f"5060->{client.ipv4}:5060", "upnpc", "-l")
        for port, protocol in (("8080", "TCP"), ("5060", "UDP")):
            _say(client, "returned : 0", "upnpc", "-d", port, protocol)


def _find_both(network: Network, path: Path, *options: str, interface: str | None = None) -> None:
    """Records a search for everything and the status of the router."""
    with (
        network,
        recording(network.client, path, interface=interface, options=options),
        miniupnpd(network.router, ipv6=False),
        minidlna(network.media),
    ):
        client = network.client
        _gssdp_discover(client, IGD_LOCATION, MEDIA_LOCATION)
        _say(client, WAN_ROUTER, "upnpc", "-m", client.interface, "-s")


def _await_event(subscriber: Program, expected: str, start: int) -> None:
    """Returns when the subscriber says what is expected after the first `start` characters."""
    subscriber.wait_until(lambda: expected in subscriber.output()[start:], expected)


def _gssdp_discover(client: Host, *locations: str) -> None:
    for_3_seconds = ("gssdp-discover", "-i", client.interface, "--timeout=3")
    said = client.run(*for_3_seconds)
    for location in locations:
        if location not in said:
            raise LabError(f"gssdp-discover did not find {location}:\n{said}")


def _say(client: Host, expected: str, *words: str) -> None:
    said = client.run(*words, check=False)
    if expected not in said:
        raise LabError(f"{' '.join(words)} did not say {expected!r}:\n{said}")
