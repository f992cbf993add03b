"""Dissect the first frames of a capture with Scapy's PcapReader and print the time they took.

Scapy has no SSDP layer; what is counted is UDP or TCP on a port: `walk_scapy FILE udp 1900`.
A whole capture would take many minutes, so the caller extrapolates from LIMIT frames.
"""

import json
import sys
import time

LIMIT = 20_000


def main(path: str, protocol: str, port: int) -> None:
    """Print frames, what was seen on the port and the seconds of the loop as one JSON object."""
    import scapy.layers.all  # noqa: F401 (registers the layers)
    from scapy.layers.inet import TCP, UDP
    from scapy.utils import PcapReader

    wanted = UDP if protocol == "udp" else TCP
    frames = seen = 0
    begin = time.perf_counter()
    with PcapReader(path) as reader:
        for packet in reader:
            frames += 1
            if wanted in packet and port in (packet[wanted].sport, packet[wanted].dport):
                seen += 1
            if frames == LIMIT:
                break
    seconds = time.perf_counter() - begin
    print(json.dumps({"frames": frames, "seen": seen, "loop_seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
