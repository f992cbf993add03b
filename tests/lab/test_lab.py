"""The lab itself: its hosts reach each other, its devices are found, and nothing stays behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from . import requirements
from .daemons import (
    IGD_LOCATION,
    IGD_UDN,
    MEDIA_LOCATION,
    MEDIA_NAME,
    MEDIA_UDN,
    minidlna,
    miniupnpd,
    recording,
)
from .namespaces import STATE, is_alive, own_namespaces, remove_namespace, remove_stale
from .network import WAN_ROUTER, Network
from .programs import LabError, Program, run, wait_until
from .record import frame_count, link_type

REPOSITORY = Path(__file__).parents[2]

# A process that builds a network with a daemon and then waits to be killed.
VICTIM = """
import sys
from tests.lab.network import Network
from tests.lab.daemons import miniupnpd
with Network() as network, miniupnpd(network.router) as daemon:
    print(network.prefix, daemon.pid, flush=True)
    sys.stdin.read()
"""


def device_type(network: Network) -> str:
    """The root device's type in the description that the client fetches from the router."""
    fetch = f"import urllib.request as r; print(r.urlopen({IGD_LOCATION!r}).read().decode())"
    description = network.client.run(sys.executable, "-c", fetch)
    return description.partition("<deviceType>")[2].partition("</deviceType>")[0]


def shown(capture: Path, display_filter: str) -> list[str]:
    """The lines that tshark shows for the frames of a filter."""
    lines = run(["tshark", "-r", str(capture), "-Y", display_filter]).splitlines()
    return [line for line in lines if line.split()[0].isdigit()]


@pytest.mark.usefixtures("lab_available")
@pytest.mark.parametrize("igd", [1, 2])
def test_upnpc_finds_a_router_of_each_version(igd: int) -> None:
    with Network() as network, miniupnpd(network.router, igd=igd):
        said = network.client.run("upnpc", "-s")
        assert IGD_LOCATION in said
        assert f"ExternalIPAddress = {WAN_ROUTER}" in said
        assert device_type(network) == f"urn:schemas-upnp-org:device:InternetGatewayDevice:{igd}"


def test_upnpc_finds_the_router_over_ipv6_and_opens_a_pinhole(lab: Network) -> None:
    client = lab.client
    pinhole = ("2001:db8:99::1", "0", client.ipv6, "8080", "TCP", "600")
    said = client.run("upnpc", "-6", "-A", *pinhole)
    assert f"http://[{lab.router.ipv6}]:5000/rootDesc.xml" in said
    assert "Pinhole ID = " in said
    unique_id = said.rpartition("Pinhole ID = ")[2].strip()
    assert "returned : 0" in client.run("upnpc", "-6", "-D", unique_id)


def test_gssdp_discover_finds_both_devices(lab: Network) -> None:
    said = lab.client.run("gssdp-discover", "-i", lab.client.interface, "--timeout=6")
    assert {IGD_LOCATION, MEDIA_LOCATION, f"{MEDIA_UDN}::upnp:rootdevice"} <= set(said.split())


def test_upnp_client_finds_both_devices(lab: Network) -> None:
    said = lab.other.run("upnp-client", "search", "--bind", lab.other.ipv4)
    assert f'"USN": "{IGD_UDN}::upnp:rootdevice"' in said
    assert f'"USN": "{MEDIA_UDN}::upnp:rootdevice"' in said


def test_nmap_finds_the_media_server_by_its_name(lab: Network) -> None:
    said = lab.client.run("nmap", "-n", "--script", "broadcast-upnp-info")
    assert f"Name: {MEDIA_NAME}" in said


def test_a_mapping_of_one_client_is_listed_for_the_other(lab: Network) -> None:
    upnpc = ("upnpc", "-u", IGD_LOCATION)
    lab.client.run(*upnpc, "-a", lab.client.ipv4, "8080", "8080", "TCP", "600")
    assert f"8080->{lab.client.ipv4}:8080" in lab.other.run(*upnpc, "-l", check=False)
    assert "returned : 0" in lab.client.run(*upnpc, "-d", "8080", "TCP")


def test_media_server_lists_its_files(lab: Network) -> None:
    browse = ("upnp-client", "call-action", MEDIA_LOCATION, "ContentDirectory/Browse")
    arguments = ("BrowseFlag=BrowseDirectChildren", "Filter=*", "StartingIndex=0")
    said = lab.client.run(*browse, "ObjectID=1$4", *arguments, "RequestedCount=10", "SortCriteria=")
    assert "Silence 1" in said


@pytest.mark.usefixtures("lab_available")
def test_recording_has_whole_tagged_frames(tmp_path: Path) -> None:
    path = tmp_path / "tagged.pcap"
    with (
        Network(vlan=20) as network,
        recording(network.client, path, interface="eth0"),
        minidlna(network.media),
    ):
        found = network.client.run("gssdp-discover", "-i", "eth0.20", "--timeout=4")
    assert MEDIA_LOCATION in found
    tagged = shown(path, "vlan.id == 20 && ssdp")
    assert any("M-SEARCH" in line for line in tagged)
    assert any("HTTP/1.1 200 OK" in line for line in tagged)
    assert not shown(path, "!vlan || frame.cap_len != frame.len")


def test_recording_of_all_interfaces_is_cooked(lab: Network, tmp_path: Path) -> None:
    path = tmp_path / "cooked.pcap"
    with recording(lab.client, path, interface="any"):
        lab.client.run("upnpc", "-u", IGD_LOCATION, "-s")
    assert frame_count(path) > 50
    assert link_type(path) == "linux-sll2"


@pytest.mark.usefixtures("lab_available")
def test_nothing_is_left_after_a_network_whose_body_raised() -> None:
    network = Network()
    daemons: list[Program] = []

    def fail() -> None:
        with network, miniupnpd(network.router) as daemon:
            assert set(network.namespaces) <= set(own_namespaces())
            daemons.append(daemon)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not set(network.namespaces) & set(own_namespaces())
    assert not network.directory.exists()
    assert not daemons[0].running


@pytest.mark.usefixtures("lab_available")
def test_next_network_removes_what_a_killed_process_left() -> None:
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with victim:
        assert victim.stdout is not None
        prefix, daemon = victim.stdout.readline().split()
        victim.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_alive(int(daemon)), "the end of the orphaned daemon")
    assert [name for name in own_namespaces() if name.startswith(prefix)]
    with Network():
        assert not [name for name in own_namespaces() if name.startswith(prefix)]
        assert not (STATE / prefix).exists()


def test_namespaces_of_others_are_refused_and_of_the_living_kept(lab: Network) -> None:
    with pytest.raises(LabError, match="not a namespace of the lab"):
        remove_namespace("somebody-elses")
    assert not [name for name in remove_stale() if name.startswith(lab.prefix)]
    assert set(lab.namespaces) <= set(own_namespaces())


def test_a_daemon_that_dies_says_why(lab: Network) -> None:
    reason = r"tcpdump ended with status 1 .*\n.*No such device"
    no_such = recording(lab.client, Path("/dev/null"), interface="eth7")
    with pytest.raises(LabError, match=reason), no_such:
        pass


def test_reason_names_the_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "SEARCH_PATH", "/nowhere")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "linux")
    assert "miniupnpd (Debian miniupnpd-nftables)" in str(requirements.missing())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert requirements.missing() == "the lab needs root, to make network namespaces"
