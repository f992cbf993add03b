"""A simulated renderer plays nothing as a real one plays something."""

from __future__ import annotations

from typing import Any

import pytest

from upnpscapy import ActionFault
from upnpscapy.simulated.network import SimulatedNetwork

from .conftest import Clock

URI = "http://192.0.2.9/a.mp3"


def test_every_action_of_the_transport(
    renderer: Any, network: SimulatedNetwork, clock: Clock
) -> None:
    transport, called = renderer.AVTransport, set()

    def call(action: str, *arguments: Any) -> dict[str, Any]:
        called.add(action)
        return dict(getattr(transport, action)(0, *arguments).items())

    assert call("GetTransportInfo")["CurrentTransportState"] == "NO_MEDIA_PRESENT"
    call("SetAVTransportURI", URI, "<DIDL-Lite/>")
    assert call("GetMediaInfo")["CurrentURI"] == URI
    assert call("GetMediaInfo")["NrTracks"] == 1
    call("Play", "1")
    clock.now += 65
    assert call("GetPositionInfo")["RelTime"] == "0:01:05"
    assert call("GetCurrentTransportActions") == {"Actions": "Pause,Stop,Seek"}
    call("Pause")
    clock.now += 65
    assert call("GetPositionInfo")["RelTime"] == "0:01:05"
    call("Seek", "REL_TIME", "1:00:00")
    call("Play", "1")
    assert call("GetPositionInfo")["RelTime"] == "1:00:00"
    assert network.renderer.state == "PLAYING"
    call("Stop")
    assert call("GetPositionInfo")["RelTime"] == "0:00:00"
    assert call("GetTransportSettings")["PlayMode"] == "NORMAL"
    assert call("GetDeviceCapabilities")["PlayMedia"] == "NONE,NETWORK"
    for action in ("Next", "Previous"):
        with pytest.raises(ActionFault, match="711"):
            call(action)
    assert called == {action.name for action in transport.scpd.actions}


def test_every_action_of_rendering(renderer: Any, network: SimulatedNetwork) -> None:
    control = renderer.RenderingControl
    control.SetVolume(0, "Master", 77)
    control.SetMute(0, "Master", True)
    assert control.GetVolume(0, "Master").value == 77
    assert control.GetMute(0, "Master").value is True
    assert (network.renderer.volume, network.renderer.muted) == (77, True)
    assert control.ListPresets(0).value == "FactoryDefaults"
    control.SelectPreset(0, "FactoryDefaults")
    assert (network.renderer.volume, network.renderer.muted) == (30, False)


def test_every_action_of_the_connection_manager(renderer: Any) -> None:
    manager = renderer.ConnectionManager
    assert "http-get:*:audio/mpeg:*" in manager.GetProtocolInfo()["Sink"]
    assert manager.GetCurrentConnectionIDs().value == "0"
    assert manager.GetCurrentConnectionInfo(0)["PeerConnectionID"] == -1
    with pytest.raises(ActionFault, match="706"):
        manager.GetCurrentConnectionInfo(1)


@pytest.mark.parametrize(
    ("service", "action", "arguments", "code"),
    [
        ("AVTransport", "Play", {"InstanceID": 0, "Speed": "1"}, 701),
        ("AVTransport", "Play", {"InstanceID": 0, "Speed": "2"}, 600),
        ("AVTransport", "Pause", {"InstanceID": 0}, 701),
        ("AVTransport", "Stop", {"InstanceID": 1}, 718),
        ("AVTransport", "Stop", {"InstanceID": "x"}, 402),
        ("RenderingControl", "GetVolume", {"InstanceID": 1, "Channel": "Master"}, 702),
        ("RenderingControl", "GetVolume", {"InstanceID": 0, "Channel": "LF"}, 600),
        (
            "RenderingControl",
            "SetVolume",
            {"InstanceID": 0, "Channel": "Master", "DesiredVolume": 101},
            601,
        ),
    ],
)
def test_what_cannot_be_is_refused(
    renderer: Any, service: str, action: str, arguments: dict[str, Any], code: int
) -> None:
    with pytest.raises(ActionFault) as caught:
        renderer.find_service(service).call(action, arguments, check=False)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("unit", "target"), [("TRACK_NR", "2"), ("REL_TIME", "soon"), ("ABS_TIME", "0:99:00")]
)
def test_a_place_that_is_not_there(renderer: Any, unit: str, target: str) -> None:
    renderer.AVTransport.SetAVTransportURI(0, URI, "")
    with pytest.raises(ActionFault, match="711"):
        renderer.AVTransport.Seek(0, unit, target)
