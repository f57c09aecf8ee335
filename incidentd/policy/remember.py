"""Remember: the inventory after one more sweep. Pure; what the store writes is exactly what is new in it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory, Member, Place, Recorded, SweepRecord
from incidentd.model.location import Location
from incidentd.model.observation import Gap, GapReason, Observation, Sweep
from incidentd.policy.accounts import Evidence, evidence_by_place
from incidentd.policy.looks import after_absence, after_gap, after_observations
from incidentd.policy.silence import silent_after

K = TypeVar("K")
V = TypeVar("V")


def remember(inventory: Inventory, sweep: Sweep, suspect_groups: Collection[str]) -> tuple[Inventory, Recorded]:
    """The inventory with the sweep in it, and what of it is new.

    Absences whose group stands in `suspect_groups` are remembered as suspect. A known location of the source that the
    sweep does not account for counts as not looked at: a gap.
    """
    record = _next_record(inventory.sweeps.get(sweep.source), sweep)
    evidence = evidence_by_place(sweep)
    known = {place.key: place for place in inventory.places_of(sweep.source)}
    after = {
        key: _place_after(known.get(key), evidence.get(key) or Evidence(known[key].location), sweep, suspect_groups)
        for key in [*known, *sorted(key for key in evidence if key not in known)]
    }
    changed = tuple(place for key, (place, news) in after.items() if news or key not in known)
    seen = {certificate.fingerprint: certificate for certificate in _certificates(sweep.observations)}
    new = tuple(certificate for fp, certificate in sorted(seen.items()) if fp not in inventory.certificates)
    merged = Inventory(
        certificates=_with(inventory.certificates, {certificate.fingerprint: certificate for certificate in new}),
        places=_with(inventory.places, {key: place for key, (place, _) in after.items()}),
        sweeps=_with(inventory.sweeps, {sweep.source: record}),
        first_seen=_with(inventory.first_seen, {certificate.fingerprint: sweep.started_at for certificate in new}),
    )
    return merged, Recorded(record, changed, new)


def _place_after(
    place: Place | None, evidence: Evidence, sweep: Sweep, suspect_groups: Collection[str]
) -> tuple[Place, bool]:
    """The place after the sweep, and whether anything but "seen the same again" is new."""
    before = place or Place(evidence.location, known_since=sweep.started_at)
    known = {member.address: member for member in before.members}
    results = [
        after_observations(known.get(address), address, evidence.seen[address], sweep.started_at)
        if address in evidence.seen
        else _not_shown(known[address], evidence, sweep, suspect_groups)
        for address in [*known, *sorted(address for address in evidence.seen if address not in known)]
    ]
    after = replace(before, location=evidence.location, members=tuple(member for member, _ in results))
    after = _seen_or_not(after, evidence, sweep)
    after = replace(after, silent=silent_after(after, evidence, sweep.started_at))
    news = any(new for _, new in results) or _shell(after) != _shell(before)
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


def _with(before: Mapping[K, V], new: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType({**before, **new}) if new else before
