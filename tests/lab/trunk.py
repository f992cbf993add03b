"""A script that carries an interface's frames over a trunk with an 802.1Q tag (IEEE 802.1Q, 9.6).

Run at both ends of a link, it is what `ip link add … type vlan` is where the kernel has 802.1Q;
written out because the kernels of small virtual machines often have not.

    access (a tap device, untagged)  ⇄  trunk (an Ethernet device, tagged)
"""

import fcntl
import os
import select
import socket
import struct
import sys

TPID = b"\x81\x00"
ADDRESSES = 12  # octets of destination and source before the tag
MAXIMUM_FRAME = 1 << 16

TUNSETIFF = 0x400454CA  # linux/if_tun.h
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
ETH_P_ALL = 0x0003  # linux/if_ether.h
SOL_PACKET, PACKET_AUXDATA = 263, 8  # linux/if_packet.h
TP_STATUS_VLAN_VALID = 1 << 4
AUXDATA = struct.Struct("IIIHHHH")  # status, len, snaplen, mac, net, vlan_tci, vlan_tpid


def open_tap(name: str) -> int:
    """A descriptor that reads and writes the frames of an existing tap device."""
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def open_trunk(name: str) -> socket.socket:
    """A packet socket on a device, which is told the tag that the kernel takes off a frame."""
    trunk = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    trunk.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    trunk.bind((name, ETH_P_ALL))
    return trunk


def receive_tagged(trunk: socket.socket, vlan: int) -> bytes | None:
    """The next frame of the trunk without its tag; None if it is not of this VLAN."""
    frame, ancillary, _, sender = trunk.recvmsg(MAXIMUM_FRAME, socket.CMSG_SPACE(AUXDATA.size))
    if sender[2] == socket.PACKET_OUTGOING:
        return None
    for level, kind, data in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, *_, tci, _ = AUXDATA.unpack(data)
            if status & TP_STATUS_VLAN_VALID and tci & 0x0FFF == vlan:
                return frame
    return None


def carry(access: str, trunk_name: str, vlan: int) -> None:
    """Carries frames both ways until the process is ended."""
    tap = open_tap(access)
    tag = TPID + vlan.to_bytes(2, "big")
    with open_trunk(trunk_name) as trunk:
        while True:
            ready, _, _ = select.select([tap, trunk.fileno()], [], [])
            if tap in ready:
                frame = os.read(tap, MAXIMUM_FRAME)
                trunk.send(frame[:ADDRESSES] + tag + frame[ADDRESSES:])
            if trunk.fileno() in ready:
                received = receive_tagged(trunk, vlan)
                if received is not None:
                    os.write(tap, received)


if __name__ == "__main__":
    carry(sys.argv[1], sys.argv[2], int(sys.argv[3]))
