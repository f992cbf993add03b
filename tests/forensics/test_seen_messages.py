"""Distinct messages with the frames of their repeats; what is peculiar survives any flood."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, datagram, facts_of
from tests.forensics.packets import CLIENT, DEVICE, Sent, alive, byebye, message, response, search
from upnpscapy.forensics.watching import seen_messages
from upnpscapy.forensics.watching.seen_messages import Seen

HOME = "192.168.1.7"
OWN = f"http://{HOME}:80/root.xml"


def seen(*pieces: Piece) -> list[Seen]:
    return list(facts_of(pieces).messages)


def test_repeats_are_one_with_their_frames() -> None:
    found = seen(
        Sent(alive(), 0, sport=1900),
        Sent(byebye(), 1),
        Sent(alive(), 2, sport=50000),
        Sent(alive(), 3, src="192.0.2.2"),
        Sent(alive(), 4, dst=CLIENT),
        Sent(alive(), 5, mac="02:00:00:00:00:09"),
        Sent(alive(), 6),
    )
    assert [(one.kind, list(one.frames)) for one in found] == [
        ("alive", [1, 3, 7]),
        ("byebye", [2]),
        ("alive", [4]),
        ("alive", [5]),
        ("alive", [6]),
    ]
    assert (found[0].first_ns, found[0].last_ns) == (Sent(b"").time_ns, Sent(b"", 6).time_ns)
    evidence = found[0].evidence("it", "value")
    assert evidence.frames == (1, 3, 7)
    assert (evidence.source, evidence.destination, evidence.value) == (
        DEVICE,
        "239.255.255.250",
        "value",
    )


def test_many_repeats_are_counted() -> None:
    (one,) = seen([Sent(alive(), number) for number in range(3000)])
    assert (one.frames.count, one.frames.first, one.frames.last) == (3000, 1, 3000)
    assert one.last_ns == Sent(b"", 2999).time_ns


def test_by_kind_and_sender() -> None:
    pieces = [Sent(alive()), Sent(byebye()), Sent(search(), 0, CLIENT, 50000)]
    messages = facts_of(pieces).messages
    assert [one.kind for one in messages.of_kind("byebye", "search")] == ["byebye", "search"]
    assert [one.kind for one in messages.from_sender(CLIENT)] == ["search"]


def test_by_field_in_the_order_of_messages_and_of_lines() -> None:
    pieces = [
        Sent(alive(), 0),
        Sent(alive(more={"A": "1", "B": "2", "C": "1"}), 1),
        Sent(search(mx=None), 2, CLIENT, 50000),
        Sent(search(mx=None, B="2", A="1"), 3, CLIENT, 50000),
    ]
    messages = facts_of(pieces).messages

    def having(*values: bytes) -> list[tuple[int | None, bytes]]:
        found = messages.with_field(lambda header: header.value in values)
        return [(one.frames.first, header.line) for one, header in found]

    assert having(b"1", b"2") == [
        *((2, b"A: 1\r\n"), (2, b"B: 2\r\n"), (2, b"C: 1\r\n")),
        *((4, b"B: 2\r\n"), (4, b"A: 1\r\n")),
    ]
    assert having(b"3") == []


def test_by_device_in_any_case() -> None:
    pieces = [Sent(alive(udn="uuid:Aa")), Sent(byebye(udn="UUID:aA")), Sent(search())]
    found = facts_of(pieces).messages.of_devices
    assert {udn: [one.kind for one in sent] for udn, sent in found.items()} == {
        "uuid:aa": ["alive", "byebye"]
    }


def test_what_a_bridge_repeats_with_its_own_address_is_left_out() -> None:
    bridge = "02:00:00:00:00:77"
    copies = [Sent(alive(), at + late, mac=bridge) for at in (0, 10) for late in (0.001,)]
    pieces = [Sent(alive(), 0), copies[0], Sent(alive(), 10), copies[1]]
    (one,) = seen(pieces)
    assert list(one.frames) == [1, 3]
    forged = Sent(alive(), 5, mac=bridge)
    assert [list(one.frames) for one in seen(pieces[0], forged)] == [[1], [2]]


MARKED = {
    "long": (alive(SERVER="x" * 300, LOCATION=OWN), HOME),
    "target": (search("uuid:" + "A" * 124), HOME),
    "metacharacters": (search("upnp:rootdevice`id`"), HOME),
    "format": (search("%n%n"), HOME),
    "bytes": (search("a\0b"), HOME),
    "location-scheme": (alive(LOCATION="intent:x"), HOME),
    "location-host": (alive(LOCATION="http://192.168.1.8/"), HOME),
}


@pytest.mark.parametrize("mark", MARKED)
def test_marks_of_content(mark: str) -> None:
    payload, src = MARKED[mark]
    (one,) = seen(Sent(payload, 0, src))
    assert one.marks == {mark}


@pytest.mark.parametrize(
    ("sent", "marks"),
    [
        (datagram(search(), "203.0.113.7", 5, HOME, 1900), {"foreign"}),
        (datagram(search(), HOME, 5, "192.168.1.1", 1900), set()),
        (Sent(search(), 0, "203.0.113.7", 5), set()),
        (Sent(search(), 0, HOME, 5, dport=1901), {"ports"}),
        (Sent(response(LOCATION=OWN), 0, HOME, 39246, "192.168.1.1", 5), set()),
        (Sent(search("uuid:" + "A" * 123), 0, HOME), set()),
        (Sent(alive("urn:" + "A" * 125, LOCATION=OWN), 0, HOME), {"target"}),
        (Sent(alive(LOCATION=OWN), 0, HOME), set()),
        (Sent(alive(LOCATION=OWN.upper()), 0, HOME), set()),
        (Sent(alive(LOCATION="http://[fe80::7%25eth0]:1/"), 0, "fe80::7", dst="ff02::c"), set()),
        (Sent(alive(LOCATION=""), 0, HOME), {"location-scheme"}),
        (Sent(search("urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:X"), 0, HOME),
         set()),
    ],
)  # fmt: skip
def test_marks_of_the_envelope_and_none_of_ordinary_messages(sent: Sent, marks: set[str]) -> None:
    (one,) = seen(sent)
    assert one.marks == marks


@pytest.mark.parametrize("before", ["", "X: y", "X: y\r\n" * 60, "X: " + "y" * 200])
@pytest.mark.parametrize("behind", ["", "X: y", "X: y\r\n" * 60])
@pytest.mark.parametrize("length", [256, 257])
def test_how_long_a_line_is_long(before: str, behind: str, length: int) -> None:
    line = "Y: ".ljust(length, "z")
    payload = "\r\n".join(["M-SEARCH * HTTP/1.1", "ST: a", before, line, behind, "", ""]).encode()
    (one,) = seen(Sent(payload, 0, HOME))
    assert ("long" in one.marks) is (length > 256)


def flood(count: int, mac: str | None = None) -> list[Sent]:
    return [
        Sent(
            alive(udn=f"uuid:{number}", LOCATION=f"http://10.0.{number >> 8}.{number & 255}/"),
            number / 1000,
            f"10.0.{number >> 8}.{number & 255}",
            mac=mac or f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}",
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("mac", [None, "02:00:00:00:00:66"])
def test_no_flood_pushes_out_what_is_peculiar(
    mac: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen_messages, "MAX_MESSAGES", 300)
    monkeypatch.setattr(seen_messages, "MAX_OF_A_LINK", 200)
    odd = Sent(alive(LOCATION="intent:x"), 9, "10.0.0.1", mac=mac or "02:00:00:00:00:01")
    facts = facts_of([flood(1000, mac), odd])
    assert len(facts.messages) == (300 if mac is None else 200) + 1
    assert [one.sighting.ssdp.location for one in facts.messages.peculiar] == ["intent:x"]
    assert facts.messages.left_out > 0


def test_nor_does_the_senders_own_flood_push_out_a_long_target() -> None:
    plain = [Sent(search(f"uuid:{number}"), number / 1000, CLIENT, 50000) for number in range(700)]
    long = [
        Sent(search(X=f"{number:0300}"), 1 + number / 1000, CLIENT, 50000) for number in range(100)
    ]
    overflow = Sent(search("uuid:" + "A" * 176), 9, CLIENT, 50000)
    assert seen(plain, long, overflow)[-1].sighting.ssdp.st == "uuid:" + "A" * 176
    assert "A" not in str(seen(plain, long, Sent(search("uuid:A"), 9, CLIENT, 50000))[-1])


def test_nor_does_a_flood_of_peculiar_ones_take_all() -> None:
    odd = [
        Sent(search(f"x`{number}`"), number / 1000, "10.0.0.66", mac="02:00:00:00:00:66")
        for number in range(3000)
    ]
    quiet = Sent(alive(LOCATION="intent:x"), 9, "10.0.0.1")
    found = seen(odd, quiet)
    assert len(found) < 700
    assert found[-1].sighting.ssdp.location == "intent:x"


def test_ssdp_quoted_in_icmp_is_none() -> None:
    whole = Sent(response(), 0, HOME, 1900, "192.168.1.1", 5)
    quoted = whole.frame[14:]
    icmp = b"\x03\x03\0\0\0\0\0\0" + quoted
    outer = bytes((0x45, 0)) + (20 + len(icmp)).to_bytes(2, "big") + bytes(4) + b"\x40\x01\0\0"
    outer += bytes((192, 168, 1, 1, 192, 168, 1, 7))
    from tests.forensics.judging import Timed

    frame = Timed(1, whole.frame[:14] + outer + icmp)
    facts = facts_of([frame])
    assert list(facts.messages) == []
    assert facts.devices == []
    assert len(seen(whole, frame)) == 1


def test_what_is_no_message_on_its_port_is_other() -> None:
    (one,) = seen(Sent(message("PROBE", {}), 0, HOME))
    assert one.kind == "other"
