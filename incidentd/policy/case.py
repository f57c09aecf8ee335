"""Case: one certificate on the table, with everything that the rules look at."""

from dataclasses import dataclass
from datetime import datetime

from incidentd.model.assessment import PlaceFinding
from incidentd.model.certificate import Certificate
from incidentd.model.policy import Policy
from incidentd.policy.releases import NO_RELEASES, Releases
from incidentd.policy.renewals import Lineage
from incidentd.policy.sightings import Sightings


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked about one certificate, now."""

    certificate: Certificate
    sightings: Sightings
    policy: Policy
    now: datetime
    findings: tuple[PlaceFinding, ...]
    first_seen: datetime
    lineage: Lineage
    releases: Releases = NO_RELEASES

    @property
    def production(self) -> list[PlaceFinding]:
        """What was found at the places that count."""
        return [finding for finding in self.findings if finding.production]

    @property
    def blocking(self) -> list[PlaceFinding]:
        """What was found where it has to be replaced."""
        return [finding for finding in self.findings if finding.blocks]
