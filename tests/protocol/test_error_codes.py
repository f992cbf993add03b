from __future__ import annotations

import pytest

from upnpscapy.protocol.error_codes import GENERAL, SERVICES, error_name

FORUM = "urn:schemas-upnp-org:service:"


@pytest.mark.parametrize(
    ("service_type", "code", "name"),
    [
        (f"{FORUM}WANIPConnection:1", 718, "ConflictInMappingEntry"),
        (f"{FORUM}WANIPConnection:2", 729, "ConflictWithOtherMechanisms"),
        (f"{FORUM}WANPPPConnection:1", 725, "OnlyPermanentLeasesSupported"),
        (f"{FORUM}WANIPv6FirewallControl:1", 702, "FirewallDisabled"),
        (f"{FORUM}AVTransport:1", 702, "No contents"),
        (f"{FORUM}ContentDirectory:3", 701, "No such object"),
        (f"{FORUM}ConnectionManager:1", 706, "Invalid connection reference"),
        (f"{FORUM}RenderingControl:1", 702, "Invalid InstanceID"),
        (f"{FORUM}Layer3Forwarding:1", 721, "InvalidServiceID"),
        # Any version, none, and any case.
        (f"{FORUM}WANIPConnection:99", 714, "NoSuchEntryInArray"),
        (f"{FORUM}WANIPConnection", 714, "NoSuchEntryInArray"),
        (f"{FORUM}wanipconnection:1", 714, "NoSuchEntryInArray"),
        # Codes of every service.
        (f"{FORUM}SwitchPower:1", 401, "Invalid Action"),
        ("urn:example-com:service:Lamp:1", 606, "Action not authorized"),
        (None, 501, "Action Failed"),
        # Without a name.
        (f"{FORUM}WANIPConnection:1", 799, None),
        (f"{FORUM}SwitchPower:1", 701, None),
        ("urn:example-com:service:AVTransport:1", 701, None),
        (f"{FORUM}WANIPConnectionX:1", 714, None),
        ("", 714, None),
        (None, 714, None),
        (f"{FORUM}AVTransport:1", -1, None),
    ],
)
def test_name(service_type: str | None, code: int, name: str | None) -> None:
    assert error_name(service_type, code) == name


def test_a_service_has_no_code_of_every_service() -> None:
    for codes in SERVICES.values():
        assert not codes.keys() & GENERAL.keys()
        assert all(700 <= code < 800 for code in codes)


@pytest.mark.parametrize("names", [GENERAL, *SERVICES.values()])
def test_names_are_distinct_and_neat(names: dict[int, str]) -> None:
    assert len(set(names.values())) == len(names)
    assert list(names) == sorted(names)
    for name in names.values():
        assert name == name.strip()
        assert name[0].isupper()
