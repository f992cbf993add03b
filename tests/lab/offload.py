"""A script that makes the kernel finish frames before they are recorded.

A veth link hands over TCP segments that are neither cut nor summed; a recording of it shows
segments larger than the MTU with wrong checksums. Run in a host's namespace with an interface's
name, this script turns that off, as `ethtool -K NAME tx off` does.
"""

import array
import fcntl
import socket
import struct
import sys

SIOCETHTOOL = 0x8946  # linux/sockios.h
ETHTOOL_STXCSUM = 0x17  # linux/ethtool.h; segmentation offload falls with it


def disable(interface: str) -> None:
    """Turns transmit checksum offload off on an interface of the current namespace."""
    command = array.array("B", struct.pack("II", ETHTOOL_STXCSUM, 0))
    address, _ = command.buffer_info()
    request = struct.pack("16sP16x", interface.encode(), address)  # struct ifreq, ifr_data
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, request)


if __name__ == "__main__":
    disable(sys.argv[1])
