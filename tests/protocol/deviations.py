"""Messages and the deviations they show: (name, datagram, {deviation: where it is}).

Where it is: the bytes that begin there, None for what is missing.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.protocol.quirks import UUID

__all__ = ["CORRECT", "MEANING", "SYNTAX", "Case", "wire"]


class Case(NamedTuple):
    """A datagram and every deviation it shows, with the bytes that begin at its offset."""

    name: str
    data: bytes
    defects: dict[str, bytes | None]


def wire(lines: str) -> bytes:
    """A well-formed message of its lines; {UUID} is filled in."""
    text = "\r\n".join(line.strip() for line in lines.strip().splitlines())
    return (text.replace("{UUID}", UUID) + "\r\n\r\n").encode()


SEARCH = """M-SEARCH * HTTP/1.1
    HOST: 239.255.255.250:1900
    MAN: "ssdp:discover"
    MX: 2
    ST: ssdp:all"""
ALIVE = """NOTIFY * HTTP/1.1
    HOST: 239.255.255.250:1900
    CACHE-CONTROL: max-age=1800
    LOCATION: http://192.0.2.17:49152/device.xml
    NT: upnp:rootdevice
    NTS: ssdp:alive
    SERVER: Linux/5.10 UPnP/1.0 Lamp/2.3
    USN: {UUID}::upnp:rootdevice"""
ALIVE_2_0 = (
    ALIVE.replace("UPnP/1.0", "UPnP/2.0")
    + """
    BOOTID.UPNP.ORG: 7
    CONFIGID.UPNP.ORG: 1"""
)
BYEBYE = """NOTIFY * HTTP/1.1
    HOST: 239.255.255.250:1900
    NT: upnp:rootdevice
    NTS: ssdp:byebye
    USN: {UUID}::upnp:rootdevice"""
UPDATE = """NOTIFY * HTTP/1.1
    HOST: 239.255.255.250:1900
    LOCATION: http://192.0.2.17:49152/device.xml
    NT: upnp:rootdevice
    NTS: ssdp:update
    USN: {UUID}::upnp:rootdevice
    BOOTID.UPNP.ORG: 7
    CONFIGID.UPNP.ORG: 1
    NEXTBOOTID.UPNP.ORG: 8"""
RESPONSE = """HTTP/1.1 200 OK
    CACHE-CONTROL: max-age=1800
    EXT:
    LOCATION: http://192.0.2.17:49152/device.xml
    SERVER: Linux/5.10 UPnP/1.0 Lamp/2.3
    ST: upnp:rootdevice
    USN: {UUID}::upnp:rootdevice"""
RESPONSE_1_1 = RESPONSE.replace("UPnP/1.0", "UPnP/1.1") + "\n BOOTID.UPNP.ORG: 7"
MULTICAST_EVENT = """NOTIFY * HTTP/1.1
    HOST: 239.255.255.246:7900
    CONTENT-TYPE: text/xml; charset="utf-8"
    USN: {UUID}::urn:schemas-upnp-org:service:Dimming:1
    SVCID: urn:upnp-org:serviceId:Dimming
    NT: upnp:event
    NTS: upnp:propchange
    SEQ: 1
    LVL: upnp:/info
    BOOTID.UPNP.ORG: 7
    CONTENT-LENGTH: 7"""


def _search(old: str, new: str) -> bytes:
    return _changed(SEARCH, old, new)


def _alive(old: str, new: str) -> bytes:
    return _changed(ALIVE, old, new)


def _response(old: str, new: str) -> bytes:
    return _changed(RESPONSE, old, new)


def _changed(message: str, old: str, new: str) -> bytes:
    assert message.count(old) == 1, old
    return wire(message.replace(old, new))


def _dropped(message: str, name: str) -> bytes:
    lines = message.splitlines()
    kept = [line for line in lines if not line.strip().startswith(f"{name}:")]
    assert len(kept) == len(lines) - 1
    return wire("\n".join(kept))


_DIMMING = "urn:schemas-upnp-org:service:Dimming"

CORRECT: dict[str, bytes] = {
    "search": wire(SEARCH),
    "search, HOST without port": _search(":1900", ""),
    "search, IPv6 link-local": _search("239.255.255.250", "[FF02::C]"),
    "search, IPv6 written out": _search("239.255.255.250", "[ff05:0:0:0:0:0:0:c]"),
    "unicast search without MX": _dropped(SEARCH.replace("239.255.255.250", "192.0.2.1"), "MX"),
    "unicast search to SEARCHPORT": _search("239.255.255.250:1900", "192.0.2.1:50000"),
    "unicast search to a name": _search("239.255.255.250", "lamp.local"),
    "unicast search over IPv6": _search("239.255.255.250", "[2001:db8::1]"),
    "search for a device": _search("ssdp:all", "{UUID}"),
    "search for a vendor's type": _search("ssdp:all", "urn:dial-multiscreen-org:service:dial:1"),
    "search of a browser": wire(SEARCH + "\n USER-AGENT: Chromium/122.0 Linux"),
    "search of UPnP 2.0": wire(
        SEARCH
        + """
        USER-AGENT: unix/5.1 UPnP/2.0 Remote/1.0
        CPFN.UPNP.ORG: Kitchen
        CPUUID.UPNP.ORG: {UUID}
        TCPPORT.UPNP.ORG: 50001"""
    ),
    "alive": wire(ALIVE),
    "alive, names in mixed case": _alive("LOCATION", "Location"),
    "alive, UUID of UPnP 1.0": _alive("{UUID}", "uuid:Gateway-1_0-0123456789"),
    "alive of a device": _changed(
        ALIVE.replace("{UUID}::upnp:rootdevice", "{UUID}"), "upnp:rootdevice", "{UUID}"
    ),
    "alive of a service": wire(ALIVE.replace("upnp:rootdevice", f"{_DIMMING}:1")),
    "alive, directives of UPnP 1.0": _alive("max-age=1800", "max-age=1800, must-revalidate"),
    "alive, no-cache before max-age": _alive("max-age=1800", 'no-cache="Ext",Max-Age=60'),
    "alive, commas in SERVER": _alive("10 UPnP/1.0 Lamp/2.3", "10, UPnP/1.0, Lamp/2.3"),
    "alive, more tokens in SERVER": _alive("Lamp/2.3", "Lamp/2.3 DLNADOC/1.50"),
    "alive, comment in SERVER": _alive("Lamp/2.3", "Lamp/2.3 (LX-7)"),
    "alive, product name with blanks": _alive("Lamp/2", "Portable SDK for UPnP devices/1"),
    "alive, https": _alive("http:", "https:"),
    "alive, LOCATION without port or path": _alive(
        "http://192.0.2.17:49152/device.xml", "http://a"
    ),
    "alive, IPv6 LOCATION": _alive("192.0.2.17", "[fe80::1%25eth0]"),
    "alive of UPnP 2.0": wire(
        ALIVE_2_0
        + """
        SEARCHPORT.UPNP.ORG: 49152
        SECURELOCATION.UPNP.ORG: https://192.0.2.17:49153/device.xml"""
    ),
    "alive of UPnP 1.0 with BOOTID": wire(ALIVE + "\n BOOTID.UPNP.ORG: 0"),
    "byebye": wire(BYEBYE),
    "byebye of UPnP 1.1": wire(BYEBYE + "\n BOOTID.UPNP.ORG: 2147483647\n CONFIGID.UPNP.ORG: 0"),
    "update": wire(UPDATE),
    "response": wire(RESPONSE),
    "response with DATE": wire(RESPONSE + "\n DATE: Sat, 06 Jan 2024 10:20:30 GMT"),
    "response of UPnP 1.1": wire(RESPONSE_1_1),
    "response of a later version": _changed(
        RESPONSE.replace("{UUID}::upnp:rootdevice", f"{{UUID}}::{_DIMMING}:2"),
        "upnp:rootdevice",
        f"{_DIMMING}:1",
    ),
    "response with libupnp's fields": wire(
        RESPONSE + '\n OPT: "http://schemas.upnp.org/upnp/1/0/"; ns=01\n 01-NLS: {UUID}'
    ),
    "multicast event": wire(MULTICAST_EVENT) + b"<e></e>",
    "HTTP that is no discovery": wire("GET /device.xml HTTP/1.1\nHOST: 192.0.2.17"),
}
"""Messages as the versions of the standard have them; none has a deviation."""

_R = wire(RESPONSE)
_FOLD = b"SERVER: Linux/5.10\r\n UPnP/1.0 Lamp/2.3\0\xe4\x01\r\n"

SYNTAX = (
    Case("nothing", b"", {"not-http": b""}),
    Case("a letter", b"M", {"not-http": b"M", "no-blank-line": b"", "unterminated-line": b""}),
    Case(
        "NULs only",
        bytes(5),
        {"leading-nul": bytes(5), "not-http": b""},
    ),
    Case(
        "all that may stand before",
        b"\0\xef\xbb\xbf \r\n" + _R,
        {
            "leading-nul": b"\0\xef",
            "byte-order-mark": b"\xef\xbb\xbf",
            "leading-blanks": b" \r\nHTTP",
        },
    ),
    Case(
        "XML",
        b"<?xml version='1.0'?>\r\n<Probe/>\r\n",
        {"not-http": b"<?xml", "header-without-colon": b"<Probe/>", "no-blank-line": b""},
    ),
    Case(
        "no version",
        b"M-SEARCH *\r\n\r\n",
        {"no-version": b"M-SEARCH"},
    ),
    Case("blanks in the start line", b"NOTIFY  *\tHTTP/1.1\r\n\r\n", {"start-line-blanks": b"N"}),
    Case("blank after the start line", b"NOTIFY * HTTP/1.1 \r\n\r\n", {"start-line-blanks": b"N"}),
    Case("method in mixed case", b"M-Search * HTTP/1.1\r\n\r\n", {"start-line-case": b"M"}),
    Case("HTTP/2", b"NOTIFY * HTTP/2\r\n\r\n", {"http-version": b"NOTIFY"}),
    Case(
        "line ends of all kinds",
        b"NOTIFY * HTTP/1.1\r\nA: 1\nB: 2\rC: 3\r\r\n\r\n",
        {"bare-lf": b"A", "bare-cr": b"B", "cr-cr-lf": b"C", "mixed-line-ends": b"A"},
    ),
    Case(
        "LF in a value, and bare LF elsewhere",
        b"NOTIFY * HTTP/1.1\r\nA: 1\n2\r\nB: 3\n\r\n",
        {"lf-in-value": b"2\r\n", "bare-lf": b"B", "mixed-line-ends": b"B"},
    ),
    Case(
        "no colon after LF only lines",
        b"NOTIFY * HTTP/1.1\nA: 1\n2\n\n",
        {"bare-lf": b"NOTIFY", "header-without-colon": b"2\n"},
    ),
    Case(
        "faults in a folded line",
        _R.replace(b"SERVER: Linux/5.10 UPnP/1.0 Lamp/2.3\r\n", _FOLD),
        {
            "folded-header": b" UPnP",
            "nul-in-value": b" UPnP",
            "non-ascii-value": b" UPnP",
            "control-in-value": b" UPnP",
        },
    ),
    Case(
        "the second of two names in another case",
        _R.replace(b"EXT:", b"X-A: 1\r\nx-a: 2\r\nEXT:"),
        {"duplicate-header": b"x-a"},
    ),
    Case(
        "blanks in a name, before the first name",
        b"NOTIFY * HTTP/1.1\r\n\tA B : 1\r\n\r\n",
        {"blank-before-name": b"\t", "space-before-colon": b"\tA", "bad-name": b"\tA B"},
    ),
    Case(
        "only a blank in the first header line",
        b"NOTIFY * HTTP/1.1\r\n \r\nA: 1\r\n\r\n",
        {"blank-before-name": b" \r\n", "header-without-colon": b" \r\n"},
    ),
    Case(
        "NULs in a line of their own",
        b"NOTIFY * HTTP/1.1\r\n\0\0\r\nA: 1\r\n\r\n",
        {"header-without-colon": b"\0", "nul-in-value": b"\0"},
    ),
)
"""What ``httpu.parse`` alone has to name."""

MEANING = (
    Case("search without HOST", _dropped(SEARCH, "HOST"), {"missing-host": None}),
    Case("search without MAN", _dropped(SEARCH, "MAN"), {"missing-man": None}),
    Case("search without MX", _dropped(SEARCH, "MX"), {"missing-mx": None}),
    Case("search without ST", _dropped(SEARCH, "ST"), {"missing-st": None}),
    Case("search without anything", wire("M-SEARCH * HTTP/1.1"), dict.fromkeys(
        ("missing-host", "missing-man", "missing-st", "missing-mx"))),
    Case("search with a path", _search("* ", "/ "), {"request-target": b"M-SEARCH"}),
    Case("HOST of nobody", _search("239.255.255.250", "0.0.0.0"), {"host-value": b"HOST"}),
    Case("HOST of all", _search("239.255.255.250", "255.255.255.255"), {"host-value": b"HOST"}),
    Case("HOST with another port", _search(":1900", ":1982"), {"host-value": b"HOST"}),
    Case("HOST of another group", _search("239.255.255.250", "224.0.0.1"), {"host-value": b"HOST"}),
    Case("HOST without brackets", _search("239.255.255.250", "ff02::c"), {"host-value": b"HOST"}),
    Case("HOST with a blank", _search(":1900", " :1900"), {"host-value": b"HOST"}),
    Case("HOST as URL", _search("239.255.255.250:1900", "http://a/"), {"host-value": b"HOST"}),
    Case("HOST out of range", _search("239.255.255.250", "192.0.2.256"), {"host-value": b"HOST"}),
    Case("HOST empty", _search("239.255.255.250:1900", ""), {"host-value": b"HOST"}),
    Case("MAN bare", _search('"ssdp:discover"', "ssdp:discover"), {"man-unquoted": b"MAN"}),
    Case("MAN other", _search("discover", "all"), {"man-value": b"MAN"}),
    Case("MX no number", _search("MX: 2", "MX: two"), {"mx-value": b"MX"}),
    Case("MX negative", _search("MX: 2", "MX: -2"), {"mx-value": b"MX"}),
    Case("MX empty", _search("MX: 2", "MX:"), {"mx-value": b"MX"}),
    Case("MX 0", _search("MX: 2", "MX: 0"), {"mx-range": b"MX"}),
    Case("MX 6", _search("MX: 2", "MX: 6"), {"mx-range": b"MX"}),
    Case("MX huge", _search("MX: 2", "MX: " + "9" * 40), {"mx-range": b"MX"}),
    Case("ST empty", _search("ssdp:all", ""), {"target-form": b"ST"}),
    Case("ST with blanks", _search("ssdp:all", "urn:a:device:b c:1"), {"target-form": b"ST"}),
    Case("ST without version", _search("ssdp:all", "urn:a:device:b"), {"target-form": b"ST"}),
    Case("ST with dots", _search("ssdp:all", "urn:a.example:device:b:1"), {"dot-in-domain": b"ST"}),
    Case("ST, case of the forum", _search("ssdp:all", "urn:Schemas-UPnP-Org:device:Basic:1"),
         {"st-case": b"ST"}),
    Case("ST, case of urn:", _search("ssdp:all", "URN:a:device:b:1"), {"st-case": b"ST"}),
    Case("ST, case of uuid:", _search("ssdp:all", "UUID:1"), {"uuid-prefix-case": b"ST"}),
    Case("TCPPORT below", wire(SEARCH + "\n TCPPORT.UPNP.ORG: 49151"),
         {"tcp-port-value": b"TCPPORT"}),
    Case("2.0 without CPFN", wire(SEARCH + "\n USER-AGENT: a/1 UPnP/2.0 b/1"),
         {"missing-control-point-name": None}),
    Case("search with a body", wire(SEARCH) + b"x", {"body": b"x"}),
    Case("alive without NTS", _dropped(ALIVE, "NTS"), {"missing-nts": None}),
    Case("alive without HOST", _dropped(ALIVE, "HOST"), {"missing-host": None}),
    Case("alive without NT", _dropped(ALIVE, "NT"), {"missing-nt": None}),
    Case("alive without USN", _dropped(ALIVE, "USN"), {"missing-usn": None}),
    Case("alive without LOCATION", _dropped(ALIVE, "LOCATION"), {"missing-location": None}),
    Case("alive without SERVER", _dropped(ALIVE, "SERVER"), {"missing-server": None}),
    Case("alive without CACHE-CONTROL", _dropped(ALIVE, "CACHE-CONTROL"),
         {"missing-cache-control": None}),
    Case("alive to one host", _alive("239.255.255.250", "192.0.2.1"), {"host-value": b"HOST"}),
    Case("alive with a path", _alive("* ", "/ "), {"request-target": b"NOTIFY"}),
    Case("alive of all", _alive("NT: upnp:rootdevice", "NT: ssdp:all"), {"target-form": b"NT"}),
    Case("NTS in another case", _alive("ssdp:alive", "SSDP:Alive"), {"nts-case": b"NTS"}),
    Case("NTS unknown", _alive("ssdp:alive", "ssdp:hello"), {"nts-value": b"NTS"}),
    Case("1.1 without BOOTID", _alive("UPnP/1.0", "UPnP/1.1"),
         dict.fromkeys(("missing-boot-id", "missing-config-id"))),
    Case("1.1 with a UUID of 1.0", _changed(ALIVE_2_0, "{UUID}", "uuid:lamp-1"),
         {"uuid-form": b"USN"}),
    Case("1.1 with directives", _changed(ALIVE_2_0, "=1800", "=1800, must-revalidate"),
         {"cache-control-directives": b"CACHE"}),
    Case("1.1 byebye without CONFIGID", wire(BYEBYE + "\n BOOTID.UPNP.ORG: 1"),
         {"missing-config-id": None}),
    Case("update without the new fields", wire(UPDATE[: UPDATE.index("BOOTID")]),
         dict.fromkeys(("missing-boot-id", "missing-config-id", "missing-next-boot-id"))),
    Case("update that does not rise", _changed(UPDATE, ": 8", ": 7"),
         {"next-boot-id-value": b"NEXT"}),
    Case("NEXTBOOTID no number", _changed(UPDATE, ": 8", ": x"), {"next-boot-id-value": b"NEXT"}),
    Case("BOOTID with leading zero", _changed(ALIVE_2_0, ": 7", ": 07"),
         {"boot-id-value": b"BOOTID"}),
    Case("BOOTID of 32 bits", _changed(ALIVE_2_0, ": 7", ": 2147483648"),
         {"boot-id-value": b"BOOTID"}),
    Case("CONFIGID reserved", _changed(ALIVE_2_0, "ORG: 1", "ORG: 16777216"),
         {"config-id-value": b"CONFIGID"}),
    Case("SEARCHPORT 1900", wire(ALIVE_2_0 + "\n SEARCHPORT.UPNP.ORG: 1900"),
         {"search-port-value": b"SEARCHPORT"}),
    Case("SECURELOCATION without TLS", wire(ALIVE_2_0 + "\n SECURELOCATION.UPNP.ORG: http://a/"),
         {"secure-location-value": b"SECURE"}),
    Case("SERVER without OS version", _alive("Linux/5.10", "Linux"), {"server-value": b"SERVER"}),
    Case("SERVER without product", _alive(" Lamp/2.3", ""), {"server-value": b"SERVER"}),
    Case("SERVER empty", _alive("Linux/5.10 UPnP/1.0 Lamp/2.3", ""), {"server-value": b"SERVER"}),
    Case("max-age no number", _alive("max-age=1800", "max-age=soon"),
         {"cache-control-value": b"CACHE"}),
    Case("max-age negative", _alive("max-age=1800", "max-age=-1"),
         {"cache-control-value": b"CACHE"}),
    Case("max-age quoted", _alive("max-age=1800", 'max-age="1800"'),
         {"cache-control-value": b"CACHE"}),
    Case("s-maxage only", _alive("max-age=1800", "s-max-age=1800"),
         {"cache-control-value": b"CACHE"}),
    Case("USN twice uuid:", _alive("{UUID}", "uuid:{UUID}"), {"uuid-twice": b"USN"}),
    Case("USN without UUID", _alive("{UUID}", "uuid:"), {"uuid-form": b"USN"}),
    Case("USN with a blank", _alive("{UUID}", "{UUID} "), {"uuid-form": b"USN"}),
    Case("USN, empty type", _alive("::upnp:rootdevice", "::"), {"usn-type-mismatch": b"USN"}),
    Case("USN of the device only", _alive("::upnp:rootdevice", ""), {"usn-type-mismatch": b"USN"}),
    Case("USN with three parts", _alive("{UUID}::", "{UUID}::x::"), {"usn-type-mismatch": b"USN"}),
    Case("USN in another case", _alive("::upnp:rootdevice", "::upnp:RootDevice"),
         {"st-case": b"NT"}),
    Case("NT of another version", _changed(
        ALIVE.replace("{UUID}::upnp:rootdevice", f"{{UUID}}::{_DIMMING}:2"),
        "upnp:rootdevice", f"{_DIMMING}:1"), {"usn-type-mismatch": b"USN"}),
    Case("LOCATION empty", _alive("http://192.0.2.17:49152/device.xml", ""),
         {"location-empty": b"LOCATION"}),
    Case("LOCATION an address", _alive("http://192.0.2.17:49152/device.xml", "192.0.2.17"),
         {"location-relative": b"LOCATION"}),
    Case("LOCATION for another program", _alive("http:", "intent:"),
         {"location-scheme": b"LOCATION"}),
    Case("LOCATION without host", _alive("192.0.2.17:49152", ""), {"location-host": b"LOCATION"}),
    Case("LOCATION port 0", _alive(":49152", ":0"), {"location-host": b"LOCATION"}),
    Case("LOCATION port too high", _alive(":49152", ":65536"), {"location-host": b"LOCATION"}),
    Case("LOCATION out of range", _alive("192.0.2.17", "192.0.2.300"),
         {"location-host": b"LOCATION"}),
    Case("LOCATION of nobody", _alive("192.0.2.17", "0.0.0.0"), {"location-host": b"LOCATION"}),
    Case("LOCATION without brackets", _alive("192.0.2.17:49152", "fe80::1"),
         {"location-host": b"LOCATION"}),
    Case("LOCATION with half a bracket", _alive("192.0.2.17", "[fe80::1"),
         {"location-host": b"LOCATION"}),
    Case("LOCATION with a blank", _alive("device.xml", "my device.xml"),
         {"location-value": b"LOCATION"}),
    Case("LOCATION localhost", _alive("192.0.2.17", "localhost"),
         {"location-loopback": b"LOCATION"}),
    Case("LOCATION loopback over IPv6", _alive("192.0.2.17", "[::1]"),
         {"location-loopback": b"LOCATION"}),
    Case("response 404", _response("200 OK", "404 Not Found"), {"status-not-200": b"HTTP"}),
    Case("response without EXT", _dropped(RESPONSE, "EXT"), {"missing-ext": None}),
    Case("EXT with a value", _response("EXT:", "EXT: 1"), {"ext-value": b"EXT"}),
    Case("1.1 response without BOOTID", _response("UPnP/1.0", "UPnP/1.1"),
         {"missing-boot-id": None}),
    Case("response to everything", _response("ST: upnp:rootdevice", "ST: ssdp:all"),
         {"target-form": b"ST"}),
    Case("response of an earlier version", _changed(
        RESPONSE.replace("{UUID}::upnp:rootdevice", f"{{UUID}}::{_DIMMING}:1"),
        "upnp:rootdevice", f"{_DIMMING}:2"), {"usn-type-mismatch": b"USN"}),
    Case("response with a body", wire(RESPONSE) + b"\0x", {"body": b"\0x"}),
)  # fmt: skip
"""What ``ssdp`` has to name in messages whose syntax is right."""
