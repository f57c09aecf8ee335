"""Finding: how each place that showed a certificate stands towards it. What holds is not looked at again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from incidentd.model.assessment import PlaceFinding
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import PlaceKey
from incidentd.model.location import Role
from incidentd.model.policy import Policy
from incidentd.policy.hearsay import speaks
from incidentd.policy.holding import finding_holds_until
from incidentd.policy.production import is_production
from incidentd.policy.settlement import Standard, place_finding
from incidentd.policy.sightings import Sightings


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and until when it holds while its place is seen as it stands."""

    finding: PlaceFinding
    until: datetime


NOTHING_HELD: Mapping[PlaceKey, Found] = MappingProxyType({})


def find(
    certificate: Certificate,
    sightings: Sightings,
    policy: Policy,
    standard: Standard,
    held: Mapping[PlaceKey, Found] = NOTHING_HELD,
) -> dict[PlaceKey, Found]:
    """By place. Served production places block a closing; stored ones only where it was never seen served.

    That others say that they serve it releases no copy but their own.
    """
    keys = sightings.keys_of(certificate.fingerprint)
    found = {key: held.get(key) or _find_at(key, certificate, sightings, policy, standard) for key in keys}
    at = [one.finding.location for one in found.values() if one.finding.production]
    serving = {location.source for location in at if location.role is Role.SERVED}
    storing = {location.source for location in at if location.role is Role.STORED}
    copies = {source for source in storing if any(speaks(one, (source,), policy.pushed_sources) for one in serving)}
    return {key: _blocking(one, copies) for key, one in found.items()}


def _find_at(
    key: PlaceKey, certificate: Certificate, sightings: Sightings, policy: Policy, standard: Standard
) -> Found:
    place, certificates = sightings.inventory.places[key], sightings.inventory.certificates
    finding = place_finding(
        certificate,
        place,
        certificates,
        standard,
        production=is_production(place.location.labels, policy),
        blocks=False,
        unseen_elsewhere=sightings.never_seen(place.location.uri),
        silent=sightings.silent_at(place),
    )
    until = finding_holds_until(finding, certificate, place, certificates, policy.blind_after, standard.now)
    return Found(finding, until)


def _blocking(found: Found, copies: Collection[str]) -> Found:
    """`copies`: the sources of which what is stored is a copy of what is served."""
    finding, location = found.finding, found.finding.location
    blocks = finding.production and not (location.role is Role.STORED and location.source in copies)
    return found if blocks is finding.blocks else replace(found, finding=replace(finding, blocks=blocks))
