"""``upnpscapy describe``: what devices say of themselves, as a tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.describe_url import describe_url
from upnpscapy.cli.options import selecting, selection
from upnpscapy.cli.output import remark
from upnpscapy.cli.reaching import reaching, request_options
from upnpscapy.cli.reading import finish, progress_bar
from upnpscapy.cli.status import DONE, UNREADABLE
from upnpscapy.display import printable

if TYPE_CHECKING:
    from upnpscapy.capture.content import Content
    from upnpscapy.forensics.described.documents import Documents
    from upnpscapy.forensics.selection import Selection

__all__ = ["describe"]

SHOWN = 50
"""URLs that are named where the one asked for is not there."""

_URL = re.compile(r"https?://", re.IGNORECASE)


@verb("upnpscapy describe pcaps/media-server.pcap --url /ContentDir.xml")
@click.argument("source", metavar="FILE|URL", type=click.Path(allow_dash=True))
@click.option(
    "--url",
    metavar="URL",
    help="Of a capture: only what this URL gave; its path will do. "
    "Of an XML file: where it is from, which relative URLs need.",
)
@click.option("--expand", is_flag=True, help="Show the actions of services with their arguments.")
@click.option(
    "-T",
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write what is found.",
)
@selecting
@reaching
def describe(source: str, url: str | None, expand: bool, form: str, **choice: Any) -> int:
    """Descriptions and SCPDs as trees.

    Of a capture (also gzip, zstd or xz; - is standard input) all that were fetched,
    with the frames; or of an XML file. They are told apart by content.
    A URL, http://…, is fetched from the device.
    """
    from upnpscapy.capture.content import open_content
    from upnpscapy.errors import CaptureError

    if _URL.match(source):
        return describe_url(source, form, expand=expand, **request_options(choice))
    chosen = selection(choice)
    try:
        with open_content(source) as content:
            if content.is_capture:
                return _describe_capture(content, url, form, chosen, expand=expand)
            if not chosen.is_all:
                raise click.UsageError("an XML file has no hosts and times to choose by")
            return _describe_xml(content, url, form, expand=expand)
    except CaptureError as error:
        remark(str(error))
        return UNREADABLE


def _describe_xml(content: Content, url: str | None, form: str, *, expand: bool) -> int:
    from upnpscapy.documents import print_document
    from upnpscapy.errors import DescriptionError
    from upnpscapy.protocol.document import parse_document
    from upnpscapy.protocol.xml import MAX_BYTES

    data = content.read(MAX_BYTES)
    try:
        document = parse_document(data, url)
    except DescriptionError as error:
        remark(f"{content.name}: neither a capture nor a description or SCPD: {error.reason}")
        return UNREADABLE
    print_document(form, content.name, document, expand=expand)
    return DONE


def _describe_capture(
    content: Content, url: str | None, form: str, chosen: Selection, *, expand: bool
) -> int:
    from upnpscapy.documents import print_documents, print_urls
    from upnpscapy.forensics.described.documents import Documents, Misses
    from upnpscapy.forensics.run import Input, Run

    misses = Misses()
    run = Run([Input.as_now(content.name, content.source)], facts=True, on_exchange=misses.take)
    with progress_bar([content.name]) as progress:
        run.progress = progress
        for _ in run.messages():
            pass
    documents = Documents(run.documents, run.services, run.devices, chosen, misses)
    if url is None:
        if not print_documents(form, documents, expand=expand) and not run.errors:
            remark("no descriptions")
    else:
        found = documents.named(url)
        if not found:
            raise click.UsageError(_unknown(url, documents))
        print_urls(form, documents, found, expand=expand)
    return finish(run)


def _unknown(url: str, documents: Documents) -> str:
    if url in documents.undescribed:
        words = documents.misses.words(url) or "nobody asked for it"
        return f"{printable(url)} is announced in the capture, but {words}"
    url = printable(url)
    names = [printable(one.name) for one in documents.urls[:SHOWN]]
    if len(documents.urls) > SHOWN:
        names.append(f"… {len(documents.urls) - SHOWN} more")
    if not names:
        return f"nothing of {url} is in the capture: no descriptions and SCPDs were fetched"
    return "\n  ".join([f"{url} is not in the capture; there is:", *names])
