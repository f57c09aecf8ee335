"""What a source's places are to whoever sweeps them elsewhere: told by the hub, remembered by nobody there. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Location, labels_of
from incidentd.model.observation import AbsenceKind
from incidentd.sources.pushed.lines import Known, KnownMember, KnownPlace

_BEFORE = "0" * 64
"""Stands for what was shown before, which is nobody's business there."""


def told_place(place: Place, labels: Collection[str], now: datetime) -> KnownPlace:
    """As the hub tells it; of its labels those that the pusher set itself."""
    location = place.location
    return KnownPlace(
        uri=location.uri,
        role=location.role,
        asked_name=location.asked_name,
        labels={name: value for name, value in location.labels if name in labels},
        members=tuple(_told_member(member, now) for member in place.members),
    )


def _told_member(member: Member, now: datetime) -> KnownMember:
    shown = [run for run in member.runs if run.chain]
    if not shown:
        return KnownMember(address=member.address)
    changed = max((now - shown[-1].first_at).total_seconds(), 0.0) if len(shown) > 1 else None
    last = shown[-1]
    return KnownMember(address=member.address, chain=last.chain, others=last.others, changed_seconds_ago=changed)


def places_known(known: Known, source: str, now: datetime) -> tuple[Place, ...]:
    """The places as the sources there take them, under the name of the one that is asked."""
    return tuple(_place(each, source, now) for each in known.places)


def fingerprints_known(places: Iterable[KnownPlace]) -> frozenset[str]:
    """The certificates that need not be sent."""
    return frozenset(fp for place in places for member in place.members for fp in member.chain)


def _place(told: KnownPlace, source: str, now: datetime) -> Place:
    location = Location(told.uri, source, told.role, labels_of(told.labels), told.asked_name)
    return Place(location, tuple(_member(member, now) for member in told.members), now)


def _member(told: KnownMember, now: datetime) -> Member:
    if not told.chain:
        return Member(told.address, (Run((), now, now, 1, AbsenceKind.REMOVED),))
    if told.changed_seconds_ago is None:
        return Member(told.address, (Run(told.chain, now, now, 1, others=told.others),))
    since = now - timedelta(seconds=told.changed_seconds_ago)
    return Member(told.address, (Run((_BEFORE,), since, since, 1), Run(told.chain, since, now, 1, others=told.others)))
