"""Names and values made to break out, to run, or to push everything aside."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forensics.gateways import Wire, device, done, fault, get, ok, post, root, service
from tests.forensics.packets import alive
from tests.pictures.drawn import all_pictures, boxes, gathered, parsed
from upnpscapy.forensics.case import Case
from upnpscapy.pictures import Moments, interactive_mappings, interactive_timeline
from upnpscapy.pictures.svg import Drawing
from upnpscapy.pictures.words import fit, text_width

NAMES = {
    "script": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "cdata": "x]]&gt;&lt;/svg&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
    "attribute": '" onload="alert(1)" x="',
    "link": "&lt;a href=&quot;javascript:alert(1)&quot;&gt;go&lt;/a&gt;",
    "terminal": "\x9b31m red \x85",
    "order": "\u202eevil\u202c \u2066x\u2069",
    "long": "W" * 10_000,
    "wide": "\u6f22" * 500,
    "stacked": "Z" + "\u0300" * 300,
    "lines": "a\n\n\nb\u2028c",
}
LEASE = (
    ("NewRemoteHost", ""),
    ("NewExternalPort", "8080"),
    ("NewProtocol", "TCP"),
    ("NewInternalPort", "80"),
    ("NewEnabled", "1"),
    ("NewLeaseDuration", "60"),
)


def hostile(name: str, path: Path) -> tuple[Case, Moments]:
    """A gateway with a bad name, and a control point that sends bad values."""
    wire = Wire().announce("http://192.168.1.1:5000/root.xml")
    wire.send(alive(nt=unescape(name).replace("\n", " ")[:2000]))
    described = ok(root(device(name, service("WAN", "/ctl"))))
    arguments = (*LEASE, ("NewInternalClient", name), ("NewPortMappingDescription", name))
    body = "".join(f"<{key}>{value}</{key}>" for key, value in arguments)
    call = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<u:AddPortMapping xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1">'
        f"{body}</u:AddPortMapping></s:Body></s:Envelope>"
    )
    wire.talk(
        (get("/root.xml"), described),
        (post("/ctl", "AddPortMapping", call), done("AddPortMapping")),
        (post("/ctl", "AddPortMapping", call), fault(718, name)),
        (get(f"/{unescape(name).encode('ascii', 'ignore').decode()[:3000]!r}"), ok("")),
    )
    wire.read(path)
    return gathered(path / "gateway.pcap")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_runs_and_nothing_leaves_its_place(name: str, tmp_path: Path) -> None:
    case, moments = hostile(NAMES[name], tmp_path)
    assert len(case.mappings) == 2
    for picture in all_pictures(case, moments):
        parsed(picture)
        found = boxes(picture)
        assert all(box.left >= 0 and box.right <= picture.width for box in found)
        for place, box in enumerate(found):
            assert not any(box.meets(other) for other in found[place + 1 :]), box
        assert all(box.text.isprintable() for box in found)
        assert "<script" not in picture.svg
        assert len(picture.description) < 4000
        assert "srcdoc=" in picture._repr_html_()
        assert "<svg" not in picture._repr_html_()


@pytest.mark.parametrize("name", NAMES)
def test_plotly_gets_no_markup(name: str, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    case, moments = hostile(NAMES[name], tmp_path)
    for figure in (interactive_timeline(case, moments=moments), interactive_mappings(case)):
        words = [
            text
            for trace in figure.data
            for column in (trace.text, trace.y, [trace.name])
            for text in column
            if text is not None
        ]
        assert words
        assert all("<" not in text.replace("<br>", "") for text in words)
        assert all(text.isprintable() and len(text) < 2000 for text in words)


@given(st.text(), st.floats(0, 500), st.sampled_from([11.5, 13, 16]))
def test_a_text_fits(text: str, width: float, size: float) -> None:
    shown = fit(text, width, size)
    assert shown.isprintable()
    assert shown == "…" or text_width(shown, size) <= width


@given(st.text())
def test_what_fits_is_shown_whole(text: str) -> None:
    shown = fit(text[:20], 5000, 13)
    assert not shown.endswith("…") or text[:20].endswith("…")


@given(st.text(), st.text())
def test_any_text_makes_well_formed_xml(text: str, hint: str) -> None:
    drawing = Drawing(300)
    with drawing.hint(hint):
        drawing.text(10, 60, text)
    parsed(drawing.picture(text, hint, 80, [text]))
