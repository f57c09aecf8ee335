"""Remember: the inventory after one more sweep. Pure; what the store writes is exactly what is new in it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory, Member, Place, PlaceKey, Recorded, SweepRecord
from incidentd.model.location import Location
from incidentd.model.observation import Gap, GapReason, Observation, Sweep
from incidentd.model.places import Places, after_sweep, places_in
from incidentd.policy.accounts import Evidence, evidence_by_place
from incidentd.policy.again import seen_again
from incidentd.policy.looks import after_absence, after_gap, after_observations, cut
from incidentd.policy.silence import silent_after


def remember(inventory: Inventory, sweep: Sweep, suspect_groups: Collection[str]) -> tuple[Inventory, Recorded]:
    """The inventory with the sweep in it, and what of it is new."""
    recorded = news_of(inventory, sweep, suspect_groups)
    return after_sweep(inventory, recorded), recorded


def news_of(inventory: Inventory, sweep: Sweep, suspect_groups: Collection[str]) -> Recorded:
    """What of the sweep is new.

    Absences whose group stands in `suspect_groups` are remembered as suspect. A known location of the source that the
    sweep does not account for counts as not looked at: a gap.
    """
    places = places_in(inventory)
    again, news = seen_again(places, sweep)
    changed = _changed(places, again, replace(sweep, observations=tuple(news)), suspect_groups)
    found = {certificate.fingerprint: certificate for certificate in _certificates(news)}
    new = (certificate for fp, certificate in sorted(found.items()) if fp not in inventory.certificates)
    return Recorded(_next_record(inventory.sweeps.get(sweep.source), sweep), tuple(changed), tuple(new))


def _changed(
    places: Places, again: Collection[PlaceKey], sweep: Sweep, suspect_groups: Collection[str]
) -> Iterator[Place]:
    """The places with news, of those that were not simply seen again; the known ones first."""
    evidence = evidence_by_place(sweep)
    others = places.kept.keys() - again if len(again) < len(places.kept) else ()
    known = [key for key in sorted(others) if key[0] == sweep.source]
    for key in known:
        place = places[key]
        after, news = place_after(place, evidence.get(key) or Evidence(place.location), sweep, suspect_groups)
        if news:
            yield after
    for key in sorted(key for key in evidence if key not in places):
        yield place_after(None, evidence[key], sweep, suspect_groups)[0]


def place_after(
    place: Place | None, evidence: Evidence, sweep: Sweep, suspect_groups: Collection[str]
) -> tuple[Place, bool]:
    """The place after the sweep, and whether anything but "seen the same again" is new."""
    before = place or Place(evidence.location, known_since=sweep.started_at)
    known = {member.address: cut(member) if sweep.clock_was_set else member for member in before.members}
    results = [
        after_observations(known.get(address), address, evidence.seen[address], sweep.started_at)
        if address in evidence.seen
        else _not_shown(known[address], evidence, sweep, suspect_groups)
        for address in [*known, *sorted(address for address in evidence.seen if address not in known)]
    ]
    after = replace(before, location=evidence.location, members=tuple(member for member, _ in results))
    after = _seen_or_not(after, evidence, sweep)
    after = replace(after, silent=silent_after(after, evidence, sweep.started_at))
    news = sweep.clock_was_set or any(new for _, new in results) or _shell(after) != _shell(before)
    return after, news


def _shell(place: Place) -> tuple[object, ...]:
    return place.location, place.unseen_since, place.unseen_reason, place.silent


def _seen_or_not(place: Place, evidence: Evidence, sweep: Sweep) -> Place:
    """Only a place without members carries a gap of its own."""
    if place.members or None in evidence.absences:
        return replace(place, unseen_since=None, unseen_reason=None, unseen_text="")
    if place.unseen_since is not None:
        return place
    # A place that never answered has no members to hold the gaps of its addresses: the first speaks for all.
    gap = evidence.first_gap() or _unaccounted(place.location, sweep)
    return replace(place, unseen_since=gap.at, unseen_reason=gap.reason, unseen_text=gap.text)


def _not_shown(
    member: Member, evidence: Evidence, sweep: Sweep, suspect_groups: Collection[str]
) -> tuple[Member, bool]:
    said = evidence.of_unshown(member.address) or _unaccounted(evidence.location, sweep)
    if isinstance(said, Gap):
        return after_gap(member, said)
    return after_absence(member, said, said.group in suspect_groups, sweep.started_at)


def _unaccounted(location: Location, sweep: Sweep) -> Gap:
    if sweep.failure is not None:
        return Gap(location, None, GapReason.SOURCE_FAILED, sweep.failure, sweep.started_at)
    return Gap(location, None, GapReason.NOT_LOOKED_AT, "the source did not account for it", sweep.started_at)


def _certificates(observations: Iterable[Observation]) -> Iterable[Certificate]:
    for observation in observations:
        yield from observation.chain


def _next_record(before: SweepRecord | None, sweep: Sweep) -> SweepRecord:
    failed = sweep.failure is not None
    return SweepRecord(
        source=sweep.source,
        sequence=before.sequence + 1 if before else 1,
        started_at=sweep.started_at,
        finished_at=sweep.finished_at,
        complete=sweep.complete,
        failure=sweep.failure,
        failing_since=((before and before.failing_since) or sweep.started_at) if failed else None,
        last_complete_at=sweep.finished_at if sweep.complete else (before.last_complete_at if before else None),
    )
