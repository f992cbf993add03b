"""Names of the ATT&CK techniques that rules refer to (MITRE ATT&CK for Enterprise, 19.1)."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["NAMES", "Technique", "techniques"]

NAMES = {
    "T1005": "Data from Local System",
    "T1016": "System Network Configuration Discovery",
    "T1018": "Remote System Discovery",
    "T1036": "Masquerading",
    "T1040": "Network Sniffing",
    "T1041": "Exfiltration Over C2 Channel",
    "T1046": "Network Service Discovery",
    "T1048": "Exfiltration Over Alternative Protocol",
    "T1048.003": "Exfiltration Over Unencrypted Non-C2 Protocol",
    "T1056": "Input Capture",
    "T1056.003": "Web Portal Capture",
    "T1059": "Command and Scripting Interpreter",
    "T1059.004": "Unix Shell",
    "T1090": "Proxy",
    "T1090.002": "External Proxy",
    "T1105": "Ingress Tool Transfer",
    "T1110": "Brute Force",
    "T1133": "External Remote Services",
    "T1187": "Forced Authentication",
    "T1189": "Drive-by Compromise",
    "T1190": "Exploit Public-Facing Application",
    "T1203": "Exploitation for Client Execution",
    "T1210": "Exploitation of Remote Services",
    "T1498": "Network Denial of Service",
    "T1498.001": "Direct Network Flood",
    "T1498.002": "Reflection Amplification",
    "T1499": "Endpoint Denial of Service",
    "T1499.004": "Application or System Exploitation",
    "T1552": "Unsecured Credentials",
    "T1557": "Adversary-in-the-Middle",
    "T1557.001": "Name Resolution Poisoning and SMB Relay",
    "T1565": "Data Manipulation",
    "T1565.002": "Transmitted Data Manipulation",
    "T1571": "Non-Standard Port",
    "T1584": "Compromise Infrastructure",
    "T1584.008": "Network Devices",
    "T1592": "Gather Victim Host Information",
    "T1592.002": "Software",
    "T1595": "Active Scanning",
    "T1595.001": "Scanning IP Blocks",
    "T1595.002": "Vulnerability Scanning",
    "T1599": "Network Boundary Bridging",
    "T1599.001": "Network Address Translation Traversal",
    "T1602": "Data from Configuration Repository",
    "T1602.002": "Network Device Configuration Dump",
}
"""Id → name."""

_ID = re.compile(r"T[0-9]{4}(?:\.[0-9]{3})?")


class Technique(NamedTuple):
    """A technique, or a part of one."""

    id: str
    name: str | None
    """None for one that is not in the table."""
    parent: Technique | None
    """The technique that it is a part of."""


def techniques(text: str | None) -> list[Technique]:
    """The techniques that a rule names, in their order."""
    found = []
    for name in dict.fromkeys(_ID.findall(text or "")):
        above, part, _ = name.partition(".")
        parent = Technique(above, NAMES.get(above), None) if part else None
        found.append(Technique(name, NAMES.get(name), parent))
    return found
