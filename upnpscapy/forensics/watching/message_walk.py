"""Each discovery message of a capture, once: to the devices, the distinct messages, the rates.

There can be a million of them, nearly all sent before, and what repeats changes nothing of a
device but how often and when it was seen. That is told to the device at the end, or before a
change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from operator import itemgetter

from upnpscapy.capture.ip import is_group
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.inventory import Again, Device, Inventory
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.rates import Rates
from upnpscapy.forensics.watching.repeat import Repeat
from upnpscapy.forensics.watching.seen_messages import Content, Group, SeenMessages, Sendings
from upnpscapy.forensics.watching.surroundings import Surroundings
from upnpscapy.forensics.watching.suspects import Suspects
from upnpscapy.protocol.ssdp_values import PORT

__all__ = ["MessageWalk"]

MAX_SENDERS = 16_384
"""Senders, and whom they sent to, remembered as known to ``Surroundings``."""

MAX_UNTOLD = 1 << 18
"""Messages after which those that are kept are told their frames."""

MAX_REFUSED = 8192
"""Messages remembered that there was no room for; ever new ones are no repeats."""

LARGEST_REFUSED = 2048
"""Bytes of the payload of each; none of the benign ones known is half as long."""

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
        self.kinds: Counter[str] = Counter()
        """Messages by kind, in the order of the first of each; complete after ``close``."""
        self._senders: set[tuple[bytes, bytes | None, bytes | None]] = set()
        """By destination; and besides with b"" for multicast, None for unicast."""
        self._repeats: dict[Group, Repeat] = {}
        self._refused: tuple[dict[Group, tuple[Repeat, Content]], ...] = {}, {}
        """Messages that there was no room for: those with the mark ``ports``, then all others.

        They are refused again, as room only gets less.
        """
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
        self._tell_all()
        self._place = place

    def take(self, found: Sequence[Sighting]) -> None:
        """Take the next messages, in order."""
        self._found += found
        self._groups = None
        dense, latest_ns = self._rates.dense, self._latest_ns
        repeats = map(self._repeats.get, map(_group, found))
        for sighting, repeat in zip(found, repeats, strict=True):
            # Not unpacked: what is not looked at is not in the cache.
            if repeat is None:
                repeat = self._refused_again(sighting) or self._find(sighting)
                if repeat is None:
                    self._pass_on(sighting)
                    continue
            time_ns = sighting[3]
            if time_ns is None:
                self._tell(sighting, repeat)
                repeat.numbers.append(sighting[2])
                self._timed = False
                continue
            if time_ns < latest_ns:  # a disordered capture
                self._tell(sighting, repeat)
            else:
                latest_ns = time_ns
                if not repeat.steady:
                    self._tell(sighting, repeat)
            repeat.numbers.append(sighting[2])
            repeat.last_ns = time_ns
            if repeat.alike is not None:
                repeat.alike.append(sighting)
            sender = repeat.sender  # its ``passes``, without a call
            left = sender.left = sender.left - 1
            if not left and sender.is_dense(time_ns):
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
            self._tell_seen(repeat)
        for refused in self._refused:
            for repeat, _ in refused.values():
                self._tell_seen(repeat)
        if self._is_full():
            self._settle_all()
            for refused in self._refused:
                refused.clear()
        self._untold = 0

    def _tell_seen(self, repeat: Repeat) -> None:
        self.kinds[repeat.seen.kind] += len(repeat.numbers)
        repeat.tell(self._place.base)

    def _refused_again(self, sighting: Sighting) -> Repeat | None:
        """What is known of a message that there was no room for."""
        known = self._refused_like(sighting).get(_group(sighting))
        if known is None:
            return None
        repeat, content = known
        return repeat if self._messages.refuses_again(content) else None

    def _refused_like(self, sighting: Sighting) -> dict[Group, tuple[Repeat, Content]]:
        return self._refused[sighting[7] == PORT or sighting[1].kind == "response"]

    def _is_full(self) -> bool:
        return sum(map(len, self._refused)) >= MAX_REFUSED

    def _find(self, sighting: Sighting) -> Repeat | None:
        """What is known of a message that is new; None if it is not kept."""
        group = _group(sighting)
        self.kinds.setdefault(sighting.ssdp.kind, 0)
        self._note_sender(sighting)
        seen = self._messages.take(group, sighting, self._place, self._sent)
        if seen is None:
            return self._remember_refused(sighting, group)
        repeat = self._repeats[group] = Repeat(sighting, seen, self._rates)
        self._rates.saw_distinct(sighting)
        if sighting.ssdp.location is not None:
            self._suspects.saw_location(sighting.ssdp.location)
        return repeat

    def _remember_refused(self, sighting: Sighting, group: Group) -> Repeat | None:
        """Find a message that was not taken from now on, if it can be."""
        content = sighting.payload, sighting.source, sighting.destination
        if (
            len(sighting.payload) > LARGEST_REFUSED
            or self._is_full()
            or _ends(sighting) not in self._senders
            or self._messages.can_be_copy(content)
        ):
            return None
        repeat = Repeat(sighting, Sendings(sighting), self._rates)
        self._refused_like(sighting)[group] = repeat, content
        return repeat

    def _note_sender(self, sighting: Sighting) -> None:
        ends = source, link, destination = _ends(sighting)
        if ends in self._senders:
            return
        multicast = is_group(destination)
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
        self.kinds[sighting.ssdp.kind] += 1
        self._tell(sighting, None)
        time_ns, rates = sighting.time_ns, self._rates
        if time_ns is None:
            return
        alike = rates.alike(sighting)
        if alike is not None:
            alike.append(sighting)
        if rates.sender(sighting.source).passes(time_ns):
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
        repeats = self._steady.get(device)
        if not repeats:
            return
        again: list[Again] = []
        for repeat in repeats:
            self._tell_seen(repeat)
            seen = repeat.seen
            if seen.frames.count > repeat.told:
                again.append(Again(seen.ssdp, seen.frames, repeat.told, seen.last_ns))
            repeat.steady = False
        device.saw_again(again)
        repeats.clear()
