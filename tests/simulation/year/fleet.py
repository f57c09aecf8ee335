"""The fleet of a year, as a source: every sweep sees each host at each of its addresses as the truth has it then."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role, labels_of
from incidentd.model.observation import Observation, Sweep
from incidentd.sources.interface import Progress, no_progress
from tests.simulation.year.renewals import Stay, authority, host_name, stays

SOURCE = "edge"
_DATE = vars(Observation)["at"].__set__


@dataclass(frozen=True, slots=True)
class _Deployment:
    at: datetime
    slot: int
    chain: tuple[Certificate, ...]


@dataclass
class Fleet:
    """Implements Source. What each address shows is kept up as time goes by, in the order of the deployments."""

    certificates: int
    until: datetime
    seed: int
    now: Callable[[], datetime]
    stays: list[Stay] = field(default_factory=list)
    name: str = SOURCE
    _seen: list[Observation] = field(default_factory=list)
    _to_come: list[_Deployment] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance, ca = random.Random(self.seed), authority()
        for host in range(self.certificates):
            self._settle(host, list(stays(host, chance, self.until)), ca)
        self._to_come.sort(key=lambda deployment: deployment.at, reverse=True)

    def _settle(self, host: int, known: list[Stay], ca: Certificate) -> None:
        self.stays.extend(known)
        labels = labels_of({"env": "prod", "service": f"service-{host % 40}", "region": f"region-{host % 3}"})
        name = host_name(host)
        location = Location(f"tls://{name}:443", SOURCE, Role.SERVED, labels, name)
        for number in range(len(known[0].until)):
            slot = len(self._seen)
            shown = (known[0].certificate, ca)
            self._seen.append(Observation(location, f"192.0.2.{number + 1}", shown, known[0].since))
            for stay, following in pairwise(known):
                self._to_come.append(_Deployment(stay.until[number], slot, (following.certificate, ca)))

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """Every address answers."""
        at = self.now()
        while self._to_come and self._to_come[-1].at <= at:
            deployment = self._to_come.pop()
            self._look(deployment.slot, deployment.chain, at)
        # Nobody keeps a look for longer than a sweep, so one that shows the same is dated anew: to make as many again
        # in each of thousands of passes would cost more than what the daemon does with them.
        for seen in self._seen:
            _DATE(seen, at)
        return Sweep(SOURCE, at, at, tuple(self._seen))

    def _look(self, slot: int, chain: tuple[Certificate, ...], at: datetime) -> None:
        before = self._seen[slot]
        self._seen[slot] = Observation(before.location, before.member, chain, at)
