"""Who makes an interface, by the first bytes of its link address."""

from __future__ import annotations

__all__ = ["vendor_of"]


def vendor_of(link_address: str) -> str | None:
    """The vendor's name, as Scapy's list has it; None if that does not know."""
    from scapy.config import conf

    short, name = conf.manufdb.lookup(link_address)
    return None if name == link_address else name or short
