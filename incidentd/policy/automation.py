"""Automation: short-lived certificates are let off only on proof that something renews them, until that is overdue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from incidentd.model.certificate import Certificate
from incidentd.model.location import Location
from incidentd.model.policy import Matcher, Policy

SHORT_LIVED = timedelta(days=184)
HALF_UNDER = timedelta(days=10)
LEAST_GRACE = timedelta(hours=6)
GRACE_SHARE = 20
"""The grace is a twentieth (5 %) of the lifetime, or six hours, whichever is longer."""


@dataclass(frozen=True, slots=True)
class Automated:
    """On whose word a certificate is renewed by automation, and when its renewal is overdue."""

    proof: str
    overdue_at: datetime
    proof_ends_at: datetime | None = None
    """When the proof itself ends, unless something happens before; None: it does not end by itself."""


def is_short_lived(certificate: Certificate) -> bool:
    """A lifetime under 184 days."""
    lifetime = certificate.lifetime
    return lifetime is not None and lifetime < SHORT_LIVED


def automated(certificate: Certificate, locations: Iterable[Location], policy: Policy) -> Automated | None:
    """What says that the certificate is renewed by automation; None where nothing does. Every location must match."""
    lifetime = certificate.lifetime
    if lifetime is None or certificate.not_before is None or not is_short_lived(certificate):
        return None
    told: dict[str, None] = {}
    for location in locations:
        matcher = next((each for each in policy.automated if matches(each, certificate, location)), None)
        if matcher is None:
            return None
        told["{" + ", ".join(f"{name}: {glob}" for name, glob in matcher) + "}"] = None
    if not told:
        return None
    return Automated(f"policy.automated {' and '.join(told)}", overdue_at(certificate.not_before, lifetime))


def overdue_at(not_before: datetime, lifetime: timedelta) -> datetime:
    """renew_by + grace: two thirds of the lifetime (half, under ten days), then 5 % of it or six hours.

    Never past the end: what has expired has missed its renewal, however short its life was.
    """
    share = lifetime / 2 if lifetime < HALF_UNDER else lifetime * 2 / 3
    return not_before + min(share + grace(lifetime), lifetime)


def grace(lifetime: timedelta) -> timedelta:
    """How much later than it should a renewal may come before it is overdue."""
    return max(LEAST_GRACE, lifetime / GRACE_SHARE)


def matches(matcher: Matcher, certificate: Certificate, location: Location) -> bool:
    """True when every glob matches its field: `issuer`, `subject`, `name`, `source`, `location`, or a label."""
    return all(
        any(fnmatchcase(value.casefold(), glob.casefold()) for value in _values(field, certificate, location))
        for field, glob in matcher
    )


def _values(field: str, certificate: Certificate, location: Location) -> tuple[str, ...]:
    match field:
        case "issuer":
            return (certificate.issuer,)
        case "subject":
            return (certificate.subject,)
        case "name":
            return certificate.covered_names
        case "source":
            return (location.source,)
        case "location":
            return (location.uri,)
        case label:
            value = location.label(label)
            return () if value is None else (value,)
