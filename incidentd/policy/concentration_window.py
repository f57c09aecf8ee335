"""Windows: certificates that end so close together that an even spread does not explain it.

**The score.** Were the renewals of a certificate that lives for L spread evenly over its life, it would end in a given
span of length s with the share min(1, s / L). The sum of these shares over all certificates of a service is what an
even spread would let end in any span: the *expected* number. A window's score is the number of certificates that end in
it, divided by that. (One without a readable notBefore counts as living a year.)

**The flag.** A window is a concentration when all of this is so:

* its certificates end *less than* s apart: 7 days for one service, 24 hours where it takes several services;
* they are in at least two regions: of each service that counts into it;
* its score is at least 2;
* it weighs at least 3, where a certificate of which no renewal is known weighs double.

**A fleet of short-lived certificates stays silent** because its expected number is high: 2,000 certificates that live
for 47 days let 298 end in each week, so that it takes 596 in one. Of n certificates whose ends are L/n apart, no more
than the expected number, rounded up, end less than s apart: less than twice as many wherever more than one does, and a
single one weighs too little. So what is spread evenly is never flagged, whatever it weighs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from math import fsum

from incidentd.model.concentration import Window
from incidentd.policy.calendar import NO_EXPIRY
from incidentd.policy.concentration_fleet import Used

TIMES_EXPECTED = 2
LEAST_WEIGHT = 3
UNRENEWED_WEIGHS = 2
REGIONS_AT_LEAST = 2
ASSUMED_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Scope:
    """How wide a window is, and over how many services it has to reach."""

    span: timedelta
    services: int


OF_ONE = Scope(timedelta(days=7), 1)
OF_SEVERAL = Scope(timedelta(days=1), 2)
"""Different services that end in one week do so by chance in any larger fleet; on one day they hardly do."""
OVER_AFTER = OF_ONE.span
"""What ended so long ago has failed, and nothing to come fails with it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate, and the services and regions in which it is missed when it ends."""

    used: Used
    at: datetime
    """When it ends."""
    missed: tuple[tuple[str, str], ...]

    @property
    def weight(self) -> int:
        """Double while no renewal is known."""
        return 1 if self.used.renewed else UNRENEWED_WEIGHS

    def share(self, span: timedelta) -> float:
        """Of how much it would end in a span, were its renewals spread evenly."""
        return min(1.0, span / (self.used.certificate.lifetime or ASSUMED_LIFETIME))


@dataclass(frozen=True, slots=True)
class Struck:
    """A window with the services that it takes, sorted."""

    window: Window
    used: tuple[Used, ...]
    services: tuple[str, ...]


def endings(used: Iterable[Used], now: datetime) -> list[Ending]:
    """Those whose end is to be told: they have one, and a service and a region that miss them."""
    to_come = (one for one in used if _is_to_come(one.certificate.not_after, now))
    return [Ending(one, one.certificate.not_after, missed) for one in to_come if (missed := one.missed)]


def by_service(population: Iterable[Ending]) -> dict[str, list[Ending]]:
    """For each service those that it misses, as far as it does."""
    found: defaultdict[str, list[Ending]] = defaultdict(list)
    for one in population:
        if len(one.missed) == 1:
            found[one.missed[0][0]].append(one)
            continue
        for service, missed in groupby(one.missed, key=lambda pair: pair[0]):
            found[service].append(Ending(one.used, one.at, tuple(missed)))
    return dict(sorted(found.items()))


def _is_to_come(not_after: datetime, now: datetime) -> bool:
    """False for what has failed long ago, and for what has no well-defined expiration date."""
    return not_after.timetuple()[:6] != NO_EXPIRY and (not_after >= now or now - not_after < OVER_AFTER)


def windows(population: Sequence[Ending], scope: Scope, now: datetime) -> Iterator[Struck]:
    """The windows of certificates, soonest end first, that are flagged; they share no certificate.

    Linear in the number of certificates and endpoints, however they lie.
    """
    expected = fsum(one.share(scope.span) for one in population)
    reach = _reach(population, scope, expected)
    begin = 0
    while begin < len(population):
        end = reach[begin]
        if not end:
            begin += 1
            continue
        # A fuller one that begins in it goes before it: stragglers must not cut a cluster in two.
        best = max(range(begin, end), key=lambda at: (reach[at] - at, -at))
        for together in (population[begin:best], population[best : reach[best]]):
            struck = _struck(together, scope, expected)
            if struck is not None and struck.window.ends_at >= now:
                yield struck
        begin = reach[best]


def _reach(population: Sequence[Ending], scope: Scope, expected: float) -> list[int]:
    """For each certificate the end of the window that begins with it, where that is flagged; else 0."""
    reach = [0] * len(population)
    sliding, end = _Sliding(scope, expected), 0
    for begin, first in enumerate(population):
        while end < len(population) and population[end].at - first.at < scope.span:
            sliding.take(population[end])
            end += 1
        if sliding.is_flagged:
            reach[begin] = end
        sliding.drop(first)
    return reach


class _Sliding:
    """What a window takes, while it slides over the population."""

    def __init__(self, scope: Scope, expected: float) -> None:
        self._scope = scope
        self._expected = expected
        self._number = 0
        self._weight = 0
        self._in: Counter[tuple[str, str]] = Counter()
        self._regions: Counter[str] = Counter()
        self._services = 0

    @property
    def is_flagged(self) -> bool:
        """True when number, weight, regions and services are enough."""
        enough = self._number >= TIMES_EXPECTED * self._expected and self._weight >= LEAST_WEIGHT
        return enough and self._services >= self._scope.services

    @property
    def services(self) -> frozenset[str]:
        """Those that it takes in two regions at least."""
        return frozenset(name for name, regions in self._regions.items() if regions >= REGIONS_AT_LEAST)

    def take(self, one: Ending) -> None:
        """One more certificate ends in it."""
        self._number += 1
        self._weight += one.weight
        for service, region in one.missed:
            self._in[(service, region)] += 1
            if self._in[(service, region)] == 1:
                self._regions[service] += 1
                self._services += self._regions[service] == REGIONS_AT_LEAST

    def drop(self, one: Ending) -> None:
        """One certificate less."""
        self._number -= 1
        self._weight -= one.weight
        for service, region in one.missed:
            self._in[(service, region)] -= 1
            if self._in[(service, region)] == 0:
                self._services -= self._regions[service] == REGIONS_AT_LEAST
                self._regions[service] -= 1


def _struck(together: Sequence[Ending], scope: Scope, expected: float) -> Struck | None:
    """These, without what is missed in one region of its service only; None where that is not enough."""
    services = _filled(together, scope, expected).services
    taken = [one for one in together if any(service in services for service, _ in one.missed)]
    if not _filled(taken, scope, expected).is_flagged:
        return None
    used = tuple(one.used for one in taken)
    window = Window(
        begins_at=taken[0].at,
        ends_at=taken[-1].at,
        fingerprints=tuple(one.fingerprint for one in used),
        unrenewed=sum(not one.renewed for one in used),
        span=scope.span,
        expected=expected,
    )
    return Struck(window, used, tuple(sorted(services)))


def _filled(together: Sequence[Ending], scope: Scope, expected: float) -> _Sliding:
    filled = _Sliding(scope, expected)
    for one in together:
        filled.take(one)
    return filled
