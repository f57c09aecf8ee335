"""Judgements: each certificate is judged again only when something about it changed, or its time has come.

What comes out is what judging all afresh would give, but for how often and until when what is at rest was seen: that is
as of when it was judged.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heapify, heappop, heappush
from types import MappingProxyType

from incidentd.model.assessment import Assessment
from incidentd.model.inventory import Inventory, PlaceKey
from incidentd.model.places import with_news
from incidentd.model.policy import Policy
from incidentd.model.release import Release
from incidentd.policy.assess import Judged, judge
from incidentd.policy.holding import FOREVER
from incidentd.policy.releases import NO_RELEASES, Releases
from incidentd.policy.settlement import Standard
from incidentd.policy.sightings import Sightings

MANY = 1000
"""Crossings that are out of date are cleared away when there are so many."""


@dataclass(frozen=True, slots=True)
class Assessed:
    """The assessments by fingerprint: of every certificate, and those that want an incident."""

    every: Mapping[str, Assessment]
    wanting: Mapping[str, Assessment]


class Judgements:
    """What was judged, from one pass to the next. Without any, all is judged: nothing else rests on it."""

    def __init__(self) -> None:
        self._kept: deque[_Standing] = deque(maxlen=1)

    def assess_all(
        self,
        inventory: Inventory,
        policy: Policy,
        now: datetime,
        believed: Collection[str] = frozenset(),
        releases: tuple[Release, ...] = (),
    ) -> Assessed:
        """Of every certificate in the inventory."""
        standing = self._taken_out()
        if standing is None or not standing.leads_to(inventory, policy, now):
            standing = _Standing(policy)
        standing.move_on(inventory, now, believed, releases)
        self._kept.append(standing)
        return Assessed(standing.assessments, standing.wanting)

    def _taken_out(self) -> "_Standing | None":
        """What fails half way is not gone on with; nor do two go on with the same, where one was given up at work."""
        try:
            return self._kept.pop()
        except IndexError:
            return None


class _Standing:
    """What was judged, and what of it has to be judged again when."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.assessments: Mapping[str, Assessment] = MappingProxyType({})
        self.wanting: Mapping[str, Assessment] = MappingProxyType({})
        self._sightings = Sightings(Inventory())
        self._judged: dict[str, Judged] = {}
        self._restless: set[str] = set()
        """What any further look may change."""
        self._crossings: list[tuple[datetime, str]] = []
        """When the others are judged again, soonest first; some are out of date."""
        self._heirs: dict[str, set[str]] = {}
        """By certificate, those whose judgement also rests on what is seen of it."""
        self._at: datetime | None = None
        self._believed: Collection[str] = frozenset()
        self._releases: Releases = NO_RELEASES

    def leads_to(self, inventory: Inventory, policy: Policy, now: datetime) -> bool:
        """False under other rules, and when time went back or something was forgotten: another clock, another state."""
        if policy != self._policy or (self._at is not None and now < self._at):
            return False
        known = self._sightings.inventory.certificates
        return known is inventory.certificates or self._judged.keys() <= inventory.certificates.keys()

    def move_on(
        self, inventory: Inventory, now: datetime, believed: Collection[str], releases: tuple[Release, ...]
    ) -> None:
        """Judges again what has to be."""
        concerned = self._sightings.follow(inventory)
        for fingerprint in self._told_of(releases):
            concerned.setdefault(fingerprint, set())
        for fingerprint in (*self._restless, *self._crossed(now)):
            concerned.setdefault(fingerprint, set())
        for fingerprint in (known for known in {*believed} ^ {*self._believed} if known in inventory.certificates):
            concerned[fingerprint] = {*self._sightings.keys_of(fingerprint)}
        for fingerprint in [heir for known in concerned for heir in self._heirs.get(known, ())]:
            concerned.setdefault(fingerprint, set())
        self._at, self._believed = now, frozenset(believed)
        judged = {fp: self._judge(fp, places, now) for fp, places in sorted(concerned.items())}
        for fingerprint, one in judged.items():
            self._expect(fingerprint, one.until, now)
            self._inherit(fingerprint, one.rests_on)
        self._judged |= judged
        self._clear_away(now)
        news = {fp: one.assessment for fp, one in judged.items() if one.assessment is not self.assessments.get(fp)}
        self.assessments = with_news(self.assessments, news)
        if any(one.wants_incident or fingerprint in self.wanting for fingerprint, one in news.items()):
            wanting = with_news(self.wanting, news)
            self.wanting = MappingProxyType({fp: one for fp, one in wanting.items() if one.wants_incident})

    def _told_of(self, releases: tuple[Release, ...]) -> Iterator[str]:
        """What wants an incident, where something was said of releases: they matter to nothing else."""
        if releases != self._releases.announced:
            self._releases = Releases(releases)
            yield from self.wanting

    def _judge(self, fingerprint: str, places: Collection[PlaceKey], now: datetime) -> Judged:
        """Places that do not stand otherwise, and of which the finding holds, are not looked at again."""
        standard = Standard(now, self._policy.close_after, fingerprint in self._believed)
        before = self._judged.get(fingerprint)
        if before is None:
            return judge(fingerprint, self._sightings, standard, self._policy, releases=self._releases)
        if now < before.until:  # none of what was found ends any sooner
            held = {**before.found}
            for key in places:
                held.pop(key, None)
        else:
            held = {key: found for key, found in before.found.items() if key not in places and now < found.until}
        after = judge(fingerprint, self._sightings, standard, self._policy, held, self._releases)
        return replace(after, assessment=before.assessment) if after.assessment == before.assessment else after

    def _inherit(self, fingerprint: str, rests_on: Collection[str]) -> None:
        before = self._judged.get(fingerprint)
        for left in before.rests_on.difference(rests_on) if before else ():
            self._heirs[left].discard(fingerprint)
        for known in rests_on:
            self._heirs.setdefault(known, set()).add(fingerprint)

    def _expect(self, fingerprint: str, until: datetime, now: datetime) -> None:
        if until <= now:
            self._restless.add(fingerprint)
            return
        before = self._judged.get(fingerprint)
        self._restless.discard(fingerprint)
        if until < FOREVER and (before is None or before.until != until):
            heappush(self._crossings, (until, fingerprint))

    def _clear_away(self, now: datetime) -> None:
        if len(self._crossings) > 2 * len(self._judged) + MANY:
            self._crossings = [(one.until, fp) for fp, one in self._judged.items() if now < one.until < FOREVER]
            heapify(self._crossings)

    def _crossed(self, now: datetime) -> Iterator[str]:
        while self._crossings and self._crossings[0][0] <= now:
            at, fingerprint = heappop(self._crossings)
            if self._judged[fingerprint].until == at:
                yield fingerprint
