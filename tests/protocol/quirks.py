"""The 27 odd search replies that real devices send, each the baseline with one change.

``REPLIES`` is the numbered list; ``FURTHER`` are more oddities of the same make.
Every reading of a reply gives the typed values of the baseline, but for its ``changes``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["BASELINE", "BASELINE_VALUES", "FURTHER", "REPLIES", "Quirk"]

UUID = "uuid:8a3f2b64-51c7-4d0e-9b1a-6f20c4d7e815"

BASELINE = (
    b"HTTP/1.1 200 OK\r\n"
    b"CACHE-CONTROL: max-age=1800\r\n"
    b"DATE: Sat, 06 Jan 2024 10:20:30 GMT\r\n"
    b"EXT:\r\n"
    b"LOCATION: http://192.0.2.17:49152/device.xml\r\n"
    b"SERVER: Linux/5.10 UPnP/1.0 Lamp/2.3\r\n"
    b"ST: upnp:rootdevice\r\n"
    b"USN: " + UUID.encode() + b"::upnp:rootdevice\r\n"
    b"\r\n"
)

BASELINE_VALUES: dict[str, Any] = {
    "kind": "response",
    "is_ssdp": True,
    "st": "upnp:rootdevice",
    "nt": None,
    "nts": None,
    "usn": f"{UUID}::upnp:rootdevice",
    "udn": UUID,
    "location": "http://192.0.2.17:49152/device.xml",
    "server": "Linux/5.10 UPnP/1.0 Lamp/2.3",
    "user_agent": None,
    "host": None,
    "man": None,
    "mx_seconds": None,
    "max_age_seconds": 1800,
    "boot_id": None,
    "next_boot_id": None,
    "config_id": None,
    "search_port": None,
    "secure_location": None,
    "tcp_port": None,
    "control_point_name": None,
    "control_point_uuid": None,
}


class Quirk(NamedTuple):
    """A reply, what it deviates in, and what it says."""

    number: int | None
    """In the list of 27."""
    name: str
    data: bytes
    defects: tuple[str, ...]
    """Names in the order of the datagram's reading."""
    changes: dict[str, Any] = {}  # noqa: RUF012 (never written to)
    """Typed values other than the baseline's."""
    source_port: int = 1900
    envelope_defects: tuple[str, ...] = ()
    """Names that whoever knows the datagram's ports adds to ``defects``."""

    @property
    def values(self) -> dict[str, Any]:
        """All typed values of the reply."""
        return BASELINE_VALUES | self.changes


def _line(name: bytes) -> bytes:
    """The baseline's header line of that name."""
    start = BASELINE.index(b"\n" + name + b":") + 1
    return BASELINE[start : BASELINE.index(b"\n", start) + 1]


def _but(old: bytes, new: bytes) -> bytes:
    assert BASELINE.count(old) == 1, old
    return BASELINE.replace(old, new)


def _without(name: bytes) -> bytes:
    return _but(_line(name), b"")


def _lower_case_names(data: bytes) -> bytes:
    start, *lines = data.split(b"\r\n")
    parts = [line.partition(b":") for line in lines]
    return b"\r\n".join([start, *[name.lower() + colon + rest for name, colon, rest in parts]])


_NAMES = (b"CACHE-CONTROL", b"DATE", b"EXT", b"LOCATION", b"SERVER", b"ST", b"USN")
_PADDING = b"".join(b"X-PADDING-%d: %s\r\n" % (number, b"-" * 80) for number in range(12))
_BARE_UUID = UUID.removeprefix("uuid:")


def _space_before_colons(data: bytes) -> bytes:
    for name in _NAMES:
        data = data.replace(b"\n" + name + b":", b"\n" + name + b" :")
    return data


REPLIES = (
    Quirk(1, "baseline", BASELINE, ()),
    Quirk(2, "LF only", BASELINE.replace(b"\r\n", b"\n"), ("bare-lf",)),
    Quirk(3, "no blank line", BASELINE.removesuffix(b"\r\n"), ("no-blank-line",)),
    Quirk(
        4,
        "no CRLF at all at the end",
        BASELINE.removesuffix(b"\r\n\r\n"),
        ("no-blank-line", "unterminated-line"),
    ),
    Quirk(5, "lower-case names", _lower_case_names(BASELINE), ("lower-case-name",) * 7),
    Quirk(
        6,
        "no space after colon",
        BASELINE.replace(b": ", b":"),
        ("no-space-after-colon",) * 6,
    ),
    Quirk(7, "space before colon", _space_before_colons(BASELINE), ("space-before-colon",) * 7),
    Quirk(8, "HTTP/1.0", _but(b"HTTP/1.1", b"HTTP/1.0"), ("http-version",)),
    Quirk(9, "no reason phrase", _but(b"200 OK", b"200"), ("no-reason-phrase",)),
    Quirk(
        10,
        "lower-case status line",
        _but(b"HTTP/1.1 200 OK", b"http/1.1 200 ok"),
        ("start-line-case",),
    ),
    Quirk(
        11,
        "duplicate SERVER",
        _but(_line(b"SERVER"), _line(b"SERVER") + b"SERVER: other/1.0\r\n"),
        ("duplicate-header",),
    ),
    Quirk(
        12,
        "LF inside SERVER",
        _but(b"Lamp/2.3\r\n", b"Lamp/2.3\n10-30-2006\r\n"),
        ("lf-in-value",),
        {"server": "Linux/5.10 UPnP/1.0 Lamp/2.3\n10-30-2006"},
    ),
    Quirk(
        13,
        "latin-1 byte",
        _but(b"Lamp/2.3", b"L\xe4mp/2.3"),
        ("non-ascii-value",),
        {"server": r"Linux/5.10 UPnP/1.0 L\xe4mp/2.3"},
    ),
    Quirk(
        14,
        "USN without uuid:",
        _but(b"uuid:", b""),
        ("usn-without-uuid",),
        {"usn": f"{_BARE_UUID}::upnp:rootdevice", "udn": _BARE_UUID},
    ),
    Quirk(15, "no ST", _without(b"ST"), ("missing-st",), {"st": None}),
    Quirk(16, "no USN", _without(b"USN"), ("missing-usn",), {"usn": None, "udn": None}),
    Quirk(
        17,
        "no CACHE-CONTROL",
        _without(b"CACHE-CONTROL"),
        ("missing-cache-control",),
        {"max_age_seconds": None},
    ),
    Quirk(18, "max-age = 1800", _but(b"max-age=1800", b"max-age = 1800"), ("space-in-max-age",)),
    Quirk(19, "trailing NULs", BASELINE + bytes(16), ("trailing-nul",)),
    Quirk(20, "leading CRLF", b"\r\n" + BASELINE, ("leading-blanks",)),
    Quirk(
        21,
        "ST in another case",
        _but(b"ST: upnp:rootdevice", b"ST: UPnP:RootDevice"),
        ("st-case",),
        {"st": "UPnP:RootDevice"},
    ),
    Quirk(
        22,
        "LOCATION on localhost",
        _but(b"192.0.2.17", b"127.0.0.1"),
        ("location-loopback",),
        {"location": "http://127.0.0.1:49152/device.xml"},
    ),
    Quirk(
        23,
        "relative LOCATION",
        _but(b"http://192.0.2.17:49152", b""),
        ("location-relative",),
        {"location": "/device.xml"},
    ),
    Quirk(
        24,
        "LOCATION after 1.1 kB of other headers",
        _but(_line(b"LOCATION"), _PADDING + _line(b"LOCATION")),
        ("late-location",),
    ),
    Quirk(
        25,
        "UUID:",
        _but(b"uuid:", b"UUID:"),
        ("uuid-prefix-case",),
        {"usn": f"UUID:{_BARE_UUID}::upnp:rootdevice", "udn": f"UUID:{_BARE_UUID}"},
    ),
    Quirk(
        26,
        "folded header",
        _but(b"Linux/5.10 UPnP/1.0", b"Linux/5.10\r\n UPnP/1.0"),
        ("folded-header",),
    ),
    # The bytes are the baseline's: the capture side knows the port and adds reply-port.
    Quirk(
        27,
        "reply from an ephemeral port",
        BASELINE,
        (),
        source_port=37565,
        envelope_defects=("reply-port",),
    ),
)

FURTHER = (
    Quirk(None, "CR only", BASELINE.replace(b"\r\n", b"\r"), ("bare-cr",)),
    Quirk(None, "CR CR LF", BASELINE.replace(b"\n", b"\r\n"), ("cr-cr-lf",)),
    Quirk(None, "mixed line ends", _but(b"EXT:\r\n", b"EXT:\n"), ("bare-lf", "mixed-line-ends")),
    Quirk(None, "tab after colon", _but(b"ST: ", b"ST:\t"), ("tab-after-colon",)),
    Quirk(None, "SSDP/1.0", _but(b"HTTP/1.1", b"SSDP/1.0"), ("not-http-version",)),
    Quirk(None, "byte order mark", b"\xef\xbb\xbf" + BASELINE, ("byte-order-mark",)),
    Quirk(None, "leading NULs", bytes(3) + BASELINE, ("leading-nul",)),
    Quirk(
        None,
        "NULs and no line end",
        BASELINE.removesuffix(b"\r\n\r\n") + bytes(4),
        ("no-blank-line", "unterminated-line", "trailing-nul"),
    ),
    Quirk(
        None,
        "NUL inside SERVER",
        _but(b"Lamp/2.3", b"Lamp/2.3\0x"),
        ("nul-in-value",),
        {"server": "Linux/5.10 UPnP/1.0 Lamp/2.3\0x"},
    ),
    Quirk(None, "nameless header", _but(b"EXT:", b": x\r\nEXT:"), ("header-without-name",)),
    Quirk(None, "8-bit name", _but(b"EXT:", b"X-\xc4: 1\r\nEXT:"), ("non-ascii-name",)),
    Quirk(None, "bad name", _but(b"EXT:", b"X(Y): 1\r\nEXT:"), ("bad-name",)),
    Quirk(None, "no colon", _but(b"EXT:", b"X-ROW\r\nEXT:"), ("header-without-colon",)),
    Quirk(
        None,
        "blank before the first name",
        _but(b"CACHE-CONTROL", b" CACHE-CONTROL"),
        ("blank-before-name",),
    ),
    Quirk(None, "body", BASELINE + b"<root/>", ("body",)),
    Quirk(None, "one CRLF too many", BASELINE + b"\r\n", ("body",)),
)
