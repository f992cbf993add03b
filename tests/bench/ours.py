"""Analyse a capture with upnpscapy and print what it found, to be compared with the truth.

Every row of `messages` and `searches` is seen in the one pass and none is kept.
"""

import json
import sys
from typing import Any

import upnpscapy


def main(path: str) -> None:
    """Print the counts that the sidecar file has too, as one JSON object."""
    messages = searches = replies = late_replies = 0

    def on_message(_: Any) -> None:
        nonlocal messages
        messages += 1

    def on_search(row: Any) -> None:
        nonlocal searches, replies, late_replies
        searches += 1
        replies += row.search.replies.count
        late_replies += row.search.late_replies.count

    case = upnpscapy.analyze(path, on_message=on_message, on_search=on_search, http=False)
    (capture,) = case.captures
    found = {
        "frames": capture.frames,
        "messages": messages,
        "kinds": dict(case.kinds),
        "devices": len(case.devices),
        "searches": searches,
        "replies": replies,
        "late_replies": late_replies,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
