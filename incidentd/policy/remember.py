"""Remember: the inventory after one more sweep. Pure; what the store writes is exactly what is new in it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory, Member, Place, PlaceKey, Recorded, SweepRecord
from incidentd.model.location import Location
from incidentd.model.observation import Absence, Gap, GapReason, Observation, Sweep
from incidentd.policy.looks import after_absence, after_gap, after_observations

K = TypeVar("K")
V = TypeVar("V")


def remember(inventory: Inventory, sweep: Sweep, suspect_groups: Collection[str]) -> tuple[Inventory, Recorded]:
    """The inventory with the sweep in it, and what of it is new.

    Absences whose group stands in `suspect_groups` are remembered as suspect. A known location of the source that the
    sweep does not account for counts as not looked at: a gap.
    """
    record = _next_record(inventory.sweeps.get(sweep.source), sweep)
    evidence = _by_place(sweep)
    known = {place.key: place for place in inventory.places_of(sweep.source)}
    after = {
        key: _place_after(known.get(key), evidence.get(key, _Evidence()), sweep, suspect_groups)
        for key in [*known, *(key for key in evidence if key not in known)]
    }
    changed = tuple(place for key, (place, news) in after.items() if news or key not in known)
    seen = {certificate.fingerprint: certificate for certificate in _certificates(sweep.observations)}
    new = tuple(certificate for fp, certificate in seen.items() if fp not in inventory.certificates)
    merged = Inventory(
        certificates=_with(inventory.certificates, {certificate.fingerprint: certificate for certificate in new}),
        places=_with(inventory.places, {key: place for key, (place, _) in after.items()}),
        sweeps=_with(inventory.sweeps, {sweep.source: record}),
        first_seen=_with(inventory.first_seen, {certificate.fingerprint: sweep.started_at for certificate in new}),
    )
    return merged, Recorded(record, changed, new)


class _Evidence:
    """What one sweep says of one place."""

    def __init__(self) -> None:
        self.location: Location | None = None
        self.seen: dict[str, list[Observation]] = defaultdict(list)
        self.gaps: dict[str | None, Gap] = {}
        self.absences: dict[str | None, Absence] = {}


def _by_place(sweep: Sweep) -> dict[PlaceKey, _Evidence]:
    found: dict[PlaceKey, _Evidence] = defaultdict(_Evidence)
    items: tuple[Observation | Gap | Absence, ...] = (*sweep.absences, *sweep.gaps, *sweep.observations)
    for item in items:
        evidence = found[(item.location.source, item.location.uri)]
        evidence.location = item.location
        match item:
            case Observation():
                evidence.seen[item.member].append(item)
            case Gap():
                evidence.gaps[item.member] = item
            case Absence():
                evidence.absences[item.member] = item
    return dict(found)


def _place_after(
    place: Place | None, evidence: _Evidence, sweep: Sweep, suspect_groups: Collection[str]
) -> tuple[Place, bool]:
    """The place after the sweep, and whether anything but "seen the same again" is new."""
    location = evidence.location or (place.location if place else None)
    if location is None:
        raise ValueError("evidence without a location")
    before = place or Place(location, known_since=sweep.started_at)
    members = {member.address: member for member in before.members}
    results = [
        _member_after(members.get(address), address, location, evidence, sweep, suspect_groups)
        for address in [*members, *(address for address in evidence.seen if address not in members)]
    ]
    after = replace(before, location=location, members=tuple(member for member, _ in results))
    after = _seen_or_not(after, evidence, sweep)
    news = any(new for _, new in results) or _shell(after) != _shell(before)
    return after, news


def _shell(place: Place) -> tuple[Location, datetime | None, GapReason | None]:
    return place.location, place.unseen_since, place.unseen_reason


def _seen_or_not(place: Place, evidence: _Evidence, sweep: Sweep) -> Place:
    """Only a place without members carries a gap of its own."""
    if place.members or None in evidence.absences:
        return replace(place, unseen_since=None, unseen_reason=None, unseen_text="")
    if place.unseen_since is not None:
        return place
    # A place that never answered has no members to hold the gaps of its addresses: the first speaks for all.
    gap = next(iter(evidence.gaps.values()), None) or _unaccounted(place.location, sweep)
    return replace(place, unseen_since=gap.at, unseen_reason=gap.reason, unseen_text=gap.text)


def _member_after(
    member: Member | None,
    address: str,
    location: Location,
    evidence: _Evidence,
    sweep: Sweep,
    suspect_groups: Collection[str],
) -> tuple[Member, bool]:
    if address in evidence.seen:
        return after_observations(member, address, evidence.seen[address], sweep.started_at)
    if member is None:
        raise ValueError("a member that is neither known nor seen")
    absence = evidence.absences.get(address) or evidence.absences.get(None)
    if absence is not None:
        return after_absence(member, absence, absence.group in suspect_groups, sweep.started_at)
    gap = evidence.gaps.get(address) or evidence.gaps.get(None) or _unaccounted(location, sweep)
    return after_gap(member, gap)


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


def _with(before: Mapping[K, V], new: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType({**before, **new}) if new else before
