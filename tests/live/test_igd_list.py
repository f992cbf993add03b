"""All mappings of a gateway, however it tells them and however its list ends."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest

from upnpscapy import ActionFault, ResponseError, TransportError
from upnpscapy.live import igd_list
from upnpscapy.protocol.mapping_terms import MAPPING_COLUMNS

from .igd_gateway import IP1, IP2, PPP, FakeGateway, RefusalError
from .server import http

LISTED = (
    '<p:PortMappingList xmlns:p="urn:schemas-upnp-org:gw:WANIPConnection">{}</p:PortMappingList>'
)
ENTRY = (
    "<p:PortMappingEntry><p:NewRemoteHost></p:NewRemoteHost><p:NewExternalPort>{}"
    "</p:NewExternalPort><p:NewProtocol>{}</p:NewProtocol><p:NewInternalPort>80"
    "</p:NewInternalPort><p:NewInternalClient>192.0.2.5</p:NewInternalClient><p:NewEnabled>1"
    "</p:NewEnabled><p:NewDescription>a &amp; b</p:NewDescription><p:NewLeaseTime>60"
    "</p:NewLeaseTime></p:PortMappingEntry>"
)


def ports(fake: FakeGateway) -> list[tuple[str | None, int | None]]:
    return [(one.protocol, one.external_port) for one in fake.igd().mappings()]


@pytest.mark.parametrize("service", [IP1, PPP])
def test_entries_are_asked_for_one_by_one(service: str) -> None:
    with FakeGateway(service) as fake:
        fake.put(80)
        fake.put(53, protocol="UDP", NewLeaseDuration="17", NewEnabled="0")
        listing = fake.igd().listing()
        assert fake.called("GetListOfPortMappings") == []
    assert listing.steps == ()
    first, second = listing.mappings
    assert (first.protocol, first.external_port, first.state) == ("TCP", 80, "observed")
    assert (second.protocol, second.lease_seconds, second.enabled) == ("UDP", 17, False)
    assert second.expires_ns == second.time_ns + 17 * 10**9
    assert (first.requested_by, first.expires_ns, first.gateway) == (None, None, "127.0.0.1")


def listing_of(arguments: dict[str, str]) -> list[tuple[str, str]]:
    protocol = arguments["NewProtocol"]
    entries = "".join(ENTRY.format(port, protocol) for port in (80, 81))
    return [("NewPortListing", LISTED.format(entries))]


def test_wanip2_lists_at_once() -> None:
    with FakeGateway(IP2, does={"GetListOfPortMappings": listing_of}) as fake:
        listing = fake.igd().listing()
        assert fake.called("GetGenericPortMappingEntry") == []
    assert listing.steps == ()
    found = [(one.protocol, one.external_port) for one in listing.mappings]
    assert found == [("TCP", 80), ("TCP", 81), ("UDP", 80), ("UDP", 81)]
    assert {(one.description, one.lease_seconds) for one in listing.mappings} == {("a & b", 60)}


@pytest.mark.parametrize("code", [730, 714])
def test_nothing_of_a_protocol_is_no_reason_to_ask_otherwise(code: int) -> None:
    def listed(arguments: dict[str, str]) -> list[tuple[str, str]]:
        if arguments["NewProtocol"] == "TCP":
            raise RefusalError(code)
        return listing_of(arguments)

    with FakeGateway(IP2, does={"GetListOfPortMappings": listed}) as fake:
        assert ports(fake) == [("UDP", 80), ("UDP", 81)]
        assert fake.called("GetGenericPortMappingEntry") == []


def refuse(code: int) -> Any:
    def refused(_: dict[str, str]) -> None:
        raise RefusalError(code)

    return refused


FALLBACKS = {
    "no such action": refuse(401),
    "failed": refuse(501),
    "not authorized": refuse(606),
    "no body": lambda _: http("", "500 Internal Server Error"),
    "cut": lambda _: [("NewPortListing", LISTED.format(ENTRY.format(80, "TCP"))[:-90])],
}


@pytest.mark.parametrize("name", FALLBACKS)
def test_list_that_does_not_come_is_asked_for_entry_by_entry_and_that_is_said(name: str) -> None:
    with FakeGateway(IP2, does={"GetListOfPortMappings": FALLBACKS[name]}) as fake:
        fake.put(8080)
        listing = fake.igd().listing()
    assert [one.external_port for one in listing.mappings] == [8080]
    (step,) = listing.steps
    assert str(step).startswith("GetListOfPortMappings: ")
    assert str(step).endswith("asked entry by entry")


def ending(fake: FakeGateway, end: Any) -> Any:
    """Entries as they are, and another end than 713."""

    def generic(arguments: dict[str, str]) -> Any:
        index = int(arguments["NewPortMappingIndex"])
        if index < len(fake.mappings):
            return fake._do_get_generic_port_mapping_entry(arguments, 0)
        return end(arguments)

    return generic


ENDS = {
    "713": (refuse(713), ""),
    "402": (refuse(402), "error 402 (Invalid Args): taken for the end, after 2 entries"),
    "501": (refuse(501), "error 501 (Action Failed): taken for the end, after 2 entries"),
    "714": (refuse(714), "error 714 (NoSuchEntryInArray): taken for the end, after 2 entries"),
    "500 without a body": (FALLBACKS["no body"], "taken for the end"),
    "another code": (refuse(820), "error 820: taken for the end"),
    "the last one again": (
        lambda _: [("NewRemoteHost", ""), ("NewExternalPort", "81"), ("NewProtocol", "TCP"),
                   ("NewInternalPort", "81"), ("NewInternalClient", "127.0.0.1"),
                   ("NewEnabled", "1"), ("NewPortMappingDescription", "there"),
                   ("NewLeaseDuration", "9")],
        "entry 2 was told before",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_list_ends_in_whatever_way_and_others_than_713_are_said(name: str) -> None:
    end, said = ENDS[name]
    with FakeGateway() as fake:
        fake.put(80)
        fake.put(81)
        fake.does["GetGenericPortMappingEntry"] = ending(fake, end)
        listing = fake.igd().listing()
    assert [one.external_port for one in listing.mappings] == [80, 81]
    assert said in " ".join(map(str, listing.steps))
    assert bool(listing.steps) == bool(said)


@pytest.mark.parametrize("code", [713, 402, 501])
def test_empty_list_is_empty(code: int) -> None:
    with FakeGateway(does={"GetGenericPortMappingEntry": refuse(code)}) as fake:
        assert len(fake.igd().mappings()) == 0


NO_LISTS = [(refuse(606), ActionFault), (lambda _: http("<html/>"), ResponseError)]


@pytest.mark.parametrize(("does", "error"), NO_LISTS)
def test_list_that_is_refused_is_no_empty_one(does: Any, error: type[Exception]) -> None:
    with FakeGateway(does={"GetGenericPortMappingEntry": does}) as fake, pytest.raises(error):
        fake.igd().mappings()


def test_list_that_breaks_off_is_an_error() -> None:
    with FakeGateway() as fake:
        fake.put(80)
        fake.does["GetGenericPortMappingEntry"] = ending(fake, lambda _: b"")
        with pytest.raises((TransportError, ResponseError)):
            fake.igd().mappings()


def test_list_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(igd_list, "MAX_ENTRIES", 7)

    def more(arguments: dict[str, str]) -> list[tuple[str, str]]:
        return [("NewExternalPort", arguments["NewPortMappingIndex"]), ("NewProtocol", "TCP")]

    with FakeGateway(does={"GetGenericPortMappingEntry": more}) as fake:
        listing = fake.igd().listing()
        assert len(fake.called("GetGenericPortMappingEntry")) == len(listing.mappings) == 7
    assert "stopped after 7 entries" in str(listing.steps[0])


def test_list_that_takes_its_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(igd_list, "MAX_SECONDS", 0)
    with FakeGateway() as fake:
        fake.put(80)
        fake.put(81)
        listing = fake.igd().listing()
    assert len(listing.mappings) == 1
    assert "stopped after 0 s and 1 entries" in str(listing.steps[0])


def test_garbage_in_an_entry_is_kept_and_not_believed() -> None:
    garbage = [
        ("NewExternalPort", "many"),
        ("NewProtocol", "tcp"),
        ("NewInternalClient", "=cmd()"),
        ("NewInternalPort", "99999999999999"),
        ("NewLeaseDuration", "-1"),
        ("NewEnabled", "perhaps"),
    ]

    def entry(arguments: dict[str, str]) -> list[tuple[str, str]]:
        if arguments["NewPortMappingIndex"] != "0":
            raise RefusalError(713)
        return garbage

    with FakeGateway(does={"GetGenericPortMappingEntry": entry}) as fake:
        table = fake.igd().mappings()
    (row,) = table
    assert (row.external_port, row.internal_port, row.lease_seconds, row.enabled) == (None,) * 4
    assert row.terms.raw_text("external_port") == "many"
    assert row.remote_host is None
    assert "'=cmd()" in list(table.to_csv())[1]


def test_table_has_the_columns_of_mappings() -> None:
    with FakeGateway() as fake:
        fake.put(80, client="192.0.2.9", inside=8080)
        table = fake.igd().mappings()
    assert table.columns == MAPPING_COLUMNS
    (row,) = table.to_dicts()
    assert row["gateway"] == "127.0.0.1"
    assert (row["kind"], row["state"]) == ("portmap", "observed")
    assert (row["internal_client"], row["internal_port"]) == ("192.0.2.9", 8080)
    assert (row["remote_host"], row["frames"], row["opened_time"]) == ("", None, None)
    assert escape("192.0.2.9") in table._repr_html_()
