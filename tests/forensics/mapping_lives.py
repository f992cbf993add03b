"""Lives of mappings: a table of what is said about one, and the rows that it makes."""

from __future__ import annotations

from tests.forensics.mapping_calls import (
    ADD,
    FIREWALL,
    GATEWAY,
    HOLE,
    KEY,
    OTHER,
    Said,
    add,
    asked,
    granted,
    hole,
    listed,
    refused,
)

THEIRS = ADD | {"NewInternalClient": OTHER}
SPECIFIC = "GetSpecificPortMappingEntry"
ID = {"UniqueID": "7"}


def delete(at: float, **more: str) -> Said:
    return granted("DeletePortMapping", at, KEY | more)


def specific(at: float, **more: str) -> Said:
    result = {name: value for name, value in (ADD | more).items() if name not in KEY}
    return granted(SPECIFIC, at, KEY, result)


def on_hole(action: str, at: float, code: int | None = None, **more: str) -> Said:
    if code is None:
        return granted(action, at, ID | more, {}, service_type=FIREWALL)
    return refused(action, at, ID | more, code, service_type=FIREWALL)


def remove_range(at: float, start: str, end: str, manage: str = "1", server: str = GATEWAY) -> Said:
    arguments = {"NewStartPort": start, "NewEndPort": end, "NewProtocol": "TCP"}
    return granted("DeletePortMappingRange", at, arguments | {"NewManage": manage}, server=server)


def listing(at: float, text: str) -> Said:
    return granted("GetListOfPortMappings", at, {}, {"NewPortListing": text})


LIVES: dict[str, tuple[list[Said], list[str]]] = {
    "granted": ([add(1)], ["open 2 - [1, 2]"]),
    "refused": ([refused("AddPortMapping", 1, ADD, 718)], ["refused - - [1, 2]"]),
    "refused without a fault": (
        [refused("AddPortMapping", 1, ADD, None)],
        ["refused - - [1, 2]"],
    ),
    "no response": ([asked("AddPortMapping", 1, ADD)], ["requested - - [1]"]),
    "a 200 that cannot be read": (
        [Said("AddPortMapping", 1, list(ADD.items()), (), 200)],
        ["requested - - [1, 2]"],
    ),
    "each attempt is a row": (
        [refused("AddPortMapping", 1, ADD, 718), refused("AddPortMapping", 3, ADD, 718), add(5)],
        ["refused - - [1, 2]", "refused - - [3, 4]", "open 6 - [5, 6]"],
    ),
    "renewed": ([add(1), add(100)], ["open 2 - [1, 2, 100, 101]"]),
    "an unanswered renewal renews nothing": (
        [add(1), asked("AddPortMapping", 100, ADD)],
        ["open 2 - [1, 2]", "requested - - [100]"],
    ),
    "a refused renewal leaves it open": (
        [add(1), refused("AddPortMapping", 100, ADD, 501)],
        ["open 2 - [1, 2]", "refused - - [100, 101]"],
    ),
    "replaced by another client": (
        [add(1), granted("AddPortMapping", 9, THEIRS)],
        ["replaced 2 10 [1, 2, 9, 10]", "open 10 - [9, 10]"],
    ),
    "replaced by another internal port": (
        [add(1), granted("AddPortMapping", 9, ADD | {"NewInternalPort": "80"})],
        ["replaced 2 10 [1, 2, 9, 10]", "open 10 - [9, 10]"],
    ),
    "another external port is another mapping": (
        [add(1), granted("AddPortMapping", 9, ADD | {"NewExternalPort": "80"})],
        ["open 2 - [1, 2]", "open 10 - [9, 10]"],
    ),
    "another protocol is another mapping": (
        [add(1), granted("AddPortMapping", 9, ADD | {"NewProtocol": "UDP"}), delete(20)],
        ["deleted 2 21 [1, 2, 20, 21]", "open 10 - [9, 10]"],
    ),
    "another remote host is another mapping": (
        [add(1), granted("AddPortMapping", 9, ADD | {"NewRemoteHost": "203.0.113.9"})],
        ["open 2 - [1, 2]", "open 10 - [9, 10]"],
    ),
    "another service is another table": (
        [add(1), add(9, service_type=FIREWALL.replace("IPv6FirewallControl", "PPPConnection"))],
        ["open 2 - [1, 2]", "open 10 - [9, 10]"],
    ),
    "another control URL is another table": (
        [add(1), add(9, control_url="http://192.168.1.1/ppp")],
        ["open 2 - [1, 2]", "open 10 - [9, 10]"],
    ),
    "another gateway": (
        [add(1), add(9, server="192.168.1.254")],
        ["open 2 - [1, 2]", "open 10 - [9, 10]"],
    ),
    "version 2 of a service is the same table": (
        [add(1), add(9, service_type=FIREWALL.replace("v6FirewallControl:1", "Connection:2"))],
        ["open 2 - [1, 2, 9, 10]"],
    ),
    "deleted": ([add(1), delete(20)], ["deleted 2 21 [1, 2, 20, 21]"]),
    "deleted in lower case": (
        [add(1), delete(20, NewProtocol="tcp")],
        ["deleted 2 21 [1, 2, 20, 21]"],
    ),
    "deleted with another wildcard": (
        [add(1), delete(20, NewRemoteHost="0.0.0.0")],
        ["deleted 2 21 [1, 2, 20, 21]"],
    ),
    "deleted without RemoteHost": (
        [add(1), granted("DeletePortMapping", 20, {n: KEY[n] for n in list(KEY)[1:]})],
        ["deleted 2 21 [1, 2, 20, 21]"],
    ),
    "deleted twice": (
        [add(1), delete(20), delete(30)],
        ["deleted 2 21 [1, 2, 20, 21, 30, 31]"],
    ),
    "deleted and added": (
        [add(1), delete(20), add(30)],
        ["deleted 2 21 [1, 2, 20, 21]", "open 31 - [30, 31]"],
    ),
    "deleting refused": (
        [add(1), refused("DeletePortMapping", 20, KEY, 606)],
        ["open 2 - [1, 2, 20, 21]"],
    ),
    "deleting what is gone": (
        [add(1), delete(20), refused("DeletePortMapping", 30, KEY, 714)],
        ["deleted 2 21 [1, 2, 20, 21, 30, 31]"],
    ),
    "deleting refused as gone": (
        [add(1), refused("DeletePortMapping", 30, KEY, 714)],
        ["open 2 - [1, 2, 30, 31]"],
    ),
    "deleting unanswered": (
        [add(1), asked("DeletePortMapping", 20, KEY)],
        ["open 2 - [1, 2, 20]"],
    ),
    "deleted, never seen added": ([delete(20)], ["deleted - 21 [20, 21]"]),
    "deleting refused, never seen": ([refused("DeletePortMapping", 20, KEY, 714)], []),
    "deleting unanswered, never seen": ([asked("DeletePortMapping", 20, KEY)], []),
    "deleted although its lease had run out": (
        [add(1), delete(5000)],
        ["deleted 2 5001 [1, 2, 5000, 5001]"],
    ),
    "listed": ([listed(1)], ["observed - - [1, 2]"]),
    "listed twice": ([listed(1), specific(5)], ["observed - - [1, 2, 5, 6]"]),
    "added and listed": ([add(1), listed(5)], ["open 2 - [1, 2, 5, 6]"]),
    "listed and renewed": ([listed(1), add(5)], ["open 6 - [1, 2, 5, 6]"]),
    "listed and replaced": (
        [listed(1), granted("AddPortMapping", 9, THEIRS)],
        ["replaced - 10 [1, 2, 9, 10]", "open 10 - [9, 10]"],
    ),
    "listed and deleted": ([listed(1), delete(9)], ["deleted - 10 [1, 2, 9, 10]"]),
    "listed after it was deleted": (
        [add(1), delete(5), listed(9)],
        ["deleted 2 6 [1, 2, 5, 6]", "observed - - [9, 10]"],
    ),
    "listed after its lease": (
        [add(1), listed(5000)],
        ["expired 2 - [1, 2]", "observed - - [5000, 5001]"],
    ),
    "listed for another client": (
        [add(1), listed(9, NewInternalClient=OTHER)],
        ["replaced 2 10 [1, 2, 9, 10]", "observed - - [9, 10]"],
    ),
    "requested and listed": (
        [asked("AddPortMapping", 1, ADD), listed(9)],
        ["requested - - [1]", "observed - - [9, 10]"],
    ),
    "end of a listing": (
        [refused("GetGenericPortMappingEntry", 1, {"NewPortMappingIndex": "0"}, 713)],
        [],
    ),
    "asked for, not there": ([refused(SPECIFIC, 1, KEY, 714)], []),
    "asked for, gone": (
        [add(1), refused(SPECIFIC, 9, KEY, 714)],
        ["deleted 2 10 [1, 2, 9, 10]"],
    ),
    "asked for, expired": (
        [add(1), refused(SPECIFIC, 5000, KEY, 714)],
        ["expired 2 - [1, 2, 5000, 5001]"],
    ),
    "observed, then gone": (
        [listed(1), refused(SPECIFIC, 9, KEY, 714)],
        ["deleted - 10 [1, 2, 9, 10]"],
    ),
    "observed, then gone after its lease": (
        [listed(1), refused(SPECIFIC, 5000, KEY, 714)],
        ["expired - - [1, 2, 5000, 5001]"],
    ),
    "asked for, refused otherwise": (
        [add(1), refused(SPECIFIC, 9, KEY, 606)],
        ["open 2 - [1, 2, 9, 10]"],
    ),
    "asked for, unanswered": ([add(1), asked(SPECIFIC, 9, KEY)], ["open 2 - [1, 2, 9]"]),
    "a range": (
        [
            add(1),
            granted("AddPortMapping", 5, THEIRS | {"NewExternalPort": "7000"}, client=OTHER),
            granted("AddPortMapping", 7, ADD | {"NewExternalPort": "8000"}),
            remove_range(9, "6000", "7000"),
        ],
        ["deleted 2 10 [1, 2, 9, 10]", "deleted 6 10 [5, 6, 9, 10]", "open 8 - [7, 8]"],
    ),
    "a range of one's own": (
        [
            add(1),
            granted("AddPortMapping", 5, THEIRS | {"NewExternalPort": "7000"}, client=OTHER),
            remove_range(9, "6000", "7000", "0"),
        ],
        ["deleted 2 10 [1, 2, 9, 10]", "open 6 - [5, 6]"],
    ),
    "a range of another gateway": (
        [add(1), remove_range(9, "0", "65535", server="192.168.1.9")],
        ["open 2 - [1, 2]"],
    ),
    "a range refused": (
        [add(1), refused("DeletePortMappingRange", 9, {"NewStartPort": "1"}, 730)],
        ["open 2 - [1, 2]"],
    ),
    "a pinhole": ([hole(1)], ["expired 2 - [1, 2]"]),
    "a pinhole refused": (
        [refused("AddPinhole", 1, HOLE, 606, service_type=FIREWALL)],
        ["refused - - [1, 2]"],
    ),
    "a pinhole unanswered": (
        [asked("AddPinhole", 1, HOLE, service_type=FIREWALL)],
        ["requested - - [1]"],
    ),
    "a pinhole added again": ([hole(1), hole(500)], ["open 2 - [1, 2, 500, 501]"]),
    "two pinholes": (
        [hole(1, "1"), hole(500, "2")],
        ["expired 2 - [1, 2]", "open 501 - [500, 501]"],
    ),
    "a pinhole's number used again": (
        [hole(1), hole(9, InternalPort="80", LeaseTime="9999")],
        ["replaced 2 10 [1, 2, 9, 10]", "open 10 - [9, 10]"],
    ),
    "a pinhole updated": (
        [hole(1), on_hole("UpdatePinhole", 500, NewLeaseTime="3600")],
        ["open 2 - [1, 2, 500, 501]"],
    ),
    "updating a pinhole that is gone": (
        [hole(1), on_hole("UpdatePinhole", 9, 704, NewLeaseTime="1")],
        ["deleted 2 10 [1, 2, 9, 10]"],
    ),
    "updating a pinhole refused": (
        [hole(500), on_hole("UpdatePinhole", 600, 606, NewLeaseTime="1")],
        ["open 501 - [500, 501, 600, 601]"],
    ),
    "a pinhole updated, never seen": (
        [on_hole("UpdatePinhole", 9, NewLeaseTime="60")],
        ["observed - - [9, 10]"],
    ),
    "a pinhole deleted": (
        [hole(1), on_hole("DeletePinhole", 9)],
        ["deleted 2 10 [1, 2, 9, 10]"],
    ),
    "deleting a pinhole that is not there": ([on_hole("DeletePinhole", 9, 704)], []),
    "a pinhole checked": (
        [on_hole("CheckPinholeWorking", 5), on_hole("GetPinholePackets", 9)],
        ["observed - - [5, 6, 9, 10]"],
    ),
    "a pinhole nothing came through": (
        [on_hole("CheckPinholeWorking", 5, 709)],
        ["observed - - [5, 6]"],
    ),
    "a pinhole asked for, gone": (
        [hole(1), on_hole("GetPinholePackets", 9, 704)],
        ["deleted 2 10 [1, 2, 9, 10]"],
    ),
    "other actions": ([granted("GetExternalIPAddress", 1), Said(None, 2)], []),
    "an answer without its request": (
        [granted("AddPortMapping", 1), granted("AddPortMapping", 5)],
        ["open 2 - [1, 2]", "open 6 - [5, 6]"],
    ),
    "an empty entry": ([granted("GetGenericPortMappingEntry", 1)], []),
}
"""what happens → calls, and rows as ``mapping_calls.rows`` writes them."""
