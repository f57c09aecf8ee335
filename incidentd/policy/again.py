"""Again: which places a sweep saw just as they stood. Nothing has to be worked out for them, and no row written."""

from datetime import datetime
from operator import attrgetter

from incidentd.model.inventory import Place, PlaceKey
from incidentd.model.observation import Observation, Sweep
from incidentd.model.places import Places


def seen_again(places: Places, sweep: Sweep) -> tuple[set[PlaceKey], list[Observation]]:
    """The places of which every member was seen, shows what it showed, and nothing else is said; in doubt, not one.

    And the looks at all others: at all there are, where this sweep is dated before the last one.
    """
    if places.swept_at(sweep.source) > sweep.started_at:
        return set(), list(sweep.observations)
    spoken_of = (*(gap.location for gap in sweep.gaps), *(absence.location for absence in sweep.absences))
    otherwise = {(location.source, location.uri) for location in spoken_of}
    again: set[PlaceKey] = set()
    looked: dict[PlaceKey, set[str]] = {}
    keys = [(seen.location.source, seen.location.uri) for seen in sweep.observations]
    known, at = places.kept, sweep.started_at
    for key, seen in zip(keys, sweep.observations, strict=True):
        kept = known.get(key)
        if kept is None or not _as_it_stood(kept.place, seen, at):
            otherwise.add(key)
        elif len(kept.place.members) == 1:
            again.add(key)
        else:
            looked.setdefault(key, set()).add(seen.member)
    whole = [key for key, members in looked.items() if len(members) == len(known[key].place.members)]
    again.update(whole)
    if not otherwise and len(whole) == len(looked):
        return again, []
    again -= otherwise
    return again, [seen for key, seen in zip(keys, sweep.observations, strict=True) if key not in again]


_FINGERPRINT = attrgetter("fingerprint")
_LAST_AT = attrgetter("last_at")


def _as_it_stood(place: Place, seen: Observation, at: datetime) -> bool:
    """True without a gap, and where no clock was wrong that would have to be righted. Asked of every look: one call."""
    if place.silent or place.unseen_since is not None:
        return False
    if place.location is not seen.location and place.location != seen.location:
        return False
    for member in place.members:
        if member.address == seen.member:
            runs = member.runs
            return (
                member.unseen_since is None
                and runs[-1].chain == tuple(map(_FINGERPRINT, seen.chain))
                and runs[-1].last_at <= at
                and (len(runs) == 1 or runs[-1].last_at >= max(map(_LAST_AT, runs)))
            )
    return False
