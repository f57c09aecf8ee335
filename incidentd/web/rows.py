"""Rows: what the pages show of incidents, as plain values. Pure, and bounded: a page stays small whatever happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from incidentd.daemon.deciding import Decision
from incidentd.daemon.status import Status
from incidentd.model.assessment import Assessment, PlaceFinding, Stage
from incidentd.model.incident import (
    Beside,
    HeldBy,
    Incident,
    IncidentRecord,
    IncidentState,
    beside_in,
    page_key,
)
from incidentd.model.ticket import TicketRef
from incidentd.planning.acceptance import holds_to
from incidentd.planning.evidence import by_handshakes, state_of
from incidentd.planning.phrases import ago, instant

INCIDENTS_SHOWN = 100
PLACES_SHOWN = 4
PLAN_SHOWN = 100

STAGE_WORDS = {
    Stage.FINE: "fine",
    Stage.DUE: "due, no renewal seen",
    Stage.RENEWED_NOT_DEPLOYED: "renewed, not deployed",
    Stage.PARTLY_DEPLOYED: "partly deployed",
    Stage.MISMATCH: "something else is served",
    Stage.RELEASE_LATE: "release comes too late",
    Stage.EXPIRED: "expired",
    Stage.SETTLED: "settled",
    Stage.EXEMPT: "exempt",
}
HELD_WORDS = {
    HeldBy.PERSON: "closed by a person; it comes back at its next step",
    HeldBy.AUTOMATION: "closed by an automation, twice; it comes back at its next step",
    HeldBy.ACCEPTANCE: "accepted as a risk, until the acceptance ends",
    HeldBy.DELETION: "its ticket was deleted",
}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place of a certificate."""

    uri: str
    state: str
    settled: bool
    unseen: bool


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident, as a person at night needs it."""

    fingerprint: str
    name: str
    expires: str
    """`expires 2026-12-04 09:14 UTC`."""
    left: str
    """How long that is from now, or how long ago it was."""
    severity: str
    stage: str
    deployed: str
    """`2/3`, or empty while there is nothing to deploy."""
    tracker: str
    ticket: str
    url: str
    """Empty unless it is an address that a browser may follow."""
    held: str
    owner: str
    """Whose it is, and by which rule; empty while that is not known."""
    page_tracker: str
    """Where it is paged; empty while it is not."""
    page_ticket: str
    page_url: str
    places: tuple[PlaceRow, ...]
    places_left_out: int


def active_incidents(status: Status) -> list[IncidentRecord]:
    """Open and held ones, worst first, then soonest end first."""
    active = [record for record in status.records if record.active and record.of_certificate]
    return sorted(active, key=lambda r: (r.state is IncidentState.HELD, -r.step, r.not_after or r.opened_at, r.key))


def incident_rows(
    records: Sequence[IncidentRecord],
    pages: Mapping[str, IncidentRecord],
    decision: Decision | None,
    now: datetime,
) -> list[IncidentRow]:
    """At most INCIDENTS_SHOWN of them. `pages`: the rows of those that are paged, by their keys."""
    assessments: Mapping[str, Assessment] = decision.assessments if decision else {}
    wanted: Mapping[str, Incident] = decision.incidents if decision else {}
    return [
        _incident(row, assessments.get(row.fingerprint), wanted.get(row.key), pages.get(page_key(row.key)), now)
        for row in records[:INCIDENTS_SHOWN]
    ]


def pages_of(status: Status) -> dict[str, IncidentRecord]:
    """The rows of pages that are open or held, by key."""
    return {row.key: row for row in status.records if row.active and beside_in(row.key) is Beside.PAGE}


def _incident(
    record: IncidentRecord,
    assessment: Assessment | None,
    incident: Incident | None,
    page: IncidentRecord | None,
    now: datetime,
) -> IncidentRow:
    findings = assessment.findings if assessment else ()
    shown = sorted(findings, key=lambda finding: (not finding.blocks, finding.status.settled))
    stage = assessment.stage if assessment and assessment.wants_incident else record.stage
    counts = assessment is not None and assessment.deployable > 0 and assessment.successor is not None
    return IncidentRow(
        fingerprint=record.fingerprint,
        name=record.name or record.fingerprint[:16],
        expires=_end(record.not_after, now),
        left=left(record.not_after, now) if record.not_after else "",
        severity=record.step.severity.value,
        stage=STAGE_WORDS[stage],
        deployed=f"{assessment.deployed}/{assessment.deployable}" if assessment and counts else "",
        tracker=record.tracker,
        ticket=record.ticket.key if record.ticket else "",
        url=followable(record.ticket),
        held=_held(record),
        owner=incident.owner.words if incident else "",
        page_tracker=page.tracker if page else "",
        page_ticket=page.ticket.key if page and page.ticket else "",
        page_url=followable(page.ticket) if page else "",
        places=tuple(place_row(finding) for finding in shown[:PLACES_SHOWN]),
        places_left_out=max(len(shown) - PLACES_SHOWN, 0),
    )


def _held(record: IncidentRecord) -> str:
    if record.state is IncidentState.OPEN and record.snoozed_until:
        return f"Snoozed until {instant(record.snoozed_until)}"
    if record.state is not IncidentState.HELD or record.held_by is None:
        return ""
    until = holds_to(record)
    return f"Held: {f'accepted as a risk until {instant(until)}' if until else HELD_WORDS[record.held_by]}"


def _end(end: datetime | None, now: datetime) -> str:
    if end is None:
        return "end unknown"
    return f"{'expires' if end >= now else 'expired'} {instant(end)}"


def place_row(finding: PlaceFinding) -> PlaceRow:
    """A place in words."""
    role = finding.location.role.value
    about = "" if finding.production else ", not production"
    worst = next(member for member in finding.members if member.status is finding.status)
    state = ", ".join(filter(None, (f"{role}{about}: {state_of(worst)}", by_handshakes(worst))))
    return PlaceRow(finding.location.uri, state, finding.status.settled, finding.unseen)


def left(end: datetime, now: datetime) -> str:
    """`in 12 d 3 h`, or `3 h 2 min ago`."""
    return f"in {ago(end - now)}" if end >= now else f"{ago(now - end)} ago"


def followable(ticket: TicketRef | None) -> str:
    """The ticket's address, if it is one of http or https: whatever else stands there is no link."""
    if ticket is None:
        return ""
    try:
        parts = urlsplit(ticket.url)
        host = parts.hostname
    except ValueError:
        return ""
    return ticket.url if parts.scheme in ("http", "https") and host else ""
