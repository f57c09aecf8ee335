"""Again: which places a sweep saw just as they stood. Nothing has to be worked out for them, and no row written."""

from datetime import datetime
from operator import attrgetter

from incidentd.model.inventory import Place, PlaceKey
from incidentd.model.observation import Observation, Sweep
from incidentd.model.places import Places, Shown, shown_by


def seen_again(places: Places, sweep: Sweep) -> tuple[set[PlaceKey], list[Observation]]:
    """The places of which every member was seen, shows what it showed, and nothing else is said; in doubt, not one.

    And the looks at all others: at all there are, where this sweep is dated before the last one, or by another clock.
    """
    if sweep.clock_was_set or places.swept_at(sweep.source) > sweep.started_at:
        return set(), list(sweep.observations)
    spoken_of = (*(gap.location for gap in sweep.gaps), *(absence.location for absence in sweep.absences))
    otherwise = {(location.source, location.uri) for location in spoken_of}
    again: set[PlaceKey] = set()
    looked: dict[PlaceKey, set[str]] = {}
    keys = [(seen.location.source, seen.location.uri) for seen in sweep.observations]
    known, at = places.kept, sweep.started_at
    for key, seen in zip(keys, sweep.observations, strict=True):
        kept = known.get(key)
        if kept is not None and kept.shown is not None and _shows_it(kept.place, kept.shown, seen, at):
            again.add(key)
        elif kept is not None and len(kept.place.members) > 1 and _as_it_stood(kept.place, seen, at):
            looked.setdefault(key, set()).add(seen.member)
        else:
            otherwise.add(key)
    whole = [key for key, members in looked.items() if len(members) == len(known[key].place.members)]
    again.update(whole)
    if not otherwise and len(whole) == len(looked):
        return again, []
    again -= otherwise
    return again, [seen for key, seen in zip(keys, sweep.observations, strict=True) if key not in again]


_FINGERPRINT = attrgetter("fingerprint")


def _shows_it(place: Place, shown: Shown, seen: Observation, at: datetime) -> bool:
    """The same at the same place, now or later. Asked of nearly every look: one call, and what differs first."""
    return (
        shown.chain == tuple(map(_FINGERPRINT, seen.chain))
        and shown.last_at <= at
        and shown.address == seen.member
        and (place.location is seen.location or place.location == seen.location)
    )


def _as_it_stood(place: Place, seen: Observation, at: datetime) -> bool:
    """The same of one of several members, none of which is asked for here but its own."""
    if place.silent or place.unseen_since is not None:
        return False
    for member in place.members:
        if member.address == seen.member:
            shown = shown_by(member)
            return shown is not None and _shows_it(place, shown, seen, at)
    return False
