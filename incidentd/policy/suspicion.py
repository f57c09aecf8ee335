"""Suspicion: an emptied folder, or one that lost more than a fifth of more than five, proves nothing by itself."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from incidentd.model.inventory import Inventory, Member, Place, Run
from incidentd.model.observation import AbsenceKind, Sweep
from incidentd.model.policy import CloseAfter

SHARE = 0.2
MANY = 5


def suspect_groups(inventory: Inventory, sweep: Sweep, close_after: CloseAfter) -> frozenset[str]:
    """Groups (folder, namespace) whose removals in this sweep are not believed until a person approves them.

    A group is judged with all that lies beneath it; the source as a whole is judged too, and taints every group.
    """
    gone = {
        (absence.location.source, absence.location.uri): absence.group
        for absence in sweep.absences
        if absence.kind is AbsenceKind.REMOVED
    }
    if not gone:
        return frozenset()
    known = [place for place in inventory.places_of(sweep.source) if not _believed_gone(place, close_after)]
    counted = [place.location.uri for place in known]
    missing = [place.location.uri for place in known if place.key in gone]
    found = [seen.location.uri for seen in sweep.observations]
    if _too_many(missing, counted, found, ""):
        return frozenset(gone.values())
    return frozenset(group for group in gone.values() if _too_many(missing, counted, found, group.rstrip("/") + "/"))


def _too_many(missing: Iterable[str], known: Iterable[str], found: Iterable[str], prefix: str) -> bool:
    """True for a whole (all that begins with the prefix) that was emptied, or lost too much. A new thing in it is not
    counted as known, but what holds something is not empty."""
    lost, of, left = (sum(uri.startswith(prefix) for uri in uris) for uris in (missing, known, found))
    if lost == 0:
        return False
    return (lost == of and left == 0) or (of > MANY and lost > SHARE * of)


def _believed_gone(place: Place, close_after: CloseAfter) -> bool:
    """True for what was retired before, long enough absent and not suspect; and for what never held anything."""
    return all(any(_proves(run, close_after) for run in _trailing_absences(member)) for member in place.members)


def _trailing_absences(member: Member) -> Iterator[Run]:
    return takewhile(lambda run: run.absence is not None, reversed(member.runs))


def _proves(absence: Run, close_after: CloseAfter) -> bool:
    long_enough = absence.last_at - absence.first_at >= close_after.apart
    return not absence.suspect and absence.looks >= close_after.observations and long_enough
