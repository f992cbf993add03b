"""The rules: what is wrong in a capture, judged from its facts.

Each file has a theme; ``RULES`` is the table of all of them.
"""

from __future__ import annotations

from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules import (
    amplification,
    banners,
    browser,
    credentials,
    descriptions,
    eventing,
    exploits,
    exposure,
    floods,
    forged,
    gateway_actions,
    gena_anomalies,
    hnap,
    identity,
    information,
    injection,
    libupnp,
    locations,
    logons,
    lures,
    mapping_patterns,
    mapping_tamper,
    mapping_targets,
    mappings,
    media,
    mismatch,
    overflows,
    oversize,
    scanning,
    smart_home,
    soap_injection,
    subscription_abuse,
    wireless,
    xml_attacks,
)
from upnpscapy.forensics.rules.rule import Rule, rule

__all__ = ["RULES", "Claim", "Evidence", "Rule", "rule"]

RULES: tuple[Rule, ...] = (
    *mapping_targets.RULES,
    *mappings.RULES,
    *mapping_patterns.RULES,
    *mapping_tamper.RULES,
    *gateway_actions.RULES,
    *exploits.RULES,
    *soap_injection.RULES,
    *hnap.RULES,
    *smart_home.RULES,
    *overflows.RULES,
    *libupnp.RULES,
    *wireless.RULES,
    *eventing.RULES,
    *subscription_abuse.RULES,
    *gena_anomalies.RULES,
    *browser.RULES,
    *credentials.RULES,
    *media.RULES,
    *information.RULES,
    *amplification.RULES,
    *descriptions.RULES,
    *exposure.RULES,
    *forged.RULES,
    *identity.RULES,
    *injection.RULES,
    *lures.RULES,
    *logons.RULES,
    *mismatch.RULES,
    *oversize.RULES,
    *scanning.RULES,
    *xml_attacks.RULES,
    *locations.RULES,
    *floods.RULES,
    *banners.RULES,
)
