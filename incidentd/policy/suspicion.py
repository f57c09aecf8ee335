"""Suspicion: an emptied folder, or one that lost more than a fifth of more than five, proves nothing by itself."""

from collections.abc import Iterator

from incidentd.model.inventory import Inventory, Place
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
    counted = [place for place in inventory.places_of(sweep.source) if not _believed_gone(place, close_after)]
    missing = [place for place in counted if place.key in gone]
    if _too_many(len(missing), len(counted)):
        return frozenset(gone.values())
    return frozenset(
        group
        for group in gone.values()
        if _too_many(sum(1 for _ in _beneath(missing, group)), sum(1 for _ in _beneath(counted, group)))
    )


def _too_many(gone: int, known: int) -> bool:
    if gone == 0:
        return False
    return gone == known or (known > MANY and gone > SHARE * known)


def _beneath(places: list[Place], group: str) -> Iterator[Place]:
    prefix = group.rstrip("/") + "/"
    return (place for place in places if place.location.uri.startswith(prefix))


def _believed_gone(place: Place, close_after: CloseAfter) -> bool:
    """True for what was retired before: long enough absent, and not suspect."""
    if not place.members:
        return True
    return all(
        member.current.absence is not None
        and not member.current.suspect
        and member.current.looks >= close_after.observations
        and member.current.last_at - member.current.first_at >= close_after.apart
        for member in place.members
    )
