"""What control points print: upnpc its sentences, upnp-client JSON, gupnp-event-dumper columns."""

import json
import re
from typing import Any, NamedTuple

_ENTRY = (
    r"(?P<NewProtocol>\w+) +(?P<NewExternalPort>\d+)->(?P<NewInternalClient>[^:]+):"
    r"(?P<NewInternalPort>\d+) +'(?P<NewPortMappingDescription>.*)' '(?P<NewRemoteHost>.*)'"
    r" (?P<NewLeaseDuration>\d+)"
)
_SENTENCES = [
    (action, re.compile(pattern))
    for action, pattern in (
        ("GetConnectionTypeInfo", r"Connection Type : (?P<NewConnectionType>.*)"),
        (
            "GetStatusInfo",
            r"Status : (?P<NewConnectionStatus>\w+), uptime=(?P<NewUptime>\d+)s,"
            r" LastConnectionError : (?P<NewLastConnectionError>\w+)",
        ),
        (
            "GetCommonLinkProperties",
            r"MaxBitRateDown : (?P<NewLayer1DownstreamMaxBitRate>\d+) bps .*"
            r"MaxBitRateUp (?P<NewLayer1UpstreamMaxBitRate>\d+) bps .*",
        ),
        ("GetExternalIPAddress", r"ExternalIPAddress = (?P<NewExternalIPAddress>.*)"),
        ("GetTotalBytesSent", r"Bytes: +Sent: +(?P<NewTotalBytesSent>\d+)\t.*"),
        ("GetTotalBytesReceived", r"Bytes: .*\tRecv: +(?P<NewTotalBytesReceived>\d+)"),
        ("GetTotalPacketsSent", r"Packets: Sent: +(?P<NewTotalPacketsSent>\d+)\t.*"),
        ("GetTotalPacketsReceived", r"Packets: .*\tRecv: +(?P<NewTotalPacketsReceived>\d+)"),
        (
            "AddPortMapping",
            r"InternalIP:Port = (?P<NewInternalClient>[^:]+):(?P<NewInternalPort>\d+)",
        ),
        (
            "AddPortMapping",
            r"AddPortMapping\((?P<NewExternalPort>\d+), (?P<NewInternalPort>\d+),"
            r" (?P<NewInternalClient>\S+)\) failed with code (?P<code>\d+) \((?P<name>.*)\)",
        ),
        (
            "GetSpecificPortMappingEntry",
            r"external \S+:(?P<NewExternalPort>\d+) (?P<NewProtocol>\w+) is redirected to"
            r" internal (?P<NewInternalClient>[^:]+):(?P<NewInternalPort>\d+)"
            r" \(duration=(?P<NewLeaseDuration>\d+)\)",
        ),
        (
            "GetSpecificPortMappingEntry",
            r"GetSpecificPortMappingEntry\(\) failed with code (?P<code>\d+) \((?P<name>.*)\)",
        ),
        ("GetGenericPortMappingEntry", r" *(?P<NewPortMappingIndex>\d+) " + _ENTRY),
        (
            "GetGenericPortMappingEntry",
            r"GetGenericPortMappingEntry\(\) returned (?P<code>\d+) \((?P<name>.*)\)",
        ),
        ("DeletePortMapping", r"UPNP_DeletePortMapping\(\) returned : (?P<code>\d+)"),
        ("DeletePortMapping", r"UPNP_DeletePortMapping\(\) failed with code : (?P<code>\d+)"),
        ("DeletePortMappingRange", r"UPNP_DeletePortMappingRange\(\) returned : (?P<code>\d+)"),
        (
            "GetFirewallStatus",
            r"FirewallEnabled: (?P<FirewallEnabled>\d) &"
            r" Inbound Pinhole Allowed: (?P<InboundPinholeAllowed>\d)",
        ),
        (
            "AddPinhole",
            r"AddPinhole: \(\[(?P<RemoteHost>.*)\]:(?P<RemotePort>\d+) -> "
            r"\[(?P<InternalClient>.*)\]:(?P<InternalPort>\d+)\) / Pinhole ID = (?P<UniqueID>\d+)",
        ),
        (
            "UpdatePinhole",
            r"UpdatePinhole: Pinhole ID = (?P<UniqueID>\d+)"
            r" with Lease Time: (?P<NewLeaseTime>\d+)",
        ),
        (
            "CheckPinholeWorking",
            r"CheckPinholeWorking\(\) failed with code (?P<code>\d+) \((?P<name>.*)\)",
        ),
        (
            "GetPinholePackets",
            r"GetPinholePackets: Pinhole ID = (?P<UniqueID>\d+)"
            r" / PinholePackets = (?P<PinholePackets>\d+)",
        ),
        ("DeletePinhole", r"UPNP_DeletePinhole\(\) returned : (?P<code>\d+)"),
    )
]
_FRAME = re.compile(
    r"upnpc : .*| \(c\) .*|Go to .*|for more information\.|Found valid IGD : .*"
    r"|Local LAN ip address : .*|  Time started : .*| i protocol exPort.*|GetFirewallStatus:"
    r"|   Firewall Enabled: Yes|   Inbound Pinhole Allowed: Yes"
    r"|CheckPinholeWorking: Pinhole ID = \d+ / IsWorking = No|"
)
"""Lines that tell of no call, or say again what another line says."""

_REFUSAL = re.compile(
    r"\w+: Error during async_call\(\), action: (\w+), status: (\d+), upnp error: (\d+) \((.*)\)"
)


class Sentence(NamedTuple):
    """What upnpc says of one call: some arguments and results by name, or that it was refused."""

    action: str
    values: dict[str, str]
    error_code: int | None = None
    error_name: str | None = None


class JsonCall(NamedTuple):
    """A call as upnp-client prints it."""

    service_type: str
    action: str
    arguments: list[list[str]]
    result: list[list[str]]


class Refusal(NamedTuple):
    """How upnp-client ends when a call is refused."""

    action: str
    status: int
    error_code: int
    error_description: str


class Step(NamedTuple):
    """What `renewing` did with a subscription; the timeout that was granted, if one was."""

    done: str
    sid: str
    timeout: int | None


def upnpc_sentences(text: str) -> list[Sentence]:
    """What was said of each call, in order; a line that says something else raises ValueError."""
    found = []
    for line in text.splitlines():
        matches = [(action, pattern.fullmatch(line)) for action, pattern in _SENTENCES]
        said = [(action, match.groupdict()) for action, match in matches if match is not None]
        if not said and not _FRAME.fullmatch(line):
            raise ValueError(f"upnpc said: {line!r}")
        for action, values in said:
            code = int(values.pop("code", 0)) or None
            found.append(Sentence(action, values, code, values.pop("name", None)))
    return found


def json_calls(text: str) -> list[JsonCall]:
    """The calls that upnp-client printed, values as they are written on the wire."""
    return [
        JsonCall(
            told["service_type"],
            told["action"],
            _pairs(told["in_parameters"]),
            _pairs(told["out_parameters"]),
        )
        for told in _objects(text)
    ]


def json_events(text: str) -> list[tuple[str, list[list[str]]]]:
    """The serviceId and variables of the events that upnp-client printed, in order."""
    return [
        (told["service_id"], _pairs(told["state_variables"]))
        for told in _objects(text)
        if "state_variables" in told
    ]


def json_steps(text: str) -> list[Step]:
    """The steps that `renewing` printed, in order."""
    return [
        Step(told["done"], told["sid"], told["timeout"])
        for told in _objects(text)
        if "done" in told
    ]


def refusals(text: str) -> list[Refusal]:
    """The refusals in tracebacks of upnp-client."""
    return [
        Refusal(action, int(status), int(code), description)
        for line in text.splitlines()
        for action, status, code, description in _REFUSAL.findall(line)
    ]


def dumped(text: str) -> list[tuple[str, str, str]]:
    """The serviceId, variable and value of each line of gupnp-event-dumper; booleans as 0 and 1."""
    booleans = {"TRUE": "1", "FALSE": "0"}
    lines = [line.split("|", 4) for line in text.splitlines()]
    return [(service, name, booleans.get(value, value)) for _, _, service, name, value in lines]


def _objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def _pairs(values: dict[str, Any]) -> list[list[str]]:
    return [
        [name, str(int(value)) if isinstance(value, bool) else str(value)]
        for name, value in values.items()
    ]
