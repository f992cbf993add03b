"""Answers to calls, right and wrong, and what they mean."""

from __future__ import annotations

from tests.protocol.control import ANYTHING, WANIP, XML, Case, message, soap
from tests.protocol.control_calls import GET, call
from upnpscapy.protocol.soap_build import CONTROL

__all__ = ["RESULTS", "fault"]

OK = ("HTTP/1.1 200 OK", XML, "EXT:")
BAD = ("HTTP/1.1 500 Internal Server Error", XML, "EXT:")
ADDRESS = (
    f'<u:GetExternalIPAddressResponse xmlns:u="{WANIP}"><NewExternalIPAddress>198.51.100.7'
    "</NewExternalIPAddress></u:GetExternalIPAddressResponse>"
)


def fault(code: str = "718", text: str = "ConflictInMappingEntry") -> str:
    """A correct fault."""
    return (
        "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>"
        f'<UPnPError xmlns="{CONTROL}"><errorCode>{code}</errorCode>'
        f"<errorDescription>{text}</errorDescription></UPnPError></detail></s:Fault>"
    )


REFUSED = ("s:Client", "UPnPError", 718, "ConflictInMappingEntry")

RESULTS = (
    Case(
        "correct",
        message(*OK, body=soap(ADDRESS)),
        {
            "status": 200,
            "ok": True,
            "service_type": WANIP,
            "action": "GetExternalIPAddress",
            "arguments": (("NewExternalIPAddress", "198.51.100.7"),),
            "types": (None,),
            "prefix": "u",
            "fault": None,
        },
    ),
    Case(
        "misspelt out-argument (Vigor 2860)",
        message(
            *OK,
            body=soap(
                '<m:GetTotalPacketsReceivedResponse xmlns:m="urn:a:service:b:1">'
                "<NewTotalPacketReceived>5</NewTotalPacketReceived></m:GetTotalPacketsReceivedResponse>",
                "SOAP-ENV",
            ),
        ),
        {"ok": True, "arguments": (("NewTotalPacketReceived", "5"),), "prefix": "m"},
    ),
    Case(
        "fault",
        message(*BAD, body=soap(fault())),
        {"status": 500, "ok": False, "fault": REFUSED, "action": None, "arguments": ()},
    ),
    Case(
        "fault with status 200",
        message(*OK, body=soap(fault())),
        {"status": 200, "ok": False, "fault": REFUSED},
        {"fault-status": "200"},
    ),
    Case(
        "capitalised tags",
        message(
            *BAD,
            body=soap(
                fault()
                .replace("faultcode", "faultCode")
                .replace("faultstring", "faultString")
                .replace("errorCode", "ErrorCode")
            ),
        ),
        {"fault": REFUSED},
        {"element-case": "faultCode"},
    ),
    Case(
        "no detail",
        message(
            *BAD,
            body=soap(
                "<s:Fault><faultcode>s:Server</faultcode>"
                "<faultstring>Internal error</faultstring></s:Fault>"
            ),
        ),
        {"fault": ("s:Server", "Internal error", None, None)},
        {
            "missing-detail": None,
            "missing-error-code": None,
            "fault-code-value": "s:Server",
            "fault-string-value": "Internal error",
        },
    ),
    Case(
        "the error alone",
        message(*BAD, body=soap("<UPnPError><errorCode>501</errorCode></UPnPError>")),
        {"fault": (None, None, 501, None)},
        {"fault-code-value": None, "fault-string-value": None},
    ),
    Case(
        "a code that is no number",
        message(*BAD, body=soap(fault("E_FAIL"))),
        {"fault": ("s:Client", "UPnPError", None, "ConflictInMappingEntry")},
        {"error-code-value": "E_FAIL"},
    ),
    Case("blanks around the code", message(*BAD, body=soap(fault(" 718\n"))), {"fault": REFUSED}),
    Case(
        "a device's own code",
        message(*BAD, body=soap(fault("-4", "busy"))),
        {"fault": ("s:Client", "UPnPError", -4, "busy")},
    ),
    Case(
        "a fault that is not XML",
        message(*BAD, body="<!DOCTYPE a [<!ENTITY b 'c'>]>" + fault()),
        {"fault": REFUSED, "arguments": ()},
        {"not-xml": ANYTHING},
    ),
    Case(
        "a result with status 500",
        message(*BAD, body=soap(ADDRESS)),
        {"ok": False, "action": "GetExternalIPAddress"},
        {"result-status": "500"},
    ),
    Case(
        "a result without Response",
        message(*OK, body=soap(GET)),
        {"ok": True, "action": "GetExternalIPAddress"},
        {"response-name": "GetExternalIPAddress"},
    ),
    Case(
        "the result of another action of another version",
        message(*OK, body=soap(ADDRESS.replace("Connection:1", "Connection:2"))),
        {"ok": True, "service_type": f"{WANIP[:-1]}2"},
        {
            "response-name": "GetExternalIPAddressResponse",
            "response-service": f"{WANIP[:-1]}2",
        },
        call(f'<u:GetStatusInfo xmlns:u="{WANIP}"/>', f'"{WANIP}#GetStatusInfo"'),
    ),
    Case(
        "the result of its call",
        message(*OK, body=soap(ADDRESS)),
        {"ok": True},
        call=call(GET),
    ),
    Case(
        "a page",
        message(
            "HTTP/1.1 404 Not Found", "Content-Type: text/html", body="<html><p>gone</p></html>"
        ),
        {"status": 404, "ok": False, "fault": None, "action": None, "prefix": None},
        {"not-an-envelope": "html", "content-type-value": "text/html"},
    ),
    Case(
        "nothing",
        message("HTTP/1.1 200 OK"),
        {"status": 200, "ok": False, "body": b""},
        {"missing-body": None},
    ),
    Case("not even HTTP", b"status=ok", {"status": None, "ok": False}, {"missing-body": None}),
)
