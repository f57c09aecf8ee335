"""Repairing: where ledger and trackers say different things, and what mends it. Nothing is closed without proof.

A repair writes rows alone: a ticket that the ledger did not know gets one, and from then on it is a ticket like any
other, which the next pass makes true, or closes on the same proof, under the same guard.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from incidentd.model.assessment import Assessment, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import (
    Incident,
    IncidentRecord,
    IncidentState,
    beside_in,
    is_self_incident,
    left_key,
    marker_of,
)
from incidentd.model.plan import ActionKind, Plan
from incidentd.model.ticket import Owned, Ticket, TicketRef, TicketStatus, same_ticket
from incidentd.planning.phrases import listed
from incidentd.planning.sanitize import sanitize
from incidentd.planning.wording import name_of


class Flaw(StrEnum):
    """What is wrong. Stable codes."""

    DUPLICATE = "duplicate"
    """Several open tickets of ours stand for one certificate."""
    ORPHAN = "orphan"
    """An open ticket of ours that the ledger does not know."""
    DRIFT = "drift"
    """The ledger knows the ticket otherwise than its tracker does."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and what is done about it."""

    flaw: Flaw
    key: str
    tracker: str
    ticket: TicketRef
    name: str
    text: str
    mends: bool
    """False: it is left as it is, and a person has to look."""
    row: IncidentRecord | None = None
    """What is written for it; None where the next pass mends it by itself."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that is looked at."""

    instance: str
    now: datetime
    certificates: Mapping[str, Certificate]
    assessments: Mapping[str, Assessment]
    incidents: Mapping[str, Incident]
    """Desired, by key."""
    rows: Mapping[str, IncidentRecord]
    """The ledger's rows by key, with those of pages and of tickets that were left: the active one, else the last."""
    tickets: Mapping[str, Ticket]
    """Actual, by key, as far as the trackers could be read."""
    plan: Plan
    """What the next pass does anyway."""
    owned: Mapping[str, Sequence[Owned]] = field(default_factory=dict)
    """By tracker, every open ticket of ours."""
    marking: Collection[str] = frozenset()
    """Trackers whose tickets carry the marker where people can take it away."""
    in_flight: Collection[str] = frozenset()
    """Keys of which something is on its way."""


def findings(case: Case) -> tuple[Finding, ...]:
    """Everything that is wrong: duplicates, then orphans, then drift."""
    return (*_duplicates(case), *_orphans(case), *_drifts(case))


def _duplicates(case: Case) -> Iterator[Finding]:
    for action in case.plan.actions:
        if action.kind is ActionKind.MERGE and action.ticket is not None:
            others = listed([sanitize(ref.key) for ref in action.duplicates], 5)
            text = f"{others} stands open beside it: merged into it by the next pass"
            yield Finding(Flaw.DUPLICATE, action.key, action.tracker, action.ticket, action.name, text, mends=True)


def _orphans(case: Case) -> Iterator[Finding]:
    known = [row for row in case.rows.values() if row.active and row.ticket is not None]
    taken: set[str] = set()
    for tracker, owned in sorted(case.owned.items()):
        for one in owned:
            if any(_stands_for(row, tracker, one.ticket.ref) for row in known) or _is_merged(one, case):
                continue
            found = _orphan(tracker, one, case, taken)
            taken.update({found.row.key} if found.row else ())
            yield found


def _stands_for(row: IncidentRecord, tracker: str, ref: TicketRef) -> bool:
    """Two trackers may be one site: its address tells, too."""
    if row.ticket is None:
        return False
    return (row.tracker, row.ticket.id) == (tracker, ref.id) or (bool(ref.url) and same_ticket(row.ticket, ref))


def _is_merged(one: Owned, case: Case) -> bool:
    """The next pass closes it for another one."""
    return any(ref.id == one.ticket.ref.id for action in case.plan.actions for ref in action.duplicates)


def _orphan(tracker: str, one: Owned, case: Case, taken: Collection[str]) -> Finding:
    row, incident = case.rows.get(one.key), case.incidents.get(one.key)
    why_left = _why_left(tracker, one, case, taken)
    if why_left:
        return _found(tracker, one, case, f"left as it is: {why_left}")
    if row is not None and row.active:
        words = f"Its incident stands in {row.tracker}."
        left = replace(_adopted(tracker, one, case), key=left_key(one.key), close_text=words)
        return _found(tracker, one, case, f"{words} This one is closed with a note that leads there", left)
    if incident is not None:
        text = "its certificate is still due: taken up as the incident's ticket"
    else:
        text = "its certificate is settled on proof: taken up, and closed with the closing note"
    return _found(tracker, one, case, text, _adopted(tracker, one, case))


def _why_left(tracker: str, one: Owned, case: Case, taken: Collection[str]) -> str:
    """Why nobody but a person can say what is to become of it; empty where that is clear."""
    row, assessment = case.rows.get(one.key), case.assessments.get(_fingerprint(one.key))
    if one.key in case.in_flight:
        return "something about it is on its way; look again after the next pass"
    if is_self_incident(one.key) or beside_in(one.key) is not None:
        return "it stands for no certificate of its own; while it is wanted, the next pass takes it up again"
    if {one.key, left_key(one.key)} & {*taken} or (row is not None and row.active and row.ticket is None):
        return "another ticket is taken up for it first; look again after the next pass"
    if row is not None and row.active:
        return _why_not_closed(tracker, one, row, case)
    if row is not None and _stands_for(row, tracker, one.ticket.ref):
        return "it was opened again after its incident was over"
    if assessment is None:
        return "its certificate was never seen, as far as this state remembers"
    if one.key not in case.incidents and assessment.stage is not Stage.SETTLED:
        return f"its certificate is {assessment.stage}, and nothing proves that it was replaced"
    return ""


def _why_not_closed(tracker: str, one: Owned, row: IncidentRecord, case: Case) -> str:
    left = case.rows.get(left_key(one.key))
    if row.tracker == tracker:
        return "its incident has another ticket here; the next pass looks whether they are to be merged"
    return "an earlier move is not done" if left is not None and left.active else ""


def _adopted(tracker: str, one: Owned, case: Case) -> IncidentRecord:
    """The row of a ticket that was there already. What it says is not known: the next pass makes it right."""
    fingerprint = _fingerprint(one.key)
    assessment, certificate = case.assessments.get(fingerprint), case.certificates.get(fingerprint)
    return IncidentRecord(
        id=0,
        key=one.key,
        fingerprint=fingerprint,
        tracker=tracker,
        state=IncidentState.OPEN,
        step=(assessment.step if assessment else None) or Step.WARNING,
        stage=assessment.stage if assessment else Stage.DUE,
        opened_at=min(one.ticket.created_at or case.now, case.now),
        name=name_of(certificate) if certificate else "",
        not_after=certificate.not_after if certificate else None,
        ticket=one.ticket.ref,
    )


def _found(tracker: str, one: Owned, case: Case, text: str, row: IncidentRecord | None = None) -> Finding:
    certificate = case.certificates.get(_fingerprint(one.key))
    name = name_of(certificate) if certificate else sanitize(one.key)
    return Finding(Flaw.ORPHAN, one.key, tracker, one.ticket.ref, name, text, mends=row is not None, row=row)


def _fingerprint(key: str) -> str:
    return key.split(":", 2)[2]


def _drifts(case: Case) -> Iterator[Finding]:
    for key, row in sorted(case.rows.items()):
        ticket = case.tickets.get(key)
        if row.state is not IncidentState.OPEN or row.ticket is None or ticket is None or key in case.in_flight:
            continue
        if ticket.status is not TicketStatus.OPEN:
            yield _drift(row, _turned(row, ticket, case))
        elif row.tracker in case.marking and ticket.marker != marker_of(case.instance, row):
            bare = replace(row, content_digest="")
            yield replace(_drift(row, "its marker was taken away: put back by the next pass"), row=bare)


def _turned(row: IncidentRecord, ticket: Ticket, case: Case) -> str:
    """What the next pass makes of a ticket that is closed, or gone, while its incident is open."""
    was = f"closed by {ticket.closed_by or 'somebody'}" if ticket.status is TicketStatus.CLOSED else "gone"
    noticed = next((one for one in case.plan.records if one.key == row.key), row)
    kinds = [action.kind.value for action in case.plan.actions if action.key == row.key]
    then = f"held by {noticed.held_by}" if noticed.held_by else (kinds[0] if kinds else "looked at again")
    return f"the ledger says open, the ticket is {was}: the next pass notes it ({then})"


def _drift(row: IncidentRecord, text: str) -> Finding:
    ticket = row.ticket or TicketRef("", "")
    return Finding(Flaw.DRIFT, row.key, row.tracker, ticket, row.name or sanitize(row.key), text, mends=True)
