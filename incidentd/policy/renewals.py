"""Renewals: two of a lineage, each seen served everywhere before it was overdue, are proof. One miss ends it.

A certificate's lineage is what stood before it at its served production places, and what stood there before that. What
counts are looks: a renewal that nobody saw proves nothing, and one that was seen too late was missed. What is issued
again soon after, as by a person who mends what was wrong with the first one, is no renewal: it counts neither way.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from incidentd.model.assessment import MemberFinding, PlaceStatus
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Member
from incidentd.model.location import Role
from incidentd.model.policy import Policy
from incidentd.policy.automation import Automated, is_short_lived, overdue_at
from incidentd.policy.finding import find
from incidentd.policy.hearsay import speaks
from incidentd.policy.holding import FOREVER, soonest
from incidentd.policy.production import is_production
from incidentd.policy.replacement import standing_for
from incidentd.policy.settlement import Standard
from incidentd.policy.sightings import Sightings
from incidentd.policy.succession import answers_for, ends_later

NEEDED = 2
MOST_UNDER_WAY = 4
"""Renewals that may be under way, or issued again, one after the other; where there are more, nobody can tell what
renews what."""
SOON_SHARE = 10
"""Soon is within a tenth of the lifetime of the one before. Whatever renews by itself waits for a third at least."""
SERVED_INSTEAD = (PlaceStatus.REPLACED, PlaceStatus.REPLACING)
"""One look at a successor is enough: that it stays is what a closing asks for, not whether it came in time."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A certificate that was replaced wherever it had been served."""

    replaced: str
    """Its fingerprint."""
    served_at: datetime
    """When a successor had been seen at the last of its members."""


@dataclass(frozen=True, slots=True)
class Track:
    """What a lineage shows of its renewals. None of them: no proof."""

    seen: tuple[Renewal, ...]
    """The latest of each generation, newest first."""
    misses_at: datetime | None = None
    """When a renewal that is under way will have been missed."""


@dataclass(frozen=True, slots=True)
class _Replaced:
    """How far the renewal of one certificate has come."""

    served_at: datetime | None
    """None while it is not served everywhere."""
    overdue_at: datetime
    soon_until: datetime

    def is_soon(self, new: Certificate) -> bool:
        """True for one that was issued so soon after it that nothing renewed it."""
        return new.not_before is None or new.not_before < self.soon_until


class Lineage:
    """The way back to the certificates that one replaced, as seen at one instant. It remembers what it looked at."""

    def __init__(self, sightings: Sightings, policy: Policy, standard: Standard) -> None:
        self._sightings = sightings
        self._policy = policy
        # A person's word on removals says nothing of renewals: what was removed was not renewed.
        self._standard = Standard(standard.now, standard.close_after)
        self._replaced: dict[str, _Replaced | None] = {}
        self._until = FOREVER
        self._tracks: dict[tuple[str, int, int], Track | None] = {}

    @property
    def rests_on(self) -> frozenset[str]:
        """The certificates whose places it asked about: what is seen there may change what it says."""
        return frozenset(self._replaced)

    @property
    def until(self) -> datetime:
        """Until when all that it said holds, while all is seen the same again."""
        return self._until

    def track(self, certificate: Certificate, needed: int = NEEDED, under_way: int = MOST_UNDER_WAY) -> Track | None:
        """The last renewals before this certificate, if there were so many and each was in time; else None.

        Every certificate that it replaced counts, and every one that those replaced. While one of them still stands
        somewhere and is not overdue, its renewal is under way: then it counts neither way, and those before it do.
        """
        if not needed:
            return Track(())
        key = (certificate.fingerprint, needed, under_way)
        if key not in self._tracks:
            self._tracks[key] = self._together(certificate, needed, under_way)
        return self._tracks[key]

    def _together(self, certificate: Certificate, needed: int, under_way: int) -> Track | None:
        """None, too, where others say that they have what we see: what they say was there before it is no proof."""
        sources = {place.location.source for place in self._sightings.places_of(certificate.fingerprint)}
        if not all(speaks(source, sources, self._policy.pushed_sources) for source in sources):
            return None
        tracks: list[Track] = []
        for old in self._predecessors(certificate):
            track = self._through(certificate, old, needed, under_way)
            if track is None:
                return None
            tracks.append(track)
        if not tracks:
            return None
        latest = max(tracks, key=lambda track: [renewal.served_at for renewal in track.seen])
        return Track(latest.seen, _earliest(track.misses_at for track in tracks))

    def _through(self, new: Certificate, old: Certificate, needed: int, under_way: int) -> Track | None:
        """The renewals up to the one by which the old certificate was replaced, with that one if it is done."""
        renewal = self._replacement(old)
        if renewal is None:
            return None
        if renewal.served_at is not None and not renewal.is_soon(new):
            track = self.track(old, needed - 1) if renewal.served_at <= renewal.overdue_at else None
            return track and Track((Renewal(old.fingerprint, renewal.served_at), *track.seen), track.misses_at)
        missed = (renewal.served_at or self._standard.now) > renewal.overdue_at or not under_way
        track = None if missed else self.track(old, needed, under_way - 1)
        misses_at = renewal.overdue_at if renewal.served_at is None else None
        return track and Track(track.seen, _earliest((misses_at, track.misses_at)))

    def _predecessors(self, certificate: Certificate) -> Iterator[Certificate]:
        """What it replaced at served production places: at each member the last one before it that it may replace."""
        certificates = self._sightings.inventory.certificates
        found: dict[str, Certificate] = {}
        for place in self._sightings.places_of(certificate.fingerprint):
            location = place.location
            if location.role is not Role.SERVED or not is_production(location.labels, self._policy):
                continue
            for member in place.members:
                earlier = _heads_before(certificate, member, certificates)
                fit = (
                    old
                    for old in earlier
                    if ends_later(certificate, old) and answers_for(certificate, old, location.asked_name)
                )
                found |= {old.fingerprint: old for old in [next(fit, None)] if old is not None}
        yield from found.values()

    def _replacement(self, old: Certificate) -> _Replaced | None:
        """None where nobody can tell when it should have been renewed."""
        if old.fingerprint not in self._replaced:
            self._replaced[old.fingerprint] = self._looked_at(old)
        return self._replaced[old.fingerprint]

    def _looked_at(self, old: Certificate) -> _Replaced | None:
        if old.not_before is None or old.lifetime is None:
            return None
        places = find(old, self._sightings, self._policy, self._standard).values()
        found = [one for one in places if one.finding.blocks]
        overdue = overdue_at(old.not_before, old.lifetime)
        self._until = min((self._until, soonest([overdue], self._standard.now), *(one.until for one in found)))
        # An address that never showed it came later, and was never to be renewed.
        members = [member for one in found for member in one.finding.members if member.showed]
        left = [member for member in members if not _is_gone(member)]
        served = [m.first_at for m in left if m.status in SERVED_INSTEAD and m.first_at is not None]
        soon_until = old.not_before + old.lifetime / SOON_SHARE
        return _Replaced(max(served) if served and len(served) == len(left) else None, overdue, soon_until)


def renewed(certificate: Certificate, lineage: Lineage) -> Automated | None:
    """What a short-lived certificate's lineage says: that it is renewed in time, as those before it were; else None."""
    if certificate.not_before is None or certificate.lifetime is None or not is_short_lived(certificate):
        return None
    track = lineage.track(certificate)
    if track is None:
        return None
    seen = (f"{each.replaced[:8]} on {each.served_at:%Y-%m-%d}" for each in reversed(track.seen))
    proof = f"{NEEDED} renewals seen served everywhere in time: {', '.join(seen)}"
    return Automated(proof, overdue_at(certificate.not_before, certificate.lifetime), track.misses_at)


def _earliest(instants: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _is_gone(member: MemberFinding) -> bool:
    """Deliberately removed, with proof: there is nothing to be renewed any more."""
    return member.status is PlaceStatus.RETIRED and not member.suspect


def _heads_before(
    certificate: Certificate, member: Member, certificates: Mapping[str, Certificate]
) -> Iterator[Certificate]:
    """What clients got there before they first got this one, the latest first.

    Where it came beside one with another type of key, it took the place of none but its own type; a certificate from
    before types were asked for is what all clients were offered first.
    """
    heads = [run.heads for run in member.runs]
    first = next((index for index, shown in enumerate(heads) if certificate.fingerprint in shown), 0)
    offered_first = heads[first][:1] == (certificate.fingerprint,)
    for run in reversed(member.runs[:first]):
        for head in standing_for(certificate, run, certificates):
            unknown = head.key_type is None and offered_first
            if len(heads[first]) == 1 or unknown or head.key_type is certificate.key_type:
                yield head
