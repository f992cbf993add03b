"""Walk a capture with dpkt and print how many frames are on a port: `walk_dpkt FILE udp 1900`.

dpkt has no SSDP, and puts no TCP together; this is the least a script on it would do.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any


def main(path: str, protocol: str, port: int) -> None:
    """Print frames, and datagrams or segments seen, as one JSON object."""
    dpkt: Any = importlib.import_module("dpkt")  # it has no types
    wanted = dpkt.udp.UDP if protocol == "udp" else dpkt.tcp.TCP
    frames = seen = 0
    with Path(path).open("rb") as file:
        for _, data in dpkt.pcap.UniversalReader(file):
            frames += 1
            packet = dpkt.ethernet.Ethernet(data).data
            if isinstance(packet, (dpkt.ip.IP, dpkt.ip6.IP6)):
                inside = packet.data
                if isinstance(inside, wanted) and port in (inside.sport, inside.dport):
                    seen += 1
    print(json.dumps({"frames": frames, "seen": seen}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
