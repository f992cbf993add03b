"""Dissect the first frames of a capture with Scapy's PcapReader and print the time they took.

Scapy has no SSDP layer; what is counted is UDP on port 1900. A whole capture would take many
minutes, so the caller extrapolates from LIMIT frames.
"""

import json
import sys
import time

LIMIT = 20_000
PORT = 1900


def main(path: str) -> None:
    """Print frames, datagrams seen and the seconds of the loop as one JSON object."""
    import scapy.layers.all  # noqa: F401 (registers the layers)
    from scapy.layers.inet import UDP
    from scapy.utils import PcapReader

    frames = seen = 0
    begin = time.perf_counter()
    with PcapReader(path) as reader:
        for packet in reader:
            frames += 1
            if UDP in packet and PORT in (packet[UDP].sport, packet[UDP].dport):
                seen += 1
            if frames == LIMIT:
                break
    seconds = time.perf_counter() - begin
    print(json.dumps({"frames": frames, "seen": seen, "loop_seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1])
