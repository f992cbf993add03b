from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.protocol.quirks import BASELINE, BASELINE_VALUES, FURTHER, REPLIES, Quirk
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.ssdp import SsdpMessage, parse_ssdp, read_ssdp

ALL = [pytest.param(quirk, id=quirk.name) for quirk in (*REPLIES, *FURTHER)]


def test_the_list_is_complete() -> None:
    assert [quirk.number for quirk in REPLIES] == list(range(1, 28))
    assert len({quirk.name for quirk in (*REPLIES, *FURTHER)}) == len(REPLIES) + len(FURTHER)


def test_each_differs_from_the_baseline() -> None:
    same = [quirk.name for quirk in (*REPLIES, *FURTHER) if quirk.data == BASELINE]
    assert same == ["baseline", "reply from an ephemeral port"]


@pytest.mark.parametrize("read", [parse_ssdp, lambda data: read_ssdp(parse(data))])
@pytest.mark.parametrize("quirk", ALL)
def test_is_read_as_what_it_is(quirk: Quirk, read: Callable[[bytes], SsdpMessage]) -> None:
    message = read(quirk.data)
    assert tuple(defect.name for defect in message.defects) == quirk.defects
    assert {name: getattr(message, name) for name in BASELINE_VALUES} == quirk.values
    assert bytes(message) == quirk.data


@pytest.mark.parametrize("quirk", ALL)
def test_one_datagram_twice_is_read_the_same(quirk: Quirk) -> None:
    assert parse_ssdp(quirk.data) == parse_ssdp(bytes(bytearray(quirk.data)))


def test_late_location_is_late() -> None:
    late = next(quirk for quirk in REPLIES if quirk.number == 24)
    assert 1100 <= late.data.index(b"LOCATION") - BASELINE.index(b"LOCATION") <= 1200
