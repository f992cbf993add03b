"""A forged answer to searches for a gateway: python forger.py ADDRESS LOCATION.

Runs in a host of the lab. It answers the first search for an Internet gateway or a root device
that it hears, from its own address, with the LOCATION that it is given, and says so.
"""

from __future__ import annotations

import socket
import struct
import sys

GROUP = "239.255.255.250"
ANSWER = (
    "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLOCATION: {location}\r\n"
    "SERVER: Linux UPnP/1.0 upnpscapy-test/1.0\r\nST: {st}\r\n"
    "USN: uuid:7d6f0f00-1111-4222-8333-444455556666::{st}\r\n\r\n"
)


def main(address: str, location: str) -> None:
    """Answer until it is ended."""
    heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    heard.bind(("", 1900))
    joined = socket.inet_aton(GROUP) + socket.inet_aton(address)
    heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("8s", joined))
    print("listening", flush=True)
    while True:
        data, sender = heard.recvfrom(2048)
        lines = data.decode("latin-1").split("\r\n")
        targets = [line[3:].strip() for line in lines if line.upper().startswith("ST:")]
        if lines[0].startswith("M-SEARCH") and targets:
            answer = ANSWER.format(location=location, st=targets[0])
            heard.sendto(answer.encode(), sender)


if __name__ == "__main__":
    main(*sys.argv[1:3])
