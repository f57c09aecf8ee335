"""Self-incidents: what has to be done so that each cause of blindness has one ticket while it lasts, and none after.

The same rules as for certificates: people win, a machine's closing is undone once, what was opened by mistake of the
outbox is withdrawn. The failing tracker itself is never asked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from incidentd.model.assessment import Stage
from incidentd.model.blindness import Cause, Judged
from incidentd.model.incident import HeldBy, IncidentRecord, IncidentState, cause_in, self_incident_key
from incidentd.model.plan import Action, ActionKind, Held, Hold, Plan
from incidentd.model.ticket import Closer, Ticket, TicketStatus
from incidentd.planning import self_actions, self_wording
from incidentd.planning.diff import REOPENS_WITHIN
from incidentd.planning.noticing import respected, ticket_now


@dataclass(frozen=True, slots=True)
class SelfFacts:
    """All that a plan for self-incidents depends on."""

    now: datetime
    instance: str
    tracker: str | None
    """`self_tracker`; None: they are said on stderr, `/readyz`, in metrics and on the board only."""
    judged: Judged
    records: Mapping[str, IncidentRecord]
    """The ledger's rows of self-incidents by key: the active one, else the one closed last."""
    tickets: Mapping[str, Ticket]
    duplicates: Mapping[str, Sequence[Ticket]] = field(default_factory=dict)
    in_flight: Collection[str] = frozenset()
    stuck: Collection[str] = frozenset()
    """Keys with a merge that was tried and is not done."""
    blind_after: timedelta = timedelta(hours=24)

    @property
    def incidents(self) -> Mapping[str, Cause]:
        """Desired, by key."""
        return {self_incident_key(self.instance, cause.id): cause for cause in self.judged.holding}


def self_plan(facts: SelfFacts) -> Plan:
    """Every action about incidentd itself, unguarded: there are few of them, one a cause."""
    actions: list[Action] = []
    noticed: list[IncidentRecord] = []
    left = 0
    causes = facts.incidents
    for key in sorted({*causes, *facts.records}):
        before = facts.records.get(key)
        if key in facts.in_flight:
            left += before is not None and before.active
            continue
        record, merge = respected(before, facts)
        action = _action(causes.get(key), record, facts)
        if merge is not None and (key not in facts.stuck or action is None or action.kind is ActionKind.CLOSE):
            action = merge
        if action is not None:
            actions.append(action)
        elif record is not None:
            record = _ended_quietly(record, key in causes, facts)
            left += record.active
        if record is not None and record != before:
            noticed.append(record)
    return Plan(tuple(actions), left=left, records=tuple(noticed))


def held_for_distrust(plan: Plan, distrust: str) -> Plan:
    """All of it held, and nothing noticed: it would be noted with a wrong time."""
    text = f"the clock is not believed: {distrust}"
    return Plan(held=tuple(Held(action, Hold.CLOCK_DISTRUSTED, text) for action in plan.actions), left=plan.left)


def _action(cause: Cause | None, record: IncidentRecord | None, facts: SelfFacts) -> Action | None:
    if cause is None:
        return _unwanted(record, facts)
    if record is None or not record.active:
        return _begin(cause, record, facts)
    return _held(cause, record, facts) if record.state is IncidentState.HELD else _open(cause, record, facts)


def _begin(cause: Cause, record: IncidentRecord | None, facts: SelfFacts) -> Action | None:
    """A new one, or the one that was closed within 14 days again."""
    if not _may_be_told(cause, facts):
        return None
    lately = record is not None and record.closed_at is not None and facts.now - record.closed_at <= REOPENS_WITHIN
    if record is None or not lately or record.ticket is None or record.tracker != facts.tracker:
        return _saying(ActionKind.OPEN, cause, None, facts)
    if record.held_by is HeldBy.DELETION:
        return _saying(ActionKind.OPEN, cause, None, facts)
    return _reopen(cause, record, facts, "it began again")


def _may_be_told(cause: Cause, facts: SelfFacts) -> bool:
    return facts.tracker is not None and cause.id.failing_tracker != facts.tracker


def _open(cause: Cause, record: IncidentRecord, facts: SelfFacts) -> Action | None:
    ticket = ticket_now(record, facts)
    if record.ticket is None:
        # Never delivered: it goes where such things go now, or nowhere.
        anew = replace(record, tracker=facts.tracker or record.tracker)
        return _saying(ActionKind.OPEN, cause, anew, facts) if _may_be_told(cause, facts) else None
    if ticket is not None and ticket.status is TicketStatus.CLOSED:
        return _reopen(cause, record, facts, "it was closed while it lasts", ticket.closed_by)
    said = self_actions.untold(cause, record, facts.now)
    adopted = not record.content_digest
    return replace(_saying(ActionKind.UPDATE, cause, record, facts), comments=said) if said or adopted else None


def _held(cause: Cause, record: IncidentRecord, facts: SelfFacts) -> Action | None:
    """Somebody closed it. It comes back a step higher; until then one comment says that it lasts."""
    ticket = ticket_now(record, facts)
    deleted = record.held_by is HeldBy.DELETION or (ticket is not None and ticket.status is TicketStatus.MISSING)
    if cause.step > (record.held_step or record.step):
        if deleted:
            return _saying(ActionKind.OPEN, cause, replace(record, ticket=None), facts)
        return _reopen(cause, record, facts, "it got worse")
    said = self_wording.on_hold(cause, record)
    if deleted or said.id in record.told:
        return None
    return replace(_saying(ActionKind.COMMENT, cause, record, facts), comments=(said,), content=None, told=())


def _unwanted(record: IncidentRecord | None, facts: SelfFacts) -> Action | None:
    if record is None or record.state is not IncidentState.OPEN or record.ticket is None or _lasts(record, facts):
        return None
    return self_actions.closing(record, facts.judged.ended.get(cause_in(record.key)))


def _ended_quietly(record: IncidentRecord, holds: bool, facts: SelfFacts) -> IncidentRecord:
    """A row that ends without a call: nothing was delivered, or somebody else had closed the ticket already."""
    silent = record.state is IncidentState.HELD or record.ticket is None
    if not record.active or not silent or holds or _lasts(record, facts):
        return record
    missing_since = record.held_at if record.held_by is HeldBy.DELETION else None
    if missing_since is not None and facts.now - missing_since < facts.blind_after:
        return record  # one 404 is no deletion: it may turn up again, open, and is closed then
    return replace(
        record, state=IncidentState.CLOSED, stage=Stage.SETTLED, closed_at=facts.now, close_text="its cause is gone"
    )


def _lasts(record: IncidentRecord, facts: SelfFacts) -> bool:
    return record.key in {self_incident_key(facts.instance, id) for id in facts.judged.lasting}


def _reopen(
    cause: Cause, record: IncidentRecord, facts: SelfFacts, because: str, closed_by: Closer | None = None
) -> Action:
    return self_actions.reopening(cause, record, facts.instance, because, facts.now, closed_by)


def _saying(kind: ActionKind, cause: Cause, record: IncidentRecord | None, facts: SelfFacts) -> Action:
    return self_actions.saying(kind, cause, record, facts.instance, record.tracker if record else facts.tracker or "")
