"""Sayings: digests of what tickets should say, kept so that what did not change is not put into words again.

Words follow from the assessment, the owner, the other tickets, the step and the title; time alone changes them only
where a place becomes unseen for too long. Certificates, and when each was first seen, never change.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incidentd.model.assessment import Assessment, Step
from incidentd.model.incident import Incident, IncidentRecord
from incidentd.model.inventory import Inventory
from incidentd.model.owner import Owner
from incidentd.model.ticket import Link
from incidentd.planning import wording

FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Said:
    assessment: Assessment
    owner: Owner
    links: tuple[Link, ...]
    step: Step
    title: str
    blind_after: timedelta
    since: datetime
    until: datetime
    digest: str


class Sayings:
    """From one pass to the next. Without any, all is put into words: nothing rests on them."""

    def __init__(self) -> None:
        self._said: dict[str, _Said] = {}

    def digest(
        self,
        incident: Incident,
        step: Step,
        record: IncidentRecord,
        inventory: Inventory,
        now: datetime,
        blind_after: timedelta,
    ) -> str:
        """The digest of what the ticket should say: that of `wording.content`."""
        said = self._said.get(incident.key)
        if said is None or not _holds(said, incident, step, record, now, blind_after):
            content = wording.content(incident, step, record, inventory, now, blind_after)
            until = _until(incident.assessment, now, blind_after)
            digest = wording.digest(content)
            said = _Said(
                incident.assessment, incident.owner, incident.links, step, record.title, blind_after, now, until, digest
            )
            self._said[incident.key] = said
        return said.digest

    def until(self, key: str) -> datetime:
        """Until when the last digest of it holds by itself."""
        return self._said[key].until

    def forget_all_but(self, keys: Collection[str]) -> None:
        """What is over is not spoken of again."""
        for key in [key for key in self._said if key not in keys]:
            self._said.pop(key, None)


def _holds(
    said: _Said, incident: Incident, step: Step, record: IncidentRecord, now: datetime, blind_after: timedelta
) -> bool:
    same = said.assessment is incident.assessment and (said.step, said.title) == (step, record.title)
    same = same and (said.owner, said.links) == (incident.owner, incident.links)
    return same and said.blind_after == blind_after and said.since <= now < said.until


def _until(assessment: Assessment, now: datetime, blind_after: timedelta) -> datetime:
    """When the next place will have been unseen for too long; `now` itself where that is just about to be."""
    unseen = (member.unseen_since for finding in assessment.findings for member in finding.members)
    ends = (since + blind_after for since in unseen if since is not None and blind_after < FOREVER - since)
    return min((at for at in ends if at >= now), default=FOREVER)
