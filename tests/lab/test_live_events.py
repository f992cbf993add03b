"""Events of a real router as they come: what the daemon logged and another subscriber printed."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from upnpscapy import Case, analyze

from . import logged
from .daemons import IGD_LOCATION, IGD_PORT, MEDIA_LOCATION, miniupnpd
from .host import Host
from .network import Network
from .printed import json_events
from .programs import Program, wait_until
from .test_agreement_events import SERVICES
from .test_live_control import blocks

COMMAND = (sys.executable, "-c", "from upnpscapy.cli import main; main()", "subscribe")
SUBSCRIBED = ("WANIPConn1", "WANCommonIFC1", "L3Forwarding1")
RENEWED = re.compile(r"SID 'uuid:")
"""What miniupnpd logs of a renewal, and of an end."""

DURATION_SECONDS = 6
"""Of a subscription that is renewed while it is looked at: half of that is time to do so."""

UNSUBSCRIBED = "ProcessHTTPUnSubscribe"
UPNPC = ("upnpc", "-u", IGD_LOCATION)


@dataclass
class Session:
    """One subscriber of ours and one of async-upnp-client, side by side."""

    ours: str
    theirs: str
    router_log: str
    rows: list[dict[str, Any]]
    case: Case
    path: Path


def rows_of(program: Program) -> list[dict[str, Any]]:
    return [json.loads(line) for line in program.output().splitlines() if line.startswith("{")]


def mappings_told(program: Program) -> str | None:
    """How many mappings there are, as the last event says that tells it."""
    return last_count(row["properties"] for row in rows_of(program))


def mappings_told_by_other(program: Program) -> str | None:
    """The same of what async-upnp-client printed."""
    return last_count(properties for _, properties in json_events(program.output()))


def last_count(events: Iterable[list[list[str]]]) -> str | None:
    pairs = [pair for event in events for pair in event]
    found = [value for name, value in pairs if name == "PortMappingNumberOfEntries"]
    return found[-1] if found else None


def subscriber(host: Host, *words: str, location: str = IGD_LOCATION) -> Program:
    return host.start(*COMMAND, location, "-T", "jsonl", *words)


def sent_to(address: str, log: str) -> list[logged.LoggedEvent]:
    """The events that the router sent to a host."""
    return [event for event in logged.events(log) if event.host.rpartition(":")[0] == address]


@pytest.fixture(scope="module")
def network(lab_available: None) -> Iterator[Network]:
    with Network() as network:
        yield network


@pytest.fixture(scope="module")
def session(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Both get a router's events while upnpc maps a port and removes it."""
    path = tmp_path_factory.mktemp("events") / "events.pcapng"
    client, other = network.client, network.other
    with (
        miniupnpd(network.router) as router,
        subscriber(
            client, *SUBSCRIBED, "--duration", str(DURATION_SECONDS), "-w", str(path)
        ) as ours,
        other.start("upnp-client", "subscribe", IGD_LOCATION, *SUBSCRIBED) as theirs,
    ):
        ours.wait_until(lambda: len(rows_of(ours)) == len(SUBSCRIBED), "all first events")
        theirs.wait_until(
            lambda: len(json_events(theirs.output())) == len(SUBSCRIBED), "all first events"
        )
        # What changes before a subscriber is told, it is told together: neither is to miss a state.
        other.run(*UPNPC, "-a", other.ipv4, "8081", "8081", "TCP", "600")
        ours.wait_until(lambda: mappings_told(ours) == "1", "the mapping")
        theirs.wait_until(lambda: mappings_told_by_other(theirs) == "1", "the mapping")
        other.run(*UPNPC, "-d", "8081", "TCP")
        ours.wait_until(lambda: mappings_told(ours) == "0", "its end")
        theirs.wait_until(lambda: mappings_told_by_other(theirs) == "0", "its end")
        router.wait_until(
            lambda: len(RENEWED.findall(router.output())) >= 2 * len(SUBSCRIBED), "two renewals"
        )
        ours.wait_until(
            lambda: len(rows_of(ours)) == len(sent_to(client.ipv4, router.output())), "all events"
        )
        theirs.wait_until(
            lambda: len(json_events(theirs.output())) == len(sent_to(other.ipv4, router.output())),
            "all events",
        )
        ours.stop(signal.SIGINT)
        router.wait_until(
            lambda: router.output().count(UNSUBSCRIBED) == len(SUBSCRIBED), "we have left"
        )
        theirs.stop(signal.SIGINT)
    log = router.output()
    return Session(ours.output(), theirs.output(), log, rows_of(ours), analyze(path), path)


def test_every_event_that_the_router_logged_came_in_order(
    session: Session, network: Network
) -> None:
    address = network.client.ipv4
    assert [
        (event.sid, event.seq, event.properties) for event in sent_to(address, session.router_log)
    ] == [(row["sid"], row["seq"], row["properties"]) for row in session.rows]
    counted = defaultdict(list)
    for row in session.rows:
        counted[row["sid"]].append(row["seq"])
    assert len(counted) == len(SUBSCRIBED)
    assert all(numbers == list(range(len(numbers))) for numbers in counted.values())
    values = [dict(row["properties"]).get("PortMappingNumberOfEntries") for row in session.rows]
    assert "1" in values
    assert {row["publisher"] for row in session.rows} == {network.router.ipv4}
    assert {row["subscriber"] for row in session.rows} == {address}


def test_other_subscriber_printed_the_same_events(session: Session) -> None:
    services = {}
    for row in session.case.subscriptions:
        path = (row.event_sub_url or "").partition(f":{IGD_PORT}")[2]
        services[row.sid] = f"urn:upnp-org:serviceId:{SERVICES[path]}"
    ours, theirs = defaultdict(list), defaultdict(list)
    for event in session.rows:
        ours[services[event["sid"]]].append(event["properties"])
    for service, properties in json_events(session.theirs):
        theirs[service].append(properties)
    assert ours == theirs


def test_router_logged_our_subscriptions_renewals_and_ends(
    session: Session, network: Network
) -> None:
    found = [
        one
        for one in logged.subscriptions(session.router_log)
        if one.subscriber == network.client.ipv4
    ]
    assert [one.state for one in found] == ["ended"] * len(SUBSCRIBED)
    assert {one.timeout for one in found} == {DURATION_SECONDS}
    assert sorted(one.sid for one in found) == sorted({row["sid"] for row in session.rows})


def test_recording_read_offline_is_what_was_written_live(session: Session) -> None:
    case = session.case
    assert list(case.events.to_dicts()) == session.rows
    assert [event.status for event in case.events] == [200] * len(session.rows)
    assert [row.state for row in case.subscriptions] == ["ended"] * len(SUBSCRIBED)
    assert all(row.renewals >= 2 for row in case.subscriptions)
    assert [row.column("defects") for row in case.exchanges if row.column("defects")] == []


def test_nothing_but_rows_was_written(session: Session) -> None:
    assert len(session.ours.splitlines()) == len(session.rows)


def test_router_that_was_started_again_is_subscribed_to_anew(network: Network) -> None:
    client = network.client
    with miniupnpd(network.router):
        ours = subscriber(client, "WANIPConn1", "--duration", "4")
        ours.wait_until(lambda: len(rows_of(ours)) == 1, "the first event")
    with ours, miniupnpd(network.router) as router:
        ours.wait_until(lambda: len(rows_of(ours)) == 2, "the first event of another one")
        # Its SID can be the same: miniupnpd's random numbers begin with the second of its start.
        assert [row["seq"] for row in rows_of(ours)] == [0, 0]
        ours.wait_until(lambda: "resubscribed" in ours.output(), "the word that it did")
        ours.stop(signal.SIGINT)
        router.wait_until(lambda: UNSUBSCRIBED in router.output(), "we have left")


def test_router_that_is_gone_does_not_hold_up_the_end(network: Network) -> None:
    with miniupnpd(network.router):
        ours = subscriber(network.client, "WANIPConn1")
        ours.wait_until(lambda: len(rows_of(ours)) == 1, "the first event")
    with ours:
        network.bridge.run("ip", "link", "set", "router", "down")
        try:
            began = time.monotonic()
            ours.stop(signal.SIGINT, timeout=60)
            assert time.monotonic() - began < 20
        finally:
            network.bridge.run("ip", "link", "set", "router", "up")
    assert "not-unsubscribed" in ours.output()


def test_global_ipv6_callbacks_are_called(lab: Network) -> None:
    location = f"http://[{lab.router.ipv6}]:{IGD_PORT}/rootDesc.xml"
    words = (*COMMAND, location, "WANIPConn1", "--count", "1", "--seconds", "50", "-T", "jsonl")
    (row,) = map(json.loads, lab.client.run(*words).splitlines())
    assert (row["publisher"], row["subscriber"]) == (lab.router.ipv6, lab.client.ipv6)
    assert row["seq"] == 0


def test_media_server_that_sends_nothing_is_told(lab: Network) -> None:
    # minidlna 1.3.0 connects to the callbacks and sends nothing.
    words = (*COMMAND, MEDIA_LOCATION, "ContentDirectory", "--seconds", "8")
    said = lab.client.run(*words)
    assert "silent: no first event; can http://" in said
    assert "no events" in said


def test_readme_s_events_come_as_shown(lab: Network, tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    readme = readme.replace("192.168.1.1", lab.router.ipv4)
    (program,) = blocks(readme, "python live events")
    said = lab.client.run(sys.executable, "-W", "error", "-c", program)
    assert said.startswith("0 Connected () 0\n")
    assert said.count("<Subscription ") == 5
    (commands,) = blocks(readme, "sh live events")
    script = f'cd {tmp_path}\nupnpscapy() {{ {sys.executable} -c "$MAIN" "$@"; }}\n{commands}'
    said = lab.client.run("env", f"MAIN={COMMAND[2]}", "sh", "-euc", script)
    assert said.count("PossibleConnectionTypes") == 3
    assert "DefaultConnectionService" in said


# Prints the columns of multicast events, and how many datagrams were none.
LISTEN = """
import json, sys
import upnpscapy
run = upnpscapy.listen_events(timeout=float(sys.argv[2]), record=sys.argv[1])
print("ready", flush=True)
for event in run:
    columns = "capture frame time publisher subscriber sid seq properties".split()
    print(json.dumps({name: event.column(name) for name in columns}), flush=True)
    if event.seq == 1:
        break
print("refused", run.refused, run.problems)
"""

# Sends a datagram that is no event, and an event by IPv4 and one by IPv6.
SEND = """
import socket
from upnpscapy.protocol.gena_build import build_multicast_event
group = ("ff02::130", 7900, 0, socket.if_nametoindex("eth0"))
for seq, (family, level, option, place) in enumerate((
    (socket.AF_INET, socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ("239.255.255.246", 7900)),
    (socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, group),
)):
    host = "239.255.255.246:7900" if seq == 0 else "[ff02::130]:7900"
    event = build_multicast_event("uuid:d::urn:schemas-upnp-org:service:X:1", "urn:x:serviceId:X",
        seq, [("State", "<on>")], boot_id=7, host=host)
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(level, option, 2)
        sender.sendto(b"hello", place)
        sender.sendto(bytes(event), place)
"""


def test_multicast_events_are_heard_and_recorded(network: Network, tmp_path: Path) -> None:
    path = tmp_path / "multicast.pcapng"
    client, other = network.client, network.other
    with client.start(sys.executable, "-c", LISTEN, str(path), "60") as heard:
        heard.wait_until(lambda: "ready" in heard.output(), "it begins")
        heard.wait_until(lambda: client.listens("udp", 7900), "it listens")
        other.run(sys.executable, "-c", SEND)
        heard.wait_until(lambda: "refused" in heard.output(), "both have come")
    rows = rows_of(heard)
    assert [(row["publisher"], row["subscriber"], row["seq"]) for row in rows] == [
        (other.ipv4, "239.255.255.246", 0),
        (f"fe80::{other.number}", "ff02::130", 1),
    ]
    assert rows[0]["properties"] == [["State", "<on>"]]
    assert heard.output().endswith("refused 2 []\n")
    assert list(analyze(path).events.to_dicts()) == rows


# A device that sends its first event by its own eth0, as the callback names no interface.
LINK_LOCAL = """
import time
from tests.live import publisher
place_of = publisher.place_of
def scoped(callback):
    host, port, path = place_of(callback)
    return host + "%eth0", port, path
with publisher.Publisher(host="::") as device:
    print(device.port, flush=True)
    publisher.place_of = scoped
    while len(device.kinds) < 2:
        if device.sids and not device.early_statuses:
            device.early_statuses.append(device.send(0, ("A", "1")))
        time.sleep(0.01)
    print(device.kinds, device.early_statuses)
"""


def test_link_local_callbacks_are_called(network: Network) -> None:
    root = str(Path(__file__).parents[2])
    words = ("env", f"PYTHONPATH={root}", sys.executable, "-c", LINK_LOCAL)
    with network.router.start(*words) as device:
        device.wait_until(lambda: "\n" in device.output(), "its port")
        location = f"http://[fe80::1%25eth0]:{int(device.output())}/d.xml"
        arguments = ("AVTransport", "--count", "1", "--seconds", "50", "-T", "jsonl")
        said = network.client.run(*COMMAND, location, *arguments)
        wait_until(lambda: not device.running, "we have left")
    row = json.loads(said.splitlines()[-1])
    assert (row["publisher"], row["subscriber"], row["seq"]) == ("fe80::1", "fe80::10", 0)
    assert row["capture"] == "eth0"
    assert device.output().endswith("['subscribe', 'unsubscribe'] [200]\n")
