"""What is UPnP in captures, taken out of them: frames as a capture, documents as files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from upnpscapy.cli.command import verb
from upnpscapy.cli.judging import judges, judging, say_failures, severity_type
from upnpscapy.cli.options import listing, selection
from upnpscapy.cli.output import remark, write_table
from upnpscapy.cli.reading import check_files, finish, progress_bar
from upnpscapy.cli.status import DONE, UNREADABLE
from upnpscapy.cli.writing import force_option, output_option, written

__all__ = ["extract"]


@verb("upnpscapy extract pcaps/discovery.pcapng -o upnp.pcapng")
@output_option("the frames to a pcapng file")
@click.option("--objects", metavar="DIR", help="Write the documents into a new directory.")
@force_option
@click.option("--findings", is_flag=True, help="With -o, the frames that prove findings.")
@click.option("--anonymize", is_flag=True, help="With -o, without names, addresses and secrets.")
@click.option("--key", metavar="FILE", help="With --anonymize, the same again of the same.")
@click.option("--severity", type=severity_type, help="With --findings, no lesser ones.")
@judging
@listing
def extract(
    files: tuple[str, ...],
    form: str,
    join: bool,
    out: str | None,
    objects: str | None,
    force: bool,
    findings: bool,
    anonymize: bool,
    key: str | None,
    severity: str | None,
    rule_files: tuple[str, ...],
    local_net: tuple[str, ...],
    **choice: str | None,
) -> int:
    """Take what is UPnP out of captures.

    With -o the frames of discovery, and every TCP connection that belongs to it, whole and
    unchanged; a packet's comment names the file and the frame it was.

    With -o and --findings the frames that prove the findings; comments say which and how.

    With -o and --anonymize a capture that can be shared: addresses, UUIDs, names, serial numbers
    and whatever else is not known to be harmless are replaced by others of the same length, or
    zeroed. With the same --key the same becomes the same.

    With --objects the descriptions, SCPDs, icons and presentation pages, under safe names,
    and index.jsonl, which says where each comes from.
    """
    from upnpscapy.forensics.anonymize.share import anonymize_frames
    from upnpscapy.forensics.extract.evidence import extract_findings
    from upnpscapy.forensics.extract.frames import extract_frames
    from upnpscapy.forensics.extract.objects import extract_objects

    if (out is None) == (objects is None):
        raise click.UsageError("say either -o FILE or --objects DIR")
    if force and out is None:
        raise click.UsageError("--force is for -o: a directory of objects must be new or empty")
    if findings and out is None:
        raise click.UsageError("--findings is for -o: they have frames, and no documents")
    if not findings and (severity or rule_files or local_net):
        raise click.UsageError("--severity, --rules and --local-net go with --findings")
    if anonymize and (findings or out is None):
        raise click.UsageError("--anonymize is for -o, without --findings")
    if key is not None and not anonymize:
        raise click.UsageError("--key goes with --anonymize")
    if "-" in (out, objects):
        raise click.UsageError("nothing is extracted to standard output")
    check_files(files, join)
    more: dict[str, Any] = {"join": join, "selection": selection(choice)}
    write: Callable[..., Any]
    if out is None:
        write = partial(extract_objects, files, objects or "", **more)
    elif findings:
        more |= judges(rule_files, local_net) | {"severity": severity or "INFO"}
        write = partial(extract_findings, files, out, force=force, **more)
    elif anonymize:
        write = partial(anonymize_frames, files, out, force=force, key=_key(key), **more)
    else:
        write = partial(extract_frames, files, out, force=force, **more)
    with progress_bar(files) as progress:
        result = written(partial(write, progress=progress))
    if result is None:
        return UNREADABLE
    write_table(result.table, form)
    status = say_failures(result) if findings else DONE
    status = status or finish(result)
    for limit in result.limits:
        remark(limit)
    return status


def _key(name: str | None) -> bytes | None:
    """What is in the file of ``--key``; raises ``click.BadParameter``."""
    from upnpscapy.forensics.anonymize.share import SHORTEST_KEY

    if name is None:
        return None
    try:
        data = Path(name).read_bytes()
    except (OSError, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="--key") from error
    if len(data) < SHORTEST_KEY:
        reason = f"{name}: a key has {SHORTEST_KEY} bytes at least"
        raise click.BadParameter(reason, param_hint="--key")
    return data
