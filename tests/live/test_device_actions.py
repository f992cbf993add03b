"""Actions to call by name: what is checked and sent, and what comes back."""

from __future__ import annotations

import inspect
import pickle
import pydoc
from typing import Any

import pytest

from upnpscapy.errors import (
    ActionFault,
    ArgumentError,
    ControlError,
    DescriptionError,
    RefusedError,
    ResponseError,
    UpnpError,
)
from upnpscapy.live.http import Http

from .gateway import (
    GOOD,
    STATUS,
    connection,
    fault,
    gateway,
    paths,
    result,
    sent,
)
from .server import http


def test_result_is_typed() -> None:
    with gateway({"Status": STATUS, "Ping": result("Ping")}) as server:
        service = connection(server)
        answer = service.Status()
        assert answer == {"NewUptime": 17, "NewEnabled": True, "NewText": " a "}
        assert list(answer) == ["NewUptime", "NewEnabled", "NewText"]
        assert answer.raw == (("NewUptime", "17"), ("NewEnabled", "1"), ("NewText", " a "))
        assert answer.defects == ()
        assert dict(service.Ping()) == {}
        with pytest.raises(ControlError, match="Status: 3 values, not one"):
            _ = answer.value
        assert pickle.loads(pickle.dumps(answer)) == answer


ODD_RESULTS: dict[str, tuple[list[tuple[str, str]], dict[str, Any], list[str]]] = {
    "one that nobody knows": (
        [("NewUptime", "1"), ("NewEnabled", "0"), ("NewText", ""), ("NewOther", "x")],
        {"NewUptime": 1, "NewEnabled": False, "NewText": "", "NewOther": "x"},
        ["NewOther: no such argument"],
    ),
    "a misspelt name": (
        [("NewUpTime", "1"), ("NewEnable", "1"), ("NewText", "")],
        {"NewUptime": 1, "NewEnable": "1", "NewText": ""},
        ["NewEnable: no such argument", "NewEnabled: missing"],
    ),
    "not of the type": (
        [("NewUptime", "long"), ("NewEnabled", "yes"), ("NewText", "x")],
        {"NewUptime": None, "NewEnabled": True, "NewText": "x"},
        ["NewUptime: not-of-type: 'long'", "NewEnabled: boolean-word: 'yes'"],
    ),
    "another order": (
        [("NewText", "x"), ("NewEnabled", "1"), ("NewUptime", "2")],
        {"NewText": "x", "NewEnabled": True, "NewUptime": 2},
        [],
    ),
    "twice": (
        [("NewUptime", "1"), ("NewUptime", "2"), ("NewEnabled", "1"), ("NewText", "x")],
        {"NewUptime": 1, "NewEnabled": True, "NewText": "x"},
        ["duplicate-argument"],
    ),
    "nothing": ([], {}, ["NewUptime: missing", "NewEnabled: missing", "NewText: missing"]),
}


@pytest.mark.parametrize("name", ODD_RESULTS)
def test_odd_result_loses_nothing(name: str) -> None:
    pairs, values, defects = ODD_RESULTS[name]
    with gateway({"Status": result("Status", *pairs)}) as server:
        answer = connection(server).Status()
    assert list(answer.items()) == list(values.items())
    assert answer.raw == tuple(pairs)
    assert len(answer.defects) == len(defects)
    for found, expected in zip(answer.defects, defects, strict=True):
        assert found.startswith(expected)


def test_arguments_are_sent_as_the_service_describes_them() -> None:
    expected = (
        ("NewPort", "80"),
        ("NewProtocol", "TCP"),
        ("NewEnabled", "1"),
        ("NewDescription", "x"),
    )
    with gateway({"Map": result("Map")}) as server:
        service = connection(server)
        service.Map(80, "TCP", True, "x")
        assert sent(server) == expected
        service.Map(NewDescription="x", NewEnabled=True, NewPort=80, NewProtocol="TCP")
        assert sent(server) == expected
        service.Map("80", "TCP", NewDescription="x", NewEnabled="true")
        assert sent(server) == expected
        service.call("map", dict(reversed(GOOD.items())))
        assert sent(server) == expected
        service.call("Map", [(name.upper(), value) for name, value in GOOD.items()])
        assert sent(server) == expected


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "missing": (
        {"NewPort": 80, "NewProtocol": "TCP"},
        "NewEnabled",
        r"Map: missing: NewEnabled \(boolean\), NewDescription \(string\)",
    ),
    "unknown": (
        {**GOOD, "NewPorts": 1},
        "NewPorts",
        r"no argument 'NewPorts'; is NewPort meant\? \(arguments: NewPort, NewProtocol,",
    ),
    "of another type": ({**GOOD, "NewPort": "eighty"}, "NewPort", "NewPort: no value of type ui2"),
    "beyond the type": ({**GOOD, "NewPort": 70000}, "NewPort", "NewPort: no value of type ui2"),
    "truth for a number": ({**GOOD, "NewPort": True}, "NewPort", "NewPort: no value of type"),
    "number for a text": ({**GOOD, "NewDescription": 5}, "NewDescription", "no value of type"),
    "nothing": ({**GOOD, "NewPort": None}, "NewPort", "no value of type"),
    "out of the range": (
        {**GOOD, "NewPort": 0},
        "NewPort",
        "NewPort: out-of-range: 0; allowed: 1…",
    ),
    "not in the list": (
        {**GOOD, "NewProtocol": "tcp"},
        "NewProtocol",
        "NewProtocol: not-in-list: 'tcp'; allowed: TCP, UDP",
    ),
    "word for truth": ({**GOOD, "NewEnabled": "maybe"}, "NewEnabled", "no value of type boolean"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_argument_is_an_error_and_nothing_is_sent(name: str) -> None:
    given, argument, reason = WRONG[name]
    with gateway({"Map": result("Map")}) as server:
        service = connection(server)
        with pytest.raises(ArgumentError, match=reason) as caught:
            service.call("Map", given)
        assert (caught.value.action, caught.value.argument) == ("Map", argument)
        assert "/ctl" not in paths(server)
    assert isinstance(caught.value, ValueError)


def test_argument_given_twice_or_too_many_are_errors() -> None:
    with gateway({"Map": result("Map")}) as server:
        service = connection(server)
        with pytest.raises(ArgumentError, match="NewPort is given twice"):
            service.Map(80, "TCP", True, "x", NewPort=81)
        with pytest.raises(ArgumentError, match="5 values for 4 arguments"):
            service.Map(80, "TCP", True, "x", "y")
        with pytest.raises(ArgumentError, match="Ping: no argument 'NewX'"):
            service.Ping(NewX=1)
        assert "/ctl" not in paths(server)


def test_without_check_all_is_sent_as_given() -> None:
    given = [
        ("NewProtocol", " tcp"),
        ("NewPort", " 080"),
        ("NewPort", 70000),
        ("A", True),
        ("A", "2"),
        ("E", 1.5),
    ]
    with gateway({"Map": result("Map"), "Nope": fault(401)}) as server:
        service = connection(server)
        service.call("Map", given, check=False)
        assert sent(server) == (
            ("NewProtocol", " tcp"),
            ("NewPort", " 080"),
            ("NewPort", "70000"),
            ("A", "1"),
            ("A", "2"),
            ("E", "1.5"),
        )
        with pytest.raises(ActionFault, match="Nope: error 401"):
            service.call("Nope", {"B": "1"}, check=False)
        with pytest.raises(ArgumentError, match="A: bytes is no text"):
            service.call("Map", {"A": b"x"}, check=False)
        with pytest.raises(UpnpError, match="Ping"):
            service.call("Ping2", {}, check=True)


def test_action_that_is_not_there_is_named_with_the_nearest() -> None:
    with gateway() as server:
        service = connection(server)
        with pytest.raises(AttributeError, match=r"no action 'Pong'; is Ping meant\?"):
            _ = service.Pong
        with pytest.raises(ArgumentError, match=r"no such action; is Status meant\?"):
            service.call("Statuss")
        assert not hasattr(service, "_private")
        assert paths(server) == ["/root.xml", "/scpd.xml"]


def test_fault_is_raised_with_its_name() -> None:
    reason = r"Map: error 718 \(ConflictInMappingEntry\): Taken"
    with gateway({"Map": fault(718, "Taken")}) as server, pytest.raises(ActionFault, match=reason):
        connection(server).Map(80, "TCP", True, "x")


def test_action_shows_its_signature_and_help() -> None:
    with gateway() as server:
        service = connection(server)
        assert str(inspect.signature(service.Map)) == (
            "(NewPort: int, NewProtocol: str, NewEnabled: bool, NewDescription: str)"
            " -> upnpscapy.live.answer.Answer"
        )
        shown = pydoc.plain(pydoc.render_doc(service.Map))
        assert "Map(NewPort: ui2, NewProtocol: string," in shown
        assert "NewPort: ui2 (1…60000)" in shown
        assert "NewProtocol: string (TCP, UDP)" in shown
        assert "NewUptime: ui4" in pydoc.plain(pydoc.render_doc(service.Status))
        assert str(inspect.signature(service.Odd)).startswith("(*values, **named)")
        assert [one.__name__ for one in service.actions] == ["Map", "Status", "Odd", "Ping"]
        assert {"Map", "Status", "Odd", "Ping", "call"} <= set(dir(service))
        assert repr(service.Ping) == "<Action Ping()>"


def test_arguments_that_python_cannot_write_are_given_as_pairs() -> None:
    pairs = (("class", "a"), ("two-words", "b"))
    with gateway({"Odd": result("Odd")}) as server:
        service = connection(server)
        service.Odd(**dict(pairs))
        assert sent(server) == pairs
        service.Odd("a", "b")
        assert sent(server) == pairs


BROKEN_SCPDS: dict[str, dict[str, Any]] = {
    "HTML": {"scpd": http("<html/>")},
    "another document": {"scpd": http("<scpdx/>")},
    "nothing": {"scpd": http("")},
    "entities": {"scpd": http('<!DOCTYPE s [<!ENTITY a "b">]><scpd>&a;</scpd>')},
    "not there": {"scpd_url": "/nowhere.xml"},
    "no URL": {"scpd_url": ""},
    "off the host": {"scpd_url": "http://127.0.0.2/scpd.xml"},
}


@pytest.mark.parametrize("name", BROKEN_SCPDS)
def test_service_without_a_readable_scpd_can_be_called(name: str) -> None:
    with gateway({"Map": result("Map", ("A", "1"))}, **BROKEN_SCPDS[name]) as server:
        service = connection(server)
        answer = service.call("Map", {"B": "x", "A": 2})
        assert sent(server) == (("B", "x"), ("A", "2"))
        assert answer == {"A": "1"}
        assert service.Map(C="1") == {"A": "1"}
        assert sent(server) == (("C", "1"),)
        with pytest.raises(ArgumentError, match="every argument needs its name"):
            service.Map("1")
        assert isinstance(service.scpd_problem, DescriptionError | ResponseError | RefusedError)
        with pytest.raises(type(service.scpd_problem)):
            _ = service.scpd
        assert "Map" not in dir(service)
        assert "no SCPD" in str(service)
        assert paths(server).count("/scpd.xml") <= 1


def test_scpd_that_failed_can_be_fetched_again() -> None:
    with gateway() as server:
        service = connection(server)
        service.http = Http(max_bytes=10)
        assert isinstance(service.scpd_problem, ResponseError)
        service.http = Http()
        assert service.fetch_scpd().action("Ping")
        assert service.scpd_problem is None
