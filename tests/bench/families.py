"""How families of devices write SSDP.

Header sets, their order and their spelling are modelled on captures of miniupnpd, minidlna, the
Portable SDK, Windows and others; product names are made up.
"""

from collections.abc import Callable
from typing import NamedTuple

UPNP = "urn:schemas-upnp-org:"
DIAL = "urn:dial-multiscreen-org:service:dial:1"
IGD = UPNP + "device:InternetGatewayDevice:1"
SPEAKER = "urn:schemas-lintel-example:device:ZonePlayer:1"

_OPT = 'OPT: "http://schemas.upnp.org/upnp/1/0/"; ns=01\n'
_BOOT = "BOOTID.UPNP.ORG: {boot}\nCONFIGID.UPNP.ORG: {config}\n"
_NOTIFY = "NOTIFY * HTTP/1.1\nHOST: {host}\n"
_PLAIN_ALIVE = (
    _NOTIFY + "CACHE-CONTROL: max-age={age}\nLOCATION: {location}\n"
    "SERVER: {server}\nNT: {nt}\nUSN: {usn}\nNTS: ssdp:alive\n"
)
_PLAIN_REPLY = (
    "HTTP/1.1 200 OK\nCACHE-CONTROL: max-age={age}\nST: {nt}\nUSN: {usn}\nEXT:\n"
    "SERVER: {server}\nLOCATION: {location}\n"
)
_SDK_ALIVE = (
    _NOTIFY + "CACHE-CONTROL: max-age={age}\nLOCATION: {location}\n" + _OPT + "01-NLS: {token}\n"
    "NT: {nt}\nNTS: ssdp:alive\nSERVER: {server}\nX-User-Agent: redsonic\nUSN: {usn}\n"
)
_SDK_REPLY = (
    "HTTP/1.1 200 OK\nCACHE-CONTROL: max-age={age}\nEXT:\nLOCATION: {location}\n"
    + _OPT
    + "01-NLS: {token}\nSERVER: {server}\nX-User-Agent: redsonic\nST: {nt}\nUSN: {usn}\n"
)
BYEBYE = _NOTIFY + "NT: {nt}\nUSN: {usn}\nNTS: ssdp:byebye\n"
BYEBYE_BOOT = BYEBYE + _BOOT
UPDATE = (
    _NOTIFY
    + "LOCATION: {location}\nNT: {nt}\nNTS: ssdp:update\nUSN: {usn}\n"
    + _BOOT
    + "NEXTBOOTID.UPNP.ORG: {next_boot}\n"
)


class Family(NamedTuple):
    """One make of device: what it announces and the words it uses."""

    share: int
    """Its weight among the hosts."""
    alive: str
    reply: str
    servers: tuple[str, ...]
    location: str
    types: tuple[tuple[str, ...], ...]
    """The types each UDN announces beside itself; the first UDN is the root device's."""
    age: int
    """max-age in seconds."""
    interval: int
    """Seconds between announcements."""
    ttl: int = 2
    copies: int = 1
    ephemeral: bool = False
    """Replies come from a port other than 1900 (Portable SDK)."""
    v6: bool = False

    @property
    def boots(self) -> bool:
        """Whether its messages carry a BOOTID (UDA 1.1 and later)."""
        return "BOOTID" in self.alive


def _services(*names: str) -> tuple[str, ...]:
    return tuple(f"{UPNP}service:{name}:1" for name in names)


GATEWAY = Family(
    share=0,
    alive=_PLAIN_ALIVE + _OPT + "01-NLS: {boot}\n" + _BOOT,
    reply=_PLAIN_REPLY + _OPT + "01-NLS: {boot}\n" + _BOOT,
    servers=("Hedgerow/21.02 UPnP/1.1 MiniUPnPd/2.2.1", "Fenland/5.4 UPnP/1.1 MiniUPnPd/2.3.3"),
    location="http://{address}:5000/rootDesc.xml",
    types=(
        (IGD, *_services("Layer3Forwarding", "DeviceProtection")),
        (UPNP + "device:WANDevice:1", *_services("WANCommonInterfaceConfig")),
        (
            UPNP + "device:WANConnectionDevice:1",
            *_services("WANIPConnection", "WANIPv6FirewallControl"),
        ),
    ),
    age=120,
    interval=60,
)
"""One in each segment."""

FAMILIES = (
    Family(  # a minidlna store
        share=12,
        alive=_PLAIN_ALIVE,
        reply=_PLAIN_REPLY.replace("EXT:\n", "DATE: {date}\nEXT:\n") + "Content-Length: 0\n",
        servers=("Quernstone DSM DLNADOC/1.50 UPnP/1.0 MiniDLNA/1.3.0",),
        location="http://{address}:8200/rootDesc.xml",
        types=(
            (
                UPNP + "device:MediaServer:1",
                *_services("ContentDirectory", "ConnectionManager"),
                "urn:microsoft.com:service:X_MS_MediaReceiverRegistrar:1",
            ),
        ),
        age=1810,
        interval=895,
        ttl=4,
        copies=2,
    ),
    Family(  # a television on the Portable SDK
        share=26,
        alive=_SDK_ALIVE,
        reply=_SDK_REPLY,
        servers=(
            "Linux/4.9.180, UPnP/1.0, Portable SDK for UPnP devices/1.6.22",
            "Linux/3.10.19, UPnP/1.0, Portable SDK for UPnP devices/1.8.4",
            "Unspecified, UPnP/1.0, Unspecified",
        ),
        location="http://{address}:49152/description.xml",
        types=(
            (
                UPNP + "device:MediaRenderer:1",
                *_services("RenderingControl", "ConnectionManager", "AVTransport"),
            ),
        ),
        age=300,
        interval=140,
        ephemeral=True,
    ),
    Family(  # a casting stick
        share=14,
        alive=_PLAIN_ALIVE + _BOOT,
        reply=_PLAIN_REPLY + _BOOT,
        servers=("Linux/3.8.13+, UPnP/1.0, Portable SDK for UPnP devices/1.6.18",),
        location="http://{address}:8008/ssdp/device-desc.xml",
        types=((UPNP + "device:dial:1", DIAL),),
        age=1800,
        interval=600,
        ttl=1,
    ),
    Family(  # a speaker with an embedded renderer and server
        share=16,
        alive=_PLAIN_ALIVE
        + "X-LINTEL-HOUSEHOLD: {token}\nX-LINTEL-BOOTSEQ: {boot}\nX-LINTEL-PROXY: LNTL\n"
        + _BOOT,
        reply=_PLAIN_REPLY + "X-LINTEL-HOUSEHOLD: {token}\nX-LINTEL-BOOTSEQ: {boot}\n" + _BOOT,
        servers=("Linux UPnP/1.0 Lintel/57.9-23010 (LS9)", "Linux UPnP/1.0 Lintel/63.2-90210"),
        location="http://{address}:1400/xml/device_description.xml",
        types=(
            (SPEAKER, *_services("AlarmClock", "DeviceProperties", "ZoneGroupTopology")),
            (UPNP + "device:MediaServer:1", *_services("ContentDirectory")),
            (UPNP + "device:MediaRenderer:1", *_services("AVTransport", "Queue")),
        ),
        age=1800,
        interval=400,
        ttl=4,
    ),
    Family(  # a lighting bridge
        share=8,
        alive=_PLAIN_ALIVE.replace("NT:", "lumen-bridgeid: {token}\nNT:"),
        reply=_PLAIN_REPLY.replace("ST:", "lumen-bridgeid: {token}\nST:"),
        servers=("Linux/3.14.0 UPnP/1.0 LumenBridge/1.50.0",),
        location="http://{address}:80/description.xml",
        types=((UPNP + "device:basic:1",),),
        age=100,
        interval=60,
        copies=2,
    ),
    Family(  # a camera with its own small stack
        share=12,
        alive=_NOTIFY
        + "LOCATION: {location}\nSERVER: {server}\nNTS: ssdp:alive\nUSN: {usn}\n"
        + "CACHE-CONTROL: max-age={age}\nNT: {nt}\nContent-Length: 0\n",
        reply=_PLAIN_REPLY,
        servers=("Linux,    UPnP/1.0 OC-935/1.0", "Embedded UPnP/1.0"),
        location="http://{address}:52142/",
        types=((UPNP + "device:Basic:1", "urn:orrery-example:service:ChangeIP:1"),),
        age=1800,
        interval=300,
    ),
    Family(  # a printer
        share=10,
        alive=_PLAIN_ALIVE + _BOOT,
        reply=_PLAIN_REPLY + _BOOT + "Content-Length: 0\n",
        servers=("Tamarack/2.4 UPnP/1.1 PressPoint/8.1",),
        location="http://{address}:5200/Printer.xml",
        types=((UPNP + "device:Printer:1", *_services("PrintBasic", "PrintEnhanced", "Scan")),),
        age=1800,
        interval=250,
        ttl=4,
    ),
    Family(  # Windows sharing its media, over IPv6 too
        share=5,
        alive="NOTIFY * HTTP/1.1\nHost:{host}\nNT:{nt}\nNTS:ssdp:alive\nLocation:{location}\n"
        'USN:{usn}\nCache-Control:max-age={age}\nServer:{server}\nOPT:"http://schemas.upnp.org/'
        'upnp/1/0/"; ns=01\n01-NLS:{token}\n',
        reply="HTTP/1.1 200 OK\nST:{nt}\nUSN:{usn}\nLocation:{location}\n"
        'OPT:"http://schemas.upnp.org/upnp/1/0/"; ns=01\n01-NLS:{token}\n'
        "Cache-Control:max-age={age}\nServer:{server}\nExt:\n",
        servers=("Microsoft-Windows/10.0 UPnP/1.0 UPnP-Device-Host/1.0",),
        location="http://{address}:2869/upnphost/udhisapi.dll?content={udn}",
        types=(
            (
                UPNP + "device:MediaServer:1",
                *_services("ContentDirectory", "ConnectionManager"),
                "urn:microsoft.com:service:X_MS_MediaReceiverRegistrar:1",
            ),
        ),
        age=900,
        interval=200,
        ttl=1,
        v6=True,
    ),
)

Wire = Callable[[str], str]


def well_formed(text: str) -> str:
    """Return a template as it should go out: CRLF line ends and a blank line."""
    return text.replace("\n", "\r\n") + "\r\n"


QUIRKS: tuple[Wire, ...] = (
    lambda text: text.replace("\n", "\r\n"),  # no blank line at the end (Sonos, ssdp-rs 42)
    lambda text: text + "\n",  # lines end in LF alone (RSSDP 30)
    lambda text: well_formed(text.replace(": ", ":")),  # no space after the colon (PNRP)
    lambda text: well_formed(text.replace("max-age=", "max-age = ")),  # ohNet 17
    lambda text: well_formed(text) + "\0\0",  # NULs behind the message
    lambda text: well_formed(text.replace("ST: {nt}", "ST: {nt_lower}")),  # Yamaha RX-A2A
    lambda text: well_formed(text.replace("\n", "\nSERVER: Relay/1\n", 1)),  # two SERVER lines
)
"""Faults of real devices (named in brackets), each done to every template of one host."""
