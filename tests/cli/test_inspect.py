"""``inspect`` tells the whole story top down, and every part of it agrees with the tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.capture.conversation import exchanges
from tests.cli.command import PCAPS, run
from tests.forensics.controlling import ADD, ADDED, refused, talk
from tests.forensics.descriptions import device_xml, fetch, inventory_of, read, root_xml
from tests.forensics.packets import CLIENT, Sent, alive, pcap, search
from upnpscapy import analyze
from upnpscapy.forensics.controlling.call_read import read_call
from upnpscapy.forensics.described.device_tree import MAX_LEVELS, Branch, device_trees
from upnpscapy.forensics.exchange_row import ExchangeRow, Role
from upnpscapy.forensics.inventory import Device
from upnpscapy.forensics.overview import conversations as overview_conversations
from upnpscapy.forensics.overview.conversations import ConversationCounts
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.views import devices, mappings
from upnpscapy.inspect import conversations
from upnpscapy.inspect.conversations import conversations_tree

EVENTS, REFUSED = str(PCAPS / "events.pcap"), str(PCAPS / "refused.pcap")
SECTIONS = (
    "captures messages exchanges findings devices services conversations mappings "
    "external_addresses events searches defects".split()
)


def section(text: str, title: str) -> list[str]:
    """The lines below a heading."""
    _, _, rest = text.partition(f"\n{title}: ")
    return rest.partition("\n\n")[0].splitlines()[1:]


def text_of(*arguments: str, stdin: bytes = b"") -> str:
    result = run("inspect", *arguments, stdin=stdin)
    assert (result.status, result.err) == (0, "")
    return result.out.decode()


def test_story_goes_top_down() -> None:
    headings = re.findall(r"^([A-Z][\w ]+): ", text_of(EVENTS), re.MULTILINE)
    assert headings == [
        "Messages",
        "HTTP exchanges",
        "Findings",
        "Devices",
        "Conversations",
        "Port mappings",
        "External addresses",
        "Events",
        "Searches",
        "Deviations from the standard",
    ]
    assert list(run("inspect", EVENTS, "-T", "json").json) == SECTIONS
    tables = [row["table"] for row in run("inspect", EVENTS, "-T", "jsonl").jsonl]
    assert list(dict.fromkeys(tables)) == [name for name in SECTIONS if name in tables]


def test_devices_are_in_each_other_with_their_services() -> None:
    udn = "uuid:11111111-2222-4333-8444-00000000000"
    assert section(text_of(EVENTS), "Devices") == [
        "Debian router  InternetGatewayDevice:2  byebye",
        f"│   udn       {udn}1",
        "│   address   192.168.77.1  02:00:00:00:77:01",
        "│   server    Debian/6.1.0-lab UPnP/1.1 MiniUPnPd/2.3.1",
        "│   location  http://192.168.77.1:5000/rootDesc.xml",
        "│   model     Debian  Debian router  1  no. 1",
        "│   frames    1, 2, 3, 9, 13 … 318 (15 in all)",
        "│   seen      2026-11-20T17:29:55.977287000Z to 2026-11-20T17:29:56.458106000Z",
        "├── L3Forwarding1  Layer3Forwarding:1  2 actions",
        "├── DeviceProtection1  DeviceProtection:1  3 actions",
        "└── WANDevice  WANDevice:2  byebye",
        f"    │   udn     {udn}2",
        "    │   model   MiniUPnP  WAN Device  20221221  no. 1",
        "    │   frames  6, 7, 11, 137, 141 … 316 (9 in all)",
        "    ├── WANCommonIFC1  WANCommonInterfaceConfig:1  5 actions",
        "    └── WANConnectionDevice  WANConnectionDevice:2  byebye",
        f"        │   udn     {udn}3",
        "        │   model   MiniUPnP  MiniUPnPd  20221221  no. 1",
        "        │   frames  4, 5, 8, 10, 12 … 317 (15 in all)",
        "        ├── WANIPConn1  WANIPConnection:2  14 actions",
        "        └── WANIPv6Firewall1  WANIPv6FirewallControl:1  7 actions",
    ]


def test_device_that_nobody_asked_stands_alone() -> None:
    found = section(text_of(str(PCAPS / "discovery.pcapng")), "Devices")
    flat = [line for line in found if line.endswith("  byebye  not described")]
    assert [line.partition(" ")[0] for line in flat] == [
        "InternetGatewayDevice:2",
        "WANConnectionDevice:2",
        "WANDevice:2",
    ]


def test_conversations_say_what_was_called_and_refused() -> None:
    found = section(text_of(REFUSED), "Conversations")
    assert found[0] == "192.168.77.10 → 192.168.77.1:5000  1 description, 3 control"
    assert found[7:] == [
        "192.168.77.11 → 192.168.77.1:5000  6 description, 9 control, 5 scpd",
        "│   frames  68 to 328",
        "│   time    2026-11-20T17:29:57.598531000Z to 2026-11-20T17:29:57.893190000Z",
        "└── WANIPConnection:2",
        "        GetExternalIPAddress         3 calls from frame 82",
        "        AddPortMapping               3 calls from frame 92; "
        "2 refused: 718 ConflictInMappingEntry, first in frame 94; "
        "1 refused: 606 Action not authorized, first in frame 162",
        "        DeletePortMapping            2 calls from frame 182; "
        "1 refused: 606 Action not authorized, first in frame 186",
        "        GetSpecificPortMappingEntry  1 call in frame 326; "
        "1 refused: 714 NoSuchEntryInArray, first in frame 328",
    ]


def test_mappings_say_who_asked_and_what_became_of_it() -> None:
    found = section(text_of(REFUSED), "Port mappings")
    assert found[:10] == [
        "192.168.77.1",
        "├── TCP 8080 → 192.168.77.10:8080  open",
        "│       asked        by 192.168.77.10 for 600 s",
        "│       description  libminiupnpc",
        "│       opened       frame 48  2026-11-20T17:29:57.579863000Z",
        "│       frames       43, 48, 54, 58, 182, 186",
        "├── TCP 8080 → 192.168.77.11:8080  refused 718 ConflictInMappingEntry",
        "│       asked        by 192.168.77.11 for 600 s",
        "│       description  libminiupnpc",
        "│       frames       92, 94",
    ]
    pinhole = section(text_of(str(PCAPS / "ipv6.pcap")), "Port mappings")[1]
    assert pinhole == "└── pinhole TCP → [2001:db8:77::10]:8080 from 2001:db8:99::1  deleted"
    addresses = section(text_of(REFUSED), "External addresses")
    assert addresses == ["192.168.77.1: 44.128.0.2  public, told 4 times, first in frame 37"]


def test_events_stand_with_their_subscriptions() -> None:
    text = text_of(EVENTS)
    assert "\nEvents: 5, of 3 subscriptions\n" in text
    found = section(text, "Events")
    assert found[:2] == ["192.168.77.1 → 192.168.77.10", "├── WANIPConn1  3 events  ended"]
    assert found[-4:] == [
        "└── L3Forwarding1  1 event  ended",
        found[-3],
        "        variables  DefaultConnectionService",
        "        frames     156 to 295",
    ]
    quiet = text_of(str(PCAPS / "media-server.pcap"))
    assert "\nEvents: 0, of 2 subscriptions\n" in quiet
    assert "├── ContentDirectory  0 events  ended" in quiet


def test_searches_stand_with_their_searcher() -> None:
    found = section(text_of(str(PCAPS / "discovery.pcapng")), "Searches")
    assert found == [
        "192.168.77.10  Linux/6.1.0-lab UPnP/1.0 GSSDP/1.6.2",
        "    ssdp:all  7 searches from frame 43, 7 answered, 115 replies",
        "192.168.77.10",
        "    upnp:rootdevice  1 search in frame 157, 2 replies",
    ]
    alone = pcap([Sent(search(), 0, CLIENT, 50000)])
    assert section(text_of("-", stdin=alone), "Searches")[1].endswith("in frame 1, no answer")


@pytest.mark.parametrize("path", sorted(PCAPS.glob("*.pcap*")), ids=lambda path: path.name)
def test_every_part_agrees_with_the_tables(path: Path) -> None:
    case = analyze(path)
    story = run("inspect", str(path), "-T", "json").json
    rows = list(case.exchanges)
    told = story["conversations"]
    for role, count in story["exchanges"].items():
        assert count == sum(row.role == role for row in rows)
        if role != "other":
            assert count == sum(dict(one["roles"]).get(role, 0) for one in told)
    actions = [action for one in told for action in one["actions"]]
    assert sum(action["calls"] for action in actions) == len(case.calls)
    wrong = [call for call in case.calls if call.status is not None and not call.ok]
    assert sum(count for one in actions for _, count, _ in one["refused"]) == len(wrong)
    for one in told:
        mine = [
            frame
            for row in rows
            if (row.exchange.client, row.exchange.server, row.exchange.server_port)
            == (one["client"], one["server"], one["server_port"])
            for frame in (row.exchange.frame, row.exchange.response_frame)
            if frame is not None
        ]
        assert (one["first_frame"], one["last_frame"]) == (min(mine), max(mine))
    assert sum(one["events"] for one in story["events"]) == len(case.events)
    assert sum(one["state"] is not None for one in story["events"]) >= len(case.subscriptions)
    assert len(story["devices"]) == len(case.devices)
    assert sorted(map(str, story["services"])) == sorted(map(str, case.services.to_dicts()))
    assert story["mappings"] == list(case.mappings.to_dicts())
    text = text_of(str(path))
    for device in case.devices:
        assert text.count(device.udn) >= 1


def test_choice_holds_for_every_part() -> None:
    story = run("inspect", REFUSED, "-T", "json", "--host", "192.168.77.11").json
    assert {one["client"] for one in story["conversations"]} == {"192.168.77.11"}
    assert story["devices"] == story["services"] == []
    assert len(story["mappings"]) == 4
    later = run("inspect", EVENTS, "-T", "json", "--since", "2026-11-20T17:29:56.3").json
    assert later["services"], "those of devices seen then"
    assert sum(one["events"] for one in later["events"]) < 5


def test_several_captures_are_named_everywhere() -> None:
    text = text_of(EVENTS, REFUSED)
    for title in ("Devices", "Conversations", "Port mappings", "External addresses", "Events"):
        assert EVENTS in "\n".join(section(text, title)), title
    assert "\nDevices: 6\n" in text


# Bounds.


def test_long_lists_end_and_name_the_verb_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (devices, conversations, mappings):
        monkeypatch.setattr(module, "SHOWN", 1)
    text = text_of(REFUSED)
    assert section(text, "Conversations")[-1] == "… 1 more: upnpscapy exchanges lists all"
    assert section(text, "Port mappings")[-1] == "… 4 more: upnpscapy mappings lists all"
    flood = pcap(Sent(alive(udn=f"uuid:{number}"), number) for number in range(300))
    text = text_of("-", stdin=flood)
    assert "\nDevices: 300\n" in text
    assert section(text, "Devices")[-1] == (
        "… 299 more with what is in them: upnpscapy devices lists all"
    )


def counted(*roles: Role, ports: int = 1) -> ConversationCounts:
    """Conversations of the same exchanges with one server at several ports of it."""
    counts = ConversationCounts()
    for port in range(ports):
        for role in roles:
            for exchange in fetch(b"", port=5000 + port, status="404 Not Found"):
                counts.take(ExchangeRow(exchange, Place("a.pcap", 0, ("a.pcap",)), role))
    return counts


def test_conversations_beyond_those_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview_conversations, "MAX_CONVERSATIONS", 2)
    counts = counted("icon", "other", ports=5)
    assert (len(list(counts)), len(counts), counts.left_out) == (2, 2, 4)
    assert counts.others == 2
    assert counts.roles == {"icon": 5, "other": 5}


def test_what_is_no_upnp_is_counted_and_not_listed() -> None:
    counts = counted("other", ports=3)
    assert (list(counts), counts.others) == ([], 3)
    tree = conversations_tree(counts, several=False)
    assert tree.remarks == ("and 3 without UPnP: upnpscapy exchanges lists all",)
    mixed = counted("other", "icon", "other")
    assert mixed.others == 0
    (one,) = mixed
    assert one.column("roles") == [["other", 2], ["icon", 1]]
    assert one.column("failed") == [["404", 3]]
    assert "failed  404 3 times" in conversations_tree(mixed, several=False).to_text()


def test_refusals_of_one_action_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview_conversations, "MAX_CODES", 2)
    monkeypatch.setattr(overview_conversations, "MAX_ACTIONS", 1)
    counts = ConversationCounts()
    place = Place("a.pcap", 0, ("a.pcap",))
    answers = [ADDED, None, *(refused(700 + number, "no") for number in range(4))]
    other = ADD.replace(b"AddPortMapping", b"AddPortMappinh")
    for number, (ask, answer) in enumerate([*((ADD, one) for one in answers), (other, ADDED)]):
        segments = talk(ask, answer, start=1 + 100 * number, port=40000 + number)
        for exchange in exchanges(segments):
            row = ExchangeRow(exchange, place, "control")
            counts.take(row)
            call = read_call(row)
            assert call is not None
            counts.take_call(call)
    (one,) = counts
    (count,) = one.counts.values()
    action = count.to_dict()
    assert (action["calls"], action["unanswered"], action["action"]) == (6, 1, "AddPortMapping")
    assert [(code[:3], count) for code, count, _ in action["refused"]] == [
        ("700", 1),
        ("701", 1),
        ("oth", 2),
    ]
    assert one.actions_left_out == 1
    assert "not shown  1 calls" in conversations_tree(counts, several=False).to_text()


# Devices in each other.


def rows(tmp_path: Path, *bodies: bytes) -> list[Device]:
    """Devices a, b and c of one sender with these descriptions."""
    sent = [Sent(alive(udn=f"uuid:{name}"), at) for at, name in enumerate("abc")]
    inventory = inventory_of(tmp_path, sent)
    found = [
        one
        for number, body in enumerate(bodies)
        for one in fetch(body, f"/{number}.xml", start=100 * number + 1)
    ]
    read(found, inventory)
    return inventory.devices


def shape(branches: list[Branch]) -> str:
    """Branches as ``a(b(c))``."""
    return "".join(
        branch.device.udn.removeprefix("uuid:")
        + (f"({shape(branch.branches)})" if branch.branches else "")
        for branch in branches
    )


def nested(*names: str) -> bytes:
    body = ""
    for name in reversed(names):
        body = device_xml(f"uuid:{name}", devices=body)
    return root_xml(body)


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ((), "abc"),
        ((nested("a", "b", "c"),), "a(b(c))"),
        ((nested("c", "a"),), "bc(a)"),
        ((nested("a", "b"), nested("b", "c")), "ab(c)"),
        ((nested("a", "b"), nested("b", "a")), "b(a)c"),
        ((nested("a", "a"),), "abc"),
    ],
)
def test_shape_of_the_tree(tmp_path: Path, bodies: tuple[bytes, ...], expected: str) -> None:
    found = rows(tmp_path, *bodies)
    assert shape(device_trees(found, [])) == expected


def test_parent_of_another_sender_is_none(tmp_path: Path) -> None:
    found = rows(tmp_path, nested("a", "b"))
    for device in found:
        device.senders = {device.udn.encode(): device.udn}
        device._link_addresses = {device.udn.encode(): device.udn}
    assert shape(device_trees(found, [])) == "abc"


class Row:
    """What is used of a device."""

    def __init__(self, udn: str, parent: str) -> None:
        self.udn, self.parent = udn, parent
        self.capture, self.documents = "a.pcap", ()
        self.senders, self.link_addresses = {b"1": "1"}, ["m"]

    def column(self, name: str) -> str:
        return self.parent if name == "parent_udn" else ""

    def __getattr__(self, name: str) -> Any:
        return ()


def test_circle_of_parents_ends() -> None:
    circle = [Row("uuid:a", "uuid:c"), Row("uuid:b", "uuid:a"), Row("uuid:c", "uuid:b")]
    trees = device_trees(circle, [])  # type: ignore[arg-type]  # what is used of them
    assert shape(trees) == "c(a(b))"


@pytest.mark.parametrize("order", [1, -1])
def test_endless_line_of_parents_is_shown_to_its_limit(order: int) -> None:
    line = [Row(f"uuid:{number}", f"uuid:{number - 1}") for number in range(3000)][::order]
    trees = device_trees(line, [])  # type: ignore[arg-type]  # what is used of them
    shown = devices.devices_tree(trees, several=False).to_text()
    assert len(shown.splitlines()) < 4 * devices.SHOWN * MAX_LEVELS
    count = 0
    left = list(trees)
    while left:
        left += left.pop().branches
        count += 1
    assert count == 3000
