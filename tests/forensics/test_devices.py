"""Devices of whole captures: who is one, and what is known of it at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.forensics.packets import (
    CLIENT,
    GROUP6,
    UDN,
    Sent,
    alive,
    byebye,
    message,
    response,
    search,
    update,
    write,
)
from upnpscapy import analyze
from upnpscapy.forensics import inventory
from upnpscapy.forensics.inventory import Device

OTHER_MAC = "02:00:00:00:00:02"
IGD = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"


def devices(path: Path, sent: list[Sent]) -> list[Device]:
    return list(analyze(write(path / "a.pcap", sent)).devices)


def device(path: Path, sent: list[Sent]) -> Device:
    (only,) = devices(path, sent)
    return only


def frames(found: Device) -> list[Any]:
    return list(found.frames)


def test_one_udn_of_two_senders_is_two_devices(tmp_path: Path) -> None:
    found = devices(tmp_path, [Sent(alive()), Sent(alive(), mac=OTHER_MAC), Sent(alive())])
    assert [one.link_addresses for one in found] == [["02:00:00:00:00:01"], [OTHER_MAC]]
    assert [frames(one) for one in found] == [[1, 3], [2]]


def test_two_udns_of_one_sender_are_two_devices(tmp_path: Path) -> None:
    found = devices(tmp_path, [Sent(alive(udn="uuid:a")), Sent(alive(udn="uuid:b"))])
    assert [one.udn for one in found] == ["uuid:a", "uuid:b"]


def test_ipv4_and_ipv6_of_one_link_address_are_one_device(tmp_path: Path) -> None:
    found = device(tmp_path, [Sent(alive()), Sent(alive(), src="fe80::1", dst=GROUP6)])
    assert found.addresses == ["192.0.2.1", "fe80::1"]


def test_new_address_on_the_same_link_address_is_the_same_device(tmp_path: Path) -> None:
    sent = [Sent(alive(), src="192.168.4.1"), Sent(byebye(), 5), Sent(alive(), 9, src="192.0.2.77")]
    found = device(tmp_path, sent)
    assert found.addresses == ["192.168.4.1", "192.0.2.1", "192.0.2.77"]
    assert found.state == "alive"


def test_udn_in_another_case_is_the_same_device_named_as_first_seen(tmp_path: Path) -> None:
    upper = "UUID:" + UDN[5:].upper()
    found = device(tmp_path, [Sent(alive(udn=upper)), Sent(alive()), Sent(alive(udn=upper))])
    assert (found.udn, frames(found)) == (upper, [1, 2, 3])


def test_udn_without_uuid_is_kept_as_sent(tmp_path: Path) -> None:
    assert device(tmp_path, [Sent(alive(udn=UDN[5:]))]).udn == UDN[5:]


def test_searches_and_other_messages_make_no_device(tmp_path: Path) -> None:
    propchange = alive(nts="upnp:propchange")
    sent = [Sent(search(USN=f"{UDN}::upnp:rootdevice"), src=CLIENT), Sent(propchange)]
    assert devices(tmp_path, sent) == []


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        ([Sent(alive(max_age=100)), Sent(search(), 100)], "alive"),
        ([Sent(alive(max_age=100)), Sent(search(), 100.1)], "expired"),
        ([Sent(response(max_age=100)), Sent(search(), 50)], "alive"),
        ([Sent(alive(max_age=None))], "unknown"),
        ([Sent(alive()), Sent(byebye(), 1)], "byebye"),
        ([Sent(byebye())], "byebye"),
        ([Sent(alive()), Sent(byebye(), 1), Sent(alive(), 2)], "alive"),
        ([Sent(alive()), Sent(byebye(), 1), Sent(response(max_age=None), 2)], "unknown"),
        ([Sent(alive()), Sent(update(1, 2), 1)], "alive"),
        ([Sent(update(1, 2), 1)], "unknown"),
    ],
)
def test_state_is_that_of_the_captures_end(tmp_path: Path, sent: list[Sent], state: str) -> None:
    assert device(tmp_path, sent).state == state


def test_end_is_that_of_all_frames_not_only_of_discovery(tmp_path: Path) -> None:
    noise = Sent(b"x", 200, dport=53, sport=53)
    assert device(tmp_path, [Sent(alive(max_age=100)), noise]).state == "expired"


def test_reboots_are_counted(tmp_path: Path) -> None:
    def boot(number: int) -> bytes:
        return alive(more={"BOOTID.UPNP.ORG": str(number)})

    sent = [boot(5), boot(5), update(5, 6), boot(6), byebye(), boot(7)]
    found = device(tmp_path, [Sent(payload, at) for at, payload in enumerate(sent)])
    assert (found.life.reboots, found.life.boot_id) == (1, 7)


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    sent = [
        Sent(alive(LOCATION="http://192.0.2.1/a", SERVER="one"), 1),
        Sent(alive(nt=IGD, LOCATION="http://192.0.2.1/b", SERVER=None), 2),
        Sent(alive(nt="urn:x:service:y:1", LOCATION="http://192.0.2.1/a", SERVER="two"), 3.5),
    ]
    found = device(tmp_path, sent)
    assert found.locations == ["http://192.0.2.1/a", "http://192.0.2.1/b"]
    assert (found.server, found.device_type, found.capture) == (
        "two",
        IGD,
        str(tmp_path / "a.pcap"),
    )
    assert found.column("first_time") == "2023-11-14T22:13:21.000000000Z"
    assert found.column("last_time") == "2023-11-14T22:13:23.500000000Z"
    assert found.column("described") is False


def test_vendor_is_that_of_the_link_address(tmp_path: Path) -> None:
    found = devices(tmp_path, [Sent(alive(), mac="00:00:0c:01:02:03"), Sent(alive())])
    assert "cisco" in str(found[0].vendor).lower()
    assert found[1].vendor is None, "locally administered"


def test_empty_values_are_values(tmp_path: Path) -> None:
    found = device(tmp_path, [Sent(alive(SERVER="", LOCATION=""))])
    assert (found.server, found.locations) == ("", [""])


def test_frames_of_a_talker_are_bounded(tmp_path: Path) -> None:
    found = device(tmp_path, [Sent(alive(), at / 10) for at in range(2000)])
    kept = frames(found)
    assert found.frames.count == 2000
    assert len(kept) <= 300
    assert (kept[:3], kept[-1]) == ([1, 2, 3], 2000)
    assert found.frames.left_out == 2000 - len(kept)


def test_values_of_one_device_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "MAX_VALUES", 5)
    sent = [Sent(alive(LOCATION=f"http://a/{n}"), src=f"192.0.2.{n}") for n in range(50)]
    found = device(tmp_path, sent)
    assert found.locations == [f"http://a/{n}" for n in range(5)]
    assert len(found.addresses) == 5


def test_devices_are_bounded_and_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "MAX_DEVICES", 10)
    sent = [Sent(alive(udn=f"uuid:{n % 30}")) for n in range(60)]
    case = analyze(write(tmp_path / "a.pcap", sent))
    assert [one.udn for one in case.devices] == [f"uuid:{n}" for n in range(10)]
    assert frames(case.devices[0]) == [1, 31]
    (row,) = case.captures
    assert any(limit.startswith("40 messages of devices") for limit in row.limits), row.limits


def test_files_are_independent_unless_joined(tmp_path: Path) -> None:
    one = write(tmp_path / "one.pcap", [Sent(alive(max_age=10), 0)])
    two = write(tmp_path / "two.pcap", [Sent(alive(max_age=10), 20), Sent(byebye(), 21)])
    apart = [(d.capture, d.state, list(d.frames)) for d in analyze([one, two]).devices]
    assert apart == [(one, "alive", [1]), (two, "byebye", [1, 2])]
    joined = [(d.capture, d.state, list(d.frames)) for d in analyze([two, one], join=True).devices]
    assert joined == [(one, "byebye", [1, f"{two}:1", f"{two}:2"])]


def test_response_on_any_port_tells_of_a_device(tmp_path: Path) -> None:
    odd = message("HTTP/1.1 200 OK", {"USN": UDN})
    found = device(tmp_path, [Sent(odd, sport=40000, dst=CLIENT, dport=50000)])
    assert (found.udn, found.locations, found.server) == (UDN, [], None)
