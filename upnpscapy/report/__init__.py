"""The report: a case as one HTML file that needs nothing else, for people without this tool."""

from upnpscapy.report.write import Report, report_html, write_report

__all__ = ["Report", "report_html", "write_report"]
