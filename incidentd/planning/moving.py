"""Moving: an incident goes on in another tracker. The new ticket is confirmed first, the old one is closed after it.

A person's `move` changes rows only, in one transaction: the incident's own row, which keeps its history, stands in the
other tracker from then on and has no ticket there yet; the ticket that it had gets a row of its own, under a key made
of the incident's (`…:left`). All the rest is what planning makes of rows in any case, so that a process may die
anywhere: an open row without a ticket is opened, and never twice; a ticket that was left is closed once the incident
has another one. What a person did with it meanwhile is left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from incidentd.model.incident import Beside, HeldBy, IncidentRecord, IncidentState, beside_in, incident_of, left_key
from incidentd.model.plan import Action, Plan
from incidentd.model.ticket import Ticket, same_ticket
from incidentd.planning import closing
from incidentd.planning.diff import may_still_stand, stands_open
from incidentd.planning.facts import Facts
from incidentd.planning.noticing import respected
from incidentd.planning.pages import closing_of, rows_after
from incidentd.planning.sanitize import sanitize
from incidentd.planning.snoozing import snooze_note

REASON = "moved"
"""The reason code of the closing of a ticket that was left behind."""


def moved(
    record: IncidentRecord, tracker: str, why: str, now: datetime, *, leaves: bool
) -> tuple[IncidentRecord, IncidentRecord | None]:
    """The incident's row in the other tracker, and the row of the ticket that it leaves, where one stands open.

    A snooze that runs is said on the new ticket too, so that its tracker pages nobody after the opening.

    `leaves`: False where the old tracker left the configuration, so that nobody could close the ticket.
    """
    told = tuple(id for id in record.told if record.snoozed_until is None or id != snooze_note(record).id)
    after = replace(record, tracker=tracker, ticket=None, content_digest="", moved_at=now, told=told)
    may_stand_open = record.state is IncidentState.OPEN or record.held_by is HeldBy.ACCEPTANCE
    if not leaves or record.ticket is None or not may_stand_open:
        return after, None
    return after, left_behind(record, f"Moved to {tracker}: {why}.")


def moved_back(record: IncidentRecord, left: IncidentRecord, now: datetime) -> tuple[IncidentRecord, IncidentRecord]:
    """The rows once an incident that got no ticket where it was to go has the one again that it was about to leave."""
    back = replace(record, tracker=left.tracker, ticket=left.ticket, content_digest="", moved_at=now)
    return back, ended(left, now)


def ended(left: IncidentRecord, now: datetime) -> IncidentRecord:
    """The row of a ticket that was left once nothing more is to be done about it."""
    return replace(left, state=IncidentState.CLOSED, closed_at=now)


def left_behind(record: IncidentRecord, words: str) -> IncidentRecord:
    """The row of the ticket that an incident leaves: closed, with these words, once the incident has another one."""
    return replace(record, id=0, key=left_key(record.key), close_text=words, held_until=None)


def left_plan(plan: Plan, facts: Facts) -> Plan:
    """What is to be done about tickets that were left, beside the guarded plan of their incidents."""
    of_incidents = rows_after(plan, facts.records)
    actions: list[Action] = []
    noticed: list[IncidentRecord] = []
    for key, before in sorted(facts.beside.items()):
        if beside_in(key) is not Beside.LEFT or not before.active or key in facts.in_flight:
            continue
        record, _ = respected(before, facts)
        parent = of_incidents.get(incident_of(key))
        record = record or before
        is_the_one = parent is not None and _has_no_other(parent, facts)
        if not is_the_one and _is_over(record, parent, facts):
            record = ended(record, facts.now)
        elif not is_the_one and not may_still_stand(record, facts):
            removal = _is_removal(record, parent, facts)
            actions.append(closing_of(record, _note(record, parent), REASON, removal=removal))
        if record != before:
            noticed.append(record)
    return Plan(tuple(actions), records=tuple(noticed))


def without_left(
    duplicates: Mapping[str, Sequence[Ticket]], beside: Mapping[str, IncidentRecord]
) -> dict[str, Sequence[Ticket]]:
    """Duplicates without the tickets that incidents are just leaving: two trackers may be one site, which sees both."""
    left = {
        incident_of(row.key): row.ticket
        for row in beside.values()
        if row.active and row.ticket is not None and beside_in(row.key) is Beside.LEFT
    }
    return {
        key: [one for one in group if key not in left or not same_ticket(one.ref, left[key])]
        for key, group in duplicates.items()
    }


def _has_no_other(parent: IncidentRecord, facts: Facts) -> bool:
    """True while the incident waits for a ticket; while its risk is accepted by command it waits for none."""
    needs_none = parent.held_until is not None and facts.now <= parent.held_until
    return parent.active and parent.ticket is None and not needs_none


def _is_over(record: IncidentRecord, parent: IncidentRecord | None, facts: Facts) -> bool:
    """Somebody closed it meanwhile; or the incident was moved back, and took it up again."""
    if record.state is IncidentState.HELD and not stands_open(record, facts):
        return not may_still_stand(record, facts)
    if parent is None or parent.ticket is None or record.ticket is None:
        return False
    return same_ticket(parent.ticket, record.ticket)


def _note(record: IncidentRecord, parent: IncidentRecord | None) -> str:
    if parent is None or not parent.active or parent.ticket is None:
        return (parent.close_text if parent else "") or "Its incident is over."
    on = f"{sanitize(parent.ticket.key)} {sanitize(parent.ticket.url)}".strip()
    return f"{record.close_text} The incident goes on as {on}; this ticket is closed."


def _is_removal(record: IncidentRecord, parent: IncidentRecord | None, facts: Facts) -> bool:
    """Where the incident ended before it had arrived, this closes its last ticket: the guard's share holds for it."""
    assessment = facts.assessments.get(record.fingerprint)
    over = parent is None or not parent.active
    return over and (assessment is None or closing.unreplaced(assessment))
