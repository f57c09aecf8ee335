"""Checks: what must hold at every step of a life (faults.md, "What must hold"), held against the truth, not the state.

The truth is the fleet's and the sandbox's own; the database is only read, beside the product, by a connection of ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from incidentd.policy.calendar import months_before
from tests.simulation.actual import Seen
from tests.simulation.schedule import Event, Misfortune

if TYPE_CHECKING:
    from tests.simulation.life import Life
    from tests.simulation.process import Process

DAY_SECONDS = 86400.0
STEPS_SECONDS = (14 * DAY_SECONDS, 3 * DAY_SECONDS, DAY_SECONDS, 0.0)
"""Time left at which error, critical, 24 hours left and expired are reached."""
CRITICAL_STEP = 2
RETRIED_WITHIN_SECONDS = 5.0
"""What the transport itself waits for at most."""
IN_FLIGHT_SECONDS = 960.0
"""How long what was read, or sent, may already be on its way when somebody closes the ticket: the longest pause."""


class Invariant(StrEnum):
    """By the numbers of faults.md."""

    ONE = "1 one"
    NO_LOSS = "2 no loss"
    NO_FALSE_CLOSE = "3 no false close"
    BLINDNESS = "4 blindness is not absence"
    PEOPLE = "5 people win"
    CLIMBS = "6 severity only climbs"
    RATES = "7 rates"
    INTENT_FIRST = "8 intent first"
    FENCING = "8 fencing"
    REST = "9 rest"
    EQUIVALENCE = "10 crash equivalence"
    READ = "11 nothing unread in silence"
    SECRETS = "12 secrets"
    REPLAY = "13 replay"
    SOUND = "no internal error"


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be, the first time it was."""

    invariant: Invariant
    text: str
    at_seconds: float


@dataclass
class Checks:
    """The referee of one life."""

    life: Life
    violations: list[Violation] = field(default_factory=list)
    twins: int = 0
    machine_closings: int = 0
    title: str = ""
    _ranks: dict[str, int] = field(default_factory=dict)
    _word_at: float | None = None
    _word_step: int = 0
    _throttled_until: dict[str, float] = field(default_factory=dict)
    _opened_at: dict[str, float] = field(default_factory=dict)

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
        until = self._throttled_until.get(process.name, 0.0)
        if now < until - RETRIED_WITHIN_SECONDS:
            self.violated(Invariant.RATES, f"{what}, though it was asked to wait")
        if misfortune is Misfortune.THROTTLED:
            self._throttled_until[process.name] = now + 90.0
        if writes:
            self._of_write(process, what)
            if self.life.actual.is_closing(method, path, body):
                self._of_closing(what)

    def _of_write(self, process: Process, what: str) -> None:
        with self._reading() as connection:
            sending = connection.execute("SELECT count(*) FROM outbox WHERE state = 'sending'").fetchone()[0]
            owner = connection.execute("SELECT owner FROM leases WHERE name = 'reconcile'").fetchone()
        if not sending:
            self.violated(Invariant.INTENT_FIRST, f"{what}, and no intent says so")
        own = process.installation.owner if process.installation else ""
        if owner is None or owner[0] != own:
            self.violated(Invariant.FENCING, f"{what}, though another process has the right to write")

    def _of_closing(self, what: str) -> None:
        fleet, wanted = self.life.fleet, self.life.fleet.new.fingerprint
        if len(self._open()) > 1:
            return  # one of two is merged into the other
        for address in fleet.addresses:
            answered = fleet.answered(address)
            if all(look.fingerprint != fleet.old.fingerprint for look in answered):
                continue
            last = answered[-2:]
            if any(look.fingerprint != wanted for look in last):
                self.violated(Invariant.NO_FALSE_CLOSE, f"{what}, but {address} does not serve a successor")
            elif last[-1].at - last[0].at < 600.0 and len({look.at for look in answered}) > 1:
                run = [look.at for look in answered if look.fingerprint == wanted]
                if run[-1] - run[0] < 600.0:
                    self.violated(Invariant.NO_FALSE_CLOSE, f"{what}, but {address} was seen so for too short a time")

    # Whenever a ticket may have changed

    def of_tickets(self) -> None:
        """What may be in passing."""
        tickets = [ticket for ticket in self.life.actual.tickets() if not ticket.cloned]
        still_open = [ticket for ticket in tickets if ticket.open]
        if len(still_open) > self.life.actual.at_most_open + self.twins:
            self.violated(Invariant.ONE, f"{len(still_open)} tickets are open at once")
        for ticket in tickets:
            self._of_severity(ticket)
        for ticket in still_open:
            self._of_opening(ticket)
        if still_open:
            self._of_the_word()

    def _of_severity(self, ticket: Seen) -> None:
        before = self._ranks.get(ticket.id, 0)
        if ticket.open and ticket.rank < before:
            self.violated(Invariant.CLIMBS, f"{ticket.id} fell from {before} to {ticket.rank}")
        self._ranks[ticket.id] = ticket.rank if ticket.open else 0

    def _of_opening(self, ticket: Seen) -> None:
        if ticket.id in self._opened_at:
            return
        self._opened_at[ticket.id] = self.life.seconds()
        if not self.is_due:
            self.violated(Invariant.CLIMBS, f"{ticket.id} was opened before its time")
        if ticket.rank - 1 > min(self._step, CRITICAL_STEP):
            self.violated(Invariant.CLIMBS, f"{ticket.id} says severity {ticket.rank} too early")

    def somebody_closes(self, person: bool) -> None:
        """A person or a machine is about to close what is open."""
        if not self._open():
            return
        self.machine_closings += not person
        busy = self.life.actual.last_write_seconds(self.life.begins) > self.life.seconds() - IN_FLIGHT_SECONDS
        if (person or self.machine_closings > 1) and not busy:
            self._word_at, self._word_step = self.life.seconds(), self._step

    def _of_the_word(self) -> None:
        if self._word_at is None or self.life.seconds() == self._word_at:
            return
        waited = self.life.seconds() - self._word_at
        stepped = self._step > self._word_step
        day = self._step >= CRITICAL_STEP and waited >= DAY_SECONDS
        if not stepped and not day and not self.life.fleet_was_settled_after(self._word_at):
            self.violated(Invariant.PEOPLE, f"it is open again {waited:.0f} s after somebody closed it")
        self._word_at = None

    def somebody_retitles(self, title: str) -> None:
        """A person is about to give what is open another title."""
        self.title = title if self._open() else self.title

    # The truth

    def _open(self) -> list[Seen]:
        return [ticket for ticket in self.life.actual.tickets() if ticket.open and not ticket.cloned]

    @property
    def _left_seconds(self) -> float:
        return self.life.schedule.ends_in_minutes * 60.0 - self.life.seconds()

    @property
    def _step(self) -> int:
        """0 warning, 1 error, 2 critical, 3 24 hours left, 4 expired."""
        return sum(self._left_seconds <= step for step in STEPS_SECONDS)

    @property
    def is_due(self) -> bool:
        """Less than three months are left."""
        opens_at = months_before(self.life.fleet.old.certificate.not_valid_after_utc, 3)
        return opens_at is not None and self.life.now() > opens_at

    # At rest

    def nothing_waits(self) -> bool:
        """The outbox is empty."""
        if not self.life.state.exists():
            return False
        with self._reading() as connection:
            query = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'uncertain')"
            return bool(connection.execute(query).fetchone()[0] == 0)

    def at_rest(self) -> None:
        """What must hold in the end."""
        fleet, still_open = self.life.fleet, self._open()
        if len(still_open) > 1:
            self.violated(Invariant.ONE, f"{len(still_open)} tickets are open at rest")
        if not self.nothing_waits():
            self.violated(Invariant.REST, "the outbox never came to rest")
        if fleet.in_place and self.is_due and not still_open and not self._excused():
            self.violated(Invariant.NO_LOSS, "it is due and in place, and no ticket is open")
        if still_open and self._must_be_closed():
            self.violated(Invariant.EQUIVALENCE, "its successor is served everywhere for long, and a ticket is open")
        if self.title and all(ticket.title != self.title for ticket in self.life.actual.tickets()):
            self.violated(Invariant.PEOPLE, "the title that a person gave it is gone")

    def _excused(self) -> bool:
        """Somebody else closed it last."""
        closed = [ticket for ticket in self.life.actual.tickets() if not ticket.cloned]
        return bool(closed) and any(not ticket.closed_by_us for ticket in closed)

    def _must_be_closed(self) -> bool:
        """Settled, with a state that remembers the proof, and without having come back (that damps the closing)."""
        excuses = {Event.ROLL_BACK, Event.STATE_LOST, Event.STATE_OLD}
        return self.life.fleet.settled and all(one.event not in excuses for one in self.life.schedule.happenings)

    # The database, beside the product

    def copy_state(self, target: Path) -> None:
        """A backup."""
        with self._reading() as connection, closing(sqlite3.connect(target)) as copy:
            connection.backup(copy)

    def state_digest(self) -> int:
        """Of everything that must not change at rest."""
        tables = ("places", "members", "certificates", "incidents", "events", "outbox")
        with self._reading() as connection:
            return hash(tuple(tuple(connection.execute(f"SELECT * FROM {table}")) for table in tables))  # noqa: S608

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self.life.state}?mode=ro", uri=True)) as connection:
            yield connection
