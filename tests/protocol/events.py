"""Event messages, right and wrong, and what they mean."""

from __future__ import annotations

from tests.protocol.control import ANYTHING, WANIP, XML, Case, message
from tests.protocol.subscriptions import NT, SID

__all__ = ["EVENTS"]

USN = f"uuid:6f1a2c9e-0001-4000-8000-0002d1040506::{WANIP}"

UDN = USN.partition("::")[0]


def event(body: str, *fields: str) -> bytes:
    """A NOTIFY over TCP with a property set, or any body."""
    return message(
        "NOTIFY /cb HTTP/1.1",
        *("HOST: 192.0.2.40:5001", XML, "NT: upnp:event", "NTS: upnp:propchange"),
        *(fields or (f"SID: {SID}", "SEQ: 0")),
        body=body,
    )


def properties(content: str) -> str:
    """A property set."""
    return f'<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">{content}</e:propertyset>'


def multicast(*fields: str, host: str = "239.255.255.246:7900") -> bytes:
    """A multicast event."""
    return message(
        "NOTIFY * HTTP/1.1",
        *(f"HOST: {host}", XML, "NT: upnp:event", "NTS: upnp:propchange", "SEQ: 4"),
        *fields,
        body=properties("<e:property><Alarm>1</Alarm></e:property>"),
    )


ONE = "<e:property><A>1</A></e:property>"

PLAYER = (
    "&lt;Event xmlns=&quot;urn:schemas-upnp-org:metadata-1-0/RCS/&quot;&gt;"
    "&lt;InstanceID val=&quot;0&quot;&gt;"
    "&lt;Volume channel=&quot;Master&quot; val=&quot;7&quot;/&gt;"
    "&lt;Mute Channel=&quot;LF&quot; val=&quot;&quot;/&gt;"
    "&lt;AVTransportURIMetaData val=&quot;&amp;lt;a b=&amp;quot;c&amp;quot;/&amp;gt;&quot;/&gt;"
    "&lt;State&gt; PLAYING &lt;/State&gt;&lt;/InstanceID&gt;&lt;Other/&gt;&lt;/Event&gt;"
)

CHANGES = (
    ("0", "Volume", "7", "Master"),
    ("0", "Mute", "", "LF"),
    ("0", "AVTransportURIMetaData", '<a b="c"/>', None),
    ("0", "State", "PLAYING", None),
)

SERVICE = (f"USN: {USN}", "SVCID: urn:upnp-org:serviceId:WANIPConn1")

LEVEL = "LVL: upnp:/info"

BOOT = "BOOTID.UPNP.ORG: 9"

EVENTS = (
    Case(
        "event",
        event(properties("<e:property><B/></e:property><e:property><A> 1</A></e:property>")),
        {
            "kind": "event",
            "target": "/cb",
            "sid": SID,
            "seq": 0,
            "changes": (),
            "properties": (("B", ""), ("A", " 1")),
            "boot_id": None,
        },
    ),
    Case(
        "LastChange",
        event(properties(f"<e:property><LastChange>{PLAYER}</LastChange></e:property>")),
        {"changes": CHANGES},
    ),
    Case(
        "LastChange that is not escaped",
        event(
            properties(
                '<e:property><LastChange><Event><InstanceID val="0"><Mute val="1"/>'
                "</InstanceID></Event></LastChange></e:property>"
            )
        ),
        {"changes": (("0", "Mute", "1", None),)},
    ),
    Case(
        "LastChange of ContentDirectory:3",
        event(properties("<e:property><LastChange>&lt;StateEvent/&gt;</LastChange></e:property>")),
        {"changes": (), "properties": (("LastChange", "<StateEvent/>"),)},
    ),
    Case(
        "LastChange that is not XML",
        event(properties("<e:property><LastChange>changed</LastChange></e:property>")),
        {"changes": ()},
        {"last-change-value": "changed"},
    ),
    Case(
        "nothing but SID",
        message("NOTIFY /cb HTTP/1.1", f"SID: {SID}"),
        {"kind": "event", "sid": SID, "nt": None, "seq": None},
        {"missing-nt": None, "missing-nts": None, "missing-seq": None, "missing-body": None},
    ),
    Case(
        "SEQ with zeros, NTS in capitals, no SID",
        message(
            "NOTIFY /cb HTTP/1.1", XML, NT, "NTS: UPNP:PROPCHANGE", "SEQ: 007", body=properties(ONE)
        ),
        {"seq": 7, "sid": None, "kind": "event"},
        {"seq-value": "007", "nts-value": "UPNP:PROPCHANGE", "missing-sid": None},
    ),
    Case(
        "SEQ that is no number",
        event(properties(ONE), f"SID: {SID}", "SEQ: one"),
        {"seq": None},
        {"seq-value": "one"},
    ),
    Case(
        "not a property set", event("<root/>"), {"properties": ()}, {"not-a-property-set": "root"}
    ),
    Case(
        "loose property set",
        event(
            "<PropertySet><A>1</A><property><B>2</B><C>3</C></property>"
            "<property>x</property></PropertySet>"
        ),
        {"properties": (("A", "1"), ("B", "2"), ("C", "3"))},
        {
            "element-case": "PropertySet",
            "property-set-namespace": None,
            "variable-without-property": "A",
            "property-with-several": "C",
            "property-without-variable": "x",
        },
    ),
    Case(
        "an event that is not XML",
        event("<!DOCTYPE a [<!ENTITY b 'c'>]><A>1</A>"),
        {"properties": (("A", "1"),)},
        {"not-xml": ANYTHING},
    ),
    Case(
        "multicast event",
        multicast(*SERVICE, LEVEL, BOOT),
        {
            "kind": "multicast",
            "target": "*",
            "usn": USN,
            "udn": UDN,
            "service_type": WANIP,
            "service_id": "urn:upnp-org:serviceId:WANIPConn1",
            "seq": 4,
            "level": "upnp:/info",
            "boot_id": 9,
            "sid": None,
            "properties": (("Alarm", "1"),),
        },
    ),
    Case(
        "multicast event over IPv6, a vendor's level",
        multicast(*SERVICE, "LVL: example.com:/hot", BOOT, host="[FF02::130]:7900"),
        {"kind": "multicast", "level": "example.com:/hot"},
    ),
    Case(
        "multicast event of nothing",
        multicast(host="239.255.255.250:1900"),
        {"kind": "multicast", "udn": None, "boot_id": None},
        {
            "event-host": "239.255.255.250:1900",
            "missing-usn": None,
            "missing-svcid": None,
            "missing-lvl": None,
            "missing-boot-id": None,
        },
    ),
    Case(
        "multicast event with odd values",
        multicast(*SERVICE, "LVL: hot", "BOOTID.UPNP.ORG: 2147483648"),
        {"boot_id": 2147483648},
        {"lvl-value": "hot", "boot-id-value": "2147483648"},
    ),
)
