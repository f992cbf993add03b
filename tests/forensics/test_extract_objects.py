"""Captured documents as files: their bytes, their names, their index, and what bounds them."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.conversation import Conversation, get, response
from tests.capture.corpus import PCAPS
from tests.forensics.descriptions import SCPD, device_xml, root_xml, service_xml
from tests.forensics.extracting import ALIVE_FRAME, capture
from upnpscapy.errors import CaptureError, OutputError
from upnpscapy.forensics.exchange_row import Role
from upnpscapy.forensics.extract import objects as module
from upnpscapy.forensics.extract.file_names import FileNames, ending
from upnpscapy.forensics.extract.objects import extract_objects
from upnpscapy.forensics.selection import Selection

SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,190}\.(xml|png|jpg|gif|bmp|ico|webp|bin|txt)\Z")
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\Z", re.IGNORECASE)

COLUMNS = (
    "capture file role url sha256 size complete bytes_missing client server server_port frame "
    "response_frame time content_type"
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
PAGE = b"<html><script>alert(1)</script></html>"
ICON = "<iconList><icon><mimetype>image/png</mimetype><url>/i.exe</url></icon></iconList>"
LINKS = f"{ICON}<presentationURL>/web/..%2f..%2fx?x=1</presentationURL>"
DESCRIPTION = root_xml(
    device_xml("uuid:lamp", services=service_xml()).replace(
        "<serviceList>", f"{LINKS}<serviceList>"
    )
)


def talk(port: int, *asked: tuple[str, bytes]) -> Conversation:
    """A connection from that port, with requests of targets and the responses to them."""
    found = Conversation(ports=(port, 49152)).open()
    for target, answer in asked:
        found.ask(get(target), answer)
    return found.close()


def typed(body: bytes, kind: str) -> bytes:
    return response(body, extra=f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n")


FETCHES = (
    ("/d.xml", typed(DESCRIPTION, "text/xml")),
    ("/scpd.xml", response(SCPD)),
    ("/i.exe", typed(PNG, "application/x-msdownload")),
    ("/web/..%2f..%2fx?x=1", typed(PAGE, "\x1b[31mtext/html")),
)


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """One device's documents, fetched one after the other; another page of it."""
    page = ("/other.html", response(PAGE))
    missing = ("/scpd.xml", response(SCPD, "404 Not Found"))
    segments = talk(40000, *FETCHES, page, missing).segments
    return capture(tmp_path / "a.pcap", [ALIVE_FRAME, *segments])


def index(directory: Path) -> list[dict[str, Any]]:
    text = (directory / "index.jsonl").read_bytes().decode()
    return [json.loads(line) for line in text.splitlines()]


def test_documents_are_written_as_they_were_sent(story: Path, tmp_path: Path) -> None:
    directory = tmp_path / "objects"
    result = extract_objects(story, directory)
    rows = index(directory)
    host = "192.0.2.17_49152"
    assert [(row["file"], row["role"], row["url"]) for row in rows] == [
        (f"{host}_d.xml", "description", "http://192.0.2.17:49152/d.xml"),
        (f"{host}_scpd.xml", "scpd", "http://192.0.2.17:49152/scpd.xml"),
        (f"{host}_i_exe.png", "icon", "http://192.0.2.17:49152/i.exe"),
        (
            f"{host}_web_2f_2fx_x_1.txt",
            "presentation",
            "http://192.0.2.17:49152/web/..%2f..%2fx?x=1",
        ),
    ]
    contents = [DESCRIPTION, SCPD, PNG, PAGE]
    for row, content in zip(rows, contents, strict=True):
        assert (directory / row["file"]).read_bytes() == content
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        assert (row["size"], row["complete"], row["bytes_missing"]) == (len(content), True, 0)
        assert (row["capture"], row["client"]) == (str(story), "192.0.2.10")
        assert (row["server"], row["server_port"]) == ("192.0.2.17", 49152)
        assert " ".join(row) == COLUMNS
    assert (rows[0]["frame"], rows[0]["response_frame"]) == (5, 7)
    assert rows[0]["time"] == "2023-11-14T22:13:20.004000000Z"
    kinds = [row["content_type"] for row in rows]
    assert kinds == ["text/xml", None, "application/x-msdownload", "\x1b[31mtext/html"]
    assert b"\x1b" not in (directory / "index.jsonl").read_bytes()
    assert list(result.table.to_dicts()) == rows
    assert len(list(directory.iterdir())) == len(rows) + 1


def test_each_content_of_a_url_once(tmp_path: Path) -> None:
    other = DESCRIPTION.replace(b"Lamp", b"Light")
    asked = [
        *[("/d.xml", response(body)) for body in (DESCRIPTION, DESCRIPTION, other, DESCRIPTION)],
        ("/D.XML", response(DESCRIPTION)),
    ]
    path = capture(tmp_path / "a.pcap", talk(40000, *asked).segments)
    extract_objects(path, tmp_path / "o")
    rows = index(tmp_path / "o")
    assert [row["file"] for row in rows] == [
        "192.0.2.17_49152_d.xml",
        "192.0.2.17_49152_d_2.xml",
        "192.0.2.17_49152_D_3.xml",
    ]
    assert len({row["sha256"] for row in rows}) == 2


CODED = {
    "chunked": response(
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(DESCRIPTION), DESCRIPTION),
        extra="Transfer-Encoding: chunked\r\n",
    ),
    "gzip": typed(gzip.compress(DESCRIPTION), "a/b\r\nContent-Encoding: gzip"),
    "no length": response(DESCRIPTION, extra=""),
}


@pytest.mark.parametrize("name", CODED)
def test_codings_are_undone(name: str, tmp_path: Path) -> None:
    path = capture(tmp_path / "a.pcap", talk(40000, ("/d.xml", CODED[name])).segments)
    result = extract_objects(path, tmp_path / "o")
    (row,) = result.objects
    assert (row.size, row.complete) == (len(DESCRIPTION), True)
    assert (tmp_path / "o" / row.file).read_bytes() == DESCRIPTION


def test_cut_document_is_written_as_far_as_it_was_captured(tmp_path: Path) -> None:
    found = Conversation().open()
    found.send(0, get()).send(1).send(1, response(DESCRIPTION), size=400).send(0).close()
    segments = found.segments
    lost = next(one for one in segments if len(one.payload) == 400)
    after = segments.index(lost) + 1
    path = capture(tmp_path / "a.pcap", [*segments[:after], *segments[after + 1 :]])
    (row,) = extract_objects(path, tmp_path / "o").objects
    data = (tmp_path / "o" / row.file).read_bytes()
    assert (row.complete, row.bytes_missing) == (False, len(segments[after].payload))
    assert 0 < len(data) < len(DESCRIPTION)
    assert DESCRIPTION.startswith(data)


def test_response_without_its_request_has_no_url(tmp_path: Path) -> None:
    segments = Conversation().send(1, response(DESCRIPTION)).send(0).segments
    path = capture(tmp_path / "a.pcap", segments)
    (row,) = extract_objects(path, tmp_path / "o").objects
    assert (row.url, row.frame, row.response_frame) == (None, None, 1)
    assert row.file == "192.0.2.17_49152_description.xml"


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        (Selection(host="192.0.2.17"), 4),
        (Selection(host="192.0.2.99"), 0),
        (Selection(udn="uuid:lamp"), 4),
        (Selection(udn="uuid:fan"), 0),
        (Selection(until_ns=1_700_000_000_004_000_000), 1),
        (Selection(udn="LAMP", until_ns=1_700_000_000_004_000_000), 1),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_selection(
    chosen: Selection, count: int, stream: bool, story: Path, tmp_path: Path
) -> None:
    with story.open("rb") as file:
        result = extract_objects(file if stream else story, tmp_path / "o", selection=chosen)
    assert len(result.objects) == len(index(tmp_path / "o")) == count


@pytest.mark.parametrize(
    ("name", "most", "files"),
    [("MAX_OBJECTS", 2, [0, 1]), ("MAX_BYTES", len(DESCRIPTION) + len(PNG), [0, 2])],
)
def test_number_and_size_are_bounded(
    name: str,
    most: int,
    files: list[int],
    story: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, name, most)
    result = extract_objects(story, tmp_path / "o")
    roles = ["description", "scpd", "icon", "presentation"]
    assert len(SCPD) > len(PNG) > 0
    assert [row.role for row in result.objects] == [roles[number] for number in files]
    assert result.limits == ["2 fetches of documents beyond those written"]


def test_what_is_said_of_documents_is_bounded(tmp_path: Path) -> None:
    asked = [(f"/{number}{'x' * 60_000}", response(DESCRIPTION)) for number in range(300)]
    path = capture(tmp_path / "a.pcap", talk(40000, *asked).segments)
    result = extract_objects(path, tmp_path / "o")
    assert 200 < len(result.objects) < 300
    assert result.left_out == 300 - len(result.objects)


def test_files_that_cannot_be_read_do_not_stop_the_others(story: Path, tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as raised:
        extract_objects([tmp_path / "missing", story], tmp_path / "o")
    assert len(raised.value.partial.objects) == 4
    assert len(raised.value.partial.errors) == 1


def test_directory_that_is_not_empty_is_refused(story: Path) -> None:
    with pytest.raises(OutputError, match="not empty"):
        extract_objects(story, story.parent)


@pytest.mark.parametrize("path", sorted(PCAPS.glob("*.pcap*")), ids=lambda path: path.name)
def test_recorded_documents(path: Path, tmp_path: Path) -> None:
    import upnpscapy

    extract_objects(path, tmp_path / "o")
    written = {(row["role"], row["sha256"]) for row in index(tmp_path / "o")}
    expected = {
        (row.role, hashlib.sha256(row.exchange.response.content().data).hexdigest())
        for row in upnpscapy.analyze(path).exchanges
        if row.role in ("description", "scpd")
        and row.exchange.response
        and row.column("status") == 200
    }
    assert written == expected


ENDINGS: list[tuple[Role, bytes, str]] = [
    ("description", PNG, "xml"),
    ("scpd", b"MZ", "xml"),
    ("icon", PNG, "png"),
    ("icon", b"\xff\xd8\xff\xe0", "jpg"),
    ("icon", b"GIF89a", "gif"),
    ("icon", b"BM\1\2\3\4\0\0\0\0", "bmp"),
    ("icon", b"\0\0\1\0\1", "ico"),
    ("icon", b"RIFF\1\2\3\4WEBPVP8", "webp"),
    ("icon", b"<svg xmlns='http://www.w3.org/2000/svg'>", "bin"),
    ("icon", b"MZ\x90", "bin"),
    ("icon", b"", "bin"),
    ("presentation", PAGE, "txt"),
    ("presentation", PNG, "txt"),
]


@pytest.mark.parametrize(("role", "data", "expected"), ENDINGS)
def test_ending_is_ours(role: Role, data: bytes, expected: str) -> None:
    assert ending(role, data) == expected


HOSTILE = [
    "/../../../etc/passwd",
    "/..%5c..%5cx",
    "/CON",
    "/con.xml",
    "/aux.txt.png",
    "/-rf",
    "/.bashrc",
    "/a\0b\n\x1b[31m",
    "/\u202egnp.exe",
    "/\u0130\u0131K",
    "/index.jsonl",
    "/" + "a" * 5000,
    "/a/b?c=d&e=/../f#g",
    "",
    "/",
    "/x.xml.exe",
    "C:\\x",
    "//host/share",
    "/a:stream",
]

_targets = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20).map(lambda text: f"/{text}"))
_servers = st.sampled_from(["192.0.2.1", "::1", "fe80::11", "::", "2001:db8::1"])
_roles = st.sampled_from(["description", "scpd", "icon", "presentation"])


@settings(deadline=None)
@given(st.lists(st.tuples(_servers, st.integers(0, 65535), _targets, _roles), max_size=30))
def test_names_are_safe_and_differ(asked: list[tuple[str, int, str, Role]]) -> None:
    names = FileNames(("index.jsonl",))
    found = [names.new(*one, PNG) for one in [*asked, *asked]]
    for name in found:
        assert SAFE.match(name), name
        assert not RESERVED.match(name.partition(".")[0])
        assert ".." not in name
    assert len({name.lower() for name in [*found, "index.jsonl"]}) == len(found) + 1
