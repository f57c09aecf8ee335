"""A desk for self-incidents: planning alone, between causes that a test states and a tracker that obeys."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from incidentd.daemon.rows import latest_by_key
from incidentd.model.assessment import Step
from incidentd.model.blindness import Cause, CauseId, CauseKind, Judged, Trace
from incidentd.model.incident import IncidentRecord, self_incident_key
from incidentd.model.plan import ActionKind, Intent, Plan
from incidentd.model.ticket import Closer, Confirmed, Ticket, TicketRef, TicketStatus
from incidentd.planning.commitment import commitments
from incidentd.planning.outcome import after_confirmed
from incidentd.planning.self_incidents import SelfFacts, self_plan
from tests.policy.builders import HOUR, START

EDGE = CauseId(CauseKind.BLIND, "edge")


def cause(kind: CauseKind = CauseKind.BLIND, subject: str = "edge", **more: object) -> Cause:
    """Something is wrong since START, in a small way."""
    first = (Trace("tls://a.test:443", "served", "refused", START),)
    made = Cause(CauseId(kind, subject), START, Step.WARNING, 1, 40, first=first)
    return replace(made, **more)  # type: ignore[arg-type]  # by name, as each test needs them


class SelfDesk:
    """Causes, a ledger, an outbox and a tracker; time stands still unless a test moves it."""

    def __init__(self, *holding: Cause, tracker: str | None = "queue") -> None:
        self.now: datetime = START + HOUR
        self.tracker = tracker
        self.judged = Judged()
        self.rows: dict[int, IncidentRecord] = {}
        self.tickets: dict[str, Ticket] = {}
        self.outbox: dict[int, Intent] = {}
        self.duplicates: dict[str, tuple[Ticket, ...]] = {}
        self.stuck: Collection[str] = ()
        self.holds(*holding)

    def holds(self, *holding: Cause, lasting: Collection[CauseId] = ()) -> SelfDesk:
        """These hold from now on; others last, and all the rest is over."""
        ids = {each.id for each in holding}
        self.judged = Judged(holding=holding, lasting=frozenset({*ids, *lasting}))
        return self

    def ended(self, *ids: CauseId) -> SelfDesk:
        """Nothing holds; these have just ended, having been gone for an hour."""
        self.judged = Judged(ended=dict.fromkeys(ids, self.now - HOUR))
        return self

    def wait(self, span: timedelta) -> SelfDesk:
        """Time goes by."""
        self.now += span
        return self

    @property
    def row(self) -> IncidentRecord:
        """The newest row."""
        return self.rows[max(self.rows)]

    def plan(self, in_flight: Collection[str] = ()) -> Plan:
        """What is to be done now."""
        rows = latest_by_key(self.rows.values())
        facts = SelfFacts(self.now, "default", self.tracker, self.judged, rows, self.tickets, self.duplicates)
        return self_plan(replace(facts, in_flight=in_flight, stuck=self.stuck))

    def commit(self) -> Plan:
        """Decided and written down, not sent."""
        plan = self.plan()
        for made in commitments(plan, self.rows, self.outbox.values(), self.now):
            id = made.record.id or len(self.rows) + 1
            self.rows[id] = replace(made.record, id=id)
            if made.intent is not None:
                self.outbox[id] = replace(made.intent, id=id, incident_id=id)
            elif made.drop_intent:
                self.outbox.pop(id, None)
        return plan

    def deliver(self, *, adopted: bool = False) -> None:
        """The tracker confirms everything that waits."""
        for id, intent in list(self.outbox.items()):
            ticket = self._written(self.rows[id], intent)
            self.rows[id], _ = after_confirmed(self.rows[id], intent, Confirmed(ticket.ref, adopted=adopted), self.now)
            self.tickets[intent.key] = ticket
            del self.outbox[id]

    def run(self) -> Plan:
        """One whole pass."""
        plan = self.commit()
        self.deliver()
        return plan

    def somebody(self, status: TicketStatus, by: Closer | None = None) -> SelfDesk:
        """Does something to the ticket of the newest row."""
        key = self.row.key
        self.tickets[key] = replace(self.tickets[key], status=status, closed_by=by, closed_at=self.now)
        return self

    def _written(self, row: IncidentRecord, intent: Intent) -> Ticket:
        number = len(self.tickets) + 1
        ref = row.ticket or TicketRef(str(number), f"OPS-{number}")
        if intent.kind is ActionKind.COMMENT:
            return self.tickets[intent.key]
        if intent.kind is ActionKind.CLOSE:
            return Ticket(ref, intent.marker, TicketStatus.CLOSED, self.now, self.now, Closer.OURSELVES)
        return Ticket(ref, intent.marker, TicketStatus.OPEN, self.now)


def key_of(id: CauseId = EDGE) -> str:
    """The key of a cause's self-incident."""
    return self_incident_key("default", id)


def kinds(plan: Plan) -> list[ActionKind]:
    """What it does, in order."""
    return [action.kind for action in plan.actions]


def said(plan: Plan) -> list[str]:
    """The ids of all comments."""
    return [comment.id for action in plan.actions for comment in action.comments]
