"""Descriptions and actions on real devices: the answers are those that upnp-client gets."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from upnpscapy import analyze

from .daemons import IGD_LOCATION, IGD_PORT, IGD_UDN, MEDIA_LOCATION, MEDIA_TITLES, miniupnpd
from .host import Host
from .network import WAN_ROUTER, Network

COMMAND = (sys.executable, "-c", "from upnpscapy.cli import main; main()")

BROWSE = (
    "ObjectID=1$4",
    "BrowseFlag=BrowseDirectChildren",
    "Filter=*",
    "StartingIndex=0",
    "RequestedCount=10",
    "SortCriteria=",
)

IGD_CALLS = {
    "WANIPConn1/GetExternalIPAddress": (),
    "WANIPConn1/GetGenericPortMappingEntry": ("NewPortMappingIndex=0",),
    "WANIPConn1/GetSpecificPortMappingEntry": (
        "NewRemoteHost=",
        "NewExternalPort=8081",
        "NewProtocol=TCP",
    ),
    "WANCommonIFC1/GetCommonLinkProperties": (),
    "L3Forwarding1/GetDefaultConnectionService": (),
}
MEDIA_CALLS = {
    "ContentDirectory/Browse": BROWSE,
    "ContentDirectory/GetSystemUpdateID": (),
    "ConnectionManager/GetProtocolInfo": (),
}

# Prints the answers to calls, each "service/action name=value …" in JSON.
ANSWERS = """
import json, sys
import upnpscapy
device = upnpscapy.describe(sys.argv[1])
for words in json.loads(sys.argv[2]):
    service, _, action = words[0].partition("/")
    given = dict(word.split("=", 1) for word in words[1:])
    print(json.dumps(dict(getattr(getattr(device, service), action)(**given))))
"""

# Prints what live objects see of a session that it records.
SESSION = """
import json, sys
import upnpscapy
from upnpscapy.live.recorder import Recorder
path, igd, media, client = sys.argv[1:]
calls = []
def note(service, name, given):
    try:
        answer = service.call(name, given)
        calls.append([service.service.control_url, name, list(given), list(answer.raw), None])
    except upnpscapy.ActionFault as fault:
        calls.append([service.service.control_url, name, list(given), [], fault.code])
with Recorder(path) as recorder:
    http = upnpscapy.Http(recorder=recorder)
    gateway, server = (upnpscapy.describe(url, http=http) for url in (igd, media))
    connection = gateway.WANIPConn1
    key = [("NewRemoteHost", ""), ("NewExternalPort", "9090"), ("NewProtocol", "UDP")]
    note(connection, "AddPortMapping", [*key, ("NewInternalPort", "9090"),
        ("NewInternalClient", client), ("NewEnabled", "1"),
        ("NewPortMappingDescription", "<a> & b"), ("NewLeaseDuration", "60")])
    note(connection, "GetSpecificPortMappingEntry", key)
    note(connection, "DeletePortMapping", key)
    note(connection, "GetSpecificPortMappingEntry", key)
    note(server.ContentDirectory, "GetSystemUpdateID", [])
print(json.dumps({"calls": calls, "services": [
    [one.device.udn, one.service.service_id, one.service.control_url]
    for device in (gateway, server) for one in device.services]}))
"""

# Shows what a session in a notebook does with an IPv6 LOCATION.
IPV6 = """
import sys
import upnpscapy
for url, interface in (pair.split("|") for pair in sys.argv[1:]):
    http = upnpscapy.Http(interface=interface or None)
    try:
        device = upnpscapy.describe(url, http=http)
        print(device.WANIPConn1.GetExternalIPAddress().value)
    except upnpscapy.UpnpError as error:
        print(type(error).__name__)
"""


def call_action(host: Host, location: str, action: str, arguments: tuple[str, ...]) -> Any:
    """What our command prints."""
    words = (*COMMAND, "call-action", location, action, *arguments, "-T", "json")
    return json.loads(host.run(*words))


def upnp_client(host: Host, location: str, action: str, arguments: tuple[str, ...]) -> Any:
    """What upnp-client prints, in the types that it gives."""
    said = host.run("upnp-client", "call-action", location, action, *arguments)
    return json.loads(said)["out_parameters"]


def without_lease(answer: dict[str, Any]) -> dict[str, Any]:
    """But for what goes on counting."""
    return {name: value for name, value in answer.items() if name != "NewLeaseDuration"}


def compare(host: Host, location: str, calls: dict[str, tuple[str, ...]]) -> None:
    """Each call gives the same to both; but for what goes on counting."""
    wanted = json.dumps([(action, *arguments) for action, arguments in calls.items()])
    answers = host.run(sys.executable, "-c", ANSWERS, location, wanted).splitlines()
    for (action, arguments), line in zip(calls.items(), answers, strict=True):
        ours = json.loads(line)
        theirs = upnp_client(host, location, action, arguments)
        assert ours, action
        assert list(ours) == list(theirs), action
        assert without_lease(ours) == without_lease(theirs), action


@pytest.fixture
def mapping(lab: Network) -> Iterator[None]:
    """One mapping in the table of the router."""
    upnpc = ("upnpc", "-u", IGD_LOCATION)
    lab.client.run(*upnpc, "-a", lab.client.ipv4, "8081", "8081", "TCP", "600")
    yield
    lab.client.run(*upnpc, "-d", "8081", "TCP")


@pytest.mark.usefixtures("mapping")
def test_igd2_answers_as_upnp_client_hears_it(lab: Network) -> None:
    compare(lab.client, IGD_LOCATION, IGD_CALLS)


@pytest.mark.usefixtures("lab_available")
def test_igd1_answers_as_upnp_client_hears_it() -> None:
    with Network() as network, miniupnpd(network.router, igd=1, ipv6=False):
        compare(
            network.client,
            IGD_LOCATION,
            {
                "WANIPConn1/GetExternalIPAddress": (),
                "WANIPConn1/GetNATRSIPStatus": (),
            },
        )
        shown = network.client.run(*COMMAND, "describe", IGD_LOCATION)
        assert "InternetGatewayDevice:1" in shown
        assert "WANIPConnection:1" in shown


def test_media_server_answers_as_upnp_client_hears_it(lab: Network) -> None:
    # minidlna's first answer to Browse says that there are 0 in all.
    call_action(lab.client, MEDIA_LOCATION, "ContentDirectory/Browse", BROWSE)
    compare(lab.client, MEDIA_LOCATION, MEDIA_CALLS)
    found = call_action(lab.client, MEDIA_LOCATION, "ContentDirectory/Browse", BROWSE)
    assert all(title in found["Result"] for title in MEDIA_TITLES)
    assert found["NumberReturned"] == found["TotalMatches"] == len(MEDIA_TITLES)


def test_action_that_the_router_refuses_is_status_2_with_its_code(lab: Network) -> None:
    arguments = ("NewRemoteHost=", "NewExternalPort=4711", "NewProtocol=UDP")
    words = (*COMMAND, "call-action", IGD_LOCATION, "WANIPConn1/GetSpecificPortMappingEntry")
    script = 'code=0; "$@" || code=$?; echo "status $code"'
    said = lab.client.run("sh", "-c", script, "sh", *words, *arguments)
    assert "GetSpecificPortMappingEntry: error 714" in said
    assert said.endswith("status 2\n")


def test_listing_names_every_action_of_the_router(lab: Network) -> None:
    said = lab.client.run(*COMMAND, "call-action", IGD_LOCATION, "-T", "jsonl")
    rows = [json.loads(line) for line in said.splitlines()]
    actions = {(row["service_id"].rpartition(":")[2], row["action"]) for row in rows}
    assert {("WANIPConn1", "AddAnyPortMapping"), ("WANIPv6Firewall1", "AddPinhole")} <= actions
    assert all(row["udn"].startswith(IGD_UDN[:-1]) for row in rows)


def test_recorded_session_read_offline_is_what_the_live_objects_had(
    lab: Network, tmp_path: Path
) -> None:
    path = tmp_path / "session.pcapng"
    client = lab.client
    said = client.run(
        sys.executable, "-c", SESSION, str(path), IGD_LOCATION, MEDIA_LOCATION, client.ipv4
    )
    live = json.loads(said)
    case = analyze(str(path))
    offline = [
        [
            row.control_url,
            row.action,
            [list(pair) for pair in row.arguments],
            [list(pair) for pair in row.result or ()],
            row.error_code,
        ]
        for row in case.calls
    ]
    assert offline == live["calls"]
    assert [code for *_, code in offline] == [None, None, None, 714, None]
    services = [
        [row.column("udn"), row.column("service_id"), row.column("control_url")]
        for row in case.services
    ]
    assert sorted(services) == sorted(live["services"])
    assert [row.column("defects") for row in case.exchanges if row.column("defects")] == []
    (mapping,) = case.mappings
    assert mapping.column("description") == "<a> & b"
    assert mapping.column("internal_client") == client.ipv4


def test_link_local_and_global_ipv6_locations_work(lab: Network) -> None:
    path = f":{IGD_PORT}/rootDesc.xml"
    interface = lab.client.interface
    pairs = (
        f"http://[fe80::1%25{interface}]{path}|",
        f"http://[fe80::1%{interface}]{path}|",
        f"http://[fe80::1]{path}|{interface}",
        f"http://[{lab.router.ipv6}]{path}|",
        f"http://[fe80::1]{path}|",
    )
    said = lab.client.run(sys.executable, "-c", IPV6, *pairs).split()
    assert said == [WAN_ROUTER] * 4 + ["RefusedError"]


def test_host_that_is_not_there_is_an_error_soon(lab: Network) -> None:
    words = (*COMMAND, "call-action", "http://192.168.77.250/x.xml", "--timeout", "0.5")
    said = lab.client.run(*words, check=False)
    assert "no connection to 192.168.77.250 port 80 in time" in said


def test_readme_s_description_and_calls_work_as_shown(lab: Network) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    readme = readme.replace("192.168.1.1", lab.router.ipv4)
    (program,) = (one for one in blocks(readme, "python live") if "describe(" in one)
    said = lab.client.run(sys.executable, "-W", "error", "-c", program)
    assert "WANIPConnection:2" in said
    assert f"\n{WAN_ROUTER}\n" in said
    assert "\nNewConnectionStatus Connected\n" in said
    assert said.endswith("\n714 NoSuchEntryInArray\n")
    (commands,) = (one for one in blocks(readme, "sh live") if "call-action" in one)
    script = f'upnpscapy() {{ {sys.executable} -c "$MAIN" "$@"; }}\n{commands}'
    said = lab.client.run("env", f"MAIN={COMMAND[-1]}", "sh", "-euc", script)
    assert "AddAnyPortMapping(" in said
    assert '"NewConnectionStatus": "Connected"' in said


def blocks(readme: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
