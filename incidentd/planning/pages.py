"""Pages: beside its ticket an incident has one page at most, raised when it gets bad enough, and ended with it.

A page is one more ticket of the same incident, never a second incident. It has a row of its own, under a key made of
the incident's (`…:page`), so that outbox, recovery, healing, the guard and people's rules hold for it as for any
ticket: the intent first, one active row a key, found again by its key when the state is lost, held when a person
resolves it, back at the next step. What is its own stands here:

- It is raised once the incident's row is open and has reached the step that its route names. It waits for the
  ticket, so that it can name it, but not for long where the ticket's tracker is down.
- Routes are asked until then; after that its row keeps it where it is, as with the ticket.
- It says what the ticket says. The ticket names the page, and the page the ticket, wherever that is by now.
- It ends when the incident does: with the closing that goes out in the same pass, on the same proof; when a person
  accepts the risk; and when the ticket is moved to where the page is. Never for another reason.
- While somebody's closing of the ticket holds, the page is left as it is. A person who resolves the page quiets the
  page, not the incident.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidentd.model.assessment import Step
from incidentd.model.incident import (
    Beside,
    Incident,
    IncidentRecord,
    IncidentState,
    beside_in,
    incident_of,
    page_key,
    self_incident_marker,
)
from incidentd.model.plan import Action, ActionKind, Plan
from incidentd.model.ticket import Comment, TicketStatus
from incidentd.planning.acceptance import holds_to
from incidentd.planning.diff import may_still_stand, stands_open, wanted_of
from incidentd.planning.facts import Facts
from incidentd.planning.links import link_to
from incidentd.planning.noticing import respected, ticket_now
from incidentd.planning.phrases import instant
from incidentd.planning.snoozing import is_snoozed, snooze_note

REASON = "page"
"""The first reason code of all that is done about a page."""
WAITS_FOR_THE_TICKET = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Ending:
    """Why a page ends, as its closing note says it."""

    text: str


def page_plan(plan: Plan, facts: Facts, instance: str) -> Plan:
    """What is to be done about pages beside the guarded plan of their incidents. To be guarded by itself."""
    rows = {key: row for key, row in facts.beside.items() if beside_in(key) is Beside.PAGE}
    of_incidents = rows_after(plan, facts.records)
    closings = {action.key: action for action in plan.actions if action.kind is ActionKind.CLOSE}
    wanted = {page_key(key) for key, incident in facts.incidents.items() if incident.page is not None}
    actions: list[Action] = []
    noticed: list[IncidentRecord] = []
    for key in sorted({*wanted, *rows}):
        if key in facts.in_flight:
            continue
        before = rows.get(key)
        record, merge = respected(before, facts)
        parent = of_incidents.get(incident_of(key))
        ending = _ending(parent, record, closings, facts.now)
        if ending is None:
            acted = _raised(parent, record, facts, instance)
        else:
            acted, record = _ended(record, ending, facts)
        actions.extend([merge] if merge is not None and key not in facts.stuck else acted)
        if record is not None and record != before:
            noticed.append(record)
    return Plan(tuple(actions), records=tuple(noticed))


def rows_after(plan: Plan, records: Mapping[str, IncidentRecord]) -> dict[str, IncidentRecord]:
    """The rows of incidents as they stand with all that was noticed in this pass."""
    acted_on = {action.key: action.record for action in plan.actions if action.record is not None}
    return {**records, **acted_on, **{row.key: row for row in plan.records}}


def _ending(
    parent: IncidentRecord | None, page: IncidentRecord | None, closings: Mapping[str, Action], now: datetime
) -> _Ending | None:
    """None while the page may stand."""
    if parent is None or not parent.active:
        return _Ending((parent.close_text if parent else "") or "Its incident is over.")
    if parent.key in closings:
        return _Ending(closings[parent.key].comments[0].text)
    if page is not None and parent.tracker == page.tracker:
        return _Ending(f"The incident's own ticket stands here by now{_named(parent)}.")
    ends = holds_to(parent)
    if ends is not None:
        return _Ending(f"A person accepted the risk{_named(parent)}. The acceptance holds until {instant(ends)}.")
    return None


def _named(parent: IncidentRecord) -> str:
    return f": {parent.ticket.key} {parent.ticket.url}".rstrip() if parent.ticket else ""


def _raised(parent: IncidentRecord | None, record: IncidentRecord | None, facts: Facts, instance: str) -> list[Action]:
    """What a page needs that may stand: nothing, while nobody knows how its incident stands."""
    incident = facts.incidents.get(parent.key) if parent is not None else None
    if parent is None or incident is None or parent.key in facts.in_flight or parent.state is IncidentState.HELD:
        return []
    if is_snoozed(parent, max(parent.step, incident.assessment.step or Step.WARNING), facts.now):
        return _quieted(parent, record, facts)
    active = record is not None and record.active
    if not active and not _is_due(incident, parent, facts.now):
        return []
    of_page = _incident_of_page(incident, parent, record, instance)
    return [_told_apart(action) for action in wanted_of(of_page, record, facts)]


def _quieted(parent: IncidentRecord, record: IncidentRecord | None, facts: Facts) -> list[Action]:
    """A snooze of the incident quiets its page, which is told so once; none is raised meanwhile."""
    note, ticket = snooze_note(parent), None if record is None else ticket_now(record, facts)
    if record is None or ticket is None or ticket.status is not TicketStatus.OPEN or note.id in record.told:
        return []
    return [replace(closing_of(record, note.text, REASON), kind=ActionKind.COMMENT, comments=(note,))]


def _is_due(incident: Incident, parent: IncidentRecord, now: datetime) -> bool:
    page = incident.page
    if page is None or page.tracker == parent.tracker:
        return False
    reached = max(parent.step, incident.assessment.step or Step.WARNING) >= page.from_step
    return reached and (parent.ticket is not None or now - parent.opened_at > WAITS_FOR_THE_TICKET)


def _incident_of_page(
    incident: Incident, parent: IncidentRecord, record: IncidentRecord | None, instance: str
) -> Incident:
    """The same incident, as the page is to tell it."""
    key = page_key(incident.key)
    tracker = record.tracker if record is not None else (incident.page.tracker if incident.page else "")
    return replace(
        incident,
        key=key,
        marker=self_incident_marker(instance, key),
        tracker=tracker,
        page=None,
        links=(link_to(parent, "ticket"),) if parent.ticket else (),
        follows=None,
    )


def _told_apart(action: Action) -> Action:
    return replace(action, reasons=(REASON, *action.reasons), text=f"page: {action.text}")


def _ended(record: IncidentRecord | None, ending: _Ending, facts: Facts) -> tuple[list[Action], IncidentRecord | None]:
    """The closing of what stands open, and the row: it ends by itself where nothing does."""
    if record is None or not record.active:
        return [], record
    if record.ticket is not None and (record.state is IncidentState.OPEN or stands_open(record, facts)):
        return [closing_of(record, ending.text, REASON)], record
    if may_still_stand(record, facts):
        return [], record
    return [], replace(record, state=IncidentState.CLOSED, closed_at=facts.now, close_text=ending.text)


def closing_of(record: IncidentRecord, text: str, reason: str, *, removal: bool = False) -> Action:
    """The action that closes a ticket that stands beside an incident, with its note."""
    return Action(
        kind=ActionKind.CLOSE,
        key=record.key,
        fingerprint=record.fingerprint,
        tracker=record.tracker,
        name=record.name,
        not_after=record.not_after,
        step=record.step,
        stage=record.stage,
        reasons=(reason,),
        text=text,
        record=record,
        comments=(Comment(f"closed:{record.reopenings}", text),),
        removal=removal,
    )
