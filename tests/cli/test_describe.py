"""``describe``: documents of captures and XML files as trees, told apart by content."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.cli.command import PCAPS, run
from tests.cli.test_hostile import ATTACKS
from tests.display.test_text import is_harmless
from tests.forensics.descriptions import (
    SCPD,
    device_xml,
    fetch,
    inventory_of,
    read,
    root_xml,
    service_xml,
)
from tests.forensics.packets import Sent, alive, pcap
from tests.protocol.descriptions import GATEWAY, LOCATION
from upnpscapy.capture.content import open_content
from upnpscapy.forensics.described.document_view import undescribed_tree, url_dict, url_tree
from upnpscapy.forensics.described.documents import Documents, Misses
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.selection import Selection

MEDIA = str(PCAPS / "media-server.pcap")
H = "http://192.168.77.2:8200"

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def lines(*arguments: str, stdin: bytes = b"") -> list[str]:
    result = run("describe", *arguments, stdin=stdin)
    assert (result.status, result.err) == (0, "")
    return result.out.decode().splitlines()


# Captures.


def test_descriptions_of_a_capture_with_their_frames() -> None:
    found = lines(MEDIA)
    assert found[:5] == [
        f"{H}/rootDesc.xml  description",
        "│   fetched  4 times from 2026-11-20T17:29:52.712186000Z, "
        "frames 64, 66, 134, 136, 203 … 274 (8 in all)",
        "│   sha256   5392714ec7ae1a2443d9211d57038e843d8bf993991dc6c965cf4d47ac81de7b",
        "└── Lab media server  MediaServer:1  uuid:11111111-2222-4333-8444-0000000000a1",
        "    │   spec_version       1.0",
    ]
    place = found.index("    ├── ContentDirectory  ContentDirectory:1")
    assert found[place + 1 : place + 8] == [
        f"    │       control_url    {H}/ctl/ContentDir",
        f"    │       event_sub_url  {H}/evt/ContentDir",
        f"    │       scpd_url       {H}/ContentDir.xml",
        "    │       fetched        frames 76, 78, 146, 148, 215 … 286 (8 in all)",
        "    │       actions        6",
        "    │       variables      14",
        "    ├── ConnectionManager  ConnectionManager:1",
    ]
    assert "LOCATIONs without" not in "".join(found)


def test_expanding_shows_every_action_and_argument() -> None:
    found = lines(MEDIA, "--expand")
    assert {line.strip("│├└─ ") for line in lines(MEDIA)} < {line.strip("│├└─ ") for line in found}
    (browse,) = (line for line in found if " Browse(" in line)
    assert browse.endswith(
        "→ Result: string, NumberReturned: ui4, TotalMatches: ui4, UpdateID: ui4"
    )
    assert any("out TotalMatches: ui4  A_ARG_TYPE_Count" in line for line in found)


@pytest.mark.parametrize("url", [f"{H}/ContentDir.xml", "/ContentDir.xml", "ContentDir.xml"])
def test_url_picks_an_scpd_which_is_shown_in_full(url: str) -> None:
    found = lines(MEDIA, "--url", url)
    assert found[0] == f"{H}/ContentDir.xml  scpd"
    assert "├── actions  6" in found
    assert "│   │   └── out SearchCaps: string  SearchCapabilities" in found
    assert "    └── SystemUpdateID: ui4  evented" in found


def test_url_picks_a_description() -> None:
    found = lines(MEDIA, "--url", "/rootDesc.xml")
    assert found == lines(MEDIA)


def test_unknown_url_is_wrong_usage_and_told_what_there_is() -> None:
    result = run("describe", MEDIA, "--url", "/none.xml")
    assert (result.status, result.out) == (2, b"")
    assert "Error: /none.xml is not in the capture; there is:\n" in result.err
    assert result.err.count(f"\n  {H}/") == 4
    gateway = "http://192.168.77.1:5000/rootDesc.xml"
    discovery = str(PCAPS / "discovery.pcapng")
    assert "nobody asked for it" in run("describe", discovery, "--url", gateway).err
    empty = run("describe", "-", "--url", "/x", stdin=pcap([Sent(alive())]))
    assert (empty.status, "no descriptions and SCPDs were fetched" in empty.err) == (2, True)


def test_location_without_a_description_is_listed() -> None:
    found = lines(str(PCAPS / "discovery.pcapng"))
    place = found.index("LOCATIONs without a description in the capture")
    assert found[place + 1] == ("http://192.168.77.1:5000/rootDesc.xml  nobody asked for it")
    assert len(found) == place + 5
    assert found[place + 2].startswith(
        "    InternetGatewayDevice:2  uuid:11111111-2222-4333-8444-000000000001  192.168.77.1  "
    )


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ((), 1),
        (("--host", "192.168.77.2"), 1),
        (("--host", "192.168.77.1"), 0),
        (("--udn", "11111111-2222-4333-8444-0000000000A1"), 1),
        (("--udn", "uuid:other"), 0),
        (("--until", "2026-11-20T17:29:52"), 0),
        (("--since", "2026-11-20T17:29:52"), 1),
        (("--since", "2026-11-20T18:00:00"), 0),
    ],
)
def test_choice(options: tuple[str, ...], count: int) -> None:
    result = run("describe", MEDIA, "-T", "json", *options)
    urls = result.json["urls"]
    assert len([url for url in urls if url["kind"] == "description"]) == count
    text = run("describe", MEDIA, *options)
    assert text.status == 0
    assert (b"Lab media server" in text.out) == bool(count)


def test_json_has_all_values() -> None:
    story = run("describe", MEDIA, "-T", "json").json
    assert set(story) == {"urls", "undescribed"}
    assert [url["kind"] for url in story["urls"]] == ["description", "scpd", "scpd", "scpd"]
    (document,) = story["urls"][0]["documents"]
    assert document["frames"] == [64, 66, 134, 136, 203, 205, 272, 274]
    assert document["content"]["root"]["friendly_name"] == "Lab media server"
    (only,) = run("describe", MEDIA, "-T", "json", "--url", "/ContentDir.xml").json
    assert only == story["urls"][1]
    assert only["documents"][0]["content"]["actions"][3]["name"] == "Browse"


def documents(*fetched: bytes, target: str = "/root.xml") -> Documents:
    """What a capture of these answers to one URL holds."""
    found = [
        one
        for number, body in enumerate(fetched)
        for one in fetch(body, target, start=100 * number + 1)
    ]
    descriptions = read(found)
    return Documents(descriptions.documents, descriptions.services, [], Selection())


def test_changes_between_fetches_are_shown() -> None:
    before = root_xml(device_xml("uuid:a", "Lamp", service_xml()))
    after = root_xml(device_xml("uuid:a", "Other", service_xml(control="/new")))
    told = documents(before, before, after)
    (url,) = told.urls
    text = url_tree(told, url).to_text().splitlines()
    assert "└── Other  Lamp:1  uuid:a" in text
    (place,) = (index for index, line in enumerate(text) if "changed" in line)
    assert [line.lstrip("│ ") for line in text[place : place + 3]] == [
        "changed  from frame 4 to frame 204",
        "friendly_name: Lamp → Other",
        "Dimming control_url: http://192.0.2.1:5000/ctl → http://192.0.2.1:5000/new",
    ]
    assert text.count(f"│   sha256   {url.latest.sha256}") == 1
    (change,) = url_dict(url)["changes"]
    assert change["fields"][0] == ["friendly_name", "Lamp", "Other"]
    same = documents(before, before + b"\n")
    assert "other bytes, same values" in url_tree(same, same.urls[0]).to_text()


def test_changes_of_an_scpd_are_signatures() -> None:
    told = documents(SCPD, SCPD.replace(b"<name>Set<", b"<name>Put<"), target="/scpd.xml")
    (url,) = told.urls
    assert told.loose_scpds == [url]
    fields = url_dict(url)["changes"][0]["fields"]
    assert fields == [
        ["action", "Set(Level: ui1, On: boolean) → Was: ui1", None],
        ["action", None, "Put(Level: ui1, On: boolean) → Was: ui1"],
    ]


def test_document_that_cannot_be_read_is_listed_with_its_reason() -> None:
    told = documents(b"<!DOCTYPE x [<!ENTITY y 'z'>]><root><device></device></root>")
    (url,) = told.unreadable
    text = url_tree(told, url).to_text()
    assert "unreadable" in text
    assert url.latest.error
    assert url.latest.error[:60] in text
    assert told.descriptions == []


def test_repairs_of_captured_documents_are_named() -> None:
    told = documents(root_xml(device_xml("uuid:a", "A & B")))
    text = url_tree(told, told.urls[0]).to_text()
    assert re.search(r"│   repaired +bare-ampersand", text)
    assert not undescribed_tree(told).roots


def test_location_asked_for_in_vain_is_told_from_one_nobody_asked_for(tmp_path: Path) -> None:
    sent = [Sent(alive(LOCATION=f"http://192.0.2.1:5000/{name}")) for name in ("gone", "quiet")]
    inventory, misses = inventory_of(tmp_path, sent), Misses()
    for exchange in fetch(b"", "/gone", start=7, status="404 Not Found"):
        misses.take(ExchangeRow(exchange, Place("a.pcap", 0, ("a.pcap",)), "other"))
    told = Documents([], [], inventory.devices, None, misses)
    gone, quiet = undescribed_tree(told).roots
    assert (gone.label, gone.note) == (
        "http://192.0.2.1:5000/gone",
        "asked for in frame 10, answered with status 404",
    )
    assert quiet.note == "nobody asked for it"


# XML files.


def test_xml_file_is_a_tree(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(GATEWAY)
    found = lines(str(path))
    assert (
        found[0] == "Gate & way  InternetGatewayDevice:1  uuid:00000000-0000-0000-0000-000000000001"
    )
    assert "│       control_url    ctl (relative to what is not known)" in found
    assert found[-1].startswith("defect: url-unresolved")
    found = lines(str(path), "--url", LOCATION)
    assert "│       control_url    http://192.0.2.1:5000/gw/ctl" in found
    assert not [line for line in found if "defect" in line]
    told = run("describe", str(path), "-T", "json").json
    assert (told["file"], told["kind"]) == (str(path), "description")
    assert told["content"]["root"]["serial_number"] == "42"


def test_scpd_file_is_a_tree() -> None:
    found = lines("-", stdin=SCPD)
    assert found[:3] == [
        "actions  1",
        "└── Set(Level: ui1, On: boolean) → Was: ui1",
        "    ├── in Level: ui1  Level",
    ]


def test_repairs_of_a_file_are_named() -> None:
    found = lines("-", "--url", LOCATION, stdin=GATEWAY[:-7])
    assert found[-1].startswith("repaired: cut-short ")


# By content.


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("data", ["capture", "xml"])
def test_told_apart_by_content(packing: str, data: str, tmp_path: Path) -> None:
    plain = Path(MEDIA).read_bytes() if data == "capture" else GATEWAY
    packed = PACKED[packing](plain)
    path = tmp_path / ("a.xml" if data == "capture" else "a.pcap")
    path.write_bytes(packed)
    first = "Gate & way" if data == "xml" else f"{H}/rootDesc.xml"
    for found in (lines(str(path)), lines("-", stdin=packed)):
        assert found[0].startswith(first)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(packed,))
    writer.start()
    assert lines(str(fifo))[0].startswith(first)
    writer.join()


def test_what_is_looked_at_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(range(256)) * 5000
    stdin = io.TextIOWrapper(io.BytesIO(data))
    monkeypatch.setattr("sys.stdin", stdin)
    with open_content("-") as content:
        assert not content.is_capture
        assert content.read(len(data)) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "neither a capture nor a description or SCPD: "),
        (b"plain text", "neither a capture nor a description or SCPD: "),
        (b"<html><body/></html>", "neither a device nor a service in the element 'html'"),
        (b"<a>" + b"x" * (2 << 20), "neither a capture nor a description or SCPD: "),
        (gzip.compress(b"x" * 99, mtime=0)[:10], "nothing can be decompressed"),
        (b"\x1f\x8b\x08" + b"\xff" * 50, "damaged gzip data"),
    ],
)
def test_what_is_neither_cannot_be_read(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    for result in (run("describe", str(path)), run("describe", "-", stdin=data)):
        assert (result.status, result.out) == (3, b"")
        assert reason in result.err
        assert "Traceback" not in result.err
        assert result.err.count("\n") == 1


def test_what_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        result = run("describe", str(path))
        assert (result.status, result.out) == (3, b"")
        assert result.err.startswith(f"upnpscapy: {path}: {reason}")


def test_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(GATEWAY)
    for arguments in (
        (str(path), "--host", "192.0.2.1"),
        (MEDIA, "--host", "nobody"),
        (MEDIA, "-T", "csv"),
        (MEDIA, MEDIA),
    ):
        result = run("describe", *arguments)
        assert (result.status, result.out) == (2, b"")
        assert "Usage: upnpscapy describe" in result.err


def test_cut_capture_is_read_to_the_cut() -> None:
    result = run("describe", "-", stdin=Path(MEDIA).read_bytes()[:-9])
    assert result.status == 0
    assert b"Lab media server" in result.out
    assert "upnpscapy: -: cut in frame " in result.err


# Hostile.


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_raw_reaches_an_output(name: str, tmp_path: Path) -> None:
    value = ATTACKS[name]
    body = GATEWAY.replace(b"Gate &amp; way", b"<![CDATA[" + value + b"]]>")
    body = body.replace(b"WANIPConn1", b"<![CDATA[" + value + b"]]>")
    path = tmp_path / "a.xml"
    path.write_bytes(body)
    for options in ((), ("--expand",), ("-T", "json")):
        for columns in (None, 80):
            result = run("describe", str(path), *options, columns=columns)
            assert result.status == 0, result.err
            text = re.sub(r"\x1b\[(?:\d+(?:;\d+)*)?m", "", result.out.decode())
            assert all(map(is_harmless, text.split("\n")))
            if "json" in options:
                json.loads(text)
                continue
            assert max(map(len, text.splitlines())) <= (80 if columns else 2000)
