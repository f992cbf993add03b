"""The port mappings of a report, in sentences: what was opened, to whom, by whom, until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from upnpscapy.forensics.mappings.port_control_address_row import AnyExternalAddressRow
from upnpscapy.forensics.mappings.row import SECOND, MappingRow
from upnpscapy.forensics.mappings.words import error_words
from upnpscapy.protocol.host_text import host_and_port
from upnpscapy.report.words import (
    Moment,
    counted,
    cut,
    duration,
    frame_words,
    frames_filter,
    moment,
)

__all__ = ["AddressView", "MappingView", "view_addresses", "view_mappings"]

MAX_MAPPINGS = 200
"""Mappings shown: those that were open at the end before others."""

MAX_ADDRESSES = 50
"""Pairs of a gateway and what it said is its address."""

MAX_TEXT = 120
"""Characters shown of a description or a host."""

MAX_FILTER = 250
"""Characters of a filter for connections; one for the frames is there too."""

FOREVER = 100 * 365 * 86_400
"""Seconds of a lease that is not worth being put in other words."""

_WILDCARDS = frozenset(("", "*", "0.0.0.0", "::"))

_PROTOCOLS = {"natpmp": "by NAT-PMP", "pcp": "by PCP"}

STATES = {
    "open": "open at the end",
    "observed": "listed as open",
    "deleted": "deleted",
    "expired": "lease ran out",
    "replaced": "replaced",
    "refused": "refused",
    "requested": "no answer seen",
}
"""What the states of a mapping are called."""


class MappingView(NamedTuple):
    """One mapping."""

    anchor: str
    capture: str
    gateway: str
    port: str
    """``TCP 8080``."""
    inside: str
    """Where it leads."""
    remote: str
    """Who may come in."""
    asked_by: str | None
    state: str
    state_words: str
    is_live: bool
    was_open: bool
    """As far as an answer of the gateway says."""
    opened: Moment | None
    opened_frame: int | str | None
    until: Moment | None
    until_frame: int | str | None
    until_words: str
    sentences: tuple[str, ...]
    frames: str
    filter: str | None
    conversation: str | None
    """A filter for its connections, where these are few."""


class AddressView(NamedTuple):
    """What a gateway said is its address on the Internet."""

    capture: str
    gateway: str
    address: str
    address_class: str
    times: int
    frame: int | str
    first: Moment | None


def view_mappings(
    mappings: Sequence[MappingRow], addresses: Iterable[AnyExternalAddressRow]
) -> list[MappingView]:
    """Those that are shown, in their order."""
    told: dict[tuple[str, str], dict[str, None]] = {}
    for row in addresses:
        if row.address:
            told.setdefault((row.capture, row.gateway), {})[row.address] = None
    worth = sorted(range(len(mappings)), key=lambda place: _worth(mappings[place]))
    shown = sorted(worth[:MAX_MAPPINGS])
    return [_view(mappings[place], number, told) for number, place in enumerate(shown, 1)]


def view_addresses(rows: Iterable[AnyExternalAddressRow]) -> list[AddressView]:
    """Each address of each gateway once, with its first frame."""
    found: dict[tuple[str, str, str], list[AnyExternalAddressRow]] = {}
    for row in rows:
        found.setdefault((row.capture, row.gateway, row.address), []).append(row)
    return [
        AddressView(
            capture,
            gateway,
            cut(address, MAX_TEXT) or "none",
            same[0].address_class,
            len(same),
            _frame(same[0]),
            moment(same[0].time_ns),
        )
        for (capture, gateway, address), same in found.items()
    ]


def _frame(row: AnyExternalAddressRow) -> int | str:
    frame = row.column("frame")
    return frame if isinstance(frame, int) else str(frame or "?")


def _worth(row: MappingRow) -> int:
    """Which are shown before others: open ones, then those that were, then attempts."""
    if row.live:
        return 0
    return 2 if row.state in ("refused", "requested") else 1


def _view(
    row: MappingRow, number: int, told: dict[tuple[str, str], dict[str, None]]
) -> MappingView:
    terms, show = row.terms, row.place.show
    port = " ".join(filter(None, (terms.protocol or "any protocol", _text(row, "external_port"))))
    inside = host_and_port(_text(row, "internal_client") or "?", terms.internal_port)
    remote = _remote(row)
    known = list(told.get((row.capture, row.gateway), ()))
    ends_ns = row.closed_ns if row.closed_ns is not None else row.expires_ns if row.live else None
    return MappingView(
        f"mapping-{number}",
        row.capture,
        row.gateway,
        cut(port, MAX_TEXT),
        cut(inside, MAX_TEXT),
        remote,
        row.requested_by,
        row.state,
        STATES[row.state],
        row.live,
        _was_open(row),
        moment(row.opened_ns),
        None if row.opened_in is None else show(row.opened_in),
        moment(ends_ns),
        None if row.closed_in is None else show(row.closed_in),
        _until(row),
        tuple(_sentences(row, port, inside, remote, known)),
        frame_words(row.frames, row.frames.count),
        frames_filter(row.frames),
        row.filter if len(row.filter) <= MAX_FILTER else None,
    )


def _text(row: MappingRow, column: str) -> str:
    """A value as text, as it was sent where it could not be read."""
    value = row.column(column)
    if value is None:
        return cut(row.terms.raw_text(column) or "", MAX_TEXT)
    return cut(str(value), MAX_TEXT)


def _remote(row: MappingRow) -> str:
    host = row.terms.remote_host
    if host is None and row.kind == "portmap":
        return "not known"
    if (host or "") in _WILDCARDS:
        return "anyone"
    return cut(host_and_port(host or "", row.terms.remote_port), MAX_TEXT)


def _until(row: MappingRow) -> str:
    """Until when, in some words beside the time, or instead of one."""
    if not _was_open(row):
        return "refused" if row.state == "refused" else "no answer seen"
    if not row.live:
        return {"expired": "its lease ran out", "replaced": "replaced"}.get(row.state, "deleted")
    if row.terms.lease_seconds == 0:
        return "no end"
    return "its lease ends" if row.expires_ns is not None else "not known"


def _sentences(
    row: MappingRow, port: str, inside: str, remote: str, addresses: list[str]
) -> Iterable[str]:
    """The life of a mapping."""
    whose = {"anyone": "from anywhere", "not known": ""}.get(remote, f"from {remote}")
    way = f"{port} at {_gateway(row, addresses)}, {whose}".rstrip(", ")
    what = "A pinhole for " + way if row.kind == "pinhole" else way
    leads = "leads" if _was_open(row) else "was to lead"
    yield f"{what}, {leads} to {inside}{_called(row)}."
    yield from _asked(row)
    yield from _opened(row)
    yield from _told_lease(row)
    yield from _ended(row)
    if row.terms.enabled is False:
        yield "It was disabled: nothing passes while it is."


def _was_open(row: MappingRow) -> bool:
    return row.state not in ("refused", "requested")


def _gateway(row: MappingRow, addresses: list[str]) -> str:
    told = ""
    if addresses:
        more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
        told = f" (external address {cut(addresses[0], MAX_TEXT)}{more})"
    return f"gateway {row.gateway}{told}"


def _called(row: MappingRow) -> str:
    description = row.terms.description
    return f", called “{cut(description, MAX_TEXT)}”" if description else ""


def _asked(row: MappingRow) -> Iterable[str]:
    by, lease = row.requested_by, row.asked_lease_seconds
    if by is None:
        yield "Who asked for it was not seen."
        return
    own = " for itself" if by == row.terms.internal_client else ""
    way = " ".join(filter(None, (_PROTOCOLS.get(row.kind, ""), _lease(lease))))
    port = row.asked_port
    other = f"; it had asked for port {port}" if port not in (None, row.terms.external_port) else ""
    yield f"Asked for by {by}{own}{' ' if way else ''}{way}{other}."


def _lease(seconds: int | None) -> str:
    if seconds is None:
        return ""
    if seconds == 0:
        return "without an end (a lease of 0)"
    words = duration(seconds)
    plain = f"{seconds} s"
    return f"for {plain}" if words == plain or seconds > FOREVER else f"for {plain} ({words})"


def _opened(row: MappingRow) -> Iterable[str]:
    if row.opened_in is not None or row.opened_ns is not None:
        yield f"The gateway granted it{_place(row, row.opened_in, row.opened_ns)}."
    elif row.state == "refused":
        reason = error_words(row)
        yield f"The gateway refused it{f': {reason}' if reason else ''}."
    elif row.state == "requested":
        yield "No answer was seen, so it is not known whether it was opened."
    else:
        yield "When it was opened was not seen: the gateway told of it later."


def _told_lease(row: MappingRow) -> Iterable[str]:
    """The lease that the gateway has listed, where it is not what was asked for."""
    told = row.terms.lease_seconds
    if told is not None and told != row.asked_lease_seconds:
        yield f"The gateway lists it {_lease(told)}."


def _ended(row: MappingRow) -> Iterable[str]:
    by = f" by {row.closed_by}" if row.closed_by else ""
    where = _place(row, row.closed_in, row.closed_ns)
    if row.state == "deleted":
        yield f"Deleted{by}{where}.{_span(row)}"
    elif row.state == "replaced":
        yield f"Replaced{f' by a request of {row.closed_by}' if by else ''}{where}.{_span(row)}"
    elif row.state == "expired":
        yield f"Its lease ran out{where}; no frame says so.{_span(row)}"
    elif row.live:
        end = moment(row.expires_ns)
        lease = row.terms.lease_seconds
        if end is not None:
            yield f"Still open when the capture ended; its lease ends at {end.shown}."
        elif lease == 0:
            yield "Still open when the capture ended, and it has no end."
        else:
            yield "Still open when the capture ended; how long its lease is was not seen."


def _place(row: MappingRow, frame: int | None, time_ns: int | None) -> str:
    when = moment(time_ns)
    where = f" in frame {row.place.show(frame)}" if frame is not None else ""
    return f"{where}{f' at {when.shown}' if when else ''}"


def _span(row: MappingRow) -> str:
    if row.opened_ns is None or row.closed_ns is None or row.closed_ns < row.opened_ns:
        return ""
    return f" It was open for {duration((row.closed_ns - row.opened_ns) / SECOND)}."


def counts_words(mappings: Sequence[MappingRow]) -> str:
    """``2 port mappings: 1 open at the end, 1 refused``."""
    if not mappings:
        return "no port mapping"
    counts: dict[str, int] = {}
    for row in mappings:
        counts[row.state] = counts.get(row.state, 0) + 1
    told = ", ".join(f"{count} {STATES[state]}" for state, count in counts.items())
    return f"{counted(len(mappings), 'port mapping')}: {told}"
