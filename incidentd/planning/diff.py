"""Diff: what has to be done so that actual becomes desired, incident by incident, each action with its reason."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from incidentd.model.assessment import Assessment, PlaceStatus, Stage, Step
from incidentd.model.incident import HeldBy, Incident, IncidentRecord, IncidentState
from incidentd.model.plan import Action, ActionKind, Plan
from incidentd.model.ticket import Closer, Comment, TicketContent, TicketStatus
from incidentd.planning import closing, comments, wording
from incidentd.planning.brake import is_new
from incidentd.planning.facts import Facts
from incidentd.planning.noticing import respected, ticket_now
from incidentd.planning.people import returns, why_returned
from incidentd.planning.snoozing import awake, is_snoozed, snooze_note

REOPENS_WITHIN = timedelta(days=14)


def diff(facts: Facts) -> Plan:
    """Every action, unguarded, and every row that changes because people did something."""
    actions: list[Action] = []
    endings: list[Action] = []
    noticed: list[IncidentRecord] = []
    left = 0
    for key in sorted({*facts.incidents, *(key for key, row in facts.records.items() if _concerns(row, facts))}):
        before = facts.records.get(key)
        if key in facts.in_flight:
            left += before is not None and before.active
            continue
        if before is not None and facts.resting.holds(before, facts):
            left += 1
            continue
        record, merge = respected(before, facts)
        wanted = _actions(key, record, facts)
        if merge is not None and (key not in facts.stuck or _only_closes(wanted)):
            wanted = [merge]  # first: what is closed, or told, afterwards is the one that is left
        if record is not None and not wanted:
            ended = _ended_quietly(_climbed(record, facts), facts)
            left += ended.active
            if not ended.active and record.active and _guard_decides(record, facts):
                endings.append(_close(facts.assessments[record.fingerprint], ended, facts, suspect=False))
            else:
                record = ended
            if record is before:
                facts.resting.keep(record, facts)
        actions.extend(wanted)
        if record is not None and record != before:
            noticed.append(record)
    facts.sayings.forget_all_but({*facts.incidents, *facts.beside})
    facts.resting.forget_all_but(facts.incidents)
    return Plan(tuple(actions), left=left, records=tuple(noticed), endings=tuple(endings))


def worded(plan: Plan, facts: Facts) -> Plan:
    """The guarded plan with what each first opening should say. Thousands that are held are not put into words."""
    return replace(plan, actions=tuple(_worded(action, facts) for action in plan.actions))


def _worded(action: Action, facts: Facts) -> Action:
    if not is_new(action) or action.incident is None:
        return action
    return replace(action, content=_content(action.incident, action.step, None, facts))


def _concerns(record: IncidentRecord, facts: Facts) -> bool:
    """False for what is over, as long as nothing of it turned up in its tracker."""
    return record.active or record.key in facts.duplicates


def _only_closes(wanted: Sequence[Action]) -> bool:
    return all(action.kind is ActionKind.CLOSE for action in wanted)


def _actions(key: str, record: IncidentRecord | None, facts: Facts) -> list[Action]:
    incident = facts.incidents.get(key)
    if incident is None:
        return _unwanted(record, facts)
    wanted = wanted_of(incident, record, facts)
    if incident.assessment.suspect and record is not None and record.active and record.ticket is not None:
        wanted.append(_close(incident.assessment, record, facts, suspect=True))
    return wanted


def wanted_of(incident: Incident, record: IncidentRecord | None, facts: Facts) -> list[Action]:
    """What an incident that should be open needs, as its row stands."""
    if record is None or not record.active:
        return _begin(incident, record, facts)
    return _held(incident, record, facts) if record.state is IncidentState.HELD else _open(incident, record, facts)


def _begin(incident: Incident, record: IncidentRecord | None, facts: Facts) -> list[Action]:
    """No incident is open: a new one, or the one that was closed within 14 days again.

    What was closed so lately was proven replaced: a new address that shows nothing of it yet is no return.
    """
    if record is None or record.closed_at is None or facts.now - record.closed_at > REOPENS_WITHIN:
        return [_action(ActionKind.OPEN, incident, None, facts)]
    because = returned(incident.assessment)
    if because is None:
        return []
    if record.ticket is None or record.held_by is HeldBy.DELETION:
        return [_action(ActionKind.OPEN, incident, None, facts)]
    return [_reopen(incident, record, facts, because)]


def returned(assessment: Assessment) -> str | None:
    """Why an incident that was closed lately is wanted again; None while no place that showed it says so."""
    blocking = (finding for finding in assessment.findings if finding.blocks)
    statuses = {member.status for finding in blocking for member in finding.members if member.showed}
    if statuses & {PlaceStatus.PRESENT, PlaceStatus.MIXED}:
        return "it is in place again"
    return "something that does not replace it stands in its place" if PlaceStatus.MISMATCH in statuses else None


def _open(incident: Incident, record: IncidentRecord, facts: Facts) -> list[Action]:
    ticket = ticket_now(record, facts)
    if record.ticket is None:
        return [_action(ActionKind.OPEN, incident, record, facts)]
    if ticket is not None and ticket.status is TicketStatus.CLOSED:
        # As after our own closing, which a state that was restored does not know: the rest of the proof ends it.
        ends = closing.under_way(incident.assessment)
        because = "it was closed while the certificate is in place"
        return [] if ends else [_reopen(incident, record, facts, because, ticket.closed_by)]
    if is_snoozed(record, _step(incident, record), facts.now):
        return _snoozed(incident, record, facts)
    record = awake(record)
    over = () if ticket is None else comments.acceptance_over(incident, record, ticket, facts.now)
    if not over and _says_all(incident, record, facts):
        return []
    update = _action(ActionKind.UPDATE, incident, record, facts)
    return [replace(update, comments=(*over, *update.comments))]


def _snoozed(incident: Incident, record: IncidentRecord, facts: Facts) -> list[Action]:
    """One note at its beginning, and silence."""
    said = snooze_note(record)
    if said.id in record.told:
        return []
    return [replace(_action(ActionKind.COMMENT, incident, record, facts), comments=(said,), content=None)]


def _says_all(incident: Incident, record: IncidentRecord, facts: Facts) -> bool:
    """True when the ticket is known to say what it should, and nothing is to be said beside it."""
    step = _step(incident, record)
    if comments.untold(incident, step, record, facts.now):
        return False
    said = facts.sayings.digest(incident, step, record, facts.inventory, facts.now, facts.blind_after)
    return said == record.content_digest


def _held(incident: Incident, record: IncidentRecord, facts: Facts) -> list[Action]:
    """Somebody closed it, or accepted it. It comes back at its next step; until then one comment says what is there."""
    step = max(record.step, incident.assessment.step or Step.WARNING)
    ticket = facts.tickets.get(record.key)
    deleted = record.held_by is HeldBy.DELETION or (ticket is not None and ticket.status is TicketStatus.MISSING)
    deleted = deleted or record.ticket is None  # it was moved to another tracker meanwhile
    if returns(record, step, incident.certificate.not_after, facts.now):
        if deleted:
            return [_action(ActionKind.OPEN, incident, replace(record, ticket=None), facts)]
        return [_reopen(incident, record, facts, why_returned(record, step))]
    if deleted:
        return []
    if record.held_until is not None:
        return _accepted(incident, record, facts)
    said = comments.on_hold(incident, record, is_open=stands_open(record, facts))
    if said.id in record.told:
        return []
    return [replace(_action(ActionKind.COMMENT, incident, record, facts), comments=(said,), content=None)]


def _accepted(incident: Incident, record: IncidentRecord, facts: Facts) -> list[Action]:
    """By command: its ticket is closed with the words of the acceptance, or told them where it is closed already."""
    said, ticket = comments.on_acceptance(incident, record), ticket_now(record, facts)
    if ticket is None or said.id in record.told:
        return []
    kind = ActionKind.CLOSE if ticket.status is TicketStatus.OPEN else ActionKind.COMMENT
    told = _action(ActionKind.COMMENT, incident, record, facts)
    return [replace(told, kind=kind, comments=(said,), content=None, text=said.text)]


def _unwanted(record: IncidentRecord | None, facts: Facts) -> list[Action]:
    if record is None or record.ticket is None:
        return []
    is_open = record.state is IncidentState.OPEN or stands_open(record, facts)
    assessment = facts.assessments.get(record.fingerprint)
    if not is_open or assessment is None or not closing.may_close(assessment, record, facts.now):
        return []
    return [_close(assessment, record, facts, suspect=False)]


def stands_open(record: IncidentRecord, facts: Facts) -> bool:
    """Held while its ticket is open: the risk was accepted on it, and nobody has closed it."""
    ticket = ticket_now(record, facts)
    return record.state is IncidentState.HELD and ticket is not None and ticket.status is TicketStatus.OPEN


def _ended_quietly(record: IncidentRecord, facts: Facts) -> IncidentRecord:
    """A row that ends without a call: nothing was ever delivered, or somebody else had closed the ticket already."""
    silent = record.state is IncidentState.HELD or record.ticket is None
    assessment = facts.assessments.get(record.fingerprint)
    if not record.active or not silent or record.key in facts.incidents or assessment is None:
        return record
    if may_still_stand(record, facts) or not closing.may_close(assessment, record, facts.now):
        return record
    text = closing.ended_quietly(assessment)
    return replace(record, state=IncidentState.CLOSED, stage=assessment.stage, closed_at=facts.now, close_text=text)


def _climbed(record: IncidentRecord, facts: Facts) -> IncidentRecord:
    """What is snoozed gets worse in the ledger, untold; and a snooze that is over is forgotten."""
    incident = facts.incidents.get(record.key)
    if record.snoozed_until is None or incident is None or record.state is not IncidentState.OPEN:
        return record
    step = _step(incident, record)
    return replace(record, step=step) if is_snoozed(record, step, facts.now) else awake(record)


def _guard_decides(record: IncidentRecord, facts: Facts) -> bool:
    """A person's word ends with its row: by successors at any number, by removals or the configuration at few."""
    return record.state is IncidentState.HELD and closing.unreplaced(facts.assessments[record.fingerprint])


def may_still_stand(record: IncidentRecord, facts: Facts) -> bool:
    """A ticket that was not found lately may turn up again, open: one 404 is no deletion. Then it is to be closed."""
    if record.held_by is HeldBy.ACCEPTANCE and record.key not in facts.tickets:
        return True  # it could not be read, and may never have been closed
    missing_since = record.held_at if record.held_by is HeldBy.DELETION else None
    return missing_since is not None and facts.now - missing_since < facts.blind_after


def _reopen(
    incident: Incident, record: IncidentRecord, facts: Facts, because: str, closed_by: Closer | None = None
) -> Action:
    action = _action(ActionKind.REOPEN, incident, record, facts)
    said = comments.on_reopening(incident, record, because, facts.now, closed_by)
    text = f"{action.text}; {because}"
    return replace(action, comments=(said, *(c for c in action.comments if c.id.startswith("step:"))), text=text)


def _close(assessment: Assessment, record: IncidentRecord, facts: Facts, *, suspect: bool) -> Action:
    certificate = facts.inventory.certificates[record.fingerprint]
    note = closing.note(assessment, record, facts.inventory, facts.now)
    return Action(
        kind=ActionKind.CLOSE,
        key=record.key,
        fingerprint=record.fingerprint,
        tracker=record.tracker,
        name=record.name or wording.name_of(certificate),
        not_after=certificate.not_after,
        step=record.step,
        stage=assessment.stage,
        reasons=assessment.reasons,
        text=note.text,
        record=record,
        comments=(note,),
        removal=suspect or closing.unreplaced(assessment),
        suspect=suspect,
    )


def _action(kind: ActionKind, incident: Incident, record: IncidentRecord | None, facts: Facts) -> Action:
    step = _step(incident, record)
    stage: Stage = incident.assessment.stage
    said: tuple[Comment, ...] = ()
    if record is not None and kind is not ActionKind.OPEN:  # an opening says it all itself
        said = comments.untold(incident, step, record, facts.now)
    return Action(
        kind=kind,
        key=incident.key,
        fingerprint=incident.certificate.fingerprint,
        tracker=incident.tracker,
        name=wording.name_of(incident.certificate),
        not_after=incident.certificate.not_after,
        step=step,
        stage=stage,
        reasons=incident.assessment.reasons,
        text=wording.action_text(kind, incident, step),
        incident=incident,
        record=record,
        content=None if record is None else _content(incident, step, record, facts),
        comments=said,
        told=comments.told_at_opening(incident, step) if kind is ActionKind.OPEN else (),
    )


def _step(incident: Incident, record: IncidentRecord | None) -> Step:
    """It never falls."""
    return max(incident.assessment.step or Step.WARNING, record.step if record else Step.WARNING)


def _content(incident: Incident, step: Step, record: IncidentRecord | None, facts: Facts) -> TicketContent:
    return wording.content(incident, step, record, facts.inventory, facts.now, facts.blind_after)
