"""``upnpscapy call-action`` and ``upnpscapy describe URL``."""

from __future__ import annotations

from pathlib import Path

import pytest

from upnpscapy import analyze

from ..cli.command import FORMS, Result, run
from .gateway import SERVICE_TYPE, fault, gateway, result
from .server import Server, http

STATUS = result("Status", ("NewUptime", "17"), ("NewEnabled", "1"), ("NewText", "=a\x9b,\n"))
MAP = ("NewPort=80", "NewProtocol=TCP", "NewEnabled=1", "NewDescription=a=b")


def call(server: Server, *words: str) -> Result:
    return run("call-action", f"{server.url}/root.xml", *words)


def test_result_is_written_in_each_form() -> None:
    with gateway({"Status": STATUS}) as server:
        shown = {form: call(server, "WANIPConn1/Status", "-T", form) for form in FORMS}
    assert all(one.status == 0 and one.err == "" for one in shown.values())
    assert shown["text"].out.decode() == (
        "NewUptime   17\nNewEnabled  1\nNewText     =a\\x9b,\\x0a\n"
    )
    expected = {"NewUptime": 17, "NewEnabled": True, "NewText": "=a\x9b,\n"}
    assert shown["json"].json == expected
    assert shown["jsonl"].jsonl == [expected]
    assert shown["csv"].out.decode() == (
        'NewUptime,NewEnabled,NewText\r\n17,true,"\'=a\\x9b,\\x0a"\r\n'
    )


@pytest.mark.parametrize("name", ["WANIPConn1", "urn:upnp-org:serviceId:WANIPConn1", SERVICE_TYPE])
def test_service_of_an_embedded_device_is_found(name: str) -> None:
    with gateway({"Map": result("Map")}) as server:
        done = call(server, f"{name}/Map", *MAP)
        assert (done.status, done.out, done.err) == (0, b"", "")
        assert b"<NewDescription>a=b</NewDescription>" in server.requests[-1]


def test_action_that_fails_is_status_2_with_code_name_and_text() -> None:
    with gateway({"Map": fault(718, "Taken")}) as server:
        done = call(server, "WANIPConn1/Map", *MAP)
    assert (done.status, done.out) == (2, b"")
    assert done.err == "upnpscapy: Map: error 718 (ConflictInMappingEntry): Taken\n"


WRONG = {
    "no such service": (("Nope/Map",), "no service 'Nope'; there are: L3Forwarding1, WANIPConn1"),
    "no such action": (("WANIPConn1/Mapp",), "is Map meant?"),
    "no value": (("WANIPConn1/Map", "NewPort"), "'NewPort' is not NAME=VALUE"),
    "missing arguments": (("WANIPConn1/Map",), "missing: NewPort (1…60000), NewProtocol"),
    "unknown argument": (("WANIPConn1/Ping", "A=1"), "no argument 'A'"),
    "wrong value": (
        ("WANIPConn1/Map", *MAP[1:], "NewPort=0"),
        "NewPort: out-of-range: '0'; allowed: 1…60000",
    ),
    "bad timeout": (("--timeout", "0"), "--timeout"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage_is_status_2_and_calls_nothing(name: str) -> None:
    words, reason = WRONG[name]
    with gateway() as server:
        done = call(server, *words)
        assert not [one for one in server.requests if one.startswith(b"POST")]
    assert (done.status, done.out) == (2, b"")
    assert reason in done.err


def test_no_check_sends_as_given() -> None:
    with gateway({"Map": result("Map")}) as server:
        done = call(server, "WANIPConn1/Map", "--no-check", "B= 2", "NewPort=0")
        assert done.status == 0
        assert b"<B> 2</B><NewPort>0</NewPort>" in server.requests[-1]


def test_service_without_scpd_is_called_with_a_remark() -> None:
    with gateway({"Map": result("Map", ("A", "1"))}, scpd_url="/nowhere") as server:
        done = call(server, "WANIPConn1/Map", "X=1")
    assert (done.status, done.out) == (0, b"A  1\n")
    assert "arguments are sent as given, without an SCPD: " in done.err
    assert "status 404" in done.err


def test_deviations_of_the_answer_are_remarked() -> None:
    with gateway({"Status": result("Status", ("NewUptime", "ages"))}) as server:
        done = call(server, "WANIPConn1/Status")
    assert (done.status, done.out) == (0, b"NewUptime  ages\n")
    assert "defect: NewUptime: not-of-type: 'ages'" in done.err
    assert "defect: NewText: missing" in done.err


def test_without_an_action_it_lists_what_there_is() -> None:
    with gateway() as server:
        everything = call(server)
        one = call(server, "WANIPConn1")
        rows = call(server, "WANIPConn1", "-T", "json").json
        lines = call(server, "WANIPConn1/", "-T", "jsonl").jsonl
        table = call(server, "WANIPConn1", "-T", "csv").out.decode().splitlines()
        assert not [one for one in server.requests if one.startswith(b"POST")]
    assert everything.status == one.status == 0
    assert "L3Forwarding1" in everything.out.decode()
    assert "L3Forwarding1: " in everything.err  # whose SCPD is not there
    assert "L3Forwarding1" not in one.out.decode()
    assert "Status() → NewUptime: ui4, NewEnabled: boolean, NewText: string" in one.out.decode()
    assert rows == lines
    assert [row["action"] for row in rows] == ["Map", "Status", "Odd", "Ping"]
    assert rows[0]["arguments"][0] == ["NewPort", "ui2"]
    assert rows[2]["arguments"][1] == ["two-words", None]
    assert rows[0]["udn"] == "uuid:w"
    assert table[0] == "udn,service_id,service_type,action,arguments,result"
    assert len(table) == 5


def test_nobody_there_is_status_2_soon() -> None:
    with Server(lambda server, *_: server.stopped.wait(5) and None) as server:
        done = call(server, "--timeout", "0.3")
    assert done.status == 2
    assert "took too long in all; 0 bytes came" in done.err
    done = run("call-action", "http://127.0.0.1:1/root.xml")
    assert (done.status, "Connection refused" in done.err) == (2, True)


def test_url_elsewhere_is_refused_unless_allowed() -> None:
    done = run("call-action", "https://127.0.0.1/")
    assert (done.status, "only http is followed" in done.err) == (2, True)
    with (
        Server(result("Ping")) as other,
        gateway(control_url=f"http://127.0.0.1:{other.port}/c") as server,
    ):
        location = f"http://localhost:{server.port}/root.xml"
        assert run("call-action", location, "WANIPConn1/Ping").status == 0  # the same address
    with (
        Server(result("Ping"), host="127.0.0.4") as other,
        gateway(control_url=f"{other.url}/c") as server,
    ):
        done = call(server, "WANIPConn1/Ping")
        assert done.status == 2
        assert "off the host of the device that names it, 127.0.0.1" in done.err
        assert call(server, "WANIPConn1/Ping", "--allow", "127.0.0.4").status == 0


def test_recording_holds_the_calls(tmp_path: Path) -> None:
    path = tmp_path / "session.pcapng"
    with gateway({"Map": fault(718, "Taken"), "Status": STATUS}) as server:
        assert call(server, "WANIPConn1/Map", *MAP, "-w", str(path)).status == 2
        (row,) = analyze(str(path)).calls
        assert (row.action, row.error_code, row.error_description) == ("Map", 718, "Taken")
        assert [list(pair) for pair in row.arguments] == [one.split("=", 1) for one in MAP]
        assert row.control_url == f"{server.url}/ctl"
        assert call(server, "WANIPConn1/Status", "-w", str(path)).status == 0
        (row,) = analyze(str(path)).calls
        assert row.result == (("NewUptime", "17"), ("NewEnabled", "1"), ("NewText", "=a\x9b,\n"))
        assert row.defects == []
        done = call(server, "-w", str(tmp_path))
        assert (done.status, "-w" in done.err) == (2, True)


def test_describe_of_a_url_shows_the_tree(tmp_path: Path) -> None:
    path = tmp_path / "session.pcapng"
    with gateway() as server:
        url = f"{server.url}/root.xml"
        plain = run("describe", url)
        whole = run("describe", url, "--expand", "-w", str(path))
        content = run("describe", url, "-T", "json").json
        scpd = run("describe", f"{server.url}/scpd.xml")
    assert plain.status == whole.status == scpd.status == 0
    assert "WANIPConn1" in plain.out.decode()
    assert "Map(" not in plain.out.decode()
    assert "Map(NewPort: ui2" in whole.out.decode()
    assert "L3Forwarding1: " in whole.err
    assert "Map(NewPort: ui2" in scpd.out.decode()
    assert content["kind"] == "description"
    assert content["content"]["root"]["udn"] == "uuid:g"
    targets = [row.column("target") for row in analyze(str(path)).exchanges]
    assert targets == ["/root.xml", "/none.xml", "/scpd.xml"]


def test_describe_of_a_url_that_cannot_be_read_is_status_3() -> None:
    with Server(http("<html/>")) as server:
        done = run("describe", server.url)
    assert (done.status, done.out) == (3, b"")
    assert f"{server.url}: neither a device nor a service" in done.err
    assert run("describe", "https://127.0.0.1/").status == 3
