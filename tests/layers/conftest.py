from collections.abc import Iterator

import pytest
from scapy.config import conf

import upnpscapy.layers  # noqa: F401  (binds the layers)


@pytest.fixture(autouse=True)
def scapy_settings() -> Iterator[None]:
    """Dissector exceptions are raised, not hidden in Raw; settings return to what they were."""
    before = conf.debug_dissector, conf.checkIPaddr, conf.verb
    conf.debug_dissector, conf.verb = True, 0
    yield
    conf.debug_dissector, conf.checkIPaddr, conf.verb = before
