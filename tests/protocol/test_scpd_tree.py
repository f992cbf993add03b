"""An SCPD is a tree that one can walk, look at and complete by name."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from tests.display.test_tree import Printer
from tests.protocol.test_scpd import RENDERING, variable
from upnpscapy.protocol.named import Named
from upnpscapy.protocol.scpd import Action, parse_scpd

SCPD = parse_scpd(RENDERING)


def test_tree_is_shown() -> None:
    assert str(SCPD).splitlines() == [
        "actions  2",
        "├── SetVolume(Zone: string, Level: ui2) → Before: ui2",
        "└── Reset()",
        "state variables  3",
        "├── Volume: ui2 (0…100 step 5)  = 10  evented  multicast",
        "├── Zone: string (Hall, Attic)  urn:x:zone",
        "└── LastChange: string  evented",
    ]


def test_arguments_are_shown_in_wire_order_with_their_variables() -> None:
    order = RENDERING.replace(b"<direction>in<", b"<direction>out<", 1)
    assert parse_scpd(order).SetVolume.tree().to_text().splitlines() == [
        "SetVolume(Level: ui2) → Zone: string, Before: ui2",
        "├── out Zone: string  Zone: Hall, Attic",
        "├── in Level: ui2  Volume: 0…100 step 5",
        "└── out Before: ui2  Volume: 0…100 step 5  retval",
    ]
    assert "out Before: ui2" in SCPD.tree().to_text(expand=True)
    assert "out Before: ui2" in SCPD._repr_html_()
    printer = Printer()
    SCPD.SetVolume._repr_pretty_(printer, cycle=False)
    assert printer.texts[0].count("\n") == 3
    lost = parse_scpd(RENDERING.replace(b"Variable>Zone<", b"Variable>Room<")).SetVolume
    assert "in Zone: ?  Room, which is not in the table" in lost.tree().to_text()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (SCPD.actions, "SetVolume"),
        (SCPD.variables, "LastChange"),
        (SCPD.SetVolume.arguments, "Before"),
    ],
)
def test_values_are_found_by_name(values: Named[Action], name: str) -> None:
    assert getattr(values, name).name == name
    assert values[name] is getattr(values, name)
    assert values.find(name.lower()) is values[name]
    assert name in dir(values)
    assert name in values._ipython_key_completions_()
    assert values[values.index(values[name])] is values[name]
    assert values[:] == tuple(values) == values
    with pytest.raises(AttributeError):
        _ = values.Nothing
    with pytest.raises(KeyError):
        _ = values["Nothing"]
    printer = Printer()
    values._repr_pretty_(printer, cycle=False)
    assert printer.texts[0].splitlines() == [str(value) for value in values]


def test_only_names_that_python_can_write_are_completed() -> None:
    odd = RENDERING.replace(b"<name>Reset<", b"<name>Re set<")
    actions = parse_scpd(odd).actions
    assert "Re set" not in dir(actions)
    assert actions["Re set"] is actions[1]
    assert parse_scpd(odd.replace(b"Re set", b"SetVolume")).actions.SetVolume.arguments


def test_values_can_be_copied_and_kept() -> None:
    for again in (pickle.loads(pickle.dumps(SCPD)), copy.deepcopy(SCPD), copy.copy(SCPD)):
        assert again == SCPD
        assert isinstance(again.actions, Named)
        assert hash(again) == hash(SCPD)
        assert again.actions.SetVolume == SCPD.SetVolume


def test_values_for_json() -> None:
    told = json.loads(json.dumps(SCPD.to_dict()))
    assert [action["name"] for action in told["actions"]] == ["SetVolume", "Reset"]
    level = told["actions"][0]["arguments"][1]
    assert (level["name"], level["related"], level["direction"]) == ("Level", "Volume", "in")
    assert "variable" not in level
    assert told["variables"][0]["allowed_range"]["maximum"] == 100
    money = variable(
        "<allowedValueRange><minimum>0.5</minimum><maximum>INF</maximum></allowedValueRange>",
        "fixed.14.4",
    )
    json.dumps(money.to_dict(), allow_nan=False)


def test_thousands_of_allowed_values_end() -> None:
    values = "".join(f"<allowedValue>v{number}</allowedValue>" for number in range(10_000))
    text = str(variable(f"<allowedValueList>{values}</allowedValueList>", "string"))
    assert "v31, … 9968 more" in text
    assert len(text) < 700


def test_nothing_a_service_says_acts_on_a_terminal() -> None:
    bad = "<![CDATA[\x9b2J\u202e<b>]]>".encode()
    scpd = parse_scpd(RENDERING.replace(b"SetVolume", bad).replace(b"Hall", bad))
    for text in (str(scpd), scpd._repr_html_(), scpd.tree().to_text(expand=True)):
        assert all(line.isprintable() for line in text.split("\n"))
    assert "<b>]" not in scpd._repr_html_()
    assert "&lt;b&gt;(" in scpd._repr_html_()
