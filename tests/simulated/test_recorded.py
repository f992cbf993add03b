"""A session with simulated devices, recorded and read offline, is what it was."""

from __future__ import annotations

from pathlib import Path

from upnpscapy import Http, Recorder, analyze, find_igd, search
from upnpscapy.simulated.network import SimulatedNetwork

from .wire import control


def test_a_recording_tells_the_same_story(network: SimulatedNetwork, tmp_path: Path) -> None:
    path = tmp_path / "session.pcapng"
    with Recorder(path) as recorder:
        http = Http(recorder=recorder)
        at = network.search_at
        with search(network.gateway.udn, unicast=at, timeout=60, record=recorder) as run:
            reply = next(run)
        device = control(reply.location or "", http=http)
        with device.WANIPConn1.subscribe(timeout=60, http=http) as events:
            next(events)
            igd = find_igd(network.gateway.location, http=http)
            igd.add("TCP", 8000, 8080, lease_seconds=600)
            igd.add("UDP", 5300, 5300, lease_seconds=60)
            seen = [event.properties for event in (next(events), next(events))]
            igd.delete("TCP", 8080)
    case = analyze(path)
    assert [row.column("udn") for row in case.devices][:1] == [network.gateway.udn]
    calls = [(call.column("action"), call.column("status")) for call in case.calls]
    assert [name for name, _ in calls if "PortMapping" in str(name)][:2] == [
        *("AddPortMapping", "GetSpecificPortMappingEntry"),
    ]
    assert {status for _, status in calls} == {200}
    rows = {row["external_port"]: row for row in case.mappings.to_dicts()}
    assert {port: row["state"] for port, row in rows.items()} == {8080: "deleted", 5300: "open"}
    assert rows[5300]["lease_seconds"] == 60
    assert all(row["requested_by"] == "127.0.0.1" for row in rows.values())
    numbers = [
        int(value)
        for row in case.events
        for name, value in row.event.properties
        if name == "PortMappingNumberOfEntries"
    ]
    assert numbers[:3] == [0, 1, 2]
    assert [one["PortMappingNumberOfEntries"] for one in seen] == numbers[1:3]
    assert [row["state"] for row in case.subscriptions.to_dicts()] == ["ended"]
    assert all(not row["defects"] for row in case.calls.to_dicts())
