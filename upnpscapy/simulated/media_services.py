"""AVTransport:1, RenderingControl:1 and ConnectionManager:1 of a simulated renderer.

Nothing is fetched or played: time passes, and that is all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from upnpscapy.protocol.gena_build import build_last_change
from upnpscapy.protocol.property_set import Change
from upnpscapy.simulated.mapping import Clock
from upnpscapy.simulated.renderer_tables import (
    AV_TRANSPORT,
    CONNECTION_MANAGER,
    RENDERING_CONTROL,
)
from upnpscapy.simulated.service import Arguments, Pairs, Refusal, Service
from upnpscapy.simulated.service_table import ServiceTable

__all__ = ["AvTransport", "ConnectionManager", "RenderingControl"]

SINK = "http-get:*:audio/mpeg:*,http-get:*:audio/flac:*,http-get:*:video/mp4:*"

_TIME = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])(?:\.[0-9]+)?\Z")
_FULL_TIME = "NOT_IMPLEMENTED"
_NO_COUNTER = 2**31 - 1


class _LastChangeService(Service):
    """One instance, whose variables are told in LastChange."""

    namespace: str
    told: tuple[str, ...]
    channels: Mapping[str, str] = {}
    """Variable → its channel."""

    def __init__(self, table: ServiceTable, values: Mapping[str, Any]) -> None:
        super().__init__(table, values)
        self._changes: dict[str, str] = {}

    def set(self, name: str, value: Any) -> None:
        """Give a variable a value, of which LastChange tells."""
        if self.values.get(name) != value:
            self.values[name] = value
            if name in self.told:
                self._changes[name] = self._text(name, value)
                self.on_change("LastChange")

    def event_value(self, name: str, *, first: bool) -> str:
        """What changed since the last event; all there is in a first one."""
        changes = self._changes
        if first:
            changes = {one: self._text(one, self.values[one]) for one in self.told}
        else:
            self._changes = {}
        return build_last_change(
            self.namespace,
            [Change("0", one, value, self.channels.get(one)) for one, value in changes.items()],
        )

    def call(self, name: str, pairs: Pairs, caller: str) -> list[tuple[str, str]]:
        """The result's arguments as texts; there is an instance 0 and no other."""
        instance = dict(pairs).get("InstanceID", "").strip()
        if instance.isdecimal() and len(instance) < 11 and int(instance):
            raise Refusal(718 if self.table is AV_TRANSPORT else 702)
        return super().call(name, pairs, caller)


class RenderingControl(_LastChangeService):
    """Volume and mute of one channel."""

    namespace = "urn:schemas-upnp-org:metadata-1-0/RCS/"
    told = ("Mute", "Volume")
    channels = dict.fromkeys(told, "Master")

    def __init__(self) -> None:
        super().__init__(
            RENDERING_CONTROL, {"PresetNameList": "FactoryDefaults", "Mute": False, "Volume": 30}
        )

    def _do_set_mute(self, arguments: Arguments) -> None:
        self.set("Mute", arguments["DesiredMute"])

    def _do_set_volume(self, arguments: Arguments) -> None:
        self.set("Volume", arguments["DesiredVolume"])

    def _do_select_preset(self, _: Arguments) -> None:
        self.set("Mute", False)
        self.set("Volume", 30)


class AvTransport(_LastChangeService):
    """A track at most, which plays until it is stopped."""

    namespace = "urn:schemas-upnp-org:metadata-1-0/AVT/"
    told = (
        *("TransportState", "TransportStatus", "CurrentPlayMode", "TransportPlaySpeed"),
        *("NumberOfTracks", "CurrentTrack", "CurrentTrackURI", "CurrentTrackMetaData"),
        *("AVTransportURI", "AVTransportURIMetaData", "CurrentTransportActions"),
    )

    def __init__(self, clock: Clock) -> None:
        texts = (
            "CurrentTrackMetaData CurrentTrackURI AVTransportURI AVTransportURIMetaData "
            "NextAVTransportURI NextAVTransportURIMetaData CurrentTransportActions"
        )
        super().__init__(
            AV_TRANSPORT,
            {
                **dict.fromkeys(texts.split(), ""),
                "TransportState": "NO_MEDIA_PRESENT",
                "TransportStatus": "OK",
                "PlaybackStorageMedium": "NONE",
                "RecordStorageMedium": "NOT_IMPLEMENTED",
                "PossiblePlaybackStorageMedia": "NONE,NETWORK",
                "PossibleRecordStorageMedia": "NOT_IMPLEMENTED",
                "CurrentPlayMode": "NORMAL",
                "TransportPlaySpeed": "1",
                "RecordMediumWriteStatus": "NOT_IMPLEMENTED",
                "CurrentRecordQualityMode": "NOT_IMPLEMENTED",
                "PossibleRecordQualityModes": "NOT_IMPLEMENTED",
                "NumberOfTracks": 0,
                "CurrentTrack": 0,
                "CurrentTrackDuration": "0:00:00",
                "CurrentMediaDuration": "0:00:00",
                "RelativeTimePosition": "0:00:00",
                "AbsoluteTimePosition": _FULL_TIME,
                "RelativeCounterPosition": _NO_COUNTER,
                "AbsoluteCounterPosition": _NO_COUNTER,
            },
        )
        self._clock = clock
        self._position = 0.0
        """Seconds into the track, when it last began to play or stopped."""
        self._since = clock()

    def _go(self, state: str, *, at: float | None = None) -> None:
        self._position = self._now_at() if at is None else at
        self._since = self._clock()
        self.set("TransportState", state)
        actions = {"PLAYING": "Pause,Stop,Seek", "NO_MEDIA_PRESENT": ""}
        self.set("CurrentTransportActions", actions.get(state, "Play,Stop,Seek"))

    def _now_at(self) -> float:
        playing = self.values["TransportState"] == "PLAYING"
        return self._position + (self._clock() - self._since if playing else 0.0)

    def _do_set_av_transport_uri(self, arguments: Arguments) -> None:
        uri, metadata = arguments["CurrentURI"], arguments["CurrentURIMetaData"]
        for name in ("AVTransportURI", "CurrentTrackURI"):
            self.set(name, uri)
        for name in ("AVTransportURIMetaData", "CurrentTrackMetaData"):
            self.set(name, metadata)
        self.set("NumberOfTracks", int(bool(uri)))
        self.set("CurrentTrack", int(bool(uri)))
        self.set("PlaybackStorageMedium", "NETWORK" if uri else "NONE")
        playing = uri and self.values["TransportState"] == "PLAYING"
        self._go("PLAYING" if playing else "STOPPED" if uri else "NO_MEDIA_PRESENT", at=0.0)

    def _do_play(self, _: Arguments) -> None:
        self._needs_media()
        self._go("PLAYING")

    def _do_pause(self, _: Arguments) -> None:
        if self.values["TransportState"] != "PLAYING":
            raise Refusal(701)
        self._go("PAUSED_PLAYBACK")

    def _do_stop(self, _: Arguments) -> None:
        self._needs_media()
        self._go("STOPPED", at=0.0)

    def _do_seek(self, arguments: Arguments) -> None:
        self._needs_media()
        target = arguments["Target"]
        if arguments["Unit"] == "TRACK_NR":
            if target != "1":
                raise Refusal(711)
            at = 0.0
        elif match := _TIME.match(target):
            hours, minutes, seconds = map(int, match.groups())
            at = float(hours * 3600 + minutes * 60 + seconds)
        else:
            raise Refusal(711)
        self._go(self.values["TransportState"], at=at)

    def _do_next(self, _: Arguments) -> None:
        raise Refusal(711)

    def _do_previous(self, _: Arguments) -> None:
        raise Refusal(711)

    def _do_get_position_info(self, _: Arguments) -> dict[str, Any]:
        minutes, seconds = divmod(int(self._now_at()), 60)
        hours, minutes = divmod(minutes, 60)
        return {"RelTime": f"{hours}:{minutes:02}:{seconds:02}"}

    def _needs_media(self) -> None:
        if self.values["TransportState"] == "NO_MEDIA_PRESENT":
            raise Refusal(701)


class ConnectionManager(Service):
    """The one connection that a renderer without PrepareForConnection has."""

    def __init__(self) -> None:
        super().__init__(
            CONNECTION_MANAGER,
            {"SourceProtocolInfo": "", "SinkProtocolInfo": SINK, "CurrentConnectionIDs": "0"},
        )

    def _do_get_current_connection_info(self, arguments: Arguments) -> dict[str, Any]:
        if arguments["ConnectionID"] != 0:
            raise Refusal(706)
        return {
            "RcsID": 0,
            "AVTransportID": 0,
            "ProtocolInfo": "",
            "PeerConnectionManager": "",
            "PeerConnectionID": -1,
            "Direction": "Input",
            "Status": "OK",
        }
