"""Kinds of what is said, each with its words, shape and colour; and the style of all pictures.

The colours are those of Okabe and Ito, told apart with any colour vision, deepened on white and
lightened on black until they stand out; shapes tell the same once more.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COLOURS", "KINDS", "STYLE", "Look"]


class Look(NamedTuple):
    """How a kind is shown."""

    word: str
    """For one and for many."""
    shape: str
    style: str
    """Its class."""
    means: str
    """What it is, for the legend."""


KINDS: dict[str, Look] = {
    "alive": Look("alive", "up", "k1", "device announces itself"),
    "update": Look("update", "diamond", "k1 o", "device announces a change"),
    "byebye": Look("byebye", "down", "k2", "device says goodbye"),
    "search": Look("search", "circle", "k3 o", "control point searches"),
    "response": Look("answer", "circle", "k3", "device answers a search"),
    "document": Look("description", "square", "k4", "a document of the device fetched"),
    "control": Look("call", "diamond", "k5", "action called"),
    "subscribe": Look("subscribe", "square", "k6 o", "made, renewed or ended"),
    "event": Look("event", "plus", "k6", "event sent"),
    "refusal": Look("refusal", "cross", "k7", "answered with an HTTP error"),
    "other": Look("other", "bar", "k8", "other message or HTTP request"),
}
"""In the order of a conversation."""

_LIGHT = {
    "bg": "#ffffff",
    "ink": "#1b1f24",
    "soft": "#57606a",
    "rule": "#d5dae0",
    "band": "#f4f6f8",
    "1": "#007a57",
    "2": "#b34f00",
    "3": "#0065a8",
    "4": "#a3507f",
    "5": "#8a6d00",
    "6": "#4b5bb5",
    "7": "#c4162a",
    "8": "#6e7781",
}
_DARK = {
    "bg": "#14181d",
    "ink": "#e8ecf1",
    "soft": "#a3adb8",
    "rule": "#39424d",
    "band": "#1d232a",
    "1": "#2cc295",
    "2": "#f0883e",
    "3": "#56b4e9",
    "4": "#dd8fba",
    "5": "#e3c343",
    "6": "#a5b1ff",
    "7": "#ff6b74",
    "8": "#949ea9",
}

_SVG = "svg.upnpscapy-picture"


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--p-{name}:{colour}" for name, colour in colours.items())


def _rules() -> str:
    var = {name: f"var(--p-{name},{colour})" for name, colour in _LIGHT.items()}
    rules = {
        "text": f"fill:{var['ink']};font-size:13px;unicode-bidi:isolate;direction:ltr",
        "text.s": "font-size:11.5px",
        "text.t": "font-size:16px;font-weight:600",
        "text.h": "font-weight:600",
        "text.f": f"fill:{var['soft']}",
        "text.m": "text-anchor:middle",
        "text.e": "text-anchor:end",
        "text.p": f"paint-order:stroke;stroke:{var['bg']};stroke-width:3px",
        ".bg": f"fill:{var['bg']}",
        ".band": f"fill:{var['band']}",
        ".box": f"fill:{var['bg']};stroke:{var['rule']}",
        ".rule": f"stroke:{var['rule']};fill:none",
        ".axis": f"stroke:{var['soft']};fill:none",
        ".dash": "stroke-dasharray:4 4",
        ".wide": "stroke-width:2",
        ".faint": "opacity:.55",
    }
    for number in "12345678":
        colour = var[number]
        rules[f".k{number}"] = f"fill:{colour};stroke:{colour};stroke-width:1.6"
        rules[f".l{number}"] = f"fill:none;stroke:{colour};stroke-width:1.6"
        rules[f"text.w{number}"] = f"fill:{colour}"
    rules[".o"] = f"fill:{var['bg']}"
    return "".join(f"{_SVG} {name}{{{rule}}}" for name, rule in rules.items())


STYLE = (
    f"{_SVG}{{{_variables(_LIGHT)};max-width:100%;height:auto;display:block;"
    "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
    f"@media(prefers-color-scheme:dark){{{_SVG}{{{_variables(_DARK)}}}}}"
    f"@media print{{{_SVG}{{{_variables(_LIGHT)}}}}}"
    f"{_rules()}"
)
"""Every rule is of the class of the pictures, so that it does nothing to a page around them."""

COLOURS = _LIGHT
"""Class's number → its colour on white, for those that take no style."""
