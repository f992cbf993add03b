"""What follows a refusal: each rule of the policy, told step by step, and where it ends."""

from __future__ import annotations

from typing import Any

import pytest

from upnpscapy import ActionFault, ArgumentError, ControlError, ResponseError
from upnpscapy.live.igd_retry import CONFLICTS, MAX_OTHER_PORTS, RULES, refused_codes

from .igd_gateway import IP1, IP2, FakeGateway, RefusalError

ADD = "AddPortMapping"
OTHER = "127.0.0.9"

# code, what is asked for, and what of it is asked for then
REACTIONS: list[tuple[int, dict[str, Any], dict[str, str], str]] = [
    (725, {"lease_seconds": 60}, {"NewLeaseDuration": "0"}, "permanent lease"),
    (402, {"lease_seconds": 0}, {"NewLeaseDuration": "604800"}, "lease of 604800 s"),
    (716, {"external_port": 0}, {"NewExternalPort": "80"}, "the internal port's number"),
    (724, {"external_port": 8080}, {"NewExternalPort": "80"}, "the internal port's number"),
    (726, {"remote_host": "192.0.2.1"}, {"NewRemoteHost": ""}, "every remote host"),
]


@pytest.mark.parametrize(("code", "asked", "then", "words"), REACTIONS)
def test_refusal_is_followed_by_what_may_be_granted_and_that_is_told(
    code: int, asked: dict[str, Any], then: dict[str, str], words: str
) -> None:
    with FakeGateway() as fake:
        fake.refusals[ADD] = [code]
        mapping = fake.igd().add("TCP", 80, **asked)
        first, second = fake.called(ADD)
    assert {name: value for name, value in second.items() if first[name] != value} == then
    (step,) = mapping.steps
    assert (step.action, step.code, bool(step.name)) == (ADD, code, True)
    assert words in str(step)
    assert mapping.state == "open"


@pytest.mark.parametrize(("code", "asked", "then", "words"), REACTIONS)
def test_without_retry_the_first_refusal_stands(
    code: int, asked: dict[str, Any], then: dict[str, str], words: str
) -> None:
    for retry in (False, {1, 2}):
        with FakeGateway() as fake:
            fake.refusals[ADD] = [code]
            with pytest.raises(ActionFault) as caught:
                fake.igd().add("TCP", 80, retry=retry, **asked)
            assert caught.value.code == code
            assert len(fake.called(ADD)) == 1


def test_retry_may_be_for_chosen_codes() -> None:
    with FakeGateway() as fake:
        fake.refusals[ADD] = [725]
        assert fake.igd().add("TCP", 80, retry={725}).lease_seconds == 0


USELESS: list[tuple[int, dict[str, Any]]] = [
    (725, {"lease_seconds": 0}),
    (402, {"lease_seconds": 60}),
    (716, {"external_port": 80}),
    (724, {"external_port": 80}),
    (726, {}),
    (727, {}),
    (606, {}),
    (728, {}),
    (729, {}),
    (402, {}),
    (403, {}),
    (820, {}),
]


@pytest.mark.parametrize(("code", "asked"), USELESS)
def test_refusal_that_nothing_else_would_help_is_raised(code: int, asked: dict[str, Any]) -> None:
    with FakeGateway() as fake:
        fake.refusals[ADD] = [code]
        with pytest.raises(ActionFault) as caught:
            fake.igd().add("TCP", 80, **asked)
        assert len(fake.called(ADD)) == 1
    assert caught.value.code == code
    assert caught.value.action == ADD


def test_rules_follow_one_another_each_once_and_a_final_refusal_tells_them() -> None:
    with FakeGateway() as fake:
        fake.refusals[ADD] = [726, 725, 402, 725]
        with pytest.raises(ActionFault) as caught:
            fake.igd().add("TCP", 80, lease_seconds=60, remote_host="192.0.2.1")
        assert len(fake.called(ADD)) == 4
    notes = " | ".join(caught.value.__notes__)
    assert caught.value.code == 725
    assert [code for code in (726, 725, 402) if f"error {code}" in notes] == [726, 725, 402]


def test_every_code_of_the_policy_has_one_rule() -> None:
    assert refused_codes(retry=True) == {725, 402, 716, 724, 726, 718, 501}
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert not {rule.code for rule in RULES} & CONFLICTS


@pytest.mark.parametrize("code", sorted(CONFLICTS))
def test_conflict_with_the_own_mapping_is_success(code: int) -> None:
    with FakeGateway() as fake:
        fake.put(8080, inside=80, NewLeaseDuration="50")
        fake.refusals[ADD] = [code]
        mapping = fake.igd().add("TCP", 80, 8080)
        assert len(fake.called(ADD)) == 1
    assert (mapping.state, mapping.lease_seconds, mapping.internal_port) == ("observed", 50, 80)
    assert "it is there already" in str(mapping.steps[0])


OTHERS = {
    "another host": {"client": OTHER},
    "another port": {"inside": 81},
    "disabled": {"inside": 80, "NewEnabled": "0"},
}


@pytest.mark.parametrize("name", OTHERS)
def test_conflict_with_anything_else_is_an_error_that_says_with_what(name: str) -> None:
    with FakeGateway() as fake:
        fake.put(8080, **OTHERS[name])  # type: ignore[arg-type]
        fake.refusals[ADD] = [718]
        with pytest.raises(ActionFault) as caught:
            fake.igd().add("TCP", 80, 8080)
    assert caught.value.code == 718
    (note,) = caught.value.__notes__
    assert note.startswith("port 8080 is mapped to 127.0.0.")


@pytest.mark.parametrize("code", sorted(CONFLICTS))
def test_another_port_is_asked_for_only_where_that_is_allowed(code: int) -> None:
    with FakeGateway() as fake:
        fake.put(8080, client=OTHER)
        fake.refusals[ADD] = [code, code]
        with pytest.raises(ActionFault):
            fake.igd().add("TCP", 80, 8080)
        fake.refusals[ADD] = [code, code]
        mapping = fake.igd().add("TCP", 80, 8080, other_port=True)
        assert mapping.external_port == int(fake.called(ADD)[-1]["NewExternalPort"])
    assert mapping.external_port != 8080
    assert mapping.internal_port == 80
    assert len(mapping.steps) == 2
    assert "as 8080 is taken" in str(mapping.steps[0])


def test_other_ports_come_to_an_end() -> None:
    with FakeGateway() as fake:
        fake.refusals[ADD] = [718] * 100
        with pytest.raises(ActionFault) as caught:
            fake.igd().add("TCP", 80, 8080, other_port=True)
        asked = [one["NewExternalPort"] for one in fake.called(ADD)]
    assert len(asked) == 1 + MAX_OTHER_PORTS
    assert asked[0] == "8080"
    assert len(caught.value.__notes__) == MAX_OTHER_PORTS


def test_refused_authorization_names_the_address_that_asked() -> None:
    with FakeGateway() as fake:
        fake.refusals[ADD] = [606]
        with pytest.raises(ActionFault) as caught:
            fake.igd().add("TCP", 80)
    assert caught.value.__notes__ == ["the request came from 127.0.0.1"]


def test_request_about_another_address_of_this_host_comes_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from upnpscapy.live.interfaces import Interface

    own = [Interface("lo", 1, ("127.0.0.1", OTHER), ())]
    monkeypatch.setattr("upnpscapy.live.igd_service.interfaces", lambda: own)
    with FakeGateway() as fake:
        igd = fake.igd()
        mapping = igd.add("TCP", 80, internal_client=OTHER)
        foreign = igd.add("TCP", 81, internal_client="127.0.0.10")
    assert (mapping.internal_client, mapping.requested_by) == (OTHER, OTHER)
    assert (foreign.internal_client, foreign.requested_by) == ("127.0.0.10", "127.0.0.1")


def test_gateway_chooses_another_port_by_add_any() -> None:
    with FakeGateway(IP2) as fake:
        fake.put(8080, client=OTHER)
        mapping = fake.igd().add_any("TCP", 80, 8080)
        assert fake.called(ADD) == []
    assert (mapping.external_port, mapping.internal_port) == (8081, 80)
    assert "chose port 8081 for 8080" in str(mapping.steps[0])


@pytest.mark.parametrize(("service", "refusals"), [(IP1, []), (IP2, [401]), (IP2, [602])])
def test_gateway_without_add_any_is_asked_for_ports_one_by_one(
    service: str, refusals: list[int]
) -> None:
    with FakeGateway(service) as fake:
        fake.put(8080, client=OTHER)
        fake.refusals["AddAnyPortMapping"] = refusals
        mapping = fake.igd().add_any("TCP", 80, 8080)
        first, second = fake.called(ADD)
    assert first["NewExternalPort"] == "8080"
    assert str(mapping.external_port) == second["NewExternalPort"] != "8080"
    assert "ports one by one" in str(mapping.steps[0])
    assert mapping.steps[1].code == 718


def test_add_any_follows_the_rules_too() -> None:
    with FakeGateway(IP2) as fake:
        fake.refusals["AddAnyPortMapping"] = [725]
        assert fake.igd().add_any("UDP", 53).lease_seconds == 0
        fake.does["AddAnyPortMapping"] = lambda _: [("NewReservedPort", "many")]
        with pytest.raises(ControlError, match="without a port"):
            fake.igd().add_any("UDP", 54)


def test_gateway_that_grants_and_does_nothing_is_found_out() -> None:
    with FakeGateway(does={ADD: lambda _: []}) as fake:
        igd = fake.igd()
        with pytest.raises(ControlError, match="granted, but TCP port 80 is mapped to nothing"):
            igd.add("TCP", 80)
        fake.put(80, client=OTHER)
        with pytest.raises(ControlError, match=r"mapped to 127\.0\.0\.9:80"):
            igd.add("TCP", 80)
        assert igd.add("TCP", 81, verify=False).state == "open"


def test_gateway_that_grants_something_else_is_told() -> None:
    def short(arguments: dict[str, str]) -> None:
        fake.put(int(arguments["NewExternalPort"]), NewLeaseDuration="120", NewEnabled="0")

    with FakeGateway(does={ADD: short}) as fake:
        mapping = fake.igd().add("TCP", 80, lease_seconds=3600)
    assert (mapping.lease_seconds, mapping.enabled) == (120, False)
    assert [step.done for step in mapping.steps] == [
        "the lease is 120 s, not 3600 s as it was asked for",
        "the mapping is disabled",
    ]


def test_lease_that_is_told_as_0_is_taken_for_the_one_that_was_asked_for() -> None:
    def forever(arguments: dict[str, str]) -> None:
        fake.put(int(arguments["NewExternalPort"]), NewLeaseDuration="0")

    with FakeGateway(does={ADD: forever}) as fake:
        mapping = fake.igd().add("TCP", 80, lease_seconds=3600)
    assert mapping.lease_seconds == 3600
    assert "the lease is for ever, not 3600 s" in str(mapping.steps[0])


def test_gateway_that_cannot_be_verified_is_believed_and_that_is_told() -> None:
    with FakeGateway() as fake:
        fake.refusals["GetSpecificPortMappingEntry"] = [401]
        mapping = fake.igd().add("TCP", 80)
    assert "not verified" in str(mapping.steps[0])


def test_deleting_what_is_gone_is_no_error() -> None:
    with FakeGateway() as fake:
        fake.put(80)
        igd = fake.igd()
        assert igd.get("tcp", 80) is not None
        assert igd.delete("TCP", 80)
        assert not igd.delete("TCP", 80)
        assert igd.get("TCP", 80) is None
        fake.refusals["DeletePortMapping"] = [606]
        with pytest.raises(ActionFault, match="606"):
            igd.delete("TCP", 80)


@pytest.mark.parametrize(("service", "refusals"), [(IP2, []), (IP2, [401]), (IP1, [])])
def test_range_is_deleted_at_once_or_one_by_one(service: str, refusals: list[int]) -> None:
    with FakeGateway(service) as fake:
        for port in (79, 80, 85, 90, 91):
            fake.put(port)
        fake.put(85, protocol="UDP")
        fake.refusals["DeletePortMappingRange"] = refusals
        gone = fake.igd().delete_range("tcp", 80, 90)
        left = [(port, protocol) for _, port, protocol in fake.mappings]
    assert [one.external_port for one in gone] == [80, 85, 90]
    assert {one.state for one in gone} == {"deleted"}
    assert left == [("79", "TCP"), ("91", "TCP"), ("85", "UDP")]


def test_range_one_by_one_leaves_mappings_of_others_unless_managed() -> None:
    with FakeGateway() as fake:
        fake.put(80)
        fake.put(81, client=OTHER)
        igd = fake.igd()
        assert [one.external_port for one in igd.delete_range("TCP", 1, 100)] == [80]
        assert [one.external_port for one in igd.delete_range("TCP", 1, 100, manage=True)] == [81]
        assert igd.delete_range("TCP", 1, 100, manage=True) == ()


def test_range_that_is_not_deleted_is_not_said_to_be() -> None:
    with FakeGateway(IP2, does={"DeletePortMappingRange": lambda _: []}) as fake:
        fake.put(80)
        assert fake.igd().delete_range("TCP", 1, 100) == ()


def test_renewal_asks_for_the_same_again() -> None:
    with FakeGateway() as fake:
        igd = fake.igd()
        mapping = igd.add(
            "UDP", 53, 5353, lease_seconds=60, description="d", remote_host="192.0.2.1"
        )
        renewed = igd.renew(mapping, 90)
        first, second = fake.called(ADD)
    assert second == {**first, "NewLeaseDuration": "90"}
    assert (renewed.lease_seconds, renewed.opened_ns) == (90, mapping.opened_ns)
    assert renewed.time_ns > mapping.time_ns


@pytest.mark.parametrize("code", sorted(CONFLICTS))
def test_renewal_that_is_refused_for_its_own_sake_makes_the_mapping_anew(code: int) -> None:
    with FakeGateway() as fake:
        igd = fake.igd()
        mapping = igd.add("TCP", 80, lease_seconds=60)
        fake.refusals[ADD] = [code]
        renewed = igd.renew(mapping)
        names = [name for name, _ in fake.calls[-4:]]
        fake.refusals[ADD] = [code, code]
        with pytest.raises(ActionFault):
            igd.renew(mapping)
    assert names == [ADD, "GetSpecificPortMappingEntry", "DeletePortMapping", ADD]
    assert "deleted the own mapping" in str(renewed.steps[0])
    assert (renewed.state, renewed.lease_seconds) == ("open", 60)


def test_renewal_of_what_is_permanent_already_leaves_it() -> None:
    with FakeGateway() as fake:
        igd = fake.igd()
        mapping = igd.add("TCP", 80, lease_seconds=0)
        fake.refusals[ADD] = [718]
        assert "there already" in str(igd.renew(mapping).steps[0])
        assert fake.called("DeletePortMapping") == []


WRONG: dict[str, tuple[Any, ...]] = {
    "NewInternalPort": ("TCP", 0),
    "NewExternalPort": ("TCP", 80, 65536),
    "NewProtocol": ("ICMP", 80),
}


@pytest.mark.parametrize("argument", WRONG)
def test_what_no_gateway_can_be_asked_is_not_sent(argument: str) -> None:
    with FakeGateway() as fake:
        with pytest.raises(ArgumentError) as caught:
            fake.igd().add(*WRONG[argument])
        assert fake.called(ADD) == []
    assert caught.value.argument == argument


@pytest.mark.parametrize("address", ["", " 44.128.0.2 ", "10.0.0.1", "garbage"])
def test_external_address_is_as_the_gateway_says_it(address: str) -> None:
    with FakeGateway() as fake:
        igd = fake.igd()
        fake.address = address
        assert igd.external_address() == address.strip()
        fake.does["GetExternalIPAddress"] = lambda _: []
        with pytest.raises(ResponseError, match="without NewExternalIPAddress"):
            igd.external_address()


def test_fault_codes_of_a_fake_are_those_that_arrive() -> None:
    def refuse(_: dict[str, str]) -> None:
        raise RefusalError(603)

    with FakeGateway(does={ADD: refuse}) as fake, pytest.raises(ActionFault) as caught:
        fake.igd().add("TCP", 80)
    assert (caught.value.code, caught.value.name) == (603, "Out of Memory")
