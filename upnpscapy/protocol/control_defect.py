"""The catalogue of deviations in control and eventing, and the clauses that say so.

What ``defect`` is for the syntax of a message and for discovery, this is for what its body and
its fields say of actions and events.
``practice`` marks what no clause forbids and what well-known software still rejects.
"""

from __future__ import annotations

from collections.abc import Iterable

from upnpscapy.protocol.deviation import Deviation

__all__ = ["CATALOGUE", "ControlDefect", "first_of_each"]

_INVOKE = "UDA 2.0, 3.2.1"
_RESPONSE = "UDA 2.0, 3.2.2"
_ERROR = "UDA 2.0, 3.2.5"
_MPOST = "UDA 1.0, 3.2.1; RFC 2774, 5"
_SUBSCRIBE = "UDA 2.0, 4.1.2"
_RENEW = "UDA 2.0, 4.1.3"
_CANCEL = "UDA 2.0, 4.1.4"
_NOTIFY = "UDA 2.0, 4.3.2"
_MULTICAST = "UDA 2.0, 4.3.3"
_SCHEMA = "UDA 2.0, 4.4"

CATALOGUE: dict[str, tuple[str, str]] = {
    # Any body.
    "missing-content-type": ("UDA 2.0, 3.2.1, 3.2.2, 4.3.2", "a body has no CONTENT-TYPE"),
    "content-type-value": ("UDA 2.0, 3.2.1, 3.2.2, 4.3.2", "CONTENT-TYPE is not text/xml"),
    "content-type-charset": (
        "UDA 2.0, 3.2.1, 3.2.2, 4.3.2",
        "CONTENT-TYPE names another charset than UTF-8, or none (UPnP 1.1 and later)",
    ),
    "missing-body": ("UDA 2.0, 3.2.1, 3.2.2, 4.3.2", "there is no body"),
    "not-xml": (
        "UDA 2.0, 3.1.1, 4.4",
        "the body is not XML; its values are the plain elements found in it",
    ),
    "xml-repaired": ("UDA 2.0, 3.1.1, 4.4", "the body is XML only after a repair"),
    "element-case": ("XML 1.0, 3", "an element is not in the case the standard writes"),
    # The SOAP envelope.
    "not-an-envelope": (_INVOKE, "the root element is not a SOAP envelope"),
    "envelope-namespace": (_INVOKE, "the envelope is not in the namespace of SOAP 1.1"),
    "encoding-style": (_INVOKE, "the envelope does not name the encoding of SOAP 1.1"),
    "missing-soap-body": (_INVOKE, "the envelope has no Body"),
    "empty-soap-body": (_INVOKE, "the Body of the envelope has no element"),
    "several-actions": (_INVOKE, "the Body of the envelope has more than one element"),
    "action-namespace": (_INVOKE, "the action's element is in no namespace"),
    "argument-prefix": (_INVOKE, "an argument's element is in a namespace"),
    "argument-elements": (_INVOKE, "an argument holds elements that are not escaped"),
    "duplicate-argument": (_INVOKE, "an argument is given more than once"),
    # Calls.
    "control-method": (_INVOKE, "the method is neither POST nor M-POST"),
    "missing-soapaction": (_INVOKE, "SOAPACTION is missing"),
    "duplicate-soapaction": (_INVOKE, "SOAPACTION is given more than once"),
    "soapaction-unquoted": (_INVOKE, "SOAPACTION is not in double quotes"),
    "soapaction-value": (_INVOKE, "SOAPACTION is not a service type, # and an action"),
    "service-mismatch": (_INVOKE, "SOAPACTION and body name different service types"),
    "action-mismatch": (_INVOKE, "SOAPACTION and body name different actions"),
    "mpost-man": (_MPOST, "MAN of M-POST does not declare the prefix SOAPACTION has"),
    # Results and faults.
    "result-status": (_RESPONSE, "a result has a status other than 200"),
    "response-name": (_RESPONSE, "the element of a result is not the action's name and Response"),
    "response-service": (_RESPONSE, "a result is in another namespace than the call"),
    "fault-status": (_ERROR, "a fault has a status other than 500"),
    "fault-code-value": (_ERROR, "faultcode is not Client in the namespace of SOAP"),
    "fault-string-value": (_ERROR, "faultstring is not UPnPError"),
    "missing-detail": (_ERROR, "a fault has no detail with a UPnPError"),
    "missing-error-code": (_ERROR, "a fault has no errorCode"),
    "error-code-value": (_ERROR, "errorCode is not a whole number"),
    # Subscriptions.
    "missing-callback": (_SUBSCRIBE, "CALLBACK is missing"),
    "callback-value": (_SUBSCRIBE, "CALLBACK is not HTTP URLs in angle brackets"),
    "callback-cut": (_SUBSCRIBE, "the last URL of CALLBACK has no closing bracket"),
    "missing-nt": ("UDA 2.0, 4.1.2, 4.3.2, 4.3.3", "NT is missing"),
    "nt-value": ("UDA 2.0, 4.1.2, 4.3.2, 4.3.3", "NT is not upnp:event"),
    "missing-sid": ("UDA 2.0, 4.1.2, 4.1.4, 4.3.2", "SID is missing"),
    "sid-value": (_SUBSCRIBE, "SID is not uuid: and more"),
    "sid-and-callback": (_RENEW, "a renewal has a field of a new subscription: CALLBACK or NT"),
    "sid-and-nt": (_CANCEL, "an UNSUBSCRIBE has a field of SUBSCRIBE: CALLBACK or NT"),
    "missing-timeout": (_SUBSCRIBE, "an accepted SUBSCRIBE has no TIMEOUT"),
    "timeout-value": (_SUBSCRIBE, "TIMEOUT is not Second- and a number"),
    "timeout-clock": (_SUBSCRIBE, "TIMEOUT is hours, minutes and seconds; it should be seconds"),
    "timeout-infinite": (_SUBSCRIBE, "TIMEOUT is infinite, which UDA 1.1 took back"),
    # Events.
    "missing-nts": ("UDA 2.0, 4.3.2, 4.3.3", "NTS is missing"),
    "nts-value": ("UDA 2.0, 4.3.2, 4.3.3", "NTS is not upnp:propchange"),
    "missing-seq": ("UDA 2.0, 4.3.2, 4.3.3", "SEQ is missing"),
    "seq-value": (_NOTIFY, "SEQ is not a 32-bit number"),
    "not-a-property-set": (_SCHEMA, "the root element is not a property set"),
    "property-set-namespace": (_SCHEMA, "the property set is not in the namespace of events"),
    "property-without-variable": (_SCHEMA, "a property holds no variable"),
    "property-with-several": (_SCHEMA, "a property holds more than one variable"),
    "variable-without-property": (_SCHEMA, "a variable stands outside of a property"),
    "last-change-value": (
        "AVTransport:1, 2.3.1; RenderingControl:1, 2.3.1",
        "LastChange is not an XML document",
    ),
    # Multicast events.
    "event-host": (_MULTICAST, "HOST is not the group and port of multicast events"),
    "missing-usn": (_MULTICAST, "USN is missing"),
    "missing-svcid": (_MULTICAST, "SVCID is missing"),
    "missing-lvl": (_MULTICAST, "LVL is missing"),
    "lvl-value": (_MULTICAST, "LVL is no level of the standard nor a vendor's"),
    "missing-boot-id": (_MULTICAST, "BOOTID.UPNP.ORG is missing"),
    "boot-id-value": (_MULTICAST, "BOOTID.UPNP.ORG is not a plain 31-bit number"),
}
"""name → (clause, what it means)."""


class ControlDefect(Deviation[str]):
    """One deviation in control or eventing, by its name in ``CATALOGUE``."""

    __slots__ = ()

    catalogue = CATALOGUE


def first_of_each(defects: Iterable[ControlDefect]) -> tuple[ControlDefect, ...]:
    """The first deviation of each name: a message of thousands of arguments has few kinds."""
    first: dict[str, ControlDefect] = {}
    for defect in defects:
        first.setdefault(defect.name, defect)
    return tuple(first.values())
