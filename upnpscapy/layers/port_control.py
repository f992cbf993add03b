"""What NAT-PMP and PCP have in common as Scapy packets: the port, and a first byte that tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from scapy.config import conf
from scapy.layers.inet import UDP
from scapy.packet import Packet

__all__ = ["PortControl"]

_SHOWN = frozenset(
    "opcode result_code protocol internal_port suggested_external_port mapped_external_port "
    "assigned_external_port external_address".split()
)
"""Fields of the summary."""


class PortControl(Packet):
    """A message of either protocol; what is of neither is ``Raw``.

    ``PortControl(data)`` becomes the class of the message, and so does ``NATPMP(data)``.
    """

    name = "NAT-PMP or PCP"
    match_subclass = True
    fields_desc: ClassVar[list[Any]] = []
    by_version: ClassVar[dict[int, Callable[[bytes], type[Packet]]]] = {}
    """The first byte → what tells the class of a message."""

    @classmethod
    def dispatch_hook(cls, _pkt: Any = None, *args: Any, **kargs: Any) -> type[Packet]:
        """The class of the message's protocol and kind."""
        if not _pkt:
            return cls
        data = bytes(_pkt)
        class_of = PortControl.by_version.get(data[0])
        raw: type[Packet] = conf.raw_layer
        return raw if class_of is None else class_of(data)

    def mysummary(self) -> Any:
        """One line: the kind, and what it says of ports and results."""
        shown = [field for field in self.fields_desc if field.name in _SHOWN]
        words = (
            f"{field.name}={field.i2repr(self, self.getfieldval(field.name))}" for field in shown
        )
        return " ".join((str(self.name), *words)), [UDP]
