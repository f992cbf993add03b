"""Each discovery message of a capture, once: to the devices, the distinct messages, the rates.

There can be a million of them, nearly all sent before: equal payloads are one object as long as
discovery remembers them, which finds the repeats, and what repeats changes nothing of a device
but how often and when it was seen. That is told to the device at the end, or before a change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import itemgetter

from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.inventory import Device, Inventory
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.rates import Rates
from upnpscapy.forensics.watching.repeat import NO_OTHERS, RefusedRepeat, Repeat, Way, way_of
from upnpscapy.forensics.watching.seen_messages import Group, Seen, SeenMessages
from upnpscapy.forensics.watching.surroundings import Surroundings
from upnpscapy.forensics.watching.suspects import Suspects
from upnpscapy.protocol.ssdp import SsdpMessage

__all__ = ["MessageWalk"]

MAX_SENDERS = 16_384
"""Senders, and whom they sent to, remembered as known to ``Surroundings``."""

MAX_UNTOLD = 1 << 18
"""Messages after which those that are kept are told their frames."""

LARGEST = 2048
"""Bytes of a payload that is known by the identity of its message: discovery remembers no longer
ones, and none of the benign ones known is half as long."""

MAX_AGAIN = 8192
"""Messages remembered that discovery has read a second time."""

MAX_REFUSED = 8192
"""Messages remembered that there was no room for; ever new ones are no repeats."""

_message: Callable[[Sighting], SsdpMessage] = itemgetter(1)
_ends: Callable[[Sighting], tuple[bytes, bytes | None, bytes]] = itemgetter(4, 8, 6)
_group: Callable[[Sighting], Group] = itemgetter(11, 4, 8, 6)
"""As ``Group``: payload, source, link source, destination."""


class MessageWalk:
    """Feeds what is to know of discovery messages, in their order."""

    def __init__(
        self,
        inventory: Inventory,
        messages: SeenMessages,
        rates: Rates,
        surroundings: Surroundings,
        suspects: Suspects,
    ) -> None:
        self._inventory = inventory
        self._messages = messages
        self._rates = rates
        self._surroundings = surroundings
        self._suspects = suspects
        self._senders: set[tuple[bytes, bytes | None, bytes | None]] = set()
        """By destination; and besides with b"" for multicast, None for unicast."""
        self._known: dict[int, Repeat] = {}
        """By the identity of a message that is kept alive: in ``Seen``, or in ``_again``."""
        self._again: list[SsdpMessage] = []
        self._repeats: dict[Seen, Repeat] = {}
        self._refused: defaultdict[int, dict[Way, RefusedRepeat]] = defaultdict(dict)
        """By the identity of a message that they keep alive, then by the way it came."""
        self._refusals = 0
        self._same: dict[bytes, bytes] = {}
        """Addresses, to have but one object of each."""
        self._latest_ns = 0
        self._untold = 0
        """Messages since all of ``_repeats`` told."""
        self._steady: dict[Device, list[Repeat]] = defaultdict(list)
        self._place = Place("", 0, ("",))
        self._found: list[Sighting] = []
        """Those of a batch, which the caller ends."""
        self._timed = True
        self._groups: dict[Group, list[Sighting]] | None = None

    def begin(self, place: Place) -> None:
        """Name the file that comes next."""
        self._place = place

    def take(self, found: Sequence[Sighting]) -> None:
        """Take the next messages, in order."""
        self._found += found
        self._groups = None
        base, dense, latest_ns = self._place.base, self._rates.dense, self._latest_ns
        known = map(self._known.get, map(id, map(_message, found)))
        for sighting, repeat in zip(found, known, strict=True):
            # Not unpacked: what is not looked at is not in the cache.
            if repeat is not None and repeat.source != sighting[4]:
                repeat = repeat.others.get(sighting[4])
            if repeat is None or repeat.destination != sighting[6] or repeat.link != sighting[8]:
                repeat = self._find(sighting)
                if repeat is None:
                    self._pass_on(sighting)
                    continue
            time_ns = sighting[3]
            if time_ns is None:
                self._tell(sighting, repeat)
                repeat.numbers.append(base + sighting[2])
                self._timed = False
                continue
            if time_ns < latest_ns:  # a disordered capture
                self._tell(sighting, repeat)
            else:
                latest_ns = time_ns
                if not repeat.steady:
                    self._tell(sighting, repeat)
            repeat.numbers.append(base + sighting[2])
            repeat.last_ns = time_ns
            if repeat.alike is not None:
                repeat.alike.append(sighting)
            sender = repeat.sender
            sender.left -= 1
            if not sender.left and sender.is_dense(time_ns):
                dense.add(sighting[4])
        self._latest_ns = latest_ns

    def end_batch(self) -> None:
        """Look at the messages since the last time together."""
        if not self._found:
            return
        self._rates.take(self._found, self._place, timed=self._timed)
        self._untold += len(self._found)
        self._found.clear()
        self._groups, self._timed = None, True
        if self._untold > MAX_UNTOLD:
            self._tell_all()

    def close(self) -> None:
        """Tell the distinct messages and the devices what they do not know yet."""
        self._settle_all()
        self._tell_all()
        self._messages.close()

    def _tell_all(self) -> None:
        for repeat in self._repeats.values():
            repeat.tell()
        for ways in self._refused.values():
            for refused in ways.values():
                refused.tell()
        if self._refusals >= MAX_REFUSED:
            self._settle_all()
            self._refused.clear()
            self._refusals = 0
        self._untold = 0

    def _find(self, sighting: Sighting) -> Repeat | None:
        """What is known of a message, which can be new."""
        if id(sighting[1]) in self._refused:
            refused = self._refused[id(sighting[1])].get(way_of(sighting))
            if refused is not None and self._messages.refuse_again(refused.content):
                return refused
        group = _group(sighting)
        seen = self._messages.known(group)
        if seen is None:
            self._note_sender(sighting)
            seen = self._messages.take(group, sighting, self._place, self._sent)
            if seen is None:
                return self._remember_refused(sighting)
        repeat = self._repeats.get(seen)
        if repeat is None:
            repeat = self._repeats[seen] = Repeat(seen, self._rates, self._same)
            self._rates.saw_distinct(sighting)
            if sighting.ssdp.location is not None:
                self._suspects.saw_location(sighting.ssdp.location)
        if not sighting.truncated and len(sighting.payload) <= LARGEST:
            self._remember(sighting, repeat)
        return repeat

    def _remember(self, sighting: Sighting, repeat: Repeat) -> None:
        """Find it by the identity of the message from now on."""
        message, source = sighting.ssdp, sighting.source
        first = self._known.get(id(message))
        if first is not None:
            if first.source != source:
                if first.others is NO_OTHERS:
                    first.others = {}
                first.others.setdefault(repeat.source, repeat)
            return
        if message is not repeat.seen.sighting.ssdp:
            if len(self._again) >= MAX_AGAIN:
                for again in self._again:
                    del self._known[id(again)]
                self._again.clear()
            self._again.append(message)
        self._known[id(message)] = repeat

    def _remember_refused(self, sighting: Sighting) -> RefusedRepeat | None:
        """Find a message that was not taken by its identity from now on, if it can be."""
        if (
            sighting.truncated
            or len(sighting.payload) > LARGEST
            or self._refusals >= MAX_REFUSED
            or _ends(sighting) not in self._senders
            or self._messages.can_be_copy((sighting.payload, sighting.source, sighting.destination))
        ):
            return None
        refused = RefusedRepeat(sighting, self._place, self._rates, self._same)
        self._refused[id(sighting.ssdp)][way_of(sighting)] = refused
        self._refusals += 1
        return refused

    def _note_sender(self, sighting: Sighting) -> None:
        ends = source, link, destination = _ends(sighting)
        if ends in self._senders:
            return
        multicast = destination[0] == 0xFF if len(destination) == 16 else destination[0] >= 224
        sender = source, link, b"" if multicast else None
        known = sender in self._senders
        if len(self._senders) < MAX_SENDERS:
            self._senders.add(ends)
            self._senders.add(sender)
        if known:
            return
        if multicast:
            self._surroundings.saw_multicast(source, link, sighting.ttl)
        else:
            self._surroundings.saw_sender(source, link)

    def _sent(self, group: Group) -> Sequence[Sighting]:
        """All equal messages of the batch."""
        if self._groups is None:
            self._groups = defaultdict(list)
            for sighting in self._found:
                self._groups[_group(sighting)].append(sighting)
        return self._groups.get(group, ())

    def _pass_on(self, sighting: Sighting) -> None:
        """Take a message that is not kept: a copy, or one too many."""
        self._tell(sighting, None)
        time_ns, rates = sighting.time_ns, self._rates
        if time_ns is None:
            return
        alike = rates.alike(sighting)
        if alike is not None:
            alike.append(sighting)
        sender = rates.sender(sighting.source)
        sender.left -= 1
        if not sender.left and sender.is_dense(time_ns):
            rates.dense.add(sighting.source)

    def _tell(self, sighting: Sighting, repeat: Repeat | None) -> None:
        """Tell the device of a message; whether it changed something decides over its repeats."""
        message = sighting.ssdp
        device = self._inventory.device_of(sighting)
        if device is None:
            if repeat is not None:
                repeat.steady = message.udn is None
            return
        if (repeat is not None and repeat.steady) or device.is_changed_by(message):
            self._settle(device)
        device.saw(message, self._place.base + sighting.frame, sighting.time_ns)
        if repeat is not None and device.knows(message):
            repeat.steady = True
            repeat.told = repeat.seen.frames.count + len(repeat.numbers) + 1
            self._steady[device].append(repeat)

    def _settle_all(self) -> None:
        for device in self._steady:
            self._settle(device)

    def _settle(self, device: Device) -> None:
        """Tell a device what was sent again, before it changes."""
        repeats = self._steady.get(device, [])
        for repeat in repeats:
            repeat.tell()
            seen = repeat.seen
            if seen.frames.count > repeat.told:
                device.saw_again(seen.sighting.ssdp, seen.frames, repeat.told, seen.last_ns)
            repeat.steady = False
        repeats.clear()
