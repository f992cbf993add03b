"""The catalogue of deviations: what a sender got wrong, and the clause that says so.

Clauses are of UDA 2.0 unless they say otherwise.
``practice`` marks what no clause forbids and still loses messages in well-known software.
"""

from __future__ import annotations

from upnpscapy.protocol.deviation import Deviation

__all__ = ["CATALOGUE", "Defect"]

_START = "UDA 2.0, 1.1.1"
_FIELDS = "UDA 2.0, 1.1.2"
_NOTIFY = "UDA 2.0, 1.2.2"
_SEARCH = "UDA 2.0, 1.3.2"
_RESPONSE = "UDA 2.0, 1.3.3"

CATALOGUE: dict[str, tuple[str, str]] = {
    # The message as a whole.
    "not-http": (_START, "the first line is neither a request nor a status line"),
    "byte-order-mark": (_START, "a UTF-8 byte order mark stands before the start line"),
    "leading-blanks": (_START, "empty lines or blanks stand before the start line"),
    "leading-nul": (_START, "NUL bytes stand before the start line"),
    "bare-lf": (_FIELDS, "lines end in LF alone"),
    "bare-cr": (_FIELDS, "lines end in CR alone"),
    "cr-cr-lf": (_FIELDS, "lines end in CR CR LF (a text-mode stream wrote CR LF)"),
    "mixed-line-ends": (_FIELDS, "lines end in different ways"),
    "no-blank-line": (_FIELDS, "no empty line ends the header fields"),
    "unterminated-line": (_FIELDS, "the last line has no line end"),
    "trailing-nul": (_FIELDS, "NUL bytes follow the message"),
    "body": (_FIELDS, "bytes follow the empty line; discovery messages have no body"),
    # The start line.
    "start-line-case": (_START, "the method or HTTP is not in upper case"),
    "start-line-blanks": (_START, "parts of the start line are not set off by one space each"),
    "http-version": (_START, "the version is HTTP, but not 1.1"),
    "not-http-version": (_START, "the version is not HTTP's"),
    "no-version": (_START, "the request line has no version"),
    "request-target": (_START, "the request target is not *"),
    "no-reason-phrase": ("RFC 9112, 4; UDA 2.0, 1.3.3", "the status line has no reason phrase"),
    "status-not-200": (_RESPONSE, "the status is not 200"),
    # Header fields.
    "folded-header": ("RFC 9112, 5.2", "a value goes on in the next line"),
    "lf-in-value": ("RFC 9110, 5.5", "a value holds a bare LF"),
    "header-without-colon": ("RFC 9112, 5", "a header line has no colon"),
    "header-without-name": ("RFC 9112, 5", "a header line has no name"),
    "blank-before-name": ("RFC 9112, 5", "a blank stands before the first name"),
    "space-before-colon": ("RFC 9112, 5.1", "a blank stands before a colon"),
    "no-space-after-colon": ("practice; RFC 2616, 4.2", "no blank stands after a colon"),
    "tab-after-colon": ("practice; RFC 2616, 4.2", "a tab stands after a colon"),
    "lower-case-name": ("practice; UDA 2.0, 1.1.2", "a header name is in lower case"),
    "non-ascii-name": ("RFC 9110, 5.1", "a header name holds an 8-bit byte"),
    "bad-name": ("RFC 9110, 5.1", "a header name holds a byte no name may hold"),
    "non-ascii-value": ("RFC 9110, 5.5", "a value holds an 8-bit byte"),
    "nul-in-value": ("RFC 9110, 5.5", "a value holds a NUL byte"),
    "control-in-value": ("RFC 9110, 5.5", "a value holds a control character"),
    "duplicate-header": ("RFC 9110, 5.3", "a header is sent more than once"),
    "late-location": ("practice", "LOCATION begins beyond the first 1,024 bytes"),
    # Missing fields.
    "missing-host": ("UDA 2.0, 1.2.2, 1.3.2", "HOST is missing"),
    "missing-man": (_SEARCH, "MAN is missing"),
    "missing-mx": (_SEARCH, "MX is missing from a multicast search"),
    "missing-st": ("UDA 2.0, 1.3.2, 1.3.3", "ST is missing"),
    "missing-nt": (_NOTIFY, "NT is missing"),
    "missing-nts": (_NOTIFY, "NTS is missing"),
    "missing-usn": ("UDA 2.0, 1.2.2, 1.3.3", "USN is missing"),
    "missing-location": ("UDA 2.0, 1.2.2, 1.3.3", "LOCATION is missing"),
    "missing-cache-control": ("UDA 2.0, 1.2.2, 1.3.3", "CACHE-CONTROL is missing"),
    "missing-server": ("UDA 2.0, 1.2.2, 1.3.3", "SERVER is missing"),
    "missing-ext": (_RESPONSE, "EXT is missing"),
    "missing-boot-id": ("UDA 1.1, 1.2.2", "BOOTID.UPNP.ORG is missing (UPnP 1.1 and later)"),
    "missing-config-id": ("UDA 1.1, 1.2.2", "CONFIGID.UPNP.ORG is missing (UPnP 1.1 and later)"),
    "missing-next-boot-id": ("UDA 2.0, 1.2.4", "NEXTBOOTID.UPNP.ORG is missing"),
    "missing-control-point-name": (_SEARCH, "CPFN.UPNP.ORG is missing (UPnP 2.0)"),
    # Values.
    "host-value": ("UDA 2.0, 1.2.2, 1.3.2", "HOST is not a host and port to send discovery to"),
    "man-unquoted": (_SEARCH, "MAN is not in double quotes"),
    "man-value": (_SEARCH, 'MAN is not "ssdp:discover"'),
    "mx-value": (_SEARCH, "MX is not a whole number of seconds"),
    "mx-range": (_SEARCH, "MX is not from 1 (shall) to 5 (should) seconds"),
    "nts-value": (_NOTIFY, "NTS is none of ssdp:alive, ssdp:byebye and ssdp:update"),
    "nts-case": (_FIELDS, "NTS is not in the case the standard writes"),
    "target-form": (_SEARCH, "ST or NT has none of the standard's forms"),
    "dot-in-domain": (_NOTIFY, "a vendor's domain in ST or NT has dots; hyphens stand for them"),
    "st-case": (_RESPONSE, "ST or NT is not in the case of the search or of the standard"),
    "usn-without-uuid": ("UDA 2.0, 1.1.4", "USN does not begin with uuid:"),
    "uuid-prefix-case": ("UDA 2.0, 1.1.4", "uuid: is not in lower case"),
    "uuid-twice": ("UDA 2.0, 1.1.4", "uuid: stands twice"),
    "uuid-form": (
        "UDA 2.0, 1.1.4",
        "the UUID is not 8-4-4-4-12 hexadecimal digits (UPnP 1.1 and later)",
    ),
    "usn-type-mismatch": (_NOTIFY, "what follows :: in USN is not the NT or ST"),
    "cache-control-value": (_NOTIFY, "CACHE-CONTROL has no max-age= and plain seconds"),
    "cache-control-directives": (
        _NOTIFY,
        "CACHE-CONTROL says more than max-age (UPnP 1.1 and later)",
    ),
    "space-in-max-age": (_NOTIFY, "blanks stand around the = of max-age"),
    "location-empty": (_NOTIFY, "LOCATION is empty"),
    "location-relative": (_NOTIFY, "LOCATION is not an absolute URL"),
    "location-scheme": (_NOTIFY, "LOCATION is not an HTTP URL"),
    "location-value": ("RFC 3986, 2", "LOCATION holds a character no URL may hold"),
    "location-host": (_NOTIFY, "LOCATION names no host and port to connect to"),
    "location-loopback": (_NOTIFY, "LOCATION names the loopback interface"),
    "secure-location-value": (_NOTIFY, "SECURELOCATION.UPNP.ORG is not an absolute https URL"),
    "ext-value": (_RESPONSE, "EXT has a value"),
    "server-value": (_NOTIFY, "SERVER is not OS/version UPnP/version product/version"),
    "boot-id-value": ("UDA 2.0, 1.2.2", "BOOTID.UPNP.ORG is not a plain 31-bit number"),
    "next-boot-id-value": (
        "UDA 2.0, 1.2.4",
        "NEXTBOOTID.UPNP.ORG is not a plain 31-bit number above BOOTID",
    ),
    "config-id-value": ("UDA 2.0, 1.2.2", "CONFIGID.UPNP.ORG is not from 0 to 16777215"),
    "search-port-value": ("UDA 2.0, 1.2.2", "SEARCHPORT.UPNP.ORG is not from 49152 to 65535"),
    "tcp-port-value": (_SEARCH, "TCPPORT.UPNP.ORG is not from 49152 to 65535"),
    # The datagram around the message.
    "reply-port": ("practice; UDA 2.0, 1.3.3", "a response does not come from port 1900"),
}
"""name → (clause, what it means)."""


class Defect(Deviation[int]):
    """One deviation of one message, by its name in ``CATALOGUE``."""

    __slots__ = ()

    catalogue = CATALOGUE

    @property
    def at(self) -> int | None:
        """Offset of what it concerns: the start of a line, or the first byte outside of lines.

        None where a field is missing.
        """
        return self.found

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return "" if self.found is None else f" at byte {self.found}"
