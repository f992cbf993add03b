"""The services of InternetGatewayDevice:1 and :2, as their specifications define them."""

from __future__ import annotations

from upnpscapy.simulated.service_table import ServiceTable

__all__ = [
    "FIREWALL",
    "LAYER3_FORWARDING",
    "WAN_COMMON",
    "WAN_IP_1",
    "WAN_IP_2",
]

_TYPE = "urn:schemas-upnp-org:service:"
_ID = "urn:upnp-org:serviceId:"

LAYER3_FORWARDING = ServiceTable(
    f"{_TYPE}Layer3Forwarding:1",
    f"{_ID}L3Forwarding1",
    "DefaultConnectionService string event",
    """
    SetDefaultConnectionService(NewDefaultConnectionService)
    GetDefaultConnectionService() NewDefaultConnectionService
    """,
)

WAN_COMMON = ServiceTable(
    f"{_TYPE}WANCommonInterfaceConfig:1",
    f"{_ID}WANCommonIFC1",
    """
    WANAccessType string {DSL POTS Cable Ethernet}
    Layer1UpstreamMaxBitRate ui4
    Layer1DownstreamMaxBitRate ui4
    PhysicalLinkStatus string event {Up Down Initializing Unavailable}
    TotalBytesSent ui4
    TotalBytesReceived ui4
    TotalPacketsSent ui4
    TotalPacketsReceived ui4
    """,
    """
    GetCommonLinkProperties() NewWANAccessType NewLayer1UpstreamMaxBitRate NewLayer1DownstreamMaxBitRate NewPhysicalLinkStatus
    GetTotalBytesSent() NewTotalBytesSent
    GetTotalBytesReceived() NewTotalBytesReceived
    GetTotalPacketsSent() NewTotalPacketsSent
    GetTotalPacketsReceived() NewTotalPacketsReceived
    """,  # noqa: E501
)

_IP_VARIABLES = """
    ConnectionType string {Unconfigured IP_Routed IP_Bridged}
    PossibleConnectionTypes string event
    ConnectionStatus string event {Unconfigured Connecting Connected PendingDisconnect Disconnecting Disconnected}
    Uptime ui4
    LastConnectionError string {ERROR_NONE ERROR_COMMAND_ABORTED ERROR_NOT_ENABLED_FOR_INTERNET ERROR_USER_DISCONNECT ERROR_ISP_DISCONNECT ERROR_IDLE_DISCONNECT ERROR_FORCED_DISCONNECT ERROR_NO_CARRIER ERROR_IP_CONFIGURATION ERROR_UNKNOWN}
    AutoDisconnectTime ui4
    IdleDisconnectTime ui4
    WarnDisconnectDelay ui4
    RSIPAvailable boolean
    NATEnabled boolean
    ExternalIPAddress string event
    PortMappingNumberOfEntries ui2 event
    PortMappingEnabled boolean
    RemoteHost string
    ExternalPort ui2
    InternalPort ui2 [1 65535]
    PortMappingProtocol string {TCP UDP}
    InternalClient string
    PortMappingDescription string
"""  # noqa: E501

_TERMS = (
    "NewInternalPort NewInternalClient NewEnabled:PortMappingEnabled NewPortMappingDescription "
    "NewLeaseDuration:PortMappingLeaseDuration"
)
_KEY = "NewRemoteHost NewExternalPort NewProtocol:PortMappingProtocol"

_IP_ACTIONS = f"""
    SetConnectionType(NewConnectionType)
    GetConnectionTypeInfo() NewConnectionType NewPossibleConnectionTypes
    RequestConnection()
    RequestTermination()
    ForceTermination()
    SetAutoDisconnectTime(NewAutoDisconnectTime)
    SetIdleDisconnectTime(NewIdleDisconnectTime)
    SetWarnDisconnectDelay(NewWarnDisconnectDelay)
    GetStatusInfo() NewConnectionStatus NewLastConnectionError NewUptime
    GetAutoDisconnectTime() NewAutoDisconnectTime
    GetIdleDisconnectTime() NewIdleDisconnectTime
    GetWarnDisconnectDelay() NewWarnDisconnectDelay
    GetNATRSIPStatus() NewRSIPAvailable NewNATEnabled
    GetGenericPortMappingEntry(NewPortMappingIndex:PortMappingNumberOfEntries) {_KEY} {_TERMS}
    GetSpecificPortMappingEntry({_KEY}) {_TERMS}
    AddPortMapping({_KEY} {_TERMS})
    DeletePortMapping({_KEY})
    GetExternalIPAddress() NewExternalIPAddress
"""

WAN_IP_1 = ServiceTable(
    f"{_TYPE}WANIPConnection:1",
    f"{_ID}WANIPConn1",
    f"{_IP_VARIABLES.rstrip()}\n    PortMappingLeaseDuration ui4",
    _IP_ACTIONS,
)

WAN_IP_2 = ServiceTable(
    f"{_TYPE}WANIPConnection:2",
    f"{_ID}WANIPConn1",
    f"""{_IP_VARIABLES.rstrip()}
    PortMappingLeaseDuration ui4 [0 604800]
    SystemUpdateID ui4 event
    A_ARG_TYPE_Manage boolean
    A_ARG_TYPE_PortListing string
    """,
    f"""{_IP_ACTIONS.rstrip()}
    DeletePortMappingRange(NewStartPort:ExternalPort NewEndPort:ExternalPort NewProtocol:PortMappingProtocol NewManage:A_ARG_TYPE_Manage)
    GetListOfPortMappings(NewStartPort:ExternalPort NewEndPort:ExternalPort NewProtocol:PortMappingProtocol NewManage:A_ARG_TYPE_Manage NewNumberOfPorts:PortMappingNumberOfEntries) NewPortListing:A_ARG_TYPE_PortListing
    AddAnyPortMapping({_KEY} {_TERMS}) NewReservedPort:ExternalPort
    """,  # noqa: E501
)

_PINHOLE = (
    "RemoteHost:A_ARG_TYPE_IPv6Address RemotePort:A_ARG_TYPE_Port "
    "InternalClient:A_ARG_TYPE_IPv6Address InternalPort:A_ARG_TYPE_Port "
    "Protocol:A_ARG_TYPE_Protocol"
)

FIREWALL = ServiceTable(
    f"{_TYPE}WANIPv6FirewallControl:1",
    f"{_ID}WANIPv6Firewall1",
    """
    FirewallEnabled boolean event
    InboundPinholeAllowed boolean event
    A_ARG_TYPE_OutboundPinholeTimeout ui4
    A_ARG_TYPE_IPv6Address string
    A_ARG_TYPE_Port ui2
    A_ARG_TYPE_Protocol ui2
    A_ARG_TYPE_LeaseTime ui4 [1 86400]
    A_ARG_TYPE_UniqueID ui2
    A_ARG_TYPE_PinholePackets ui4
    A_ARG_TYPE_Boolean boolean
    """,
    f"""
    GetFirewallStatus() FirewallEnabled InboundPinholeAllowed
    GetOutboundPinholeTimeout({_PINHOLE}) OutboundPinholeTimeout:A_ARG_TYPE_OutboundPinholeTimeout
    AddPinhole({_PINHOLE} LeaseTime:A_ARG_TYPE_LeaseTime) UniqueID:A_ARG_TYPE_UniqueID
    UpdatePinhole(UniqueID:A_ARG_TYPE_UniqueID NewLeaseTime:A_ARG_TYPE_LeaseTime)
    DeletePinhole(UniqueID:A_ARG_TYPE_UniqueID)
    GetPinholePackets(UniqueID:A_ARG_TYPE_UniqueID) PinholePackets:A_ARG_TYPE_PinholePackets
    CheckPinholeWorking(UniqueID:A_ARG_TYPE_UniqueID) IsWorking:A_ARG_TYPE_Boolean
    """,
)
