"""No test but those of the lab sends anything: Scapy asks for a link address by ARP, for one."""

from __future__ import annotations

from typing import Any

import pytest
import scapy.all  # noqa: F401  # sets the sockets that are replaced below
from scapy.config import conf


def _refuse(*_: Any, **__: Any) -> Any:
    pytest.fail("a test outside of the lab opens a socket of Scapy")


@pytest.fixture(autouse=True)
def _nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("L2socket", "L2listen", "L3socket", "L3socket6"):
        monkeypatch.setattr(conf, name, _refuse)
