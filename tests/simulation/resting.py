"""Resting: when a life is over, as nothing happens and nothing waits any more; and what must hold then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.database import AT_REST
from tests.simulation.fleet import RECORDING_SECONDS, SWEEP_SECONDS
from tests.simulation.invariants import Invariant
from tests.simulation.ladder import CRITICAL_STEP
from tests.simulation.schedule import Event

if TYPE_CHECKING:
    from tests.simulation.actual import Seen
    from tests.simulation.life import Life

QUIET_SECONDS = 3 * SWEEP_SECONDS + 120.0
"""Two looks make a proof; then it is decided, done, and looked at once more."""
LAST_TURN_SECONDS = 2 * 3600.0
"""A life that stands shortly before a step, or before its window opens, goes on until it has come."""
PATIENCE_SECONDS = 5 * 3600.0
SETTLING_SECONDS = 1800.0
"""A step that came so lately may not be told yet."""
ON_PROOF = "Fixed. Replaced by"
"""How the note begins that ends an incident since a successor is served."""


async def come_to_rest(life: Life) -> None:
    """On until nothing was written for three sweeps and the outbox is empty, or patience is over."""
    began = life.seconds()
    while life.seconds() - began < PATIENCE_SECONDS:
        disturbed = _disturbed_until(life)
        until = max(began, disturbed, life.seconds() - SWEEP_SECONDS) + QUIET_SECONDS
        await life.until(until - 2 * SWEEP_SECONDS)
        if _disturbed_until(life) > disturbed:
            continue
        rows = _rows(life)
        await life.until(until)
        if _disturbed_until(life) <= disturbed and rows is not None and rows == _rows(life):
            return
    life.checks.violated(Invariant.REST, "it never came to rest")


def _rows(life: Life) -> object:
    """Everything that must not change at rest; None while there is no state, or something waits in it."""
    there = life.database.is_there and not life.database.has_unfinished
    return life.database.rows_of(*AT_REST) if there else None


def _disturbed_until(life: Life) -> float:
    """When the last thing that keeps the installation from its work was over, or it last wrote."""
    pauses = [max(each.asleep_until, each.shifted_until) for each in life.replicas.values()]
    dark = life.fleet.dark_until.values()
    written = life.actual.last_write_seconds(life.begins) + life.schedule.lag_seconds
    over = max(life.last_struck_at, written, life.down_until, life.backups.memory.since, *pauses, *dark)
    # What is found again after a loss is written to no tracker, and takes the guard's room all the same.
    return max((over + life.shelving.brake_seconds, *life.ladder.turns(within_seconds=LAST_TURN_SECONDS)))


def check_at_rest(life: Life) -> None:
    """Notes what is violated."""
    checks, still_open = life.checks, life.checks.open_tickets()
    if len(still_open) > 1 and (life.fleet.in_place or not _forgot(life)):
        checks.violated(Invariant.ONE, f"{len(still_open)} tickets are open at rest")
    due = life.fleet.in_place and life.ladder.is_due(life.seconds() - SETTLING_SECONDS)
    if due and not still_open and not _excused(life):
        checks.violated(Invariant.NO_LOSS, "it is due and in place, and no ticket is open")
    told = min(life.ladder.step(life.seconds() - SETTLING_SECONDS), CRITICAL_STEP)
    if life.fleet.in_place and any(ticket.rank - 1 < told and ticket.listens for ticket in still_open):
        checks.violated(Invariant.CLIMBS, "its ticket does not say the severity that it has had for long")
    if any(not _is_theirs(ticket, life) for ticket in still_open) and _must_be_closed(life):
        checks.violated(Invariant.EQUIVALENCE, "its successor is served everywhere for long, and a ticket is open")
    if checks.twins and any(_gave_way(ticket, still_open, life) for ticket in _ours(life)):
        checks.violated(Invariant.PEOPLE, "a ticket that a person works on was closed for one that nobody touched")
    if checks.title and all(ticket.title != checks.title for ticket in life.actual.tickets()):
        checks.violated(Invariant.PEOPLE, "the title that a person gave it is gone")
    life.shelving.at_rest()
    life.paging.at_rest(_forgot(life))


def _is_theirs(ticket: Seen, life: Life) -> bool:
    """What a person did something on stays open, where the incident is over by the closing of another ticket."""
    return ticket.worked_on and any(not one.open for one in _ours(life) if one.id != ticket.id)


def _gave_way(ticket: Seen, still_open: list[Seen], life: Life) -> bool:
    """Closed though a person works on it, while one stood open that nobody touched.

    One that came later took its place: PagerDuty opens nothing again, and a return gets an incident of its own.
    """
    worked_on_and_closed = ticket.worked_on and ticket.closed_by_us and not _ended_on_proof(ticket, life)
    return worked_on_and_closed and any(
        not one.worked_on and life.checks.was_open_beside(one, ticket) for one in still_open
    )


def _ended_on_proof(ticket: Seen, life: Life) -> bool:
    """Closed for no other ticket, but since all was over, before a second one could be known of.

    Jira's index may not show that one yet; and a state that was lost right after never looks for it.
    """
    return _forgot(life) and any(said.startswith(ON_PROOF) for said in ticket.said[-1:])


def _excused(life: Life) -> bool:
    """Somebody else closed it last, and their word still holds."""
    checks = life.checks
    if not any(checks.may_be_spoken(ticket) for ticket in _ours(life)):
        return False
    stepped = life.ladder.step(life.seconds() - SETTLING_SECONDS) > max(checks.said_step, _found_at_step(life))
    undone = checks.machine_closings == 1 and not checks.person_closings
    return not stepped and not undone


def _ours(life: Life) -> list[Seen]:
    return [ticket for ticket in life.actual.tickets() if not ticket.cloned]


def _found_at_step(life: Life) -> int:
    """A state that was lost does not know at which step somebody closed it: it counts from where that is found."""
    if not _forgot(life):
        return 0
    found_at = max(life.backups.memory.since, life.down_until, _known_in_place_at(life)) + 2 * SWEEP_SECONDS
    return life.ladder.step(min(found_at, life.seconds()))


def _known_in_place_at(life: Life) -> float:
    """The state that there is now was first told then of the old certificate: no ticket is looked for before.

    It may have been replaced everywhere as the state was lost, and be rolled back long after that.
    """
    fleet, memory = life.fleet, life.backups.memory
    shown = (look.at for look in fleet.looks if look.fingerprint == fleet.old.fingerprint)
    return min((at for at in shown if memory.knows(at, margin=RECORDING_SECONDS)), default=0.0)


def _must_be_closed(life: Life) -> bool:
    """Settled, with a state that remembers the proof, and without having come back (that damps the closing)."""
    came_back = life.checks.openings > 2 or any(one.event is Event.ROLL_BACK for one in life.schedule.happenings)
    return life.fleet.settled and not came_back and not _forgot(life)


def _forgot(life: Life) -> bool:
    """A state that was lost, or set back, knows nothing of what had gone by then: that is left for `repair`."""
    return any(one.event in (Event.STATE_LOST, Event.STATE_OLD) for one in life.schedule.happenings)
