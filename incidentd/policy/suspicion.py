"""Suspicion: an emptied folder, or one that lost more than a fifth of more than five, proves nothing by itself."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from incidentd.model.inventory import Inventory, Member, Place, Run
from incidentd.model.location import NAMESPACE, Location, Role
from incidentd.model.observation import AbsenceKind, Sweep
from incidentd.model.policy import CloseAfter

SHARE = 0.2
MANY = 5


def suspect_groups(inventory: Inventory, sweep: Sweep, close_after: CloseAfter) -> frozenset[str]:
    """Groups (folder, namespace) whose removals in this sweep are not believed until a person approves them.

    A group is judged with all that lies beneath it, and what a namespace serves by itself; the source as a whole is
    judged too, and taints every group.
    """
    removed = [absence for absence in sweep.absences if absence.kind is AbsenceKind.REMOVED]
    if not removed:
        return frozenset()
    gone = {(absence.location.source, absence.location.uri): absence.group for absence in removed}
    known = [place for place in inventory.places_of(sweep.source) if not _believed_gone(place, close_after)]
    lives = [_life(place, place.key in gone) for place in known]
    found = [seen.location for seen in sweep.observations]
    if _suspect(lives, found, _beneath("")):
        return frozenset(gone.values())
    wholes = {(group, group.rstrip("/") + "/", "") for group in gone.values()}
    wholes |= {(absence.group, "", space) for absence in removed if (space := _serving_space(absence.location))}
    return frozenset(
        group
        for group, prefix, space in wholes
        if _suspect(lives, found, _serving_in(space) if space else _beneath(prefix))
    )


_Within = Callable[[Location], bool]


def _beneath(prefix: str) -> _Within:
    return lambda where: where.uri.startswith(prefix)


def _serving_in(space: str) -> _Within:
    return lambda where: _serving_space(where) == space


def _serving_space(where: Location) -> str | None:
    """The namespace of a cluster from which something is served: no address says it."""
    return where.label(NAMESPACE) if where.role is Role.SERVED else None


@dataclass(frozen=True, slots=True)
class _Life:
    """From when to when something was seen in a known place, and whether it is missing now."""

    location: Location
    since: datetime
    until: datetime
    missing: bool


def _life(place: Place, missing: bool) -> _Life:
    until = max(run.last_at for member in place.members for run in member.runs if run.chain or run is member.runs[0])
    return _Life(place.location, min(place.known_since or until, until), until, missing)


def _suspect(lives: Iterable[_Life], found: Iterable[Location], is_within: _Within) -> bool:
    """True for a whole (all that is within) that was emptied, or lost too much, now or little by little.

    A new thing in the place of a single one is a renamed file. Of what was lost together, only what was there with it
    is left: what turned up afterwards may lie beneath a mount point.
    """
    within = [life for life in lives if is_within(life.location)]
    lost = sum(life.missing for life in within)
    if lost == 0:
        return False
    if lost == len(within) and not any(map(is_within, found)):
        return True
    return _is_much(lost, len(within)) or any(
        lost == of > 1 or _is_much(lost, of) for lost, of in _lost_together(within)
    )


def _is_much(lost: int, of: int) -> bool:
    return of > MANY and lost > SHARE * of


def _lost_together(lives: Sequence[_Life]) -> Iterator[tuple[int, int]]:
    """How many were lost before anything new came, and of how many; once for each time in which some were lost."""
    came = sorted({life.since for life in lives})
    lost = Counter(bisect_right(came, life.until) for life in lives if life.missing)
    for age, count in lost.items():
        there = [life for life in lives if life.since <= came[age - 1]]
        yield count, sum(not life.missing or bisect_right(came, life.until) >= age for life in there)


def _believed_gone(place: Place, close_after: CloseAfter) -> bool:
    """True for what was retired before, by looks enough or by a person; and for what never held anything."""
    return all(any(_proves(run, close_after) for run in _trailing_absences(member)) for member in place.members)


def _trailing_absences(member: Member) -> Iterator[Run]:
    return takewhile(lambda run: run.absence is not None, reversed(member.runs))


def _proves(absence: Run, close_after: CloseAfter) -> bool:
    if absence.word is not None:
        return True
    long_enough = absence.last_at - absence.first_at >= close_after.apart
    return not absence.suspect and absence.looks >= close_after.observations and long_enough
