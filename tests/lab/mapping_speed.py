"""How long it takes from a command to the mapping: `python -m tests.lab.mapping_speed [ROUNDS]`.

upnpc and upnpscapy in turn, on the same host, at the same router. A mapping is made when it is
in the router's lease file, which is looked at every millisecond; a command is done when its
process has ended.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

from .daemons import IGD_LOCATION, lease_file, minidlna, miniupnpd
from .host import Host
from .network import Network

ROUNDS = 7
LIMIT_SECONDS = 30.0


class Timed(NamedTuple):
    """One run, in seconds from its start."""

    made: float
    done: float


def main() -> None:
    """Print the medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with Network() as network, miniupnpd(network.router), minidlna(network.media):
        client, leases = network.client, lease_file(network.router)
        ours = (str(Path(sys.executable).with_name("upnpscapy")), "igd", "add")
        ways = {
            "upnpc -a": ("upnpc", "-a", client.ipv4),
            "upnpscapy igd add": (*ours, client.ipv4),
            "upnpc -u URL -a": ("upnpc", "-u", IGD_LOCATION, "-a", client.ipv4),
            "upnpscapy igd add --url URL": (*ours, "--url", IGD_LOCATION, client.ipv4),
        }
        found: dict[str, list[Timed]] = {way: [] for way in ways}
        port = 20000
        for _ in range(rounds):
            for way, words in ways.items():
                port += 1
                found[way].append(_timed(client, leases, port, *words))
    print(f"medians of {rounds} rounds, seconds: mapping made, command done")
    for way, runs in found.items():
        made, done = (statistics.median(values) for values in zip(*runs, strict=True))
        print(f"{way:28} {made:6.3f} {done:6.3f}")


def _timed(client: Host, leases: Path, port: int, *words: str) -> Timed:
    start = time.perf_counter()
    made = 0.0
    with client.start(*words, str(port), str(port), "TCP", "3600") as program:
        while not made or program.running:
            now = time.perf_counter() - start
            if not made and _holds(leases, port):
                made = now
            if now > LIMIT_SECONDS or (not made and not program.running):
                raise SystemExit(f"{' '.join(words)} made no mapping:\n{program.log_tail()}")
            time.sleep(0.001)
        return Timed(made, time.perf_counter() - start)


def _holds(leases: Path, port: int) -> bool:
    try:
        return f"TCP:{port}:" in leases.read_text()
    except FileNotFoundError:  # the router writes it with its first mapping
        return False


if __name__ == "__main__":
    main()
