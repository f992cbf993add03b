"""What values of attacks look like: shared patterns, each linear in the length of the value."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from upnpscapy.protocol.memory import Memory

__all__ = [
    "COMMAND",
    "COMMAND_WORD",
    "FORMAT",
    "METACHARACTERS",
    "SUBSTITUTION",
    "hosts_in",
    "is_address",
    "is_host",
    "is_secret",
    "redacted",
    "short",
    "shown",
    "unquoted",
    "url_end",
]

MAX_SHOWN = 80
"""Characters of a value that a note shows; evidence has more of it."""

MAX_KNOWN = 64
"""Characters of a name that is remembered."""

MAX_HOSTS = 8
"""Hosts that are looked for in one value."""

MAX_SEARCHED = 65_536
"""Characters of a value in which hosts are looked for."""

_WORDS = "wget|curl|tftp|busybox|sh|rm|cd|telnetd|nc|echo"

METACHARACTERS = re.compile(r"[`;|&]|\$\(")
"""What a shell reads as more than text; for values in which none of it can be right."""

SUBSTITUTION = re.compile(r"`|\$\(|\$\{IFS\}")
"""What has a shell run a command inside a word."""

COMMAND = re.compile(rf"(?:[;|&\n`]|\$\()\s{{0,8}}(?:/[\w/]{{0,32}}/)?(?:{_WORDS})\b")
"""A separator or substitution, followed by a command that attacks begin with."""

COMMAND_WORD = re.compile(rf"(?<![\w.-])(?:{_WORDS})(?![\w.-])")
"""Such a command anywhere."""

FORMAT = re.compile(r"%(?:\d{1,5}\$)?h{0,2}n(?![a-z])|(?:%[0-9.]{0,8}l{0,2}[xps][ ,.|:_-]?){2}")
"""Directives of printf that write, or several that read on."""

_SECRET = re.compile(
    r"passw(?:or)?d|passphrase|presharedkey|wepkey|psk|secret|_pin\Z|newpin\Z", re.IGNORECASE
)
_NO_SECRET = re.compile(
    r"(?:enabled?|length|index|type|mode|state|status|required|expir\w{0,8}|changed|hint)\Z",
    re.IGNORECASE,
)
_URL_HOST = re.compile(r"\b[a-z]{3,5}://\[?([0-9A-Za-z._:-]{1,253})", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")


def is_address(text: str) -> bool:
    """Whether a text is an IP address, with or without a zone."""
    return _ADDRESSES[text]


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


_ADDRESSES = Memory(_is_address, len, limit=64, entries=4096)
"""Text → whether it is an address; hosts are asked for again and again."""


def is_host(text: str) -> bool:
    """Whether a text is written like an address or a host name."""
    return is_address(text) or (len(text) <= 253 and _is_name(text))


def hosts_in(text: str) -> list[str]:
    """Addresses, and names in URLs, that a command speaks of; the first few."""
    part = text[:MAX_SEARCHED]
    found = []
    for host in (*_URL_HOST.findall(part), *_IPV4.findall(part)):
        plain = host if is_address(host) else host.partition(":")[0]
        if is_address(plain) or ("." in plain and not _IPV4.fullmatch(plain)):
            found.append(plain)
    return list(dict.fromkeys(found))[:MAX_HOSTS]


def unquoted(target: str) -> str:
    """A request's target with its %-escapes undone, as often as servers do it: once."""
    return unquote(target, errors="replace")


def url_end(url: str | None) -> tuple[str, int | None] | None:
    """(host, port) of a URL, None if it has no host; the port is None where it says none."""
    try:
        parts = urlsplit((url or "").strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host:
        return None
    return host, port


def short(value: object) -> str:
    """A value as a note shows it, cut."""
    text = str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def is_secret(name: str) -> bool:
    """Whether an argument or element of that name holds a password or a key."""
    return _is_known_secret(name) if len(name) <= MAX_KNOWN else _is_secret(name)


def _is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and _NO_SECRET.search(name) is None


_is_known_secret = lru_cache(1024)(_is_secret)


def shown(name: str, value: str) -> str:
    """A value that a rule objects to, unless it may be a secret and has no command in it."""
    secret = is_secret(name) or ("<" in value and _SECRET.search(value[:MAX_SEARCHED]))
    return redacted(value) if secret and not COMMAND_WORD.search(value) else value


def redacted(secret: str) -> str:
    """What is said of a secret: its length."""
    return f"(redacted, {len(secret)} characters)"


def _is_name(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    return all(_LABEL.match(label) for label in labels)


_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})\Z")
