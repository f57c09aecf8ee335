"""Resting: what must hold in the end, when nothing has happened for a while and nothing waits any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.invariants import Invariant
from tests.simulation.schedule import Event

if TYPE_CHECKING:
    from tests.simulation.life import Life

SETTLING_SECONDS = 1800.0
"""A step that came so lately may not be told yet."""


def check_at_rest(life: Life) -> None:
    """Notes what is violated."""
    checks, still_open = life.checks, life.checks.open_tickets()
    if len(still_open) > 1 and (life.fleet.in_place or not _forgot(life)):
        checks.violated(Invariant.ONE, f"{len(still_open)} tickets are open at rest")
    due = life.fleet.in_place and life.ladder.is_due(life.seconds() - SETTLING_SECONDS)
    if due and not still_open and not _excused(life):
        checks.violated(Invariant.NO_LOSS, "it is due and in place, and no ticket is open")
    if still_open and _must_be_closed(life):
        checks.violated(Invariant.EQUIVALENCE, "its successor is served everywhere for long, and a ticket is open")
    if checks.title and all(ticket.title != checks.title for ticket in life.actual.tickets()):
        checks.violated(Invariant.PEOPLE, "the title that a person gave it is gone")
    life.shelving.at_rest()


def _excused(life: Life) -> bool:
    """Somebody else closed it last, and their word still holds."""
    checks = life.checks
    closed = [ticket for ticket in life.actual.tickets() if not ticket.cloned]
    if all(ticket.closed_by_us for ticket in closed):
        return False
    stepped = life.ladder.step(life.seconds() - SETTLING_SECONDS) > checks.said_step
    undone = checks.machine_closings == 1 and not checks.person_closings
    return not stepped and not undone


def _must_be_closed(life: Life) -> bool:
    """Settled, with a state that remembers the proof, and without having come back (that damps the closing)."""
    came_back = any(one.event is Event.ROLL_BACK for one in life.schedule.happenings)
    return life.fleet.settled and not came_back and not _forgot(life)


def _forgot(life: Life) -> bool:
    """A state that was lost, or set back, knows nothing of what had gone by then: that is left for `repair`."""
    return any(one.event in (Event.STATE_LOST, Event.STATE_OLD) for one in life.schedule.happenings)
