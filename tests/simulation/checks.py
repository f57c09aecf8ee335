"""Checks: what must hold at every step of a life (faults.md, "What must hold"), held against the truth, not the state.

The truth is the fleet's and the sandbox's own; the database is only read, beside the product.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.actual import Seen
from tests.simulation.invariants import Invariant, Violation
from tests.simulation.ladder import CRITICAL_STEP, DAY_SECONDS
from tests.simulation.schedule import Event, Misfortune

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.process import Process

RETRIED_WITHIN_SECONDS = 5.0
"""What the transport itself waits for at most."""
UNNOTICED_SECONDS = 1200.0
"""A sweep's period, and what a restart takes."""
IN_FLIGHT_SECONDS = 960.0
"""How long what was read, or sent, may already be on its way when somebody closes the ticket: the longest pause."""


@dataclass
class Checks:
    """The referee of one life."""

    life: Life
    violations: list[Violation] = field(default_factory=list)
    twins: int = 0
    person_closings: int = 0
    machine_closings: int = 0
    said_step: int = 0
    """At which step somebody closed it last."""
    title: str = ""
    openings: int = 0
    """How often it went from closed to open, the first time included."""
    _was_open: bool = False
    _ranks: dict[str, int] = field(default_factory=dict)
    _doubled_at: float = -IN_FLIGHT_SECONDS
    _known_closings: int = 0
    """How often a machine closed it, as far as the state remembers."""
    _losses: int = 0
    _word_at: float | None = None
    _word_step: int = 0
    _throttled_until: dict[str, float] = field(default_factory=dict)
    _opened_at: dict[str, float] = field(default_factory=dict)
    _closed_at: dict[str, float] = field(default_factory=dict)

    def violated(self, invariant: Invariant, text: str) -> None:
        """Notes it, once an invariant."""
        if all(known.invariant is not invariant for known in self.violations):
            self.violations.append(Violation(invariant, text, self.life.seconds()))
            self.life.trace.append(f"{self.life.seconds():.3f} VIOLATED {invariant}: {text}")

    # At each request

    def at_request(
        self, process: Process, method: str, path: str, body: bytes, writes: bool, misfortune: Misfortune | None
    ) -> None:
        """It has reached the tracker."""
        what, now = f"{process.name} {method} {self.life.actual.plain(path)}", self.life.seconds()
        budget = f"{process.name} {self.life.actual.budget(path)}"
        until = self._throttled_until.get(budget, 0.0)
        if now < until - RETRIED_WITHIN_SECONDS:
            self.violated(Invariant.RATES, f"{what}, though it was asked to wait")
        if misfortune is Misfortune.THROTTLED:
            self._throttled_until[budget] = now + 90.0
        if writes:
            self._of_write(process, what)
            if self.life.actual.is_closing(method, path, body):
                self._of_closing(what)

    def _of_write(self, process: Process, what: str) -> None:
        state = self.life.database
        if not state.is_sending:
            self.violated(Invariant.INTENT_FIRST, f"{what}, and no intent says so")
        if state.lease_owner("reconcile") != _name_of(process):
            self.violated(Invariant.FENCING, f"{what}, though another process has the right to write")

    def _of_closing(self, what: str) -> None:
        spoken = any(not ticket.open and self.may_be_spoken(ticket) for ticket in self.life.actual.tickets())
        if len(self.open_tickets()) > 1 or (spoken and self.life.database.is_merging):
            return  # one of two is merged into the other, or into the one that somebody else closed
        for address in self.life.fleet.addresses:
            missing = self.life.fleet.missing_proof(address, memory=self.life.backups.memory, faults=self.life.struck)
            if missing is not None:
                self.violated(missing[0], f"{what}, but {address} {missing[1]}")

    def may_be_spoken(self, ticket: Seen) -> bool:
        """Whether somebody else closed it, or may have: with our login, only a state that was not lost knows who.

        When it cannot be told, it was a person (product.md, "People win").
        """
        return not ticket.closed_by_us or (not ticket.signed and self.life.backups.losses > 0)

    # At each step on the database

    def at_state_step(self, process: Process, before: object) -> None:
        """Done by a process that does not hold the right to write; `before`: what stood in ledger and outbox."""
        if self.ledger_of_others(process) not in (None, before):
            self.violated(Invariant.FENCING, f"{process.name} wrote to the ledger, and has no right to")

    def ledger_of_others(self, process: Process) -> object:
        """What stands in ledger and outbox while a process may not write them; None while it may, or is alone."""
        state = self.life.database
        if self.life.schedule.replicas == 1 or not state.is_there:
            return None
        if state.lease_owner("reconcile") == _name_of(process):
            return None
        return state.rows_of("incidents", "events", "outbox")

    # Whenever a ticket may have changed

    def of_tickets(self) -> None:
        """What may be in passing."""
        seen = self.life.actual.tickets()
        if any(ticket.cloned and ticket.touched for ticket in seen):
            self.violated(Invariant.PEOPLE, "a person's clone was touched")
        tickets = [ticket for ticket in seen if not ticket.cloned]
        still_open = [ticket for ticket in tickets if ticket.open]
        if len(still_open) > self.life.actual.at_most_open + self.twins:
            self.violated(Invariant.ONE, f"{len(still_open)} tickets are open at once")
        for ticket in tickets:
            self._of_severity(ticket)
            if not ticket.open:
                self._closed_at.setdefault(ticket.id, self.life.seconds())
        for ticket in still_open:
            self._of_opening(ticket)
            self._closed_at.pop(ticket.id, None)
        if still_open:
            self._of_the_word()
            self.openings += not self._was_open
        self._was_open = bool(still_open)
        self.life.shelving.of_tickets()
        self.life.paging.of_tickets()

    def _of_severity(self, ticket: Seen) -> None:
        before = self._ranks.get(ticket.id, 0)
        if ticket.open and ticket.rank < before and not self._was_forgotten_by_a_clock_behind():
            self.violated(Invariant.CLIMBS, f"{ticket.id} fell from {before} to {ticket.rank}")
        if ticket.open and ticket.rank - 1 > min(self.step, CRITICAL_STEP):
            self.violated(Invariant.CLIMBS, f"{ticket.id} says severity {ticket.rank} too early")
        self._ranks[ticket.id] = ticket.rank if ticket.open else 0

    def _was_forgotten_by_a_clock_behind(self) -> bool:
        """What was said stands in the state; one that was lost, or set back, works it out by the time.

        A clock that is behind by less than a day is believed (product.md, "Clock distrust"), and by that time the step
        may not have come. With either alone it must not fall.
        """
        behind = any(one.event is Event.RESTART_BEHIND for one in self.life.schedule.happenings)
        return behind and self.life.backups.losses > 0

    def _of_opening(self, ticket: Seen) -> None:
        if ticket.id in self._opened_at:
            return
        self._opened_at[ticket.id] = self.life.seconds()
        if not self.life.ladder.is_due(self.life.seconds()):
            self.violated(Invariant.CLIMBS, f"{ticket.id} was opened before its time")

    def was_open_beside(self, ticket: Seen, other: Seen) -> bool:
        """Whether it stood there already as the other one was closed."""
        return self._opened_at[ticket.id] < self._closed_at[other.id]

    def somebody_closes(self, person: bool) -> None:
        """A person or a machine is about to close what is open."""
        if not self.open_tickets():
            return
        self.person_closings += person
        self.machine_closings += not person
        self.said_step = self.step
        if self._losses != self.life.backups.losses:  # nobody knows any more how often a machine closed it before
            self._losses, self._known_closings = self.life.backups.losses, 0
        self._known_closings += not person
        written = max(self.life.actual.last_write_seconds(self.life.begins), self._doubled_at)
        busy = written > self.life.seconds() - IN_FLIGHT_SECONDS
        if (person or self._known_closings > 1) and not busy:
            # A step that nobody has looked at yet is news to whoever closes it: it may bring it back.
            looked_at = max(self.life.seconds() - UNNOTICED_SECONDS, 0.0)
            self._word_at, self._word_step = self.life.seconds(), self.life.ladder.step(looked_at)

    def somebody_doubles(self) -> None:
        """Our account makes a second ticket; in PagerDuty that may arrive later than what is done to the first."""
        self.twins += 1
        self._doubled_at = self.life.seconds()

    def _of_the_word(self) -> None:
        if self._word_at is None or self.life.seconds() == self._word_at:
            return
        waited = self.life.seconds() - self._word_at
        stepped = self.step > self._word_step
        day = self.step >= CRITICAL_STEP and waited >= DAY_SECONDS
        if not stepped and not day and not self.life.fleet_was_settled_after(self._word_at):
            self.violated(Invariant.PEOPLE, f"it is open again {waited:.0f} s after somebody closed it")
        self._word_at = None

    def somebody_retitles(self, title: str) -> None:
        """A person is about to give what is open another title."""
        self.title = title if self.open_tickets() else self.title

    # The truth

    def open_tickets(self) -> list[Seen]:
        """What is open for the certificate, people's clones aside."""
        return [ticket for ticket in self.life.actual.tickets() if ticket.open and not ticket.cloned]

    @property
    def step(self) -> int:
        """That the certificate has reached by now."""
        return self.life.ladder.step(self.life.seconds())


def _name_of(process: Process) -> str:
    """In leases."""
    return process.installation.owner if process.installation else ""
