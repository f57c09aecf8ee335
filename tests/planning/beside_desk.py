"""A desk whose incidents may page, and may be moved: what stands beside their own tickets is planned with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from incidentd.model.assessment import Assessment, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Beside, IncidentRecord, beside_in, left_key, page_key
from incidentd.model.owner import Owners
from incidentd.model.plan import Action, Plan
from incidentd.model.policy import GuardLimits, Page, Route
from incidentd.model.ticket import Closer, Ticket, TicketStatus
from incidentd.planning.besides import besides, joined
from incidentd.planning.desire import desire
from incidentd.planning.diff import diff, worded
from incidentd.planning.facts import Facts
from incidentd.planning.guard import Circumstances, guard
from incidentd.planning.moving import moved, without_left
from incidentd.planning.routing import Routing
from tests.planning.desk import INSTANCE, Desk, key_of

PAGING = (Route((), "queue", Page("oncall", Step.ERROR)),)


class BesideDesk(Desk):
    """Pages go to `oncall` from error on, unless other routes are given."""

    def __init__(
        self,
        *assessed: tuple[Certificate, Assessment],
        limits: GuardLimits | None = None,
        routes: Sequence[Route] = PAGING,
    ) -> None:
        super().__init__(*assessed, limits=limits)
        self.routing = Routing(routes, Owners())

    def records(self) -> dict[str, IncidentRecord]:
        """Of incidents alone."""
        return {key: row for key, row in super().records().items() if row.of_certificate}

    def aside(self) -> dict[str, IncidentRecord]:
        """Of what stands beside them."""
        return {key: row for key, row in super().records().items() if beside_in(key)}

    def facts(self, in_flight: Collection[str] = ()) -> Facts:
        """With the tickets of both."""
        rows, aside = self.records(), self.aside()
        every = {**rows, **aside}
        return Facts(
            self.now,
            self.inventory,
            self.assessments,
            desire(self.assessments.values(), self.certificates, rows, INSTANCE, self.routing, aside, self.resting),
            rows,
            self._read(every),
            without_left(self._duplicates(every), aside),
            in_flight,
            beside=aside,
            sayings=self.sayings,
            resting=self.resting,
        )

    def plan(self, in_flight: Collection[str] = ()) -> Plan:
        """Incidents first, then what follows from that."""
        facts, rows = self.facts(in_flight), list(self.rows.values())
        around = Circumstances(self.now, self.limits, rows, self.approved, self.approved, self.distrust)
        around = replace(around, records=[row for row in rows if row.of_certificate])
        guarded = guard(diff(facts), around)
        beside = guard(besides(guarded, facts, INSTANCE), replace(around, records=list(facts.beside.values())))
        return worded(joined(guarded, beside), facts)

    def settle(self) -> Plan:
        """Passes until nothing is left to be done; the last one's plan."""
        plan = self.run()
        for _ in range(4):
            plan = self.run() if plan.actions else plan
        return plan

    def move(self, judged: Certificate, tracker: str) -> None:
        """A person moves it."""
        key = key_of(judged)
        id = next(id for id, row in self.rows.items() if row.key == key and row.active)
        after, left = moved(self.rows[id], tracker, "on call takes over", self.now, leaves=True)
        self.rows[id] = after
        self.outbox.pop(id, None)
        if left is not None:
            number = len(self.rows) + 1
            self.rows[number] = replace(left, id=number)
            self.tickets[f"gone {number}"] = self.tickets.pop(left_key(key), self.tickets[key])
            self.tickets[left_key(key)] = self.tickets.pop(key)

    def page(self, judged: Certificate) -> IncidentRecord | None:
        """The row of its page."""
        return self.aside().get(page_key(key_of(judged)))

    def on_page(self, judged: Certificate, **fields: object) -> None:
        """Something happens to the page's ticket."""
        key = page_key(key_of(judged))
        self.tickets[key] = replace(self.tickets[key], **fields)  # type: ignore[arg-type]  # by name, as tests need them

    def person_resolves_page(self, judged: Certificate) -> None:
        """Somebody on call resolves it."""
        self.on_page(judged, status=TicketStatus.CLOSED, closed_by=Closer.PERSON, closed_at=self.now)

    def standing(self, judged: Certificate) -> list[Ticket]:
        """The open tickets of the incident itself, wherever they are."""
        key = key_of(judged)
        found = [self.tickets.get(each) for each in (key, left_key(key))]
        return [ticket for ticket in found if ticket is not None and ticket.status is TicketStatus.OPEN]


def about_pages(plan: Plan) -> list[Action]:
    """What it does about pages."""
    return [action for action in plan.actions if beside_in(action.key) is Beside.PAGE]
