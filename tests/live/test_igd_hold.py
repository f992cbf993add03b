"""A mapping that is held: renewed meanwhile, removed after, and errors seen."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from upnpscapy import ActionFault
from upnpscapy.live import igd_hold

from .igd_gateway import FakeGateway

ADD = "AddPortMapping"


def wait_until(ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_mapping_is_there_inside_and_gone_after() -> None:
    with FakeGateway() as fake:
        with fake.igd().hold("TCP", 80, 8080) as mapping:
            assert [*fake.mappings] == [("", "8080", "TCP")]
            assert (mapping.external_port, mapping.internal_port) == (8080, 80)
            assert (mapping.protocol, mapping.internal_client) == ("TCP", "127.0.0.1")
            assert (mapping.external_address, mapping.lease_seconds) == ("44.128.0.2", 3600)
        assert fake.mappings == {}
    assert mapping.mapping.state == "deleted"
    assert list(mapping.errors) == []


def test_mapping_is_removed_after_an_exception_too() -> None:
    with (
        FakeGateway() as fake,
        pytest.raises(KeyError, match="mine"),
        fake.igd().hold("TCP", 80),
    ):
        raise KeyError("mine")
    assert len(fake.called(ADD)) == len(fake.called("DeletePortMapping")) == 1


def test_lease_is_renewed_before_it_ends() -> None:
    with FakeGateway() as fake:
        with fake.igd().hold("TCP", 80, lease_seconds=1) as mapping:
            first = mapping.mapping
            wait_until(lambda: mapping.renewals)
            assert first.expires_ns is not None
            assert first.time_ns < mapping.mapping.time_ns < first.expires_ns
            wait_until(lambda: mapping.renewals >= 2)
            assert mapping.mapping.opened_ns == first.opened_ns
        asked = fake.called(ADD)
    assert len(asked) >= 3
    assert all(one == asked[0] for one in asked)


def test_mapping_that_is_refused_at_first_is_not_held() -> None:
    with FakeGateway() as fake:
        fake.refusals[ADD] = [606]
        held = fake.igd().hold("TCP", 80)
        with pytest.raises(ActionFault), held:
            pytest.fail("it is not open")
        assert fake.called("DeletePortMapping") == []
        with pytest.raises(ValueError, match="not open"):
            _ = held.mapping
        held.close()


def test_error_of_a_renewal_is_kept_warned_of_and_tried_again(
    recwarn: pytest.WarningsRecorder,
) -> None:
    with FakeGateway() as fake:
        held = fake.igd().hold("TCP", 80, lease_seconds=1, retry=False)
        with held:
            fake.refusals[ADD] = [501]
            wait_until(lambda: held.errors)
            wait_until(lambda: held.renewals)
            assert not held.failing
    (error,) = held.errors
    assert isinstance(error, ActionFault)
    assert error.code == 501
    (warning,) = recwarn
    assert "TCP 44.128.0.2:80 → 127.0.0.1:80, for 1 s could not be renewed" in str(warning.message)


def test_warnings_as_errors_do_not_end_the_renewals(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(message: str, category: type[Warning], **_: int) -> None:
        raise category(message)

    monkeypatch.setattr("warnings.warn", refuse)
    with FakeGateway() as fake:
        with fake.igd().hold("TCP", 80, lease_seconds=1, retry=False) as mapping:
            fake.refusals[ADD] = [501]
            wait_until(lambda: mapping.renewals)
        assert len(mapping.errors) == 1


def test_error_of_the_removal_is_kept_and_warned_of(recwarn: pytest.WarningsRecorder) -> None:
    with FakeGateway() as fake, fake.igd().hold("TCP", 80) as mapping:
        fake.refusals["DeletePortMapping"] = [606]
    (warning,) = recwarn
    assert "could not be removed" in str(warning.message)
    assert len(mapping.errors) == 1
    assert mapping.mapping.state == "open"


def test_mapping_that_is_gone_already_is_removed() -> None:
    with FakeGateway() as fake, fake.igd().hold("TCP", 80) as mapping:
        fake.mappings.clear()
    assert (list(mapping.errors), mapping.mapping.state) == ([], "deleted")


def test_permanent_mapping_is_made_again_only_where_it_was_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(igd_hold, "CHECK_SECONDS", 0.05)
    with FakeGateway() as fake:
        with fake.igd().hold("TCP", 80, lease_seconds=0) as mapping:
            wait_until(lambda: mapping.renewals >= 2)
            assert len(fake.called(ADD)) == 1
            fake.mappings.clear()  # the router was restarted
            wait_until(lambda: fake.mappings)
        assert len(fake.called(ADD)) == 2
    assert list(mapping.errors) == []


def test_mapping_is_opened_once_and_closed_once() -> None:
    with FakeGateway() as fake:
        held = fake.igd().hold("UDP", 53)
        with held, pytest.raises(ValueError, match="open already"):
            held.open()
        held.close()
        assert len(fake.called("DeletePortMapping")) == 1
    assert repr(held).startswith("<HeldMapping UDP 44.128.0.2:53 → 127.0.0.1:53, deleted")
