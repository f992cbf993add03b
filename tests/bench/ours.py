"""Analyse a capture with upnpscapy and print what it found, to be compared with the truth.

Every row of `messages` and `searches` is seen in the one pass and none is kept.
"""

import json
import sys
from collections import Counter
from itertools import count
from typing import Any

import upnpscapy


def main(path: str) -> None:
    """Print the counts that the sidecar file has too, as one JSON object."""
    messages = count()
    searches: Counter[str] = Counter()

    def on_message(_: Any) -> None:
        next(messages)

    def on_search(row: Any) -> None:
        searches["searches"] += 1
        searches["replies"] += len(row.replies)
        searches["late_replies"] += len(row.late_replies)

    case = upnpscapy.analyze(path, on_message=on_message, on_search=on_search)
    (capture,) = case.captures
    found = {
        "frames": capture.frames,
        "messages": next(messages),
        "kinds": dict(case.kinds),
        "devices": len(case.devices),
        **searches,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
