"""A capture whose every name attacks what shows it: discovery, descriptions, calls, mappings."""

from __future__ import annotations

from functools import partial
from html import escape
from pathlib import Path

from tests.cli.test_hostile import ATTACKS, attack
from tests.forensics.gateways import (
    call,
    device,
    done,
    envelope,
    fault,
    get,
    ok,
    post,
    root,
    service,
)
from tests.forensics.judging import Piece, capture, http
from tests.forensics.packets import Sent, alive

__all__ = ["NAMES", "hostile_capture"]

NAMES = {
    **{name: value.decode("utf-8", "replace")[:10_000] for name, value in ATTACKS.items()},
    "end of style": "</style><script>alert(1)</script>",
    "end of title": "</title><script>alert(1)</script>",
    "policy": '<meta http-equiv="Content-Security-Policy" content="">',
    "template": "{{ 7 * 7 }}{% include '/etc/passwd' %}",
    "address": "javascript:alert(1)",
    "picture": '<svg onload="alert(1)"><foreignObject>',
    "form": '<form action="http://198.51.100.7/"><input autofocus onfocus=alert(1)>',
    "refresh": '<meta http-equiv="refresh" content="0;url=http://198.51.100.7/">',
    "letters": "W" * 10_000,
    "wide": "\u6f22" * 500,
    "stacked": "Z" + "\u0300" * 300,
    "anchor": '" id="main" name="',
}


def hostile_capture(path: Path) -> str:
    """Write it; a gateway of each name, who is asked for a mapping of that name twice."""
    pieces: list[Piece] = []
    for place, (name, value) in enumerate(NAMES.items()):
        at = place * 10
        pieces += attack(ATTACKS[name], at) if name in ATTACKS else []
        pieces += _gateway(value, place + 1, at)
    path.write_bytes(capture(pieces))
    return str(path)


def _gateway(value: str, number: int, at: float) -> list[Piece]:
    address, client = f"192.168.{number}.1", f"192.168.{number}.10"
    text = "".join(char for char in escape(value) if char >= " " and char not in "\ufffe\uffff")
    line = value.replace("\r", " ").replace("\n", " ")[:3000]
    udn = f"uuid:2fac1234-31f8-11b4-a222-08002b34c{number:03d}"
    described = root(device(text, service("WAN", "/ctl"), udn=udn))
    values = (
        ("NewRemoteHost", text[:500]),
        ("NewExternalPort", "80"),
        ("NewProtocol", text[:100]),
        ("NewInternalPort", "445"),
        ("NewInternalClient", text),
        ("NewEnabled", "1"),
        ("NewPortMappingDescription", text),
        ("NewLeaseDuration", "0"),
    )
    talk = partial(http, client=client, server=address)
    add = post("/ctl", "AddPortMapping", envelope(call("AddPortMapping", *values)))
    announced = alive(udn=udn, LOCATION=f"http://{address}:5000/root.xml", SERVER=line)
    odd = f"GET /{escape(line)} HTTP/1.1\r\nHost: {line}\r\nUser-Agent: {line}\r\n\r\n"
    return [
        Sent(announced, at, address),
        *talk(get("/root.xml"), ok(described), at=at + 1, sport=40001),
        *talk(add, done("AddPortMapping"), at=at + 2, sport=40002),
        *talk(add, fault(718, text), at=at + 3, sport=40003),
        *talk(odd.encode("utf-8", "replace"), ok(""), at=at + 4, sport=40004),
    ]
