"""The device table as a function of messages and times."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.packets import UDN, alive, byebye, response, search, update
from upnpscapy.capture.sighting import Sighting
from upnpscapy.live import device_table
from upnpscapy.live.device_table import DeviceTable
from upnpscapy.live.seen_device import CHANGE_COLUMNS
from upnpscapy.protocol.ssdp import parse_ssdp

SECOND = 1_000_000_000


def seen(payload: bytes, at: float = 0, src: str = "192.0.2.1") -> Sighting:
    source, group = ip_address(src).packed, bytes((239, 255, 255, 250))
    time_ns = int(at * SECOND)
    message = parse_ssdp(payload)
    return Sighting(
        "x", message, 1, time_ns, source, 1900, group, 1900, None, (), 4, payload, False
    )


def boot(number: int) -> bytes:
    return alive(more={"BOOTID.UPNP.ORG": str(number)})


LAMP = "urn:schemas-upnp-org:device:Lamp:1"
NEW = "http://192.0.2.1:5000/new.xml"

STORIES: dict[str, tuple[list[tuple[float, bytes]], list[str]]] = {
    "announced": ([(0, alive())], ["appeared"]),
    "announced again": ([(0, alive()), (900, alive())], ["appeared"]),
    "answers": ([(0, response())], ["appeared"]),
    "left": ([(0, alive()), (1, byebye()), (2, byebye())], ["appeared", "gone"]),
    "back": ([(0, alive()), (1, byebye()), (2, alive())], ["appeared", "gone", "appeared"]),
    "left before it came": ([(0, byebye())], []),
    "expired": ([(0, alive(max_age=10)), (11, search())], ["appeared", "expired"]),
    "in time": ([(0, alive(max_age=10)), (9, alive(max_age=10)), (12, search())], ["appeared"]),
    "expired and back": (
        [(0, alive(max_age=10)), (11, search()), (12, alive())],
        ["appeared", "expired", "appeared"],
    ),
    "no max-age": ([(0, alive(max_age=None)), (9e6, search())], ["appeared"]),
    "rebooted": ([(0, boot(1)), (1, boot(2)), (2, boot(2))], ["appeared", "rebooted"]),
    "rebooted after goodbye": (
        [(0, boot(1)), (1, byebye()), (2, boot(2))],
        ["appeared", "gone", "appeared"],
    ),
    "with notice": (
        [(0, boot(1)), (1, update(1, 2)), (2, boot(2))],
        ["appeared", "updated (boot_id)"],
    ),
    "update of nobody": ([(0, update(1, 2))], []),
    "moved": (
        [(0, alive()), (1, alive(LOCATION=NEW)), (2, alive())],
        ["appeared", "updated (locations)"],
    ),
    "new software": (
        [(0, alive()), (1, alive(SERVER="Linux/7 UPnP/1.0 Lamp/3"))],
        ["appeared", "updated (server)"],
    ),
    "its type": ([(0, alive()), (1, alive(LAMP))], ["appeared", "updated (device_type)"]),
    "another of its services": ([(0, alive()), (1, alive("urn:a:service:b:1"))], ["appeared"]),
    "in other letters": ([(0, alive()), (1, alive(udn=UDN.upper()))], ["appeared"]),
    "search": ([(0, search())], []),
    "noise": ([(0, b"\0")], []),
}


STATES: dict[str, tuple[bytes, str]] = {
    "alive": (alive(max_age=10), "alive"),
    "unknown": (alive(max_age=None), "unknown"),
}


@pytest.mark.parametrize(("payload", "state"), STATES.values(), ids=STATES)
def test_states(payload: bytes, state: str) -> None:
    table = DeviceTable()
    table.take(seen(payload))
    (device,) = table.devices
    states: list[str] = [device.state]
    table.pass_time(11 * SECOND)
    states.append(device.state)
    table.take(seen(byebye(), 12))
    states.append(device.state)
    assert states == [state, "expired" if state == "alive" else "unknown", "byebye"]


@pytest.mark.parametrize(("story", "expected"), STORIES.values(), ids=STORIES)
def test_changes(story: list[tuple[float, bytes]], expected: list[str]) -> None:
    told: list[object] = []
    table = DeviceTable(told.append)
    changes = []
    for at, payload in story:
        changes += table.pass_time(int(at * SECOND))
        changes += table.take(seen(payload, at))
    assert [str(change).partition("  ")[0] for change in changes] == expected
    assert told == changes
    assert {len([change.column(name) for name in CHANGE_COLUMNS]) for change in changes} <= {16}


def test_a_device_has_all_that_was_said_of_it() -> None:
    table = DeviceTable()
    table.take(seen(alive(), 1))
    table.take(seen(alive(LAMP, LOCATION=NEW), 2, "2001:db8::1"))
    (device,) = table.devices
    assert table.get(UDN.upper()) is device
    assert (device.udn, device.device_type) == (UDN, LAMP)
    assert device.addresses == ["192.0.2.1", "2001:db8::1"]
    assert device.locations == ["http://192.0.2.1:5000/root.xml", NEW]
    assert device.types == ["upnp:rootdevice", LAMP]
    assert (device.first_time_ns, device.last_time_ns) == (SECOND, 2 * SECOND)
    assert device.life.expires_ns == 1802 * SECOND
    (row,) = table.to_table().to_dicts()
    assert (row["udn"], row["state"], row["addresses"]) == (UDN, "alive", device.addresses)
    assert row["expires_time"] == "1970-01-01T00:30:02.000000000Z"
    assert UDN in table._repr_html_()
    (change,) = table.take(seen(byebye(), 3))
    assert (change.column("state"), change.column("time")) == (
        "byebye",
        "1970-01-01T00:00:03.000000000Z",
    )
    assert (table.devices, table.departed, len(table)) == ([], [device], 0)


def test_a_flood_of_devices_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_table, "MAX_DEVICES", 5)
    table = DeviceTable()
    for number in range(10):
        table.take(seen(alive(udn=f"uuid:{number}")))
    assert (len(table), table.left_out) == (5, 5)
    table.take(seen(byebye(udn="uuid:3")))
    table.take(seen(alive(udn="uuid:new")))
    assert [device.udn[5:] for device in table.devices] == ["0", "1", "2", "4", "new"]
    table.take(seen(alive(udn="uuid:" + "x" * 300)))
    assert (len(table), table.left_out) == (5, 6)


def test_a_device_that_says_ever_more_is_bounded() -> None:
    table = DeviceTable()
    for number in range(200):
        src = f"10.0.0.{number}"
        table.take(seen(alive(f"urn:a:service:{number}:1", LOCATION=f"http://a/{number}"), 0, src))
    table.take(seen(alive(LOCATION="http://a/" + "x" * 5000, SERVER="x" * 5000)))
    (device,) = table.devices
    assert [len(device.addresses), len(device.locations), len(device.types)] == [16, 8, 64]
    assert device.server == "Linux/6.1 UPnP/1.0 Lamp/2.3"


PAYLOADS = st.sampled_from([alive(), alive(max_age=1), byebye(), boot(1), boot(2), update(1, 2)])
EVENTS = st.lists(st.tuples(st.integers(0, 3), PAYLOADS | st.binary(max_size=50)), max_size=20)


@settings(deadline=None)
@given(EVENTS)
def test_changes_tell_who_is_there(events: list[tuple[int, bytes]]) -> None:
    """Whoever only hears of changes knows as much as the table."""
    table, now = DeviceTable(), 0
    there: set[str] = set()
    for pause, payload in events:
        now += pause
        for change in (*table.pass_time(now * SECOND), *table.take(seen(payload, now))):
            if change.kind in ("gone", "expired"):
                there.remove(change.device.udn)
            elif change.kind == "appeared":
                assert change.device.udn not in there
                there.add(change.device.udn)
            else:
                assert change.device.udn in there
        assert there == {device.udn for device in table.devices}
