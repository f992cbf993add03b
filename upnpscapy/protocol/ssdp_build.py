"""Discovery messages to send (UDA 2.0, 1.2 and 1.3).

Each builder returns a ``Message``; ``bytes()`` of it is the datagram's payload.
What HTTP cannot carry, an empty value, and a number out of the standard's range
raise ``MessageError``.
Broken messages on purpose are written with ``httpu.parse`` or the Scapy layers, not here.
"""

from __future__ import annotations

from collections.abc import Iterable

from upnpscapy.errors import MessageError
from upnpscapy.protocol.httpu import Message, build
from upnpscapy.protocol.ssdp_values import (
    MAX_BOOT_ID,
    MAX_CONFIG_ID,
    MULTICAST_IPV4,
    MX_SECONDS,
    PORT,
    PRIVATE_PORTS,
)

__all__ = [
    "build_alive",
    "build_byebye",
    "build_response",
    "build_search",
    "build_unicast_search",
    "build_update",
    "host_port",
]

MULTICAST_HOST = f"{MULTICAST_IPV4}:{PORT}"
MAX_AGE_SECONDS = (0, 2**31 - 1)

_Extra = Iterable[tuple[str, str]]
_Pairs = list[tuple[str, str]]


def host_port(address: str, port: int = PORT) -> str:
    """A HOST value: ``192.0.2.1:1900``, ``[ff02::c]:1900`` (a scope id is left out)."""
    address = address.strip("[]").partition("%")[0]
    if not address:
        raise MessageError("HOST needs an address")
    _check_range("port", port, 1, 65535)
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def build_search(
    st: str = "ssdp:all",
    mx_seconds: int = 2,
    *,
    host: str = MULTICAST_HOST,
    user_agent: str | None = None,
    tcp_port: int | None = None,
    control_point_name: str | None = None,
    control_point_uuid: str | None = None,
    extra: _Extra = (),
) -> Message:
    """A multicast M-SEARCH; devices answer within ``mx_seconds``, 1 to 5 (UDA 2.0, 1.3.2).

    The control point fields are UDA 2.0's TCPPORT, CPFN and CPUUID; its clause asks for CPFN.
    """
    _check_range("MX", mx_seconds, *MX_SECONDS)
    return _build_search(
        host, st, mx_seconds, user_agent, tcp_port, control_point_name, control_point_uuid, extra
    )


def build_unicast_search(
    host: str,
    st: str = "ssdp:all",
    *,
    user_agent: str | None = None,
    extra: _Extra = (),
) -> Message:
    """An M-SEARCH to one device, which has no MX and is answered within a second."""
    return _build_search(host, st, None, user_agent, None, None, None, extra)


def build_alive(
    nt: str,
    usn: str,
    location: str,
    *,
    max_age_seconds: int = 1800,
    server: str,
    host: str = MULTICAST_HOST,
    boot_id: int | None = None,
    config_id: int | None = None,
    search_port: int | None = None,
    secure_location: str | None = None,
    extra: _Extra = (),
) -> Message:
    """A NOTIFY with ssdp:alive (UDA 2.0, 1.2.2)."""
    _check_range("max-age", max_age_seconds, *MAX_AGE_SECONDS)
    return _build_notify(
        [
            ("HOST", host),
            ("CACHE-CONTROL", f"max-age={max_age_seconds}"),
            ("LOCATION", location),
            ("NT", nt),
            ("NTS", "ssdp:alive"),
            ("SERVER", server),
            ("USN", usn),
            *_upnp_fields(boot_id, None, config_id, search_port, secure_location),
        ],
        extra,
    )


def build_byebye(
    nt: str,
    usn: str,
    *,
    host: str = MULTICAST_HOST,
    boot_id: int | None = None,
    config_id: int | None = None,
    extra: _Extra = (),
) -> Message:
    """A NOTIFY with ssdp:byebye (UDA 2.0, 1.2.3)."""
    return _build_notify(
        [
            ("HOST", host),
            ("NT", nt),
            ("NTS", "ssdp:byebye"),
            ("USN", usn),
            *_upnp_fields(boot_id, None, config_id, None, None),
        ],
        extra,
    )


def build_update(
    nt: str,
    usn: str,
    location: str,
    *,
    boot_id: int,
    next_boot_id: int,
    config_id: int | None = None,
    host: str = MULTICAST_HOST,
    search_port: int | None = None,
    secure_location: str | None = None,
    extra: _Extra = (),
) -> Message:
    """A NOTIFY with ssdp:update: the boot instance is about to change (UDA 2.0, 1.2.4)."""
    _check_range("NEXTBOOTID.UPNP.ORG", next_boot_id, boot_id + 1, MAX_BOOT_ID)
    return _build_notify(
        [
            ("HOST", host),
            ("LOCATION", location),
            ("NT", nt),
            ("NTS", "ssdp:update"),
            ("USN", usn),
            *_upnp_fields(boot_id, next_boot_id, config_id, search_port, secure_location),
        ],
        extra,
    )


def build_response(
    st: str,
    usn: str,
    location: str,
    *,
    server: str,
    max_age_seconds: int = 1800,
    date: str | None = None,
    boot_id: int | None = None,
    config_id: int | None = None,
    search_port: int | None = None,
    secure_location: str | None = None,
    extra: _Extra = (),
) -> Message:
    """The answer to an M-SEARCH; ``st`` as the search wrote it (UDA 2.0, 1.3.3).

    ``date`` is an RFC 9110 date; nothing here reads a clock.
    """
    _check_range("max-age", max_age_seconds, *MAX_AGE_SECONDS)
    pairs: _Pairs = [("CACHE-CONTROL", f"max-age={max_age_seconds}")]
    if date is not None:
        pairs.append(("DATE", date))
    pairs += [
        ("EXT", ""),
        ("LOCATION", location),
        ("SERVER", server),
        ("ST", st),
        ("USN", usn),
        *_upnp_fields(boot_id, None, config_id, search_port, secure_location),
    ]
    return _build("HTTP/1.1 200 OK", pairs, extra)


def _build_search(
    host: str,
    st: str,
    mx_seconds: int | None,
    user_agent: str | None,
    tcp_port: int | None,
    name: str | None,
    uuid: str | None,
    extra: _Extra,
) -> Message:
    pairs: _Pairs = [("HOST", host), ("MAN", '"ssdp:discover"')]
    if mx_seconds is not None:
        pairs.append(("MX", str(mx_seconds)))
    pairs.append(("ST", st))
    if user_agent is not None:
        pairs.append(("USER-AGENT", user_agent))
    if tcp_port is not None:
        _check_range("TCPPORT.UPNP.ORG", tcp_port, *PRIVATE_PORTS)
        pairs.append(("TCPPORT.UPNP.ORG", str(tcp_port)))
    if name is not None:
        pairs.append(("CPFN.UPNP.ORG", name))
    if uuid is not None:
        pairs.append(("CPUUID.UPNP.ORG", uuid))
    return _build("M-SEARCH * HTTP/1.1", pairs, extra)


def _build_notify(pairs: _Pairs, extra: _Extra) -> Message:
    return _build("NOTIFY * HTTP/1.1", pairs, extra)


def _build(start_line: str, pairs: _Pairs, extra: _Extra) -> Message:
    for name, value in pairs:
        if not value and name != "EXT":
            raise MessageError(f"{name} is empty")
    return build(start_line, [*pairs, *extra])


def _upnp_fields(
    boot_id: int | None,
    next_boot_id: int | None,
    config_id: int | None,
    search_port: int | None,
    secure_location: str | None,
) -> _Pairs:
    """The fields UDA 1.1 and 2.0 added, those that are given, in the standard's order."""
    pairs: _Pairs = []
    for name, number, within in (
        ("BOOTID.UPNP.ORG", boot_id, (0, MAX_BOOT_ID)),
        ("NEXTBOOTID.UPNP.ORG", next_boot_id, (0, MAX_BOOT_ID)),
        ("CONFIGID.UPNP.ORG", config_id, (0, MAX_CONFIG_ID)),
        ("SEARCHPORT.UPNP.ORG", search_port, PRIVATE_PORTS),
    ):
        if number is not None:
            _check_range(name, number, *within)
            pairs.append((name, str(number)))
    if secure_location is not None:
        pairs.append(("SECURELOCATION.UPNP.ORG", secure_location))
    return pairs


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not (isinstance(value, int) and low <= value <= high):
        raise MessageError(f"{name} is a whole number from {low} to {high}, not {value!r}")
