"""Rules change nothing of the devices: what repeats is told to them late, but all of it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.packets import Sent, alive, byebye, pcap, response, update, write
from upnpscapy.forensics.inventory import DEVICE_COLUMNS, Device
from upnpscapy.forensics.rules import RULES
from upnpscapy.forensics.run import Input, Run
from upnpscapy.forensics.watching import message_walk, seen_messages, watch

HOSTS = ("192.168.1.1", "192.168.1.2")


def boot(number: int, server: str) -> bytes:
    return alive(more={"BOOTID.UPNP.ORG": str(number), "SERVER": server})


MESSAGES = (
    alive(),
    alive(max_age=60),
    alive("urn:schemas-upnp-org:device:Lamp:1"),
    alive(LOCATION="http://192.168.1.2/other.xml"),
    boot(1, "A/1"),
    boot(2, "A/1"),
    boot(2, "B/1"),
    response(),
    response(SERVER="A/1"),
    byebye(),
    update(1, 2),
    alive(udn="uuid:other"),
)

bursts = st.lists(
    st.tuples(
        st.sampled_from(MESSAGES),
        st.sampled_from(HOSTS),
        st.integers(1, 300),
        st.floats(-5, 100),
    ),
    min_size=1,
    max_size=12,
)


def sent_of(bursts: list[tuple[bytes, str, int, float]]) -> list[Sent]:
    at, found = 100.0, list[Sent]()
    for payload, source, count, pause in bursts:
        at += pause
        found += [
            Sent(payload, at + number / 10, source, mac=mac(source)) for number in range(count)
        ]
    return found


def mac(source: str) -> str:
    return f"02:00:00:00:00:0{source[-1]}"


def told(device: Device) -> list[object]:
    """All that a device knows of itself."""
    life = device.life
    columns = [device.column(name) for name in DEVICE_COLUMNS if name != "frames"]
    frames = list(device.seen_in), device.seen_in.count, device.seen_in.last
    return [*columns, *frames, life.gone, life.expires_ns, life.boot_id, life.reboots]


def devices(parts: list[list[Sent]], *, rules: bool) -> list[list[object]]:
    """What the devices know, and behind it how many messages there were of each kind."""
    with TemporaryDirectory() as folder:
        paths = [write(Path(folder, f"{number}.pcap"), part) for number, part in enumerate(parts)]
        inputs = [Input(Path(path).name, path) for path in paths]
        run = Run(inputs, join=len(parts) > 1, facts=True, rules=RULES if rules else ())
        assert sum(1 for _ in run.messages()) == sum(map(len, parts))
    assert run.kinds.total() == sum(map(len, parts))
    return [*(told(device) for device in run.devices), list(run.kinds.items())]


@settings(deadline=None, max_examples=60)
@given(bursts, st.sampled_from([1, 1 << 20]), st.sampled_from([1, 1 << 20]))
def test_devices_are_the_same_with_rules(
    bursts: list[tuple[bytes, str, int, float]], weight: int, untold: int
) -> None:
    sent = sent_of(bursts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch, "MAX_WEIGHT", weight)
        patch.setattr(message_walk, "MAX_UNTOLD", untold)
        assert devices([sent], rules=True) == devices([sent], rules=False)


@settings(deadline=None, max_examples=40)
@given(bursts, st.sampled_from([1, 1 << 20]), st.integers(0, 8), st.sampled_from([1, 4096]))
def test_what_there_is_no_room_for_is_remembered_and_changes_nothing(
    bursts: list[tuple[bytes, str, int, float]], weight: int, room: int, refused: int
) -> None:
    sent = sent_of(bursts)
    copies = [one._replace(mac="02:00:00:00:00:09", at=one.at + 0.001) for one in sent[::5]]
    elsewhere = [one._replace(dport=1901, at=one.at + 0.01) for one in sent[::7]]
    sent = sorted(sent + copies + elsewhere, key=lambda one: one.at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch, "MAX_WEIGHT", weight)
        patch.setattr(message_walk, "MAX_UNTOLD", 50)
        patch.setattr(seen_messages, "MAX_MESSAGES", room)
        patch.setattr(message_walk, "MAX_REFUSED", refused)
        assert devices([sent], rules=True) == devices([sent], rules=False)
        remembering = left_out(sent)
        patch.setattr(message_walk, "MAX_REFUSED", 0)
        assert remembering == left_out(sent)


def left_out(sent: list[Sent]) -> tuple[list[str], list[list[int]]]:
    """What a capture's limits say, and the frames of the messages that are kept."""
    run = Run([Input("a", BytesIO(pcap(sent)))], facts=True, rules=RULES)
    assert sum(1 for _ in run.messages()) == len(sent)
    (row,), (facts,) = run.captures, run.facts
    return row.limits, [list(seen.frames) for seen in facts.messages]


@settings(deadline=None, max_examples=20)
@given(bursts, st.floats(0, 1))
def test_and_in_joined_files(bursts: list[tuple[bytes, str, int, float]], cut: float) -> None:
    sent = sorted(sent_of(bursts), key=lambda one: one.at)
    place = max(1, round(len(sent) * cut))
    parts = [part for part in (sent[:place], sent[place:]) if part]
    assert devices(parts, rules=True) == devices(parts, rules=False)


def test_payloads_that_discovery_has_forgotten_are_known_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from upnpscapy.capture import discovery

    monkeypatch.setattr(discovery, "_REMEMBERED", 2)
    sent = [
        Sent(
            alive(udn=f"uuid:{number % 20}"), number, HOSTS[number % 2], mac=mac(HOSTS[number % 2])
        )
        for number in range(2000)
    ]
    run = Run([Input("a", BytesIO(pcap(sent)))], facts=True, rules=RULES)
    assert sum(1 for _ in run.messages()) == len(sent)
    (facts,) = run.facts
    assert [(seen.frames.count, seen.frames.first) for seen in facts.messages] == [
        (100, number + 1) for number in range(20)
    ]
    assert all(seen.last_ns == sent[seen.frames.last - 1].time_ns for seen in facts.messages)
