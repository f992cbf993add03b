"""Actions with ordered arguments, state variables, and what devices get wrong in them."""

from __future__ import annotations

import copy
import pickle
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.errors import DescriptionError, MessageError
from upnpscapy.protocol.description_defect import CATALOGUE
from upnpscapy.protocol.scpd import AllowedRange, Scpd, StateVariable, parse_scpd

RENDERING = b"""<?xml version="1.0"?>
<scpd xmlns="urn:schemas-upnp-org:service-1-0" configId="3">
  <specVersion><major>2</major><minor>0</minor></specVersion>
  <actionList>
    <action><name>SetVolume</name><argumentList>
      <argument><name>Zone</name><direction>in</direction>
        <relatedStateVariable>Zone</relatedStateVariable></argument>
      <argument><name>Level</name><direction>in</direction>
        <relatedStateVariable>Volume</relatedStateVariable></argument>
      <argument><name>Before</name><direction>out</direction><retval/>
        <relatedStateVariable>Volume</relatedStateVariable></argument>
    </argumentList></action>
    <action><name>Reset</name></action>
  </actionList>
  <serviceStateTable>
    <stateVariable sendEvents="yes" multicast="yes"><name>Volume</name><dataType>ui2</dataType>
      <defaultValue>10</defaultValue>
      <allowedValueRange><minimum>0</minimum><maximum>100</maximum><step>5</step>
      </allowedValueRange></stateVariable>
    <stateVariable sendEvents="no"><name>Zone</name>
      <dataType type="urn:x:zone">string</dataType>
      <allowedValueList><allowedValue>Hall</allowedValue><allowedValue>Attic</allowedValue>
      </allowedValueList></stateVariable>
    <stateVariable><name>LastChange</name><dataType>string</dataType></stateVariable>
  </serviceStateTable>
</scpd>"""


def names(scpd: Scpd) -> list[str]:
    return [defect.name for defect in scpd.defects]


def variable(inner: str, data_type: str = "ui2") -> Scpd:
    return parse_scpd(
        '<scpd xmlns="urn:schemas-upnp-org:service-1-0"><specVersion><major>1</major>'
        "<minor>0</minor></specVersion><serviceStateTable><stateVariable><name>V</name>"
        f"<dataType>{data_type}</dataType>{inner}</stateVariable></serviceStateTable></scpd>".encode()
    )


def test_actions_keep_the_order_of_their_arguments() -> None:
    scpd = parse_scpd(RENDERING)
    assert [action.name for action in scpd.actions] == ["SetVolume", "Reset"]
    action = scpd.SetVolume
    assert [argument.name for argument in action.arguments] == ["Zone", "Level", "Before"]
    assert [argument.name for argument in action.inputs] == ["Zone", "Level"]
    assert [argument.name for argument in action.outputs] == ["Before"]
    assert [argument.retval for argument in action.arguments] == [False, False, True]
    assert action.argument("level").variable is scpd.variable("Volume")
    assert action.argument("Nothing") is None
    assert scpd.Reset.arguments == ()
    assert (scpd.spec_version, scpd.config_id) == ((2, 0), 3)
    assert (scpd.defects, scpd.repairs) == ((), ())


def test_variables_say_what_they_hold() -> None:
    volume, zone, change = parse_scpd(RENDERING).variables
    assert volume == StateVariable(
        "Volume",
        "ui2",
        "10",
        (),
        AllowedRange(0, 100, 5, "0", "100", "5"),
        send_events=True,
        multicast=True,
    )
    assert volume.default_value == 10
    assert zone.allowed_values == ("Hall", "Attic")
    assert (zone.send_events, zone.extended_type) == (False, "urn:x:zone")
    assert (zone.default, zone.default_value) == (None, None)
    assert (change.send_events, change.multicast) == (True, False)


def test_values_are_typed_both_ways() -> None:
    volume, zone, _ = parse_scpd(RENDERING).variables
    assert volume.parse_value(" 15 ") == (15, None)
    assert volume.parse_value("101") == (101, "out-of-range")
    assert volume.parse_value("7") == (7, "off-step")
    assert volume.parse_value("loud") == (None, "not-of-type")
    assert zone.parse_value("Hall") == ("Hall", None)
    assert zone.parse_value("Cellar") == ("Cellar", "not-in-list")
    assert volume.build_value(15) == volume.build_value("15") == "15"
    assert zone.build_value("Attic") == "Attic"
    assert volume.build_value(7, check=False) == "7"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("Volume", 105, "Volume: out-of-range: 105; allowed: 0…100 step 5"),
        ("Volume", 7, "Volume: off-step"),
        ("Volume", 70000, "no value of type ui2"),
        ("Volume", "loud", "no value of type ui2"),
        ("Zone", "Cellar", "Zone: not-in-list: 'Cellar'; allowed: Hall, Attic"),
    ],
)
def test_what_is_not_allowed_is_not_written(name: str, value: object, reason: str) -> None:
    found = parse_scpd(RENDERING).variable(name)
    assert found is not None
    with pytest.raises(MessageError, match=reason):
        found.build_value(value)


def test_numbers_of_a_list_are_compared_as_numbers() -> None:
    inner = "<allowedValueList><allowedValue>010</allowedValue></allowedValueList>"
    found = variable(inner).variables[0]
    assert found.parse_value("10") == (10, None)
    assert found.parse_value("11") == (11, "not-in-list")


def test_service_is_walked_and_shown() -> None:
    scpd = parse_scpd(RENDERING)
    assert {"SetVolume", "Reset", "variables"} <= set(dir(scpd))
    assert scpd.action("setvolume") is scpd.SetVolume
    with pytest.raises(AttributeError):
        _ = scpd.Nothing
    assert repr(scpd) == "<Scpd actions=2 variables=3>"
    assert repr(parse_scpd(RENDERING).SetVolume.arguments[0]) == "<Argument in Zone: string>"
    assert pickle.loads(pickle.dumps(scpd)) == scpd == copy.deepcopy(scpd)


S = RENDERING
FAULTS: list[tuple[bytes, str]] = [
    (S.replace(b"scpd", b"SCPD"), "root-name"),
    (S.replace(b"service-1-0", b"service-1-1"), "root-namespace"),
    (S.replace(b"<major>2", b"<major>two"), "missing-version"),
    (S.replace(b'"3"', b'"-3"'), "config-id-value"),
    (S.replace(b"<name>Reset<", b"<name>\n Reset<"), "blanks-in-value"),
    (S.replace(b"<name>Reset</name>", b""), "missing-name"),
    (S.replace(b"<name>Reset<", b'<name>"Reset"<'), "quoted-name"),
    (S.replace(b"<name>Reset<", b"<name>SetVolume<"), "duplicate-name"),
    (S.replace(b"<name>Level<", b"<name>Zone<"), "duplicate-name"),
    (S.replace(b"<name>LastChange<", b"<name>Zone<"), "duplicate-name"),
    (S.replace(b"<direction>in<", b"<direction>INOUT<", 1), "direction-value"),
    (S.replace(b"<direction>in<", b"<direction>IN<", 1), "direction-value"),
    (S.replace(b"<direction>in<", b"<direction><", 1), "direction-value"),
    (S.replace(b"<name>Level</name>", b"<name>Level</name><retval/>"), "retval-place"),
    (S.replace(b">Zone</relatedS", b">Area</relatedS"), "unknown-variable"),
    (S.replace(b'sendEvents="no"', b'sendEvents="0"'), "send-events-value"),
    (S.replace(b">ui2<", b"><"), "missing-data-type"),
    (S.replace(b">ui2<", b">u2<"), "unknown-data-type"),
    (S.replace(b">ui2<", b">UI2<"), "data-type-case"),
    (S.replace(b"<minimum>0</minimum>", b""), "range-without-minimum"),
    (S.replace(b"<maximum>100</maximum>", b""), "range-without-maximum"),
    (
        S.replace(b"<minimum>0", b"<minimum>200").replace(b"<maximum>100", b"<maximum>0"),
        "range-swapped",
    ),
    (S.replace(b"<step>5", b"<step>NOT_IMPLEMENTED"), "range-value"),
    (S.replace(b">10</def", b">NOT_IMPLEMENTED</def"), "default-value"),
    (S.replace(b">10</def", b">1000</def"), "default-value"),
]


@pytest.mark.parametrize(("data", "defect"), FAULTS)
def test_deviation_is_named(data: bytes, defect: str) -> None:
    scpd = parse_scpd(data)
    assert names(scpd) == [defect]
    assert str(scpd).splitlines()[-1].startswith(f"defect: {defect}")


def test_every_deviation_of_services_has_a_case() -> None:
    services = list(CATALOGUE)[list(CATALOGUE).index("missing-name") :]
    assert {defect for _, defect in FAULTS} >= set(services) - {"missing-state-table"}


def test_deviations_lose_nothing() -> None:
    swapped = variable(
        "<allowedValueRange><minimum>9</minimum><maximum>1</maximum></allowedValueRange>"
    ).variables[0]
    assert swapped.allowed_range == AllowedRange(1, 9, None, "9", "1", None)
    assert swapped.parse_value("5") == (5, None)
    half = variable("<allowedValueRange><minimum>3</minimum><maximum/></allowedValueRange>")
    assert half.variables[0].parse_value("60000") == (60000, None)
    assert half.variables[0].parse_value("2") == (2, "out-of-range")
    both = parse_scpd(S.replace(b"<direction>in<", b"<direction>INOUT<", 1)).SetVolume
    assert both.arguments[0].direction == "inout"
    assert both.arguments[0].direction_raw == "INOUT"
    assert both.inputs[0] is both.outputs[0]
    quoted = parse_scpd(S.replace(b">ui2<", b'>"ui2"<')).variables[0]
    assert quoted.data_type == "ui2"


def test_events_may_be_said_by_an_element() -> None:
    assert not variable("<sendEventsAttribute>no</sendEventsAttribute>").variables[0].send_events


def test_missing_state_table() -> None:
    scpd = parse_scpd(b"<scpd><actionList><action><name>A</name></action></actionList></scpd>")
    assert "missing-state-table" in names(scpd)
    assert scpd.A.arguments == ()
    assert str(scpd.A) == "A()"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not found", "no XML element"),
        (b"<root><device/></root>", "the description of a device"),
        (b"<html/>", "no actions and no state variables in the element 'html'"),
    ],
)
def test_what_is_no_scpd_is_refused_with_its_url(data: bytes, reason: str) -> None:
    with pytest.raises(DescriptionError, match=reason) as caught:
        parse_scpd(data, "http://192.0.2.1/s.xml")
    assert caught.value.url == "http://192.0.2.1/s.xml"


ARGUMENT = b"<argument><name>a</name><relatedStateVariable>v</relatedStateVariable></argument>"


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        (b"<actionList><action><argumentList>", ARGUMENT, b"</argumentList></action></actionList>"),
        (b"<actionList>", b"<action><name>a</name></action>", b"</actionList>"),
        (b"<serviceStateTable>", b"<stateVariable/>", b"</serviceStateTable>"),
        (
            b"<serviceStateTable><stateVariable><dataType>ui4</dataType><defaultValue>x"
            b"</defaultValue><allowedValueList>",
            b"<allowedValue>1</allowedValue>",
            b"</allowedValueList></stateVariable></serviceStateTable>",
        ),
        (
            b"<serviceStateTable><stateVariable><dataType>r8</dataType><defaultValue>",
            b"1",
            b"</defaultValue></stateVariable></serviceStateTable>",
        ),
    ],
)
def test_time_grows_with_the_size(before: bytes, piece: bytes, after: bytes) -> None:
    def best(size: int) -> float:
        data = b"<scpd>" + before + piece * (size // len(piece)) + after + b"</scpd>"
        times = []
        for _ in range(3):
            start = process_time()
            str(parse_scpd(data))
            times.append(process_time() - start)
        return min(times)

    assert best(160_000) < 24 * best(20_000) + 0.02


TAGS = (
    "scpd actionList action name argumentList argument direction relatedStateVariable retval "
    "serviceStateTable stateVariable dataType defaultValue allowedValueList allowedValue "
    "allowedValueRange minimum maximum step specVersion major minor".split()
)
TEXTS = st.sampled_from(
    ["", "in", "OUT", "ui4", "r8", "fixed.14.4", "string", '"', "a", "1", "-2.5"]
)
NODES = st.recursive(
    TEXTS,
    lambda inner: st.lists(st.tuples(st.sampled_from(TAGS), inner), max_size=4).map(
        lambda pairs: "".join(f"<{name}>{text}</{name}>" for name, text in pairs)
    ),
    max_leaves=20,
)
VARIABLE = st.tuples(TEXTS, TEXTS, TEXTS, TEXTS).map(
    lambda texts: (
        "<stateVariable><name>a</name><dataType>{}</dataType><defaultValue>{}</defaultValue>"
        "<allowedValueRange><minimum>{}</minimum><maximum>1</maximum><step>{}</step>"
        "</allowedValueRange></stateVariable>"
    ).format(*texts)
)


@given(NODES, VARIABLE)
def test_any_tree_is_read(inner: str, inner_variable: str) -> None:
    table = f"<serviceStateTable>{inner_variable}</serviceStateTable>"
    scpd = parse_scpd(f"<scpd>{inner}{table}</scpd>".encode())
    str(scpd)
    dir(scpd)
    assert set(names(scpd)) <= set(CATALOGUE)
