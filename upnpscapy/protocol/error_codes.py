"""The names of UPnP error codes: a fault carries a number, and who reads it wants a word.

Codes from 700 on mean what the service says they mean: 702 is ``FirewallDisabled`` of a firewall
and ``No contents`` of a player.
Devices also invent codes, and use right ones for what they do not mean; a name is what the
specification calls the number, not why a device sent it.
"""

from __future__ import annotations

import re

__all__ = ["GENERAL", "SERVICES", "error_name"]

GENERAL: dict[int, str] = {
    # UDA 2.0, 3.2.5 and 3.3; 403 and 404 are of UDA 1.0.
    401: "Invalid Action",
    402: "Invalid Args",
    403: "Out of Sync",
    404: "Invalid Var",
    501: "Action Failed",
    600: "Argument Value Invalid",
    601: "Argument Value Out of Range",
    602: "Optional Action Not Implemented",
    603: "Out of Memory",
    604: "Human Intervention Required",
    605: "String Argument Too Long",
    # DeviceSecurity:1, to which UDA reserves 606 to 612.
    606: "Action not authorized",
    607: "Signature failure",
    608: "Signature missing",
    609: "Not encrypted",
    610: "Invalid sequence",
    611: "Invalid control URL",
    612: "No such session",
}
"""Codes of every service."""

_WAN_CONNECTION: dict[int, str] = {
    # WANIPConnection:1 and :2, WANPPPConnection:1.
    703: "InactiveConnectionStateRequired",
    704: "ConnectionSetupFailed",
    705: "ConnectionSetupInProgress",
    706: "ConnectionNotConfigured",
    707: "DisconnectInProgress",
    708: "InvalidLayer2Address",
    709: "InternetAccessDisabled",
    710: "InvalidConnectionType",
    711: "ConnectionAlreadyTerminated",
    713: "SpecifiedArrayIndexInvalid",
    714: "NoSuchEntryInArray",
    715: "WildCardNotPermittedInSrcIP",
    716: "WildCardNotPermittedInExtPort",
    718: "ConflictInMappingEntry",
    724: "SamePortValuesRequired",
    725: "OnlyPermanentLeasesSupported",
    726: "RemoteHostOnlySupportsWildcard",
    727: "ExternalPortOnlySupportsWildcard",
    # WANIPConnection:2.
    728: "NoPortMapsAvailable",
    729: "ConflictWithOtherMechanisms",
    730: "PortMappingNotFound",
    731: "ReadOnly",
    732: "WildCardNotPermittedInIntPort",
    733: "InconsistentParameters",
}

SERVICES: dict[str, dict[int, str]] = {
    "WANIPConnection": _WAN_CONNECTION,
    "WANPPPConnection": _WAN_CONNECTION,
    "WANIPv6FirewallControl": {
        701: "PinholeSpaceExhausted",
        702: "FirewallDisabled",
        703: "InboundPinholeNotAllowed",
        704: "NoSuchEntry",
        705: "ProtocolNotSupported",
        706: "InternalPortWildcardingNotAllowed",
        707: "ProtocolWildcardingNotAllowed",
        708: "WildCardNotPermittedInSrcIP",
        709: "NoPacketSent",
    },
    "Layer3Forwarding": {
        720: "InvalidDeviceUUID",
        721: "InvalidServiceID",
        723: "InvalidConnServiceSelection",
    },
    "ContentDirectory": {
        701: "No such object",
        702: "Invalid currentTagValue",
        703: "Invalid newTagValue",
        704: "Required tag",
        705: "Read only tag",
        706: "Parameter mismatch",
        708: "Unsupported or invalid search criteria",
        709: "Unsupported or invalid sort criteria",
        710: "No such container",
        711: "Restricted object",
        712: "Bad metadata",
        713: "Restricted parent object",
        714: "No such source resource",
        715: "Source resource access denied",
        716: "Transfer busy",
        717: "No such file transfer",
        718: "No such destination resource",
        719: "Destination resource access denied",
        720: "Cannot process the request",
    },
    "ConnectionManager": {
        701: "Incompatible protocol info",
        702: "Incompatible directions",
        703: "Insufficient network resources",
        704: "Local restrictions",
        705: "Access denied",
        706: "Invalid connection reference",
        707: "Not in network",
    },
    "AVTransport": {
        701: "Transition not available",
        702: "No contents",
        703: "Read error",
        704: "Format not supported for playback",
        705: "Transport is locked",
        706: "Write error",
        707: "Media is protected or not writable",
        708: "Format not supported for recording",
        709: "Media is full",
        710: "Seek mode not supported",
        711: "Illegal seek target",
        712: "Play mode not supported",
        713: "Record quality not supported",
        714: "Illegal MIME-type",
        715: "Content busy",
        716: "Resource not found",
        717: "Play speed not supported",
        718: "Invalid InstanceID",
    },
    "RenderingControl": {
        701: "Invalid Name",
        702: "Invalid InstanceID",
    },
}
"""Name in the type of a UPnP Forum service → its own codes, of all its versions."""

_FORUM_SERVICE = re.compile(r"urn:schemas-upnp-org:service:([^:]+)(?::|\Z)", re.IGNORECASE)
_BY_NAME = {name.lower(): codes for name, codes in SERVICES.items()}


def error_name(service_type: str | None, code: int) -> str | None:
    """What the specification of a service calls an error code, None where it does not.

    ``service_type`` is a whole type, ``urn:schemas-upnp-org:service:AVTransport:1``, of any
    version; without one only the codes of every service have a name.
    A vendor's service has the general codes only, whatever its name.
    """
    if name := GENERAL.get(code):
        return name
    match = _FORUM_SERVICE.match(service_type or "")
    return _BY_NAME.get(match.group(1).lower(), {}).get(code) if match else None
