"""Telling: a release that brings a certificate too late is told so on its own ticket, once, with the incidents.

The ticket is people's: it is given one comment and a link, and nobody follows or closes it. What was told stands in a
row of its own, under a key made of the release's id (`…:release`), so that outbox and recovery hold for it as for any
ticket: the intent first, one active row a key, nothing said twice. The row ends with the release.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from incidentd.model.assessment import Stage, Step
from incidentd.model.incident import (
    Incident,
    IncidentRecord,
    IncidentState,
    change_key,
    release_key,
    self_incident_marker,
)
from incidentd.model.plan import Action, ActionKind, Plan
from incidentd.model.release import ReleaseTicket
from incidentd.model.ticket import Comment, Link, TicketContent, TicketRef
from incidentd.planning.facts import Facts
from incidentd.planning.links import link_to
from incidentd.planning.pages import rows_after
from incidentd.planning.phrases import instant
from incidentd.planning.sanitize import sanitize
from incidentd.planning.shipping import lateness
from incidentd.planning.wording import name_of
from incidentd.policy.calendar import working_day_before

REASON = "release"
"""The first reason code of what is told on a release's own ticket."""
LABEL = "certificate-update"
"""What `releases.edit_tickets` puts on it."""
TOLD = "late"
WAITS_FOR_THE_TICKET = timedelta(minutes=15)
MOST_NAMED = 10
OVER = "Its release is on its way no more."


def release_plan(plan: Plan, facts: Facts, instance: str) -> Plan:
    """What is to be told on releases' own tickets, beside the guarded plan of their incidents."""
    waiting, rows = _late(plan, facts), {row.key: row for row in facts.told.values() if row.active}
    actions: list[Action] = []
    for id, ticket in sorted(facts.release_tickets.items()):
        record = rows.pop(release_key(instance, id), None)
        incidents = waiting.get(id, [])
        if incidents and (record is None or (TOLD not in record.told and record.key not in facts.in_flight)):
            actions.append(_told(id, ticket, record, incidents, facts, instance))
    news = {change_key(instance, one.release.id, one.tracker) for one in facts.shipped}
    over = [row for row in rows.values() if row.key not in facts.in_flight and row.key not in news]
    ended = (replace(row, state=IncidentState.CLOSED, closed_at=facts.now, close_text=OVER) for row in over)
    return Plan(tuple(actions), records=tuple(ended))


def _late(plan: Plan, facts: Facts) -> dict[str, list[tuple[Incident, IncidentRecord]]]:
    """By release, the incidents for which it comes too late, soonest end first; once they can be named by ticket."""
    records = rows_after(plan, facts.records)
    found: dict[str, list[tuple[Incident, IncidentRecord]]] = defaultdict(list)
    for key, incident in facts.incidents.items():
        carrier, record = incident.assessment.carrier, records.get(key)
        if carrier is None or record is None or not record.active:
            continue
        if lateness(incident.certificate, incident.assessment) and _may_be_named(record, facts):
            found[carrier.id].append((incident, record))
    for incidents in found.values():
        incidents.sort(key=lambda pair: (pair[0].certificate.not_after, pair[0].key))
    return found


def _may_be_named(record: IncidentRecord, facts: Facts) -> bool:
    return record.ticket is not None or facts.now - record.opened_at > WAITS_FOR_THE_TICKET


def _told(
    id: str,
    ticket: ReleaseTicket,
    record: IncidentRecord | None,
    incidents: Sequence[tuple[Incident, IncidentRecord]],
    facts: Facts,
    instance: str,
) -> Action:
    incident, parent = incidents[0]
    row = record or _row(release_key(instance, id), id, ticket, incident, parent, facts)
    row = replace(row, not_after=incident.certificate.not_after)
    text = "\n".join([f"RELEASE LATE at {instant(facts.now)}:", *map(_line, incidents[:MOST_NAMED])])
    step = max(one.assessment.step or Step.WARNING for one, _ in incidents)
    return Action(
        kind=ActionKind.TELL,
        key=row.key,
        fingerprint=row.fingerprint,
        tracker=row.tracker,
        name=row.name,
        not_after=incident.certificate.not_after,
        step=step,
        stage=Stage.RELEASE_LATE,
        reasons=(REASON,),
        text=f"release: its own ticket {sanitize(ticket.named)} is told that {sanitize(id)} comes too late",
        record=row,
        content=_content(row, step, incidents, instance, labels=(LABEL,) if facts.edits_release_tickets else ()),
        comments=(Comment(TOLD, text),),
    )


def _row(
    key: str, id: str, ticket: ReleaseTicket, incident: Incident, parent: IncidentRecord, facts: Facts
) -> IncidentRecord:
    """In the incident's own tracker, where that may hold it."""
    tracker = parent.tracker if parent.tracker in ticket.trackers else ticket.trackers[0]
    named = ticket.named.removeprefix("#")
    return IncidentRecord(
        id=0,
        key=key,
        fingerprint=incident.certificate.fingerprint,
        tracker=tracker,
        state=IncidentState.OPEN,
        step=Step.WARNING,
        stage=Stage.RELEASE_LATE,
        opened_at=facts.now,
        name=id,
        not_after=incident.certificate.not_after,
        ticket=TicketRef(named, named),
    )


def _line(pair: tuple[Incident, IncidentRecord]) -> str:
    incident, record = pair
    ticket = f" Incident: {sanitize(record.ticket.key)} {sanitize(record.ticket.url)}" if record.ticket else ""
    end = instant(incident.certificate.not_after)
    late = lateness(incident.certificate, incident.assessment)
    return f"{name_of(incident.certificate)} expires {end}. {late}{ticket}".rstrip()


def _content(
    row: IncidentRecord,
    step: Step,
    incidents: Sequence[tuple[Incident, IncidentRecord]],
    instance: str,
    *,
    labels: tuple[str, ...],
) -> TicketContent:
    """What is linked, and what labels, due date and priority are to be, where those may be touched."""
    links: list[Link] = [link_to(record, "incident") for _, record in incidents[:MOST_NAMED] if record.ticket]
    title = f"Release {sanitize(row.name)} carries certificates that are needed sooner"
    return replace(bare_content(row, step, instance, title), labels=labels, links=tuple(links))


def bare_content(row: IncidentRecord, step: Step, instance: str, title: str) -> TicketContent:
    """What is sent about something that is no ticket of ours: little more than a title."""
    return TicketContent(
        key=row.key,
        marker=self_incident_marker(instance, row.key),
        title=title,
        severity=step.severity,
        step=step,
        due_on=working_day_before(row.not_after or row.opened_at),
        labels=(),
        headline="",
        what="",
        impact="",
        action="",
        owner="",
        why_now="",
        places=(),
        places_left_out=0,
        tasks=(),
        commands=(),
        details=(),
        rule=(),
        source="",
        component="",
        group="",
    )
