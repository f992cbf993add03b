"""Analyse a capture with upnpscapy and print what it found, to be compared with the truth.

Every row of `messages`, `searches` and `exchanges` is seen in the one pass and none is kept.
"""

import gc
import json
import sys
from collections import Counter
from typing import Any

import upnpscapy

from .control import PORT


def main(path: str, what: str = "all") -> None:
    """Print the counts that the sidecar file has too, as one JSON object."""
    messages = searches = replies = late_replies = 0
    roles: Counter[str] = Counter()

    def on_message(_: Any) -> None:
        nonlocal messages
        messages += 1

    def on_search(row: Any) -> None:
        nonlocal searches, replies, late_replies
        searches += 1
        replies += row.search.replies.count
        late_replies += row.search.late_replies.count

    def on_exchange(row: Any) -> None:
        if row.exchange.server_port == PORT:
            roles[row.role] += 1

    found: dict[str, Any] = {}
    if what == "discovery":
        case = upnpscapy.analyze(path, on_message=on_message, on_search=on_search, http=False)
    else:
        case = upnpscapy.analyze(
            path,
            on_message=on_message,
            on_search=on_search,
            on_exchange=on_exchange,
            rules=() if what == "facts" else None,
        )
        found["http"] = {"exchanges": dict(sorted(roles.items()))} | _told(case)
    (capture,) = case.captures
    found |= {
        "frames": capture.frames,
        "messages": messages,
        "kinds": dict(case.kinds),
        "devices": len(case.devices),
        "searches": searches,
        "replies": replies,
        "late_replies": late_replies,
    }
    print(json.dumps(found))


def _told(case: Any) -> dict[str, Any]:
    """Return what HTTP told, as the truth counts it."""
    return {
        "calls": len(case.calls),
        "faults": sum(call.error_code is not None for call in case.calls),
        "external_addresses": len(case.external_addresses),
        "events": len(case.events),
        "subscriptions": len(case.subscriptions),
        "mappings": dict(sorted(Counter(row.state for row in case.mappings).items())),
        "described": sum(device.described for device in case.devices),
        "services": len(case.services),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
    gc.freeze()  # as the command does
