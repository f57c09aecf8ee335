"""A desk: planning alone, between assessments that a test states and a tracker that does what it is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta

from incidentd.daemon.deciding import stuck_merges
from incidentd.model.assessment import Assessment, MemberFinding, PlaceFinding, PlaceStatus, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Incident, IncidentRecord, IncidentState
from incidentd.model.inventory import Inventory
from incidentd.model.location import Location
from incidentd.model.plan import Action, ActionKind, Intent, IntentState, Plan
from incidentd.model.policy import GuardLimits, Route
from incidentd.model.ticket import Closer, Confirmed, Ticket, TicketRef, TicketStatus
from incidentd.planning.commitment import Commitment, commitments
from incidentd.planning.desire import desire
from incidentd.planning.diff import diff, worded
from incidentd.planning.facts import Facts
from incidentd.planning.guard import Circumstances, guard
from incidentd.planning.outcome import after_confirmed
from incidentd.planning.resting import Resting
from incidentd.planning.routing import Routing
from incidentd.planning.sayings import Sayings
from tests.planning.people_at_the_desk import PeopleAtTheDesk
from tests.planning.second_tickets import SecondTickets
from tests.policy.builders import DAY, HOUR, START, A, certificate, place

INSTANCE = "default"
ROUTES = (Route((), "queue"),)
GOING = (PlaceStatus.RETIRED, PlaceStatus.LEAVING)


def key_of(judged: Certificate) -> str:
    """The key of its incident."""
    return f"incidentd:{INSTANCE}:{judged.fingerprint}"


def found(where: Location, status: PlaceStatus = PlaceStatus.PRESENT, **more: object) -> PlaceFinding:
    """A place with one member that stands like this; what is not about the member is about the place."""
    of_place = {name: more.pop(name) for name in ("production", "blocks") if name in more}
    member = MemberFinding(A, status, looks=3, first_at=START - DAY, last_at=START, removed=status in GOING)
    member = replace(member, **more)  # type: ignore[arg-type]  # the fields are given by name, as each test needs them
    made = PlaceFinding(where, production=True, blocks=True, status=status, members=(member,))
    return replace(made, **of_place)  # type: ignore[arg-type]  # as above


def due(judged: Certificate, *findings: PlaceFinding, step: Step = Step.WARNING, **more: object) -> Assessment:
    """It wants an incident: served at one place, unless findings say otherwise."""
    made = Assessment(
        judged.fingerprint,
        Stage.DUE,
        (Reason.THRESHOLD_PASSED,),
        judged.not_after - 90 * DAY,
        step,
        findings or (found(place()),),
        deployable=1,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # as above


def settled(judged: Certificate, *findings: PlaceFinding, by: Certificate | None = None) -> Assessment:
    """Proof at every place: replaced by `by`, or removed where that is None."""
    status = PlaceStatus.REPLACED if by else PlaceStatus.RETIRED
    where = found(place(), status, successor=by.fingerprint if by else None)
    return Assessment(judged.fingerprint, Stage.SETTLED, (Reason.ALL_SERVED_SETTLED,), findings=findings or (where,))


def out_of_scope(judged: Certificate, reason: Reason, **more: object) -> Assessment:
    """The policy wants no incident."""
    exempt = reason in (Reason.EXEMPT_BY_POLICY, Reason.EXEMPT_BY_ANNOTATION, Reason.RENEWED_BY_AUTOMATION)
    made = Assessment(judged.fingerprint, Stage.EXEMPT if exempt else Stage.FINE, (reason,), findings=(found(place()),))
    return replace(made, **more)  # type: ignore[arg-type]  # as above


class Desk(PeopleAtTheDesk, SecondTickets):
    """Assessments, a ledger, an outbox and a tracker; time stands still unless a test moves it."""

    def __init__(self, *assessed: tuple[Certificate, Assessment], limits: GuardLimits | None = None) -> None:
        self.now = START
        self.limits = limits or GuardLimits()
        self.certificates: dict[str, Certificate] = {}
        self.assessments: dict[str, Assessment] = {}
        self.inventory = Inventory()
        self.rows: dict[int, IncidentRecord] = {}
        self.tickets: dict[str, Ticket] = {}
        self.beside = {}
        self.outbox: dict[int, Intent] = {}
        self.approved: Collection[str] = ()
        self.distrust = ""
        self.sayings = Sayings()
        self.resting = Resting()
        for judged, assessment in assessed:
            self.judge(judged, assessment)

    def judge(self, judged: Certificate, assessment: Assessment) -> Desk:
        """The policy's word on one certificate, from now on."""
        self.know(judged)
        self.assessments[judged.fingerprint] = assessment
        return self

    def know(self, *seen: Certificate) -> Desk:
        """Certificates that stand in the inventory."""
        self.certificates |= {each.fingerprint: each for each in seen}
        self.inventory = Inventory(certificates=self.certificates)
        return self

    def wait(self, span: timedelta) -> Desk:
        """Time goes by."""
        self.now += span
        return self

    def records(self) -> dict[str, IncidentRecord]:
        """The row that counts of each key: the active one, else the last."""
        latest: dict[str, IncidentRecord] = {}
        for _, record in sorted(self.rows.items()):
            latest[record.key] = record
        return latest

    def record(self, judged: Certificate) -> IncidentRecord:
        """The row that counts of one certificate."""
        return self.records()[key_of(judged)]

    def unguarded(self, in_flight: Collection[str] = ()) -> Plan:
        """What diff alone says."""
        return diff(self.facts(in_flight))

    def desired(self, resting: Resting | None = None) -> dict[str, Incident]:
        """What should be open."""
        rows = self.records()
        return desire(self.assessments.values(), self.certificates, rows, INSTANCE, Routing(ROUTES), resting=resting)

    def facts(self, in_flight: Collection[str] = ()) -> Facts:
        """All that a plan depends on."""
        rows = self.records()
        return Facts(
            self.now,
            self.inventory,
            self.assessments,
            self.desired(self.resting),
            rows,
            self._read(rows),
            self._duplicates(rows),
            in_flight,
            stuck=stuck_merges(self.outbox.values()),
            sayings=self.sayings,
            resting=self.resting,
        )

    def _read(self, rows: dict[str, IncidentRecord]) -> dict[str, Ticket]:
        """The tickets of the active rows that have one, as the daemon asks for them."""
        asked = {key: row.ticket.id for key, row in rows.items() if row.active and row.ticket is not None}
        found = {key: {ticket.ref.id: ticket for ticket in self.all_tickets(key)} for key in asked}
        return {key: found[key][id] for key, id in asked.items() if id in found[key]}

    def _duplicates(self, rows: dict[str, IncidentRecord]) -> dict[str, list[Ticket]]:
        """All open tickets of a row that has others than its own, as trackers tell of them."""
        told: dict[str, list[Ticket]] = {}
        for key, row in rows.items():
            standing = [ticket for ticket in self.all_tickets(key) if ticket.status is TicketStatus.OPEN]
            known = row.ticket.id if row.ticket is not None else None
            if (known or not row.active) and any(ticket.ref.id != known for ticket in standing):
                told[key] = standing
        return told

    def plan(self, in_flight: Collection[str] = ()) -> Plan:
        """What is to be done now."""
        rows, approved = list(self.rows.values()), self.approved
        circumstances = Circumstances(self.now, self.limits, rows, approved, approved, self.distrust)
        return worded(guard(self.unguarded(in_flight), circumstances), self.facts(in_flight))

    def commitments(self, plan: Plan) -> list[Commitment]:
        """What has to be written for it."""
        return commitments(plan, self.rows, self.outbox.values(), self.now)

    def commit(self, plan: Plan | None = None) -> Plan:
        """Rows and intents are written, nothing is sent."""
        plan = plan or self.plan()
        for made in self.commitments(plan):
            id = made.record.id or len(self.rows) + 1
            self.rows[id] = replace(made.record, id=id)
            if made.intent is not None:
                self.outbox[id] = replace(made.intent, id=id, incident_id=id)
            elif made.drop_intent:
                self.outbox.pop(id, None)
        return plan

    def deliver(self) -> None:
        """The tracker confirms everything that waits."""
        for id, intent in list(self.outbox.items()):
            self.turn_to(intent.key, self.rows[id].ticket)
            if intent.kind is ActionKind.MERGE:
                self.rows[id], _ = after_confirmed(self.rows[id], intent, Confirmed(self.merged(intent)), self.now)
                del self.outbox[id]
            elif intent.state is IntentState.PENDING:
                ticket = self._written(self.rows[id], intent)
                outcome = Confirmed(ticket.ref, {"title": intent.content.title} if intent.content else {})
                self.rows[id], _ = after_confirmed(self.rows[id], intent, outcome, self.now)
                self.tickets[intent.key] = ticket
                del self.outbox[id]

    def run(self) -> Plan:
        """One whole pass."""
        plan = self.commit()
        self.deliver()
        return plan

    def _written(self, row: IncidentRecord, intent: Intent) -> Ticket:
        number = len(self.tickets) + 1
        ref = row.ticket or TicketRef(str(number), f"OPS-{number}", f"https://queue.example/OPS-{number}")
        standing = self.tickets.get(intent.key)
        if intent.kind is ActionKind.COMMENT and standing is not None:
            return standing
        made_at = standing.created_at if standing is not None and standing.ref.id == ref.id else self.now
        status = TicketStatus.CLOSED if intent.kind is ActionKind.CLOSE else TicketStatus.OPEN
        closer = Closer.OURSELVES if intent.kind is ActionKind.CLOSE else None
        made = Ticket(ref, intent.marker, status, made_at, closed_by=closer)
        if intent.kind is not ActionKind.UPDATE or standing is None:
            return made
        return replace(made, accepted=standing.accepted, accepted_at=standing.accepted_at)


def fleet(number: int, *, first_ends: timedelta = 20 * DAY) -> list[Certificate]:
    """Certificates that end an hour apart."""
    return [certificate(ends=first_ends + index * HOUR) for index in range(number)]


def desk_of(certificates: list[Certificate], limits: GuardLimits | None = None) -> Desk:
    """All of them due."""
    return Desk(*((each, due(each)) for each in certificates), limits=limits)


def opened(judged: Certificate | None = None, assessment: Assessment | None = None) -> tuple[Desk, Certificate]:
    """A desk with one open incident, delivered."""
    judged = judged or certificate()
    desk = Desk((judged, assessment or due(judged)))
    desk.run()
    return desk, judged


def closed_on_proof(desk: Desk, judged: Certificate, by: Certificate) -> Plan:
    """It is replaced everywhere, with proof, and the ticket is closed."""
    desk.know(by).judge(judged, settled(judged, by=by))
    return desk.run()


def kinds(plan: Plan) -> list[ActionKind]:
    """What it does, in order."""
    return [action.kind for action in plan.actions]


def said(actions: Iterable[Action]) -> list[str]:
    """The ids of all comments."""
    return [comment.id for action in actions for comment in action.comments]


def state_of(desk: Desk, judged: Certificate) -> IncidentState:
    """Where its row stands."""
    return desk.record(judged).state
