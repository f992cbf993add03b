"""Records the captures of `pcaps/`: python -m tests.lab.record [NAME …], as root.

Without names every recording of the table is made anew. The table in `pcaps/README.md` is then
rewritten; rows of files that are not recorded here stay as they are.
"""

import argparse
import hashlib
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from . import requirements, sessions
from .namespaces import STATE, own_prefix
from .programs import ENVIRONMENT, LabError, run

PCAPS = Path(__file__).parents[2] / "pcaps"
README = PCAPS / "README.md"
UNAME = Path(__file__).with_name("uname.c")
COLUMNS = ("file", "shows", "made by", "link type", "frames", "SHA-256")


class Recording(NamedTuple):
    """A file of `pcaps/`: what it shows, what made it, and the function that plays it."""

    file: str
    shows: str
    made_by: str
    play: Callable[[Path], None]


RECORDINGS = (
    Recording(
        "igd2-session.pcap",
        "A router (IGD:2): status, two port mappings added, listed to the 713 at their end,"
        " deleted",
        "`upnpc -s -a -a -l -d -d` against miniupnpd",
        sessions.igd2,
    ),
    Recording(
        "igd1-session.pcap",
        "The same with a router whose description says IGD:1 and whose announcements say IGD:2",
        "`upnpc -s -a -a -l -d -d` against miniupnpd with `force_igd_desc_v1=yes`",
        sessions.igd1,
    ),
    Recording(
        "discovery.pcapng",
        "Searches and announcements of a router and a media server: alive, byebye of both,"
        " and the router's return with a new BOOTID",
        "`gssdp-discover`, `upnp-client search`, `nmap --script broadcast-upnp-info`"
        " against miniupnpd and minidlna; `editcap -F pcapng`",
        sessions.discovery,
    ),
    Recording(
        "media-server.pcap",
        "A media server found, described, browsed in three containers; two subscriptions"
        " made and ended, without an event: the callback connections stay empty",
        "`gssdp-discover`, `upnp-client call-action` and `subscribe` against minidlna",
        sessions.media_server,
    ),
    Recording(
        "events.pcap",
        "Three subscriptions to a router with their first events, an event for a mapping added"
        " and one for its deletion, and the end of the subscriptions",
        "`upnp-client subscribe`, `upnpc -a -d` against miniupnpd",
        sessions.events,
    ),
    Recording(
        "whole-story.pcap",
        "Two clients, a router and a media server at a mirror port, from the first announcement"
        " to the last byebye: a search, descriptions and SCPDs, a subscription, the router's"
        " status, a port mapping added, renewed, refused to the other client (718, and 606 for"
        " port 80), listed by it, and deleted, with the events of that; a container browsed",
        "`gssdp-discover`, `upnp-client subscribe` and `call-action`, `upnpc -s -a -a -l -d`"
        " against miniupnpd and minidlna, recorded on the bridge",
        sessions.whole_story,
    ),
    Recording(
        "refused.pcap",
        "What a router answers to a second client: 718 for another's port and for another's"
        " address, 606 for port 80 and for deleting another's mapping, 714 for none",
        "`upnpc -a -d` and `upnp-client call-action` from two clients against miniupnpd,"
        " recorded on the router",
        sessions.refused,
    ),
    Recording(
        "ipv6.pcap",
        "A router announced to ff02::c, ff05::c and ff0e::c and searched over ff02::c; a pinhole"
        " opened, checked (709), renewed and closed",
        "`upnpc -6 -s -A -U -D` against miniupnpd",
        sessions.ipv6,
    ),
    Recording(
        "vlan.pcap",
        "A search for everything and a router's status in 802.1Q frames of VLAN 20",
        "`gssdp-discover`, `upnpc -s` on a tagged link, against miniupnpd and minidlna",
        sessions.vlan,
    ),
    Recording(
        "cooked.pcap",
        "The same on all interfaces at once",
        "as `vlan.pcap`, untagged; `tcpdump -i any`",
        sessions.cooked,
    ),
    Recording(
        "cooked-v1.pcap",
        "The same in the older cooked format",
        "as `cooked.pcap`; `tcpdump -i any -y LINUX_SLL`",
        sessions.cooked_v1,
    ),
    Recording(
        "nanosecond.pcap",
        "The same with time stamps in nanoseconds",
        "as `vlan.pcap`, untagged; `tcpdump --time-stamp-precision=nano`",
        sessions.nanosecond,
    ),
    Recording(
        "offload.pcap",
        "The same with TCP segments longer than the MTU and checksums left to the hardware",
        "as `vlan.pcap`, untagged, with checksum offload on",
        sessions.offload,
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the named recordings and the table are written, 1 when something is missing."""
    table = {recording.file: recording for recording in RECORDINGS}
    parser = argparse.ArgumentParser(prog="python -m tests.lab.record", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(table))
    names = parser.parse_args(arguments).names or list(table)
    for name in names:
        if name not in table:
            parser.error(f"{name} is not one of {', '.join(table)}")
    reason = requirements.missing()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    scratch = STATE / own_prefix(0)
    scratch.mkdir(parents=True, mode=0o700)
    try:
        _hide_kernel_release(scratch)
        for name in names:
            made = scratch / name
            table[name].play(made)
            (PCAPS / name).write_bytes(made.read_bytes())
            print(f"{name}: {frame_count(made)} frames", file=sys.stderr)
    finally:
        shutil.rmtree(scratch)
    write_table()
    return 0


def frame_count(capture: Path) -> int:
    """The number of frames in a capture, as Wireshark counts them."""
    return int(_capinfos("-c", capture))


def link_type(capture: Path) -> str:
    """Wireshark's name for the link type of a capture."""
    return _capinfos("-E", capture)


def _capinfos(option: str, capture: Path) -> str:
    """One value of a capture that capinfos prints as `name<TAB>value` rows."""
    return run(["capinfos", "-M", "-T", "-r", option, str(capture)]).strip().split("\t")[-1]


def write_table() -> None:
    """Writes a row for each recording that is there into the table of `pcaps/README.md`."""
    intro, rows = _read_table()
    for recording in RECORDINGS:
        capture = PCAPS / recording.file
        if capture.exists():
            rows[recording.file] = (
                f"`{recording.file}`",
                recording.shows,
                recording.made_by,
                link_type(capture),
                str(frame_count(capture)),
                f"`{hashlib.sha256(capture.read_bytes()).hexdigest()}`",
            )
    lines = [_row(COLUMNS), _row(["---"] * len(COLUMNS)), *map(_row, rows.values())]
    README.write_text(intro + "\n".join(lines) + "\n", encoding="utf-8")


def _read_table() -> tuple[str, dict[str, Sequence[str]]]:
    """The text before the table, and the table's rows by file name."""
    intro, heading, table = README.read_text(encoding="utf-8").partition(_row(COLUMNS))
    if not heading:
        raise LabError(f"{README} has no table headed {_row(COLUMNS)}")
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    return intro, {cells[0].strip("`"): cells for cells in rows}


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _hide_kernel_release(directory: Path) -> None:
    """Makes the lab's programs read a neutral kernel release; see uname.c."""
    library = directory / "uname.so"
    run(["cc", "-shared", "-fPIC", "-o", str(library), str(UNAME)])
    ENVIRONMENT["LD_PRELOAD"] = str(library)


if __name__ == "__main__":
    sys.exit(main())
