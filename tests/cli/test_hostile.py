"""A capture whose every header attacks what shows it, through every verb and form."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.cli.command import FORMS, VERBS, run
from tests.display.test_text import Tags, is_harmless
from tests.forensics.packets import CLIENT, DEVICE, Sent, write
from upnpscapy import analyze

ATTACKS: dict[str, bytes] = {
    "script": b"<script>alert(1)</script>",
    "attribute": b'"><img src=x onerror=alert(1)>',
    "colour": b"\x1b[31mred\x1b[0m",
    "title": b"\x1b]0;owned\x07",
    "8-bit CSI": b"\x9b2J",
    "8-bit CSI in UTF-8": "\x9b2J".encode(),
    "override": "\u202egpj.exe\u2066".encode(),
    "zero width": "pay\u200bpal\ufeff".encode(),
    "formula": b"=cmd|' /C calc'!A0",
    "plus": b"+1+cmd|' /C calc'!A0",
    "at": b"@SUM(1+1)",
    "full width": "\uff1dcmd".encode(),
    "markup": b"[/red][bold]x[/bold]:smile:[link=http://a]b[/link]",
    "backspaces": b"good\x08\x08\x08\x08evil",
    "carriage return": b"good\revil",
    "NUL": b"a\0b",
    "not UTF-8": b"\xff\xfe\xed\xa0\x80",
    "tags of language": "\U000e0001\U000e0041".encode(),
    "line separator": "a\u2028b\u2029c\x85d".encode(),
    "format": b"%s%n{0.__class__}",
    "quotes": b"\"',;\t",
    "long": b"A" * 60_000,
}
FIELDS = (b"LOCATION", b"SERVER", b"USN", b"NT", b"ST", b"USER-AGENT", b"HOST", b"MAN")


def attack(value: bytes, at: float) -> list[Sent]:
    """An announcement, a search and its answer that say it in every header, and in names."""

    def lines(start: bytes, nts: bytes = b"") -> bytes:
        # As many fields as a datagram holds.
        fields = FIELDS if len(value) < 4000 else (b"USN",)
        said = [name + b": " + b"uuid:" * (name == b"USN") + value for name in fields]
        said += [b"NTS: " + nts] * bool(nts) + [b"CACHE-CONTROL: max-age=1800"]
        said += [b"X-" + value + b": " + value] * (len(value) < 4000)
        return b"\r\n".join([start, *said, b"", b""])

    ask = (
        lines(b"M-SEARCH * HTTP/1.1")
        if len(value) < 4000
        else b"M-SEARCH * HTTP/1.1\r\nST: " + value
    )
    return [
        Sent(lines(b"NOTIFY * HTTP/1.1", b"ssdp:alive"), at),
        Sent(ask, at, CLIENT, 50000),
        Sent(lines(b"HTTP/1.1 200 " + value[:1000]), at + 0.1, DEVICE, 1900, CLIENT, 50000),
        Sent(value, at + 0.2),
    ]


@pytest.fixture(scope="module", params=ATTACKS)
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("hostile") / "a.pcap"
    return write(path, attack(ATTACKS[request.param], 0))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("hostile") / "everything.pcap"
    sent = [one for at, value in enumerate(ATTACKS.values()) for one in attack(value, at)]
    return write(path, sent)


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_raw_reaches_an_output(verb: str, everything: str) -> None:
    for form in FORMS:
        result = run(verb, everything, "-T", form)
        assert (result.status, result.err) == (0, "")
        lines = result.out.decode().replace("\r\n", "\n").split("\n")
        assert all(map(is_harmless, lines)), form
        if form == "csv":
            for row in csv.reader(result.out.decode().splitlines(keepends=True), strict=True):
                assert not [cell for cell in row if re.match(r"\s*[=+\-@\uff1d].", cell)]
        elif form == "json":
            json.loads(result.out)


@pytest.mark.parametrize("verb", VERBS)
def test_terminal_gets_only_the_colours_of_its_own(verb: str, everything: str) -> None:
    for columns in (80, 300):
        result = run(verb, everything, columns=columns)
        assert result.status == 0
        text = re.sub(r"\x1b\[(?:\d+(?:;\d+)*)?m", "", result.out.decode())
        assert all(map(is_harmless, text.split("\n")))
        assert "\x1b[31m" not in result.out.decode()
        if verb == "messages":
            assert "[/red][bold]x[/bold]:smile:" in "".join(text.split())


def test_json_gives_what_was_sent(hostile: str) -> None:
    for form in ("json", "jsonl"):
        result = run("messages", hostile, "-T", form)
        rows = result.json if form == "json" else result.jsonl
        assert len(rows) == 4
        assert [row["kind"] for row in rows] == ["alive", "search", "response", "other"]
        assert rows == list(analyze(hostile).messages.to_dicts())


def test_notebook_has_no_tags_of_the_wire(everything: str) -> None:
    case = analyze(everything)
    allowed = set("table thead tr th tbody td div b u ul li span details summary".split())
    shown = [case, case.messages, case.searches, *case.messages, *case.searches, *case.devices]
    for html in (one._repr_html_() for one in shown):
        parser = Tags()
        parser.feed(html)
        parser.close()
        assert {tag.removeprefix("/") for tag in parser.tags} <= allowed
        assert is_harmless(html)


def test_file_name_is_no_less_hostile(tmp_path: Path) -> None:
    path = write(tmp_path / "=\x1b[31m<b>[bold].pcap", attack(b"x", 0))
    none = str(tmp_path / "\x1b[31m.pcap")
    for verb in VERBS:
        for form in FORMS:
            result = run(verb, path, none, "-T", form)
            assert result.status == 3
            assert "\x1b" not in result.out.decode() + result.err
