"""Releases: in which one a renewal travels, and whether it comes in time. Joined by lineage; nothing settles by it.

Late is what is planned for less than a week before the end, or for no time when that week begins; what slipped past its
planned time; and what no release carries where releases are announced. Of several that carry a renewal one in time is
enough.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incidentd.model.assessment import Reason
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory
from incidentd.model.release import ANNOUNCES_WITHIN, Carrier, Release
from incidentd.policy.holding import FOREVER, after
from incidentd.policy.sightings import Sightings
from incidentd.policy.succession import succeeds_across, succeeds_in_store

MARGIN = timedelta(days=7)
"""A release that ships later than so long before the end leaves no room for a second attempt."""
BELIEVED_FOR = timedelta(days=1)
"""How long the word that a release shipped counts where no endpoint serves what it carries."""
_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wait:
    """What waits for a release: a certificate whose renewal is not served everywhere."""

    old: Certificate
    served: bool
    """True once some place shows the new one."""
    services: Collection[str] = ()
    """The labels `service` of its production places."""
    stored_at: datetime | None = None
    """When its successor was first seen anywhere; None: there is none."""


@dataclass(frozen=True, slots=True)
class Shipping:
    """How the renewal of one certificate travels."""

    carrier: Carrier | None = None
    late: Reason | None = None
    late_at: datetime | None = None
    """The instant after which it is late by time alone; None where it is late already, or never will be."""
    instants: tuple[datetime, ...] = ()
    """When this may be otherwise by time alone."""


NOTHING_SHIPS = Shipping()


@dataclass(frozen=True, slots=True)
class _Offer:
    """One release that carries a renewal, and after which instant it is late."""

    release: Release
    new: Certificate
    late_at: datetime
    late: Reason


class Releases:
    """What was announced, turned round: releases by the certificate that they renew."""

    def __init__(self, announced: tuple[Release, ...] = ()) -> None:
        self.announced = announced
        self._bringing: dict[str, list[Release]] = defaultdict(list)
        self._pairs: dict[str, list[tuple[Certificate, Release]]] = defaultdict(list)
        self._last: dict[str, datetime] = {}
        brought: dict[str, Certificate] = {}
        for release in announced:
            for new in release.brings:
                brought[new.fingerprint] = new
                self._bringing[new.fingerprint].append(release)
            for old, new in release.carried.changed if release.brings else ():
                self._pairs[old.fingerprint].append((new, release))
            service = release.service.casefold()
            self._last[service] = max(release.announced_at, self._last.get(service, _ALWAYS))
        self._brought = Sightings(Inventory(certificates=brought))

    def carrying(self, old: Certificate) -> Iterator[tuple[Certificate, Release]]:
        """Every release that brings a certificate of the same lineage, with that certificate; the latest end first."""
        for new in self._brought.related(old):
            if succeeds_across(new, old):
                yield from ((new, release) for release in self._bringing[new.fingerprint])
        for new, release in self._pairs.get(old.fingerprint, ()):
            if succeeds_in_store(new, old) and not succeeds_across(new, old):
                yield new, release

    def announced_of(self, services: Collection[str]) -> datetime | None:
        """When a release of one of these services was last announced; None: never."""
        last = (self._last.get(service.casefold()) for service in services if service)
        return max((at for at in last if at is not None), default=None)


NO_RELEASES = Releases()


def shipping_of(wait: Wait, releases: Releases, release_within: timedelta, now: datetime) -> Shipping:
    """In which release its renewal travels, and why it comes too late, if it does."""
    offers = [_offer(release, new, wait) for new, release in releases.carrying(wait.old)]
    return _carried(offers, now) if offers else _uncarried(wait, releases, release_within, now)


def _offer(release: Release, new: Certificate, wait: Wait) -> _Offer:
    """A release that has begun to ship does not slip any more; what it forgot is partly deployed."""
    ships_at = release.ships_at
    if ships_at is None:
        # It may ship at any time, but from then on too late: to announce no time silences nothing.
        return _Offer(release, new, FOREVER if wait.served else _before(wait.old.not_after), Reason.RELEASE_SLIPPED)
    if wait.old.not_after - ships_at < MARGIN:
        return _Offer(release, new, _ALWAYS, Reason.RELEASE_PLANNED_LATE)
    slips_at = ships_at if release.shipped_at is None else after(ships_at, BELIEVED_FOR)
    return _Offer(release, new, FOREVER if wait.served else slips_at, Reason.RELEASE_SLIPPED)


def _before(not_after: datetime) -> datetime:
    """The last instant to ship in time."""
    return not_after - MARGIN if not_after - _ALWAYS > MARGIN else _ALWAYS


def _carried(offers: list[_Offer], now: datetime) -> Shipping:
    """The one in time that ships first; where none is in time, the one that ships first."""
    best = min(offers, key=lambda one: (now > one.late_at, one.release.ships_at or FOREVER, one.release.id))
    late_at = max(one.late_at for one in offers)
    is_late = now > late_at
    return Shipping(
        carrier=_carrier(best),
        late=best.late if is_late else None,
        late_at=late_at if not is_late and late_at < FOREVER else None,
        instants=tuple(one.late_at for one in offers if _ALWAYS < one.late_at < FOREVER),
    )


def _uncarried(wait: Wait, releases: Releases, release_within: timedelta, now: datetime) -> Shipping:
    """Renewed in a store, by a service that announces its releases, and in none of them."""
    last = releases.announced_of(wait.services)
    if wait.served or wait.stored_at is None or last is None:
        return NOTHING_SHIPS
    late_at, ends_at = after(wait.stored_at, release_within), after(last, ANNOUNCES_WITHIN)
    if late_at < now <= ends_at:
        return Shipping(late=Reason.RENEWAL_UNCARRIED, instants=(ends_at,))
    begins = now <= late_at < ends_at
    return Shipping(late_at=late_at if begins else None, instants=(late_at, ends_at))


def _carrier(offer: _Offer) -> Carrier:
    release, new = offer.release, offer.new
    return Carrier(
        id=release.id,
        announced_at=release.first_announced_at,
        brings=new.fingerprint,
        issued_at=new.not_before,
        planned_at=release.planned_at,
        shipped_at=release.shipped_at,
        url=release.url,
    )
