"""Desire: which incidents should be open, where, and for whom. A tracker is asked for once, and pinned by the row."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from incidentd.model.assessment import Assessment
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Incident, IncidentRecord, incident_key, incident_marker, left_key, page_key
from incidentd.model.ticket import TicketRef
from incidentd.planning.lineage import links_of_lineage
from incidentd.planning.links import link_to
from incidentd.planning.resting import Resting
from incidentd.planning.routing import Routed, Routing

NONE: Mapping[str, IncidentRecord] = MappingProxyType({})


def desire(
    assessments: Iterable[Assessment],
    certificates: Mapping[str, Certificate],
    records: Mapping[str, IncidentRecord],
    instance: str,
    routing: Routing,
    beside: Mapping[str, IncidentRecord] = NONE,
    resting: Resting | None = None,
) -> dict[str, Incident]:
    """Every incident that should be open, by key. `records` are the ledger's rows by key; their tracker is kept.

    `beside` are the rows of pages, and of tickets that incidents were moved away from. What is `resting`, with nothing
    beside it, and would be desired just as it was, is the same object.
    """
    incidents = {}
    wanted = [assessment for assessment in assessments if assessment.wants_incident]
    of_lineage = links_of_lineage(wanted, records, instance)
    for assessment in wanted:
        key = incident_key(instance, assessment.fingerprint)
        certificate = certificates[assessment.fingerprint]
        routed = routing.of(assessment, certificate)
        record, links = records.get(key), of_lineage.get(assessment.fingerprint, ())
        known = resting.incident(key) if resting and not beside and not links else None
        if known is not None and known.assessment is assessment and _leads_alike(known, record, routed):
            incidents[key] = known
            continue
        page = beside.get(page_key(key)) if beside else None
        incidents[key] = Incident(
            key=key,
            marker=incident_marker(instance, assessment.fingerprint),
            certificate=certificate,
            assessment=assessment,
            tracker=record.tracker if record else routed.route.tracker,
            owner=routed.owner,
            page=routed.route.page,
            links=(*((link_to(page, "page"),) if page and page.ticket else ()), *links),
            follows=_left_behind(record, beside.get(left_key(key))) if beside else None,
        )
    routing.forget_all_but({incident.certificate.fingerprint for incident in incidents.values()})
    return incidents


def _leads_alike(known: Incident, record: IncidentRecord | None, routed: Routed) -> bool:
    """To the same tracker, owner and page; and nothing stood beside it."""
    tracker = record.tracker if record else routed.route.tracker
    whose = known.tracker == tracker and known.owner == routed.owner and known.page == routed.route.page
    return whose and not known.links and known.follows is None


def _left_behind(record: IncidentRecord | None, left: IncidentRecord | None) -> TicketRef | None:
    """The ticket that it was moved away from; none where that is in the same tracker, and may be taken up again."""
    if record is None or left is None or left.tracker == record.tracker:
        return None
    return left.ticket
