"""The services of MediaRenderer:1, as their specifications define them."""

from __future__ import annotations

from upnpscapy.simulated.service_table import ServiceTable

__all__ = ["AV_TRANSPORT", "CONNECTION_MANAGER", "RENDERING_CONTROL"]

_TYPE = "urn:schemas-upnp-org:service:"
_ID = "urn:upnp-org:serviceId:"
_INSTANCE = "InstanceID:A_ARG_TYPE_InstanceID"

AV_TRANSPORT = ServiceTable(
    f"{_TYPE}AVTransport:1",
    f"{_ID}AVTransport",
    """
    TransportState string {STOPPED PLAYING TRANSITIONING PAUSED_PLAYBACK NO_MEDIA_PRESENT}
    TransportStatus string {OK ERROR_OCCURRED}
    PlaybackStorageMedium string {NONE NETWORK}
    RecordStorageMedium string {NOT_IMPLEMENTED}
    PossiblePlaybackStorageMedia string
    PossibleRecordStorageMedia string
    CurrentPlayMode string {NORMAL} =NORMAL
    TransportPlaySpeed string {1}
    RecordMediumWriteStatus string {NOT_IMPLEMENTED}
    CurrentRecordQualityMode string {NOT_IMPLEMENTED}
    PossibleRecordQualityModes string
    NumberOfTracks ui4 [0 1]
    CurrentTrack ui4 [0 1 1]
    CurrentTrackDuration string
    CurrentMediaDuration string
    CurrentTrackMetaData string
    CurrentTrackURI string
    AVTransportURI string
    AVTransportURIMetaData string
    NextAVTransportURI string
    NextAVTransportURIMetaData string
    RelativeTimePosition string
    AbsoluteTimePosition string
    RelativeCounterPosition i4
    AbsoluteCounterPosition i4
    CurrentTransportActions string
    LastChange string event
    A_ARG_TYPE_SeekMode string {TRACK_NR REL_TIME ABS_TIME}
    A_ARG_TYPE_SeekTarget string
    A_ARG_TYPE_InstanceID ui4
    """,
    f"""
    SetAVTransportURI({_INSTANCE} CurrentURI:AVTransportURI CurrentURIMetaData:AVTransportURIMetaData)
    GetMediaInfo({_INSTANCE}) NrTracks:NumberOfTracks MediaDuration:CurrentMediaDuration CurrentURI:AVTransportURI CurrentURIMetaData:AVTransportURIMetaData NextURI:NextAVTransportURI NextURIMetaData:NextAVTransportURIMetaData PlayMedium:PlaybackStorageMedium RecordMedium:RecordStorageMedium WriteStatus:RecordMediumWriteStatus
    GetTransportInfo({_INSTANCE}) CurrentTransportState:TransportState CurrentTransportStatus:TransportStatus CurrentSpeed:TransportPlaySpeed
    GetPositionInfo({_INSTANCE}) Track:CurrentTrack TrackDuration:CurrentTrackDuration TrackMetaData:CurrentTrackMetaData TrackURI:CurrentTrackURI RelTime:RelativeTimePosition AbsTime:AbsoluteTimePosition RelCount:RelativeCounterPosition AbsCount:AbsoluteCounterPosition
    GetDeviceCapabilities({_INSTANCE}) PlayMedia:PossiblePlaybackStorageMedia RecMedia:PossibleRecordStorageMedia RecQualityModes:PossibleRecordQualityModes
    GetTransportSettings({_INSTANCE}) PlayMode:CurrentPlayMode RecQualityMode:CurrentRecordQualityMode
    Stop({_INSTANCE})
    Play({_INSTANCE} Speed:TransportPlaySpeed)
    Pause({_INSTANCE})
    Seek({_INSTANCE} Unit:A_ARG_TYPE_SeekMode Target:A_ARG_TYPE_SeekTarget)
    Next({_INSTANCE})
    Previous({_INSTANCE})
    GetCurrentTransportActions({_INSTANCE}) Actions:CurrentTransportActions
    """,  # noqa: E501
)

_CHANNEL = f"{_INSTANCE} Channel:A_ARG_TYPE_Channel"

RENDERING_CONTROL = ServiceTable(
    f"{_TYPE}RenderingControl:1",
    f"{_ID}RenderingControl",
    """
    PresetNameList string
    LastChange string event
    Mute boolean
    Volume ui2 [0 100 1]
    A_ARG_TYPE_Channel string {Master}
    A_ARG_TYPE_InstanceID ui4
    A_ARG_TYPE_PresetName string {FactoryDefaults}
    """,
    f"""
    ListPresets({_INSTANCE}) CurrentPresetNameList:PresetNameList
    SelectPreset({_INSTANCE} PresetName:A_ARG_TYPE_PresetName)
    GetMute({_CHANNEL}) CurrentMute:Mute
    SetMute({_CHANNEL} DesiredMute:Mute)
    GetVolume({_CHANNEL}) CurrentVolume:Volume
    SetVolume({_CHANNEL} DesiredVolume:Volume)
    """,
)

CONNECTION_MANAGER = ServiceTable(
    f"{_TYPE}ConnectionManager:1",
    f"{_ID}ConnectionManager",
    """
    SourceProtocolInfo string event
    SinkProtocolInfo string event
    CurrentConnectionIDs string event
    A_ARG_TYPE_ConnectionStatus string {OK ContentFormatMismatch InsufficientBandwidth UnreliableChannel Unknown}
    A_ARG_TYPE_ConnectionManager string
    A_ARG_TYPE_Direction string {Input Output}
    A_ARG_TYPE_ProtocolInfo string
    A_ARG_TYPE_ConnectionID i4
    A_ARG_TYPE_AVTransportID i4
    A_ARG_TYPE_RcsID i4
    """,  # noqa: E501
    """
    GetProtocolInfo() Source:SourceProtocolInfo Sink:SinkProtocolInfo
    GetCurrentConnectionIDs() ConnectionIDs:CurrentConnectionIDs
    GetCurrentConnectionInfo(ConnectionID:A_ARG_TYPE_ConnectionID) RcsID:A_ARG_TYPE_RcsID AVTransportID:A_ARG_TYPE_AVTransportID ProtocolInfo:A_ARG_TYPE_ProtocolInfo PeerConnectionManager:A_ARG_TYPE_ConnectionManager PeerConnectionID:A_ARG_TYPE_ConnectionID Direction:A_ARG_TYPE_Direction Status:A_ARG_TYPE_ConnectionStatus
    """,  # noqa: E501
)
