"""The lab's daemons as context managers: miniupnpd, minidlna, and tcpdump as the recorder.

Each is ready when its context is entered and ended when it is left; one that dies raises
LabError with the end of its log.
"""

import re
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .host import LAN_IPV4, NUMBERS, Host
from .programs import LabError, Program, wait_until

SSDP_PORT = 1900
IGD_PORT = 5000
MEDIA_PORT = 8200

IGD_LOCATION = f"http://{LAN_IPV4}{NUMBERS['router']}:{IGD_PORT}/rootDesc.xml"
MEDIA_LOCATION = f"http://{LAN_IPV4}{NUMBERS['media']}:{MEDIA_PORT}/rootDesc.xml"

# miniupnpd numbers its embedded devices upwards from the root's UUID: …01, …02, …03.
IGD_UDN = "uuid:11111111-2222-4333-8444-000000000001"
MEDIA_UDN = "uuid:11111111-2222-4333-8444-0000000000a1"
MEDIA_NAME = "Lab media server"
MEDIA_TITLES = ("Silence 1", "Silence 2")

# "add" before "delete" makes a restart in the same namespace start from an empty table.
NFT_RULES = """\
add table inet miniupnpd
delete table inet miniupnpd
table inet miniupnpd {
    chain forward {
        type filter hook forward priority 0; policy accept;
        jump miniupnpd
    }
    chain prerouting {
        type nat hook prerouting priority -100; policy accept;
        jump prerouting_miniupnpd
    }
    chain postrouting {
        type nat hook postrouting priority 100; policy accept;
        jump postrouting_miniupnpd
    }
    chain miniupnpd {
    }
    chain prerouting_miniupnpd {
    }
    chain postrouting_miniupnpd {
    }
}
"""

# A recording ends here even if the session does not.
MAXIMUM_FRAMES = 5000
RECORDING_BUFFER_KIB = 65536  # in immediate mode a frame of any size takes 256 KiB of it
SETTLED_SECONDS = 0.2
DROPPED = re.compile(r"^(\d+) packets? dropped by kernel", re.MULTILINE)


@contextmanager
def miniupnpd(
    host: Host,
    *,
    igd: int = 2,
    ipv6: bool = True,
    secure: bool = True,
    natpmp: bool = False,
    notify_seconds: int = 30,
    clients: str = f"{LAN_IPV4}0/24",
) -> Iterator[Program]:
    """A router on `host`, which calls itself IGD:1 or IGD:2 and maps ports to `clients`.

    Without `ipv6` it speaks IPv4 only; `secure` lets clients map ports to themselves only.
    With `natpmp` it maps ports by NAT-PMP and PCP too.
    BOOTID.UPNP.ORG is the second of its start.
    """
    directory = _directory(host, "miniupnpd")
    leases = lease_file(host)
    leases.touch()
    options = {
        "ext_ifname": "eth1",
        "listening_ip": host.interface,
        "port": IGD_PORT,
        "upnp_table_name": "miniupnpd",
        "upnp_nat_table_name": "miniupnpd",
        "upnp_forward_chain": "miniupnpd",
        "upnp_nat_chain": "prerouting_miniupnpd",
        "upnp_nat_postrouting_chain": "postrouting_miniupnpd",
        "lease_file": leases,
        "ipv6_disable": "no" if ipv6 else "yes",
        "secure_mode": "yes" if secure else "no",
        "enable_natpmp": "yes" if natpmp else "no",
        "system_uptime": "no",
        "notify_interval": notify_seconds,
        "uuid": IGD_UDN.removeprefix("uuid:"),
        "serial": "1",
        "model_number": "1",
        "force_igd_desc_v1": "yes" if igd == 1 else "no",
    }
    permissions = (
        f"allow 1024-65535 {clients} 1024-65535",
        "deny 0-65535 0.0.0.0/0 0-65535",
    )
    configuration = _configure(directory / "miniupnpd.conf", options, permissions)
    host.run("nft", "-f", "-", feed=NFT_RULES)
    pid_file = str(directory / "pid")
    with host.start("miniupnpd", "-d", "-f", configuration, "-P", pid_file) as program:
        program.wait_until(
            lambda: host.listens("tcp", IGD_PORT) and host.listens("udp", SSDP_PORT),
            "it answers",
        )
        yield program


@contextmanager
def minidlna(host: Host, *, notify_seconds: int = 30) -> Iterator[Program]:
    """A media server on `host`, which has indexed two short sounds."""
    directory = _directory(host, "minidlna")
    media = directory / "media"
    media.mkdir(exist_ok=True)
    for title in MEDIA_TITLES:
        _write_silence(media / f"{title}.wav")
    options = {
        "network_interface": host.interface,
        "port": MEDIA_PORT,
        "db_dir": directory / "db",
        "log_dir": directory,
        "media_dir": media,
        "notify_interval": notify_seconds,
        "inotify": "no",
        "friendly_name": MEDIA_NAME,
        "model_name": "Lab model",
        "model_number": "1",
        "serial": "1",
        "uuid": MEDIA_UDN.removeprefix("uuid:"),
    }
    configuration = _configure(directory / "minidlna.conf", options)
    pid_file = str(directory / "pid")
    with host.start("minidlnad", "-d", "-R", "-f", configuration, "-P", pid_file) as program:
        program.wait_until(
            lambda: (
                host.listens("tcp", MEDIA_PORT)
                and host.listens("udp", SSDP_PORT)
                and "finished" in program.output()
            ),
            "it has indexed its files",
        )
        yield program


@contextmanager
def recording(
    host: Host, path: Path, *, interface: str | None = None, options: Sequence[str] = ()
) -> Iterator[Program]:
    """A tcpdump on `host` that writes every frame of the context to `path`, whole.

    A recording that missed frames raises LabError.
    """
    words = (
        *("tcpdump", "-i", interface or host.interface, "-w", str(path), "-s", "0", "-U"),
        *("-c", str(MAXIMUM_FRAMES), "-B", str(RECORDING_BUFFER_KIB), "--immediate-mode"),
        *("-n", "-Z", "root"),
        *options,
    )
    with host.start(*words) as program:
        program.wait_until(lambda: "listening on" in program.output(), "it listens")
        yield program
        _wait_until_settled(path)
    dropped = DROPPED.search(program.output())
    if dropped is None or dropped[1] != "0":
        raise LabError(f"{path.name} is not complete:\n{program.log_tail()}")


def lease_file(host: Host) -> Path:
    """Where the miniupnpd of a host keeps its mappings: `UDP:port:client:port:end:description`."""
    return host.directory / f"{host.name}-miniupnpd" / "leases"


def _wait_until_settled(path: Path) -> None:
    """Returns when the file has not grown for a moment: tcpdump drops what it has not read yet."""
    size, since = -1, time.monotonic()

    def settled() -> bool:
        nonlocal size, since
        if path.stat().st_size != size:
            size, since = path.stat().st_size, time.monotonic()
        return time.monotonic() - since > SETTLED_SECONDS

    wait_until(settled, f"the end of traffic in {path.name}")


def _directory(host: Host, name: str) -> Path:
    directory = host.directory / f"{host.name}-{name}"
    directory.mkdir(exist_ok=True)
    return directory


def _configure(path: Path, options: dict[str, object], lines: Sequence[str] = ()) -> str:
    """The name of a configuration file, written with `name=value` lines and then `lines`."""
    written = [f"{name}={value}" for name, value in options.items()]
    path.write_text("\n".join((*written, *lines)) + "\n")
    return str(path)


def _write_silence(path: Path) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
