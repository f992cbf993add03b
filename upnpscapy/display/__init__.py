"""Tables and how they look: terminal, JSON, CSV, HTML, DataFrame; all escaping happens here."""

from upnpscapy.display.cells import cell_text
from upnpscapy.display.columns import Columns
from upnpscapy.display.escape import csv_line, iso_utc, printable, to_html, to_json
from upnpscapy.display.table import Row, Table
from upnpscapy.display.through import Through

__all__ = [
    "Columns",
    "Row",
    "Table",
    "Through",
    "cell_text",
    "csv_line",
    "iso_utc",
    "printable",
    "to_html",
    "to_json",
]
