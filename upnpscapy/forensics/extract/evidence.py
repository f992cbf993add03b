"""``extract_findings``: the frames that prove findings as one pcapng file, with the case in it.

A packet's comments say where it comes from and what of which finding one sees in it; those of
the section list the sources and the findings.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.collector import rare_collections
from upnpscapy.capture.pcapng_write import PcapngWriter
from upnpscapy.capture.source import SourceLike
from upnpscapy.display import Columns, Table
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.extract.copying import copy_frames, new_capture
from upnpscapy.forensics.extract.evidence_words import Words, finding_words
from upnpscapy.forensics.extract.inputs import (
    File,
    ProgressOf,
    given_files,
    grouped,
    progress_of,
)
from upnpscapy.forensics.extract.output import check_output
from upnpscapy.forensics.extract.siblings import siblings
from upnpscapy.forensics.finding import SEVERITIES, Finding, Severity
from upnpscapy.forensics.judge import RuleFailure
from upnpscapy.forensics.place import FILE_STRIDE, Place
from upnpscapy.forensics.rules import RULES, Rule
from upnpscapy.forensics.run import Input, Progress, Run
from upnpscapy.forensics.selection import Selection
from upnpscapy.forensics.watching.surroundings import Network

__all__ = ["EVIDENCE_COLUMNS", "EvidenceExtract", "EvidenceRow", "extract_findings"]

EVIDENCE_COLUMNS = Columns(
    "capture sha256 frames findings extracted", numbers="frames findings extracted"
)

EVERYTHING = Selection()


@dataclass(slots=True)
class EvidenceRow:
    """What was extracted of one input file."""

    capture: str
    """Its name as given."""
    sha256: str
    """Of the file as stored."""
    frames: int
    findings: int = 0
    """Findings with a frame in this file."""
    extracted: int = 0
    """Frames that were written."""
    limits: list[str] = field(default_factory=list)
    """What was cut, dropped, or hit a limit, in words."""

    def column(self, name: str) -> object:
        """The value of a column of ``EVIDENCE_COLUMNS``."""
        return getattr(self, name)


@dataclass(slots=True)
class EvidenceExtract:
    """What ``extract_findings`` did."""

    captures: list[EvidenceRow] = field(default_factory=list)
    """Of each file that could be read, if only in part."""
    findings: list[Finding] = field(default_factory=list)
    """Those whose frames were written."""
    errors: list[CaptureError] = field(default_factory=list)
    rule_failures: list[RuleFailure] = field(default_factory=list)
    written: bool = False

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return sum(row.extracted for row in self.captures)

    @property
    def limits(self) -> list[str]:
        """What is to be said of the whole, in words."""
        if self.written and not self.findings:
            return ["there is no such finding: the file has no frame"]
        return [] if self.written else ["nothing was written"]

    @property
    def table(self) -> Table[EvidenceRow]:
        """``captures`` as a table."""
        return Table("extracts", EVIDENCE_COLUMNS, lambda: self.captures)


@dataclass(slots=True)
class _Judged:
    """One capture, and what was found in it."""

    files: list[File]
    rows: dict[int, EvidenceRow]
    """By the file's place among ``files``; those that could be read."""
    findings: list[Finding]


def extract_findings(
    source: SourceLike | Sequence[SourceLike],
    out: str | Path,
    *,
    join: bool = False,
    selection: Selection = EVERYTHING,
    severity: Severity = "INFO",
    rules: Iterable[Rule] = RULES,
    local_networks: Iterable[Network] = (),
    force: bool = False,
    progress: Progress | None = None,
) -> EvidenceExtract:
    """Write the frames that prove the findings of one capture, or several, to ``out``.

    ``source`` and ``join`` are as for ``analyze``; each file is read twice, a stream is copied.
    Findings less severe than ``severity`` are left out, and those that ``selection`` does.
    Frames are in the order of the files and their own, each once and unchanged; of a datagram
    that was fragmented all fragments are there.
    A file that is there is kept unless ``force`` is given; what is not complete is not left behind.
    Raises ``CaptureError`` if a file cannot be read to its end, after all was written that could
    be; ``partial`` of the error is the result. Raises ``OutputError`` for what is not written.
    """
    path, result = Path(out), EvidenceExtract()
    least, judges = SEVERITIES.index(severity), (tuple(rules), tuple(local_networks))

    def includes(row: Finding) -> bool:
        return SEVERITIES.index(row.severity) >= least and selection.includes(row)

    with rare_collections(), ExitStack() as copies:
        files = given_files(source, join, copies)
        check_output(path, [file.source for file in files], force=force)
        captures = []
        for group in grouped(files, join):
            run = _judge(group, *judges, progress)
            judged = _Judged(group, _rows(group, run), list(filter(includes, run.findings)))
            captures.append(judged)
            result.captures += judged.rows.values()
            result.findings += judged.findings
            result.errors += run.errors
            result.rule_failures += run.rule_failures
        read = [file for file in files if file.sha256]
        if read:
            words = finding_words(result.findings)
            with new_capture(path, read, words, force=force) as writer:
                for judged in captures:
                    _copy(writer, judged, progress_of(progress))
            result.written = True
    if result.errors:
        result.errors[0].partial = result
        raise result.errors[0]
    return result


def _judge(
    files: list[File],
    rules: tuple[Rule, ...],
    local_networks: tuple[Network, ...],
    progress: Progress | None,
) -> Run:
    run = Run(
        [Input(file.name, file.source, file.spool, file.size) for file in files],
        join=True,
        facts=True,
        rules=rules,
        local_networks=local_networks,
        progress=progress,
    )
    for _ in run.messages():
        pass
    return run


def _rows(files: list[File], run: Run) -> dict[int, EvidenceRow]:
    """What was read of the files, which also learn their place, digest and error."""
    names = tuple(file.name for file in files)
    rows: dict[int, EvidenceRow] = {}
    captures = iter(run.captures)
    known = next(captures, None)
    errors = {error.path: error for error in run.errors}
    for index, file in enumerate(files):
        file.place = Place(file.name, index, names)
        file.error = errors.get(file.name)
        if file.spool is not None:
            file.spool.flush()
        if known is not None and known.capture == file.name:
            file.sha256 = known.sha256
            rows[index] = EvidenceRow(file.name, known.sha256, known.frames, limits=known.limits)
            known = next(captures, None)
    return rows


def _copy(writer: PcapngWriter, judged: _Judged, progress: ProgressOf) -> None:
    """Write the evidence of one capture."""
    words: dict[int, Words] = {}
    for finding in judged.findings:
        for one in finding.evidence:
            for number in one.frames:
                words.setdefault(number, Words()).add(finding, one)
        for index in {number // FILE_STRIDE for number in finding.numbers} & judged.rows.keys():
            judged.rows[index].findings += 1
    for number, whole in siblings(judged.files, words.keys()).items():
        place = judged.files[number // FILE_STRIDE].place
        words[number] = words[whole].of_fragment(place.show(whole))
    for index, row in judged.rows.items():
        file = judged.files[index]
        base = file.place.base
        own = deque(sorted(number - base for number in words if number // FILE_STRIDE == index))

        def remarks(number: int, base: int = base) -> list[str]:
            return words[base + number].lines()

        pick = partial(Batch.take_places, numbers=own)
        row.extracted = copy_frames(writer, file, progress, pick, remarks)
