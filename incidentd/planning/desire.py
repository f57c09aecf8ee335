"""Desire: which incidents should be open, and in which tracker. Routes are asked once; the answer is pinned."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from incidentd.model.assessment import Assessment
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Incident, IncidentRecord, incident_key, incident_marker
from incidentd.model.location import Location
from incidentd.model.policy import Route


def desire(
    assessments: Iterable[Assessment],
    certificates: Mapping[str, Certificate],
    records: Mapping[str, IncidentRecord],
    instance: str,
    routes: Sequence[Route],
) -> dict[str, Incident]:
    """Every incident that should be open, by key. `records` are the ledger's rows by key; their tracker is kept."""
    incidents = {}
    for assessment in assessments:
        if assessment.wants_incident:
            key = incident_key(instance, assessment.fingerprint)
            record = records.get(key)
            incidents[key] = Incident(
                key=key,
                marker=incident_marker(instance, assessment.fingerprint),
                certificate=certificates[assessment.fingerprint],
                assessment=assessment,
                tracker=record.tracker if record else choose_tracker(assessment, routes),
            )
    return incidents


def choose_tracker(assessment: Assessment, routes: Sequence[Route]) -> str:
    """The tracker that most production locations lead to; ties by name. The last route takes what matches none."""
    votes = Counter(_first_match(finding.location, routes) for finding in assessment.findings if finding.production)
    return min(votes, key=lambda tracker: (-votes[tracker], tracker))


def _first_match(location: Location, routes: Sequence[Route]) -> str:
    return next((route.tracker for route in routes if _matches(route, location)), routes[-1].tracker)


def _matches(route: Route, location: Location) -> bool:
    labels = {**dict(location.labels), "source": location.source}
    return all(name in labels and fnmatchcase(labels[name].casefold(), glob.casefold()) for name, glob in route.match)
