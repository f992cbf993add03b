"""What an exchange was for: by content, else by the URLs that descriptions before it name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forensics.gateways import GATEWAY, HOST, Wire, device, get, ok, reply, root, service
from upnpscapy import analyze
from upnpscapy.forensics.described import linked_urls
from upnpscapy.forensics.exchange_row import ExchangeRow

ICON = "<iconList><icon><mimetype>image/png</mimetype><url>/i.png?s=1</url></icon></iconList>"
PAGE = "<presentationURL>http://192.168.1.1/admin</presentationURL>"
NAMED = ok(root(device("X", service("WANIPConn1", "/ctl"), more=ICON + PAGE)))
IMAGE = reply(b"\x89PNG", fields="Content-Type: image/png\r\nContent-Length: 4\r\n")
HTML = reply("<html>", fields="Content-Type: text/html\r\nContent-Length: 6\r\n")
GONE = reply("", "HTTP/1.1 404 Not Found", "Content-Length: 0\r\n")


def roles(wire: Wire, tmp_path: Path) -> list[str]:
    """The roles, which are the same in the first pass and when the file is read again."""
    again = [row.role for row in wire.read(tmp_path).exchanges]
    first: list[ExchangeRow] = []
    analyze(tmp_path / "gateway.pcap", on_exchange=first.append)
    alone: list[ExchangeRow] = []
    analyze(tmp_path / "gateway.pcap", http=False, on_exchange=alone.append)
    assert [row.role for row in first] == [row.role for row in alone] == again
    return list(again)


CASES: dict[str, tuple[bytes, bytes | None, str]] = {
    "an icon": (get("/i.png?s=1"), IMAGE, "icon"),
    "an icon of another type": (get("/i.png?s=1"), HTML, "icon"),
    "an icon that is gone": (get("/i.png?s=1"), GONE, "icon"),
    "an icon without a response": (get("/i.png?s=1"), None, "icon"),
    "the head of an icon": (get("/i.png?s=1").replace(b"GET", b"HEAD"), GONE, "icon"),
    "an image that no description names": (get("/i.png?s=2"), IMAGE, "other"),
    "a page that no description names": (get("/"), HTML, "other"),
    "the path of the page on another port": (get("/admin"), HTML, "other"),
    "an SCPD that is gone": (get("/WANIPConn1.xml"), GONE, "scpd"),
    "an SCPD that is none": (get("/WANIPConn1.xml"), HTML, "scpd"),
    "the description, not modified": (get("/d.xml"), GONE, "description"),
    "a description at the icon's URL": (get("/i.png?s=1"), NAMED, "description"),
    "a POST to the icon's URL": (get("/i.png?s=1").replace(b"GET", b"POST"), HTML, "other"),
}


@pytest.mark.parametrize("name", CASES)
def test_role_of_what_follows_a_description(name: str, tmp_path: Path) -> None:
    request, response, role = CASES[name]
    wire = Wire().talk((get("/d.xml"), NAMED)).talk((request, response))
    assert roles(wire, tmp_path) == ["description", role]


def test_without_facts_the_descriptions_serve_for_roles_alone(tmp_path: Path) -> None:
    Wire().announce("http://192.168.1.1:5000/d.xml").talk((get("/d.xml"), NAMED)).read(tmp_path)
    found: list[ExchangeRow] = []
    case = analyze(tmp_path / "gateway.pcap", http=False, on_exchange=found.append)
    assert [row.role for row in found] == ["description"]
    assert [device.described for device in case.devices] == [False]
    assert (case.documents, len(case.services)) == ([], 0)


def test_presentation_on_another_port(tmp_path: Path) -> None:
    wire = Wire().talk((get("/d.xml"), NAMED))
    wire.talk((get("/admin", GATEWAY), HTML), (get("/admin/x.css", GATEWAY), HTML), port=80)
    assert roles(wire, tmp_path) == ["description", "presentation", "other"]


def test_what_comes_before_its_description_is_other(tmp_path: Path) -> None:
    wire = Wire().talk((get("/i.png?s=1"), IMAGE)).talk((get("/d.xml"), NAMED))
    assert roles(wire.talk((get("/i.png?s=1"), IMAGE)), tmp_path) == [
        "other",
        "description",
        "icon",
    ]


def test_a_name_in_host_leads_to_the_same_server(tmp_path: Path) -> None:
    wire = Wire().talk((get("/d.xml", "router.lan:5000"), NAMED)).talk((get("/i.png?s=1"), IMAGE))
    assert roles(wire, tmp_path) == ["description", "icon"]


def test_nobody_says_what_is_at_another_host(tmp_path: Path) -> None:
    wire = Wire().talk((get("/d.xml"), NAMED), ends=(GATEWAY, HOST))
    wire.talk((get("/admin", GATEWAY), HTML), port=80)
    assert roles(wire, tmp_path) == ["description", "other"]


def test_no_more_urls_are_kept_than_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linked_urls, "MAX_URLS", 2)
    wire = Wire().talk((get("/d.xml"), NAMED))
    wire.talk((get("/WANIPConn1.xml"), GONE), (get("/i.png?s=1"), IMAGE))
    assert roles(wire, tmp_path) == ["description", "scpd", "other"]


def test_an_scpd_url_that_gives_no_scpd_is_a_document_with_an_error(tmp_path: Path) -> None:
    wire = Wire().talk((get("/d.xml"), NAMED)).talk((get("/WANIPConn1.xml"), reply("status=ok")))
    case = wire.read(tmp_path)
    assert [(one.kind, one.error is None) for one in case.documents] == [
        ("description", True),
        ("scpd", False),
    ]
    assert [row["described"] for row in case.services.to_dicts()] == [False]
