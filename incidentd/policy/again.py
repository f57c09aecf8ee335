"""Again: which places a sweep saw just as they stood. Nothing has to be worked out for them, and no row written."""

from collections.abc import Sequence
from operator import attrgetter

from incidentd.model.inventory import PlaceKey
from incidentd.model.observation import Observation, Sweep
from incidentd.model.places import Compared, Looks, Places, looks_in


def seen_again(places: Places, sweep: Sweep) -> tuple[set[PlaceKey], list[Observation]]:
    """The places of which every member was seen, shows what it showed, and nothing else is said; in doubt, not one.

    And the looks at all others: at all there are, where this sweep is dated before the last one, or by another clock.
    """
    if sweep.clock_was_set or places.swept_at(sweep.source) > sweep.started_at:
        return set(), list(sweep.observations)
    looks = looks_in(sweep)
    if looks is None:
        return _one_by_one(places, sweep, sweep.observations)
    again, doubtful = _as_before(places.compared.get(sweep.source), looks, sweep)
    if doubtful:
        more, news = _one_by_one(places, sweep, doubtful)
        again, rest = again | more, {_key(seen) for seen in news}
    else:
        news, rest = [], set()
    places.compared[sweep.source] = Compared(sweep.started_at, looks, again, rest)
    return again, news


def _as_before(before: Compared | None, looks: Looks, sweep: Sweep) -> tuple[set[PlaceKey], Sequence[Observation]]:
    """The places that were seen just as they stood before, and show the same objects now; and the looks at all others.

    What is kept of a place that changes is no longer compared: so those stand as they did.
    """
    if before is None or before.at > sweep.started_at or not looks.are_at(before.looks):
        return set(), sweep.observations
    otherwise = {(where.source, where.uri) for where in looks.otherwise(before.looks)} | before.rest
    if not otherwise:
        return before.again, []
    uris = {uri for _, uri in otherwise}
    near = (seen for seen in sweep.observations if seen.location.uri in uris)
    return before.again - otherwise, [seen for seen in near if _key(seen) in otherwise]


def _key(seen: Observation) -> PlaceKey:
    return seen.location.source, seen.location.uri


def _one_by_one(places: Places, sweep: Sweep, looks: Sequence[Observation]) -> tuple[set[PlaceKey], list[Observation]]:
    spoken_of = (*(gap.location for gap in sweep.gaps), *(absence.location for absence in sweep.absences))
    otherwise = {(location.source, location.uri) for location in spoken_of}
    again: set[PlaceKey] = set()
    looked: dict[PlaceKey, set[str]] = {}
    known, at = places.kept, sweep.started_at
    for seen in looks:  # nearly all that a steady pass does: what differs most often is compared first
        location = seen.location
        key = location.source, location.uri
        kept = known.get(key)
        shown = kept.shown.get(seen.member) if kept is not None else None
        if (
            kept is None
            or shown is None
            or shown.chain != tuple(map(_FINGERPRINT, seen.chain))
            or shown.others != seen.others
            or shown.last_at > at
            or seen.unread
            or not (kept.place.location is location or kept.place.location == location)
        ):
            otherwise.add(key)
        elif len(kept.shown) == 1:
            again.add(key)
        else:
            looked.setdefault(key, set()).add(seen.member)
    whole = [key for key, members in looked.items() if len(members) == len(known[key].shown)]
    again.update(whole)
    if not otherwise and len(whole) == len(looked):
        return again, []
    again -= otherwise
    return again, [seen for seen in looks if _key(seen) not in again]


_FINGERPRINT = attrgetter("fingerprint")
