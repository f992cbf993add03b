"""What a kernel of ours runs first: from then on its sockets reach this host and no other.

Raw ones are those of somebody who is not root. IPython executes the file among the notebook's
names, so that all of it is in one function, which is deleted.
"""


def _confine() -> None:
    import socket
    import sys
    from ipaddress import ip_address
    from typing import Any

    places = ("socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg")
    internet = (socket.AF_INET, socket.AF_INET6)
    raw, packet = socket.SOCK_RAW, getattr(socket, "AF_PACKET", None)

    def is_allowed(host: Any, *, is_lookup: bool) -> bool:
        if host in (None, "", b"", "localhost"):
            return True
        try:
            return ip_address(str(host)).is_loopback or is_lookup
        except ValueError:
            return False

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        host, is_lookup = None, False
        if event == "socket.__new__":
            _, family, kind, *_ = arguments
            if family == packet or (family in internet and kind == raw):
                raise PermissionError("no raw sockets here")
        elif event == "socket.getaddrinfo":
            host, is_lookup = arguments[0], True  # of an address nobody else is asked
        elif event in places and arguments[0].family in internet:
            address = arguments[1]
            host = None if address is None else address[0]
        if not is_allowed(host, is_lookup=is_lookup):
            raise PermissionError(f"{event} beyond this host: {host}")

    sys.addaudithook(look)


_confine()
del _confine
