"""What another process is asked to do with the exchanges it reads."""

from upnpscapy.capture.exchange import Exchange


def note_offset(exchange: Exchange) -> None:
    """Note of each message where it began."""
    for part in exchange.parts:
        part.noted = frozenset((str(part.offset),))
