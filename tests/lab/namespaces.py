"""The lab's network namespaces by name: made by one process, found and removed by any.

A namespace is named upnpscapy-PID-N-HOST, and a directory of STATE upnpscapy-PID-N, so what a
process that was killed left behind is known by its id.
"""

import contextlib
import os
import re
import shutil
import signal
from pathlib import Path

from .programs import LabError, run, wait_until

PREFIX = "upnpscapy"
OWN_NAME = re.compile(rf"{PREFIX}-(\d+)-\d+(?:-\w+)?")
NAMESPACES = Path("/run/netns")
STATE = Path("/run/upnpscapy-lab")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet waited for does not."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def own_prefix(number: int) -> str:
    """The name that begins everything of this process's network of a number."""
    return f"{PREFIX}-{os.getpid()}-{number}"


def ip(namespace: str, *lines: str) -> None:
    """Runs lines of ip commands in a namespace, in one process."""
    run(["ip", "-n", namespace, "-batch", "-"], feed="".join(f"{line}\n" for line in lines))


def own_namespaces() -> list[str]:
    """The names of the lab's namespaces on this machine, of this process and of all others."""
    if not NAMESPACES.is_dir():
        return []
    return sorted(path.name for path in NAMESPACES.iterdir() if OWN_NAME.fullmatch(path.name))


def remove_stale() -> list[str]:
    """The namespaces and directories that dead processes left, all removed by now."""
    namespaces = [name for name in own_namespaces() if _is_stale(name)]
    for name in namespaces:
        remove_namespace(name)
    directories = [path for path in STATE.glob("*") if _is_stale(path.name)]
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)
    return [*namespaces, *(directory.name for directory in directories)]


def remove_namespace(name: str) -> None:
    """Ends every process inside one of the lab's namespaces, by its id, and removes it."""
    if not OWN_NAME.fullmatch(name):
        raise LabError(f"{name} is not a namespace of the lab")
    path = NAMESPACES / name

    def empty() -> bool:
        pids = run(["ip", "netns", "pids", name], check=False).split() if path.exists() else []
        for pid in filter(str.isdigit, pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        return not pids

    wait_until(empty, f"the end of all programs in {name}")
    said = run(["ip", "netns", "del", name], check=False) if path.exists() else ""
    if path.exists():
        raise LabError(f"{name} could not be removed:\n{said}")


def _is_stale(name: str) -> bool:
    match = OWN_NAME.fullmatch(name)
    return match is not None and not is_alive(int(match[1]))
