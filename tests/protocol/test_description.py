"""The device tree as sent, and what deviates in it."""

from __future__ import annotations

import copy
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.descriptions import GATEWAY, LOCATION, URLS, document
from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.description import Description, Device, Icon, Service, parse_description
from upnpscapy.protocol.description_defect import CATALOGUE, DescriptionDefect
from upnpscapy.protocol.xml import MAX_DEPTH

DEVICE = b"<deviceType>t</deviceType><friendlyName>f</friendlyName><UDN>uuid:9</UDN>"


def names(description: Description) -> list[str]:
    return [defect.name for defect in description.defects]


def test_values_are_those_sent() -> None:
    description = parse_description(GATEWAY, LOCATION)
    root = description.root
    assert (description.spec_version, description.config_id) == ((1, 0), 7)
    assert (root.friendly_name, root.manufacturer, root.model_name) == ("Gate & way", "Maker", "G")
    assert (root.model_number, root.serial_number, root.upc) == ("1", "42", "0")
    assert root.model_description == ""
    assert root.model_url is None
    assert root.manufacturer_url == "http://maker.example/"
    assert root.extensions == (("dlna:X_DLNADOC", "DMS-1.50"),)
    assert root.icons == (
        Icon("image/png", 48, 32, 24, "http://192.0.2.1:5000/gw/icon.png", "icon.png"),
    )
    assert root.presentation_url == "http://192.0.2.1:5000/"
    assert root.presentation_url_raw == "/"
    assert root.services[0] == Service(
        "urn:schemas-upnp-org:service:Layer3Forwarding:1",
        "urn:upnp-org:serviceId:L3Forwarding1",
        "http://192.0.2.1:5000/l3f.xml",
        "http://192.0.2.1:5000/gw/ctl",
        "",
        "/l3f.xml",
        "ctl",
        "",
    )
    assert (description.defects, description.repairs) == ((), ())


FAULTS: list[tuple[bytes, str]] = [
    (GATEWAY.replace(b"root xmlns", b"ROOT xmlns").replace(b"</root", b"</ROOT"), "root-name"),
    (GATEWAY.replace(b"device-1-0", b"device-1-1"), "root-namespace"),
    (GATEWAY.replace(b"<major>1</major>", b""), "missing-version"),
    (GATEWAY.replace(b'"7"', b'"x"'), "config-id-value"),
    (GATEWAY.replace(b"<modelName>G", b"<modelName>\n G"), "blanks-in-value"),
    (
        GATEWAY.replace(b"</root>", b"<device>" + DEVICE + b"</device></root>"),
        "several-root-devices",
    ),
    (GATEWAY.replace(b"<UDN>uuid:00000000-0000-0000-0000-000000000001</UDN>", b""), "missing-udn"),
    (GATEWAY.replace(b"<friendlyName>WAN</friendlyName>", b""), "missing-friendly-name"),
    (GATEWAY.replace(b"urn:schemas-upnp-org:device:WANDevice:1", b""), "missing-device-type"),
    (GATEWAY.replace(b"uuid:", b"", 1), "udn-without-uuid"),
    (GATEWAY.replace(b"0002", b"0001"), "duplicate-udn"),
    (GATEWAY.replace(b"urn:upnp-org:serviceId:WANIPConn1", b""), "missing-service-id"),
    (
        GATEWAY.replace(b"urn:schemas-upnp-org:service:WANIPConnection:1", b""),
        "missing-service-type",
    ),
    (GATEWAY.replace(b"<SCPDURL>/ip.xml</SCPDURL>", b""), "missing-url"),
    (GATEWAY.replace(b"<width>48", b"<width>big"), "icon-size"),
    (
        GATEWAY.replace(b"<UPC>", b"<URLBase>http://192.0.2.1:5000/</URLBase><UPC>"),
        "url-base-place",
    ),
    (
        document(
            "<serviceList><service><serviceType>t</serviceType><serviceId>urn:a:serviceId:S1"
            "</serviceId><SCPDURL>a</SCPDURL><controlURL>a</controlURL><eventSubURL/></service>"
            "</serviceList>",
            "a",
        ),
        "duplicate-service-id",
    ),
]


@pytest.mark.parametrize(("data", "defect"), FAULTS, ids=[defect for _, defect in FAULTS])
def test_deviation_is_named(data: bytes, defect: str) -> None:
    description = parse_description(data, LOCATION)
    assert names(description) == [defect]
    assert str(description).splitlines()[-1].startswith(f"defect: {defect}")
    assert description.defects[0].clause
    assert description.defects[0].meaning


def test_every_deviation_of_devices_has_a_case() -> None:
    tested = {defect for _, defect in FAULTS} | {defect for case in URLS for defect in case[5]}
    devices = list(CATALOGUE)[: list(CATALOGUE).index("missing-name")]
    assert tested == set(devices)


def test_defect_says_what_where_and_why() -> None:
    assert str(DescriptionDefect("udn-without-uuid", "a\x1bb")) == (
        "udn-without-uuid 'a\\x1bb': UDN does not begin with uuid: (UDA 2.0, 2.3)"
    )


def test_names_of_elements_may_differ_in_case_and_namespace() -> None:
    data = GATEWAY.replace(b"friendlyName", b"FriendlyName").replace(
        b"<device>", b'<device><x:UDN xmlns:x="urn:x">other</x:UDN>', 1
    )
    root = parse_description(data, LOCATION).root
    assert root.friendly_name == "Gate & way"
    assert root.udn == "uuid:00000000-0000-0000-0000-000000000001"


def test_blanks_in_tags_and_values() -> None:
    data = document("<UPC             > 1 </UPC           >", "/c")
    description = parse_description(data, LOCATION)
    assert description.root.upc == "1"
    assert description.defects == (DescriptionDefect("blanks-in-value", "UPC"),)


def test_repairs_are_handed_on() -> None:
    description = parse_description(b"\r\n" + GATEWAY + b"\0", LOCATION)
    assert [repair.name for repair in description.repairs] == ["leading-blanks", "trailing-nul"]
    assert description.defects == ()
    assert "repaired: leading-blanks" in str(description)


def test_device_may_be_the_root_element() -> None:
    description = parse_description(b"<device><friendlyName>x</friendlyName></device>")
    assert description.root.friendly_name == "x"
    assert "root-name" in names(description)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"status=ok", "no XML element"),
        (b"<scpd/>", "the description of a service"),
        (b"<html><body/></html>", "no device in the element 'html'"),
        (b"<root/>", "no device in the element 'root'"),
    ],
)
def test_what_is_no_description_is_refused_with_its_url(data: bytes, reason: str) -> None:
    with pytest.raises(DescriptionError, match=reason) as caught:
        parse_description(data, LOCATION)
    assert caught.value.url == LOCATION
    assert caught.value.reason.startswith(reason)
    assert str(caught.value).startswith(LOCATION)


def test_a_description_cut_anywhere_is_read_to_the_cut_or_refused() -> None:
    seen = set()
    for end in range(len(GATEWAY)):
        try:
            description = parse_description(GATEWAY[:end], LOCATION)
        except DescriptionError:
            continue
        seen.add(len(description.services))
        if end < len(GATEWAY) - len(b"</root>"):
            assert "cut-short" in {repair.name for repair in description.repairs}
    assert seen == {0, 1, 2}


def test_devices_in_devices_to_the_limit_of_depth() -> None:
    levels = MAX_DEPTH // 2 - 1
    inner = b"<device><deviceList>" * levels + b"</deviceList></device>" * levels
    description = parse_description(b"<root>" + inner + b"</root>")
    assert len(description.devices) == levels
    assert len(str(description.root).splitlines()) == levels
    assert hash(description) == hash(copy.deepcopy(description))


SERVICE = b"<service><serviceId>a:S1</serviceId><controlURL>c</controlURL></service>"


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        (b"<serviceList>", SERVICE, b"</serviceList>"),
        (b"", b"<serviceList>" + SERVICE + b"</serviceList>", b""),
        (b"<iconList>", b"<icon><url>u</url></icon>", b"</iconList>"),
        (b"<deviceList>", b"<device><UDN>u</UDN></device>", b"</deviceList>"),
        (b"<presentationURL>", b"../", b"</presentationURL>"),
        (b"<presentationURL>", b"\xc3\xa9 ", b"</presentationURL>"),
        (b"<UDN>", b"\xc2\x9b", b"</UDN>"),
        (b"", b"<x/>", b""),
    ],
)
def test_time_grows_with_the_size(before: bytes, piece: bytes, after: bytes) -> None:
    def best(size: int) -> float:
        body = before + piece * (size // len(piece)) + after
        data, times = b"<root><device>" + body + b"</device></root>", []
        for _ in range(3):
            start = process_time()
            description = parse_description(data, LOCATION)
            str(description), dir(description), description.find_service("none")
            times.append(process_time() - start)
        return min(times)

    assert best(160_000) < 24 * best(20_000) + 0.02


TAGS = (
    "root device serviceList service deviceList iconList icon url URLBase controlURL SCPDURL UDN "
    "deviceType friendlyName serviceId specVersion major minor width presentationURL".split()
)
NODES = st.recursive(
    st.text(alphabet="ab:/?#[]%1. \x85é", max_size=12),
    lambda inner: st.lists(st.tuples(st.sampled_from(TAGS), inner), max_size=4).map(
        lambda pairs: "".join(f"<{name}>{text}</{name}>" for name, text in pairs)
    ),
    max_leaves=20,
)


@given(NODES, st.none() | st.text(alphabet="htp:/[]1.@%a ", max_size=20))
def test_any_tree_is_read(inner: str, location: str | None) -> None:
    data = f"<root><device>{inner}</device>{inner}</root>".encode()
    description = parse_description(data, location)
    assert isinstance(description.root, Device)
    str(description)
    repr(description)
    dir(description)
    assert {defect.name for defect in description.defects} <= set(CATALOGUE)
