"""A long session of two control points with a router and a media server, and all that was said.

Control points run one after the other, so what each of them sent lies between its start and its
end; the subscribers alone run all the time.
"""

import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from . import renewing
from .daemons import (
    IGD_LOCATION,
    IGD_PORT,
    MEDIA_LOCATION,
    lease_file,
    minidlna,
    miniupnpd,
    recording,
)
from .host import Host
from .network import Network
from .programs import Program

REMOTE_IPV4 = "44.128.0.1"
REMOTE_IPV6 = "2001:db8:99::1"
SUBSCRIBED = ("WANIPConn1", "WANCommonIFC1", "L3Forwarding1")
ROUTER_SERVICES = {1: 1, 2: 2}
MEDIA_SERVICES = 3
"""Services of the root devices: of an IGD:1 and an IGD:2, and of the media server."""

UNSUBSCRIBED = "ProcessHTTPUnSubscribe"
"""What miniupnpd logs of the end of a subscription."""

SHORT_LEASE = "6"
"""Seconds; longer than `renewing` takes, so that its end is awaited, and a port taken at once.

The router may end it almost a second early.
"""

UNESCAPED = "Tom & <Jerry>"
"""A description that upnpc sends as it is, so that its request is no XML."""

BROWSE = (
    "BrowseFlag=BrowseDirectChildren",
    "Filter=*",
    "StartingIndex=0",
    "RequestedCount=10",
    "SortCriteria=",
)


class Told(NamedTuple):
    """What one run of a control point printed; times in nanoseconds since 1970 UTC."""

    address: str
    words: tuple[str, ...]
    text: str
    began_ns: int
    ended_ns: int


@dataclass
class Story:
    """What the control points printed, what the daemons logged and kept, and the recordings."""

    igd: int
    router_capture: Path
    """All frames of the router."""
    media_capture: Path
    """All frames of the media server."""
    told: list[Told] = field(default_factory=list)
    subscriber: str = ""
    """What `upnp-client subscribe` printed."""
    renewer: str = ""
    """What `renewing` printed."""
    dumper: str = ""
    """What `gupnp-event-dumper` printed."""
    router_log: str = ""
    media_log: str = ""
    leases: str = ""
    """miniupnpd's lease file at the end."""
    rules: str = ""
    """The router's packet filter at the end, as nft lists it."""

    def run(self, host: Host, *words: str) -> str:
        """What a control point printed, which is also kept."""
        began = time.time_ns()
        text = host.run(*words, check=False)
        address = host.ipv6 if "-6" in words else host.ipv4
        self.told.append(Told(address, words, text, began, time.time_ns()))
        return text


def play(directory: Path, igd: int) -> Story:
    """The story with an IGD:1 or IGD:2; its recordings are in the directory."""
    story = Story(igd, directory / f"router-{igd}.pcap", directory / f"media-{igd}.pcap")
    with (
        Network() as network,
        recording(network.router, story.router_capture),
        recording(network.media, story.media_capture),
    ):
        with miniupnpd(network.router, igd=igd) as router, minidlna(network.media) as media:
            with _subscribers(story, network.client, router, media):
                _map_ports(story, network, router)
                _open_pinholes(story, network)
                _ask(story, network.client)
            story.leases = lease_file(network.router).read_text()
            story.rules = network.router.run("nft", "list", "ruleset")
        story.router_log = router.output()
        story.media_log = media.output()
    return story


@contextmanager
def _subscribers(story: Story, client: Host, router: Program, media: Program) -> Iterator[None]:
    """Two subscribers, of which one says that it leaves, and one does not."""
    subscribe = ("upnp-client", "subscribe", IGD_LOCATION, *SUBSCRIBED)
    with client.start("gupnp-event-dumper") as dumper:
        # It does not print an event that comes before the answer to its subscription.
        dumper.wait_until(
            lambda: (
                router.output().count("upnp_event_recv: ") == ROUTER_SERVICES[story.igd]
                and media.output().count("generated sid") == MEDIA_SERVICES
            ),
            "a subscription to each service of the root devices",
        )
        with client.start(*subscribe) as subscriber:
            subscriber.wait_until(
                lambda: all(service in subscriber.output() for service in SUBSCRIBED),
                "the first event of each service",
            )
            yield
            _await_events(router, subscriber, client.ipv4)
            left = router.output().count(UNSUBSCRIBED) + len(SUBSCRIBED)
            subscriber.stop(signal.SIGINT)
        router.wait_until(
            lambda: router.output().count(UNSUBSCRIBED) == left, "the subscriber has left"
        )
    story.subscriber, story.dumper = subscriber.output(), dumper.output()


def _await_events(router: Program, subscriber: Program, address: str) -> None:
    """Returns when the subscriber at an address has printed every event that was sent to it."""
    sent = rf"msg: NOTIFY /notify HTTP/1.1\r?\nHost: {re.escape(address)}:"
    subscriber.wait_until(
        lambda: (
            len(re.findall(sent, router.output())) == subscriber.output().count('"state_variables"')
        ),
        "every event has come",
    )


def _map_ports(story: Story, network: Network, router: Program) -> None:
    client, other = network.client, network.other
    upnpc = ("upnpc", "-u", IGD_LOCATION)
    here, there = (*upnpc, "-a", client.ipv4), (*upnpc, "-a", other.ipv4)
    story.run(client, *upnpc, "-s")
    story.run(client, *upnpc, "-e", "Küche", "-a", client.ipv4, "8080", "8081", "TCP", "600")
    story.run(client, *upnpc, "-e", "Büro", "-a", client.ipv4, "8080", "8081", "TCP", "900")
    story.run(client, *upnpc, "-e", UNESCAPED, "-a", client.ipv4, "6060", "6060", "TCP", "300")
    story.run(client, *here, "5060", "5060", "UDP", SHORT_LEASE)
    story.run(other, *there, "4040", "4040", "UDP", SHORT_LEASE)
    story.run(other, *there, "8080", "8081", "TCP", "600")
    story.run(other, *there, "80", "80", "TCP", "600")
    story.run(other, *upnpc, "-a", client.ipv4, "9090", "9090", "TCP", "600")
    story.run(other, *upnpc, "-n", other.ipv4, "8080", "8081", "TCP", "600")
    story.run(other, *upnpc, "-d", "8081", "TCP")
    story.run(client, *upnpc, "-r", "7001", "UDP", "7002", "7003", "TCP")
    story.run(client, *here, "8443", "9443", "TCP", "600")
    story.run(client, *here, "8444", "9443", "TCP", "650")
    story.run(client, *here, "8877", "8877", "TCP", "600", REMOTE_IPV4)
    story.run(client, *upnpc, "-l")
    story.run(client, *upnpc, "-L")
    story.run(client, *upnpc, "-N", "7002", "7999", "TCP", "1")
    story.run(client, *upnpc, "-d", "6060", "TCP")
    story.run(client, *upnpc, "-d", "8877", "TCP", REMOTE_IPV4)
    story.run(client, *upnpc, "-d", "9999", "UDP")
    script = renewing.__file__
    story.renewer = other.run(sys.executable, script, IGD_LOCATION, other.ipv4)
    router.wait_until(
        lambda: router.output().count("because it has expired") == 2, "both short leases end"
    )
    # The port is free again, for another client too.
    story.run(other, *there, "5060", "5060", "UDP", "700")


def _open_pinholes(story: Story, network: Network) -> None:
    client, router = network.client, network.router
    upnpc = ("upnpc", "-6", "-u", f"http://[{router.ipv6}]:{IGD_PORT}/rootDesc.xml")
    story.run(client, *upnpc, "-S")
    story.run(client, *upnpc, "-A", REMOTE_IPV6, "0", client.ipv6, "8080", "TCP", "600")
    story.run(client, *upnpc, "-A", REMOTE_IPV6, "53", client.ipv6, "5353", "UDP", "500")
    story.run(client, *upnpc, "-U", "1", "900")
    story.run(client, *upnpc, "-C", "1")
    story.run(client, *upnpc, "-K", "1")
    story.run(client, *upnpc, "-D", "1")
    story.run(client, *upnpc, "-D", "1")


def _ask(story: Story, client: Host) -> None:
    """Calls whose arguments and results are printed completely."""
    entry = ("NewRemoteHost=", "NewExternalPort=8081", "NewProtocol=TCP")
    none = ("NewRemoteHost=", "NewExternalPort=4040", "NewProtocol=UDP")
    for location, action, *arguments in (
        (IGD_LOCATION, "WANIPConn1/GetExternalIPAddress"),
        (IGD_LOCATION, "WANIPConn1/GetNATRSIPStatus"),
        (IGD_LOCATION, "WANIPConn1/GetSpecificPortMappingEntry", *entry),
        (IGD_LOCATION, "WANIPConn1/GetSpecificPortMappingEntry", *none),
        (IGD_LOCATION, "WANIPConn1/GetGenericPortMappingEntry", "NewPortMappingIndex=0"),
        (IGD_LOCATION, "WANCommonIFC1/GetCommonLinkProperties"),
        (IGD_LOCATION, "L3Forwarding1/GetDefaultConnectionService"),
        (MEDIA_LOCATION, "ConnectionManager/GetProtocolInfo"),
        (MEDIA_LOCATION, "ContentDirectory/Browse", "ObjectID=1$4", *BROWSE),
        (MEDIA_LOCATION, "ContentDirectory/Browse", "ObjectID=none", *BROWSE),
    ):
        story.run(client, "upnp-client", "call-action", location, action, *arguments)
