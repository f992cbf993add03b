"""What the lab needs from the machine, and the one place that says what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

REQUIRE_VARIABLE = "UPNPSCAPY_REQUIRE_LAB"

# Program → Debian package.
PROGRAMS = {
    "bridge": "iproute2",
    "capinfos": "wireshark-common",
    "editcap": "wireshark-common",
    "gssdp-discover": "gupnp-tools",
    "gupnp-event-dumper": "gupnp-tools",
    "ip": "iproute2",
    "minidlnad": "minidlna",
    "miniupnpd": "miniupnpd-nftables",
    "natpmpc": "natpmpc",
    "nft": "nftables",
    "nmap": "nmap",
    "setpriv": "util-linux",
    "ss": "iproute2",
    "tcpdump": "tcpdump",
    "tshark": "tshark",
    "unshare": "util-linux",
    "upnpc": "miniupnpc",
}

# Program → PyPI project, looked for beside the running interpreter too.
PYTHON_PROGRAMS = {"upnp-client": "async-upnp-client"}

# Daemons live in sbin directories, which an ordinary PATH leaves out.
SEARCH_PATH = os.pathsep.join(
    (
        str(Path(sys.executable).parent),
        os.environ.get("PATH", os.defpath),
        "/usr/local/sbin",
        "/usr/sbin",
        "/sbin",
    )
)


def missing() -> str | None:
    """The reason why the lab cannot run here, or None where it can."""
    if sys.platform != "linux":
        return "the lab needs Linux network namespaces"
    if os.geteuid() != 0:
        return "the lab needs root, to make network namespaces"
    absent = [
        f"{program} ({source} {project})"
        for source, table in (("Debian", PROGRAMS), ("PyPI", PYTHON_PROGRAMS))
        for program, project in table.items()
        if shutil.which(program, path=SEARCH_PATH) is None
    ]
    if absent:
        return f"the lab misses programs: {', '.join(absent)}"
    attempt = subprocess.run(
        ["unshare", "--net", "--mount", "true"], capture_output=True, text=True, check=False
    )
    if attempt.returncode:
        return f"network namespaces cannot be made here: {attempt.stderr.strip()}"
    return None


def required() -> bool:
    """Whether a lab that cannot run is a failure (`UPNPSCAPY_REQUIRE_LAB=1`) and not a skip."""
    return os.environ.get(REQUIRE_VARIABLE, "") not in ("", "0")
