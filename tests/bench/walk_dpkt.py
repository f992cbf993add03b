"""Walk a capture with dpkt and print how many frames are UDP on port 1900.

dpkt has no SSDP; this is the least a script on it would do. Replies between other ports are
therefore not among what it counts.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

PORT = 1900


def main(path: str) -> None:
    """Print frames and datagrams seen as one JSON object."""
    dpkt: Any = importlib.import_module("dpkt")  # it has no types
    frames = seen = 0
    with Path(path).open("rb") as file:
        for _, data in dpkt.pcap.UniversalReader(file):
            frames += 1
            packet = dpkt.ethernet.Ethernet(data).data
            if isinstance(packet, (dpkt.ip.IP, dpkt.ip6.IP6)):
                datagram = packet.data
                if isinstance(datagram, dpkt.udp.UDP) and PORT in (datagram.sport, datagram.dport):
                    seen += 1
    print(json.dumps({"frames": frames, "seen": seen}))


if __name__ == "__main__":
    main(sys.argv[1])
