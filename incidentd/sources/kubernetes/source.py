"""A sweep of a cluster: every list is read or found current, and each known place accounted for. Imported late."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role, labels_of
from incidentd.model.observation import Gap, GapReason, Sweep
from incidentd.ports import Clock, Worker
from incidentd.sources.interface import Look, Looker, Progress, Remark, no_progress
from incidentd.sources.kubernetes.access import Access
from incidentd.sources.kubernetes.account import Accounting, is_object
from incidentd.sources.kubernetes.asking import Api
from incidentd.sources.kubernetes.confirming import confirmed, left_their_list
from incidentd.sources.kubernetes.endpoints import EXPOSING, Endpoints
from incidentd.sources.kubernetes.holdings import CHAIN, Holding, Part
from incidentd.sources.kubernetes.issuing import issuances_of
from incidentd.sources.kubernetes.judge import gaps_in, judge, observations_in
from incidentd.sources.kubernetes.lists import Everything, Lists, Read
from incidentd.sources.kubernetes.naming import Naming
from incidentd.sources.kubernetes.objects import Kind, Listing, object_uri
from incidentd.sources.kubernetes.pipe import Deadlines
from incidentd.sources.kubernetes.reflector import Beat, Pace
from incidentd.sources.kubernetes.settings import KubernetesSettings
from incidentd.sources.kubernetes.speaking import Issued


@dataclass(slots=True)
class KubernetesSource:
    """Objects of one cluster; `folder` is where relative paths begin."""

    name: str
    settings: KubernetesSettings
    folder: Path
    clock: Clock
    worker: Worker
    deadlines: Deadlines = field(default_factory=Deadlines)
    pace: Pace | None = None
    """None: the usual one."""
    looker: Looker = field(kw_only=True)
    """Looks at what the cluster serves. It connects to nothing that `targets.allow` refuses."""
    remarks: tuple[Remark, ...] = field(default=(), init=False)
    """What the last sweep found that is no place, and why."""
    _lists: Lists | None = field(default=None, repr=False)
    _sweeps: int = 0

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """One attempt at everything that is wanted of the cluster."""
        started_at = self.clock.now()
        # A process that sweeps once needs no watch: it begins with the second sweep.
        watches = self.settings.watch and self._sweeps > 0
        self._sweeps += 1
        lists = self._opened()
        everything = await lists.read(watches=watches, beat=_beat_of(on_progress))
        leavers = await confirmed(left_their_list(everything, known, self.settings.cluster), lists.api)
        accounting = Accounting(self.name, self.settings.cluster, everything, leavers, self.clock.now())
        places = {place.location.uri: place for place in known if is_object(place.location.uri)}
        others = [place for place in known if not is_object(place.location.uri)]
        issued = self._issued(everything)
        served = await self._endpoints().look_at_all(self._exposing(everything), issued, others, on_progress)
        naming = Naming(self.name, self.settings.labels, self.settings.trust_annotations, places, accounting.at)
        held = Look.joined([self._held(read, naming, issued) for read in everything.holdings])
        seen = {one.location.uri for one in held.observations}
        looks = [held, self._untold(issued, served.told, seen, naming)]
        found = Look.joined([served.look, self._accounted(looks, places, accounting)])
        self.remarks = served.remarks
        ended_at, failure = self.clock.now(), accounting.failure()
        return Sweep(self.name, started_at, ended_at, found.observations, found.gaps, found.absences, failure)

    async def close(self) -> None:
        """Ends its watches and gives its connections back; a further sweep would begin anew."""
        lists, self._lists = self._lists, None
        if lists is not None:
            await lists.close()

    def _opened(self) -> Lists:
        if self._lists is None:
            access = Access(self.settings, self.folder, self.deadlines)
            pace = self.pace or Pace(page_size=self.settings.page_size)
            self._lists = Lists(self.settings, Api(access, self.worker), self.clock, self.worker, pace)
        return self._lists

    def _endpoints(self) -> Endpoints:
        chosen = self.settings
        allowed, trusted = chosen.targets.allowed, chosen.trust_annotations
        return Endpoints(self.name, chosen.cluster, allowed, trusted, self.looker, self.clock, chosen.namespaces)

    def _exposing(self, everything: Everything) -> dict[Kind, Listing]:
        return {kind: everything.listing(kind) for kind in EXPOSING if kind in self.settings.read}

    def _issued(self, everything: Everything) -> Issued:
        listing = everything.listing(Kind.CERTIFICATES)
        return Issued(issuances_of(listing.objects), is_whole=not listing.failures)

    def _accounted(self, looks: Sequence[Look], places: Mapping[str, Place], accounting: Accounting) -> Look:
        """What was found, what could not be looked at, and a word about every other place that is known."""
        spots = accounting.blind_spots(places.values())
        blind = [Gap(self._spot(uri), None, reason, text, accounting.at) for uri, (reason, text) in spots.items()]
        whole = [*looks, Look(gaps=tuple(blind))]
        said = {seen.location.uri for look in whole for seen in look.observations}
        said |= {gap.location.uri for look in whole for gap in look.gaps}
        return Look.joined([*whole, *(accounting.of(place) for uri, place in places.items() if uri not in said)])

    def _held(self, read: Read[Holding], naming: Naming, issued: Issued) -> Look:
        found = [
            judge(part, location, naming.places.get(location.uri), naming.at)
            for holding in read.shown.values()
            for part, location in self._places_in(read, holding, naming, issued)
        ]
        return Look(tuple(observations_in(found)), tuple(gaps_in(found)))

    def _places_in(
        self, read: Read[Holding], holding: Holding, naming: Naming, issued: Issued
    ) -> Iterator[tuple[Part, Location]]:
        kind, namespace, name = read.wanted.kind, holding.namespace, holding.name
        for part in holding.parts:
            uri = object_uri(self.settings.cluster, kind, namespace, name, part.name)
            said = None
            if kind is Kind.SECRETS and part.name == CHAIN:
                leaf = part.blob.certificates[0] if part.blob and part.blob.certificates else None
                said = issued.at_secret(namespace, name, leaf, naming.places.get(uri))
            yield part, naming.location(uri, holding.about, said)

    def _untold(self, issued: Issued, served: Collection[str], seen: Collection[str], naming: Naming) -> Look:
        """Certificates that go wrong and that are seen nowhere: neither in their Secret nor where they are served.

        One that goes as it should is no place: its controller vouches for it. One that fails is a place that should be
        looked at and cannot be. `served`: by the words of the Certificate; `seen`: addresses.
        """
        cluster, gaps = self.settings.cluster, []
        for one in issued.all:
            namespace, wrong = one.origin.namespace, one.wrong_at(naming.at)
            secret = object_uri(cluster, Kind.SECRETS, namespace, one.secret, CHAIN)
            if wrong is not None and one.words not in served and secret not in seen:
                uri = object_uri(cluster, Kind.CERTIFICATES, namespace, one.origin.name)
                location, text = (
                    naming.location(uri, one.origin.thing, one.controller),
                    f"{one.words}: {wrong}; {_UNSEEN}",
                )
                gaps.append(Gap(location, None, GapReason.NO_CERTIFICATE, text, naming.at))
        return Look(gaps=tuple(gaps))

    def _spot(self, uri: str) -> Location:
        return Location(uri, self.name, Role.STORED, labels_of(self.settings.labels))


_UNSEEN = "what it issued is seen neither in its Secret nor anywhere it is served"


def _beat_of(on_progress: Progress) -> Beat:
    """Says after each answer that it goes on: how many there will be, nobody knows."""
    steps = count(1)

    def beat() -> None:
        done = next(steps)
        on_progress(done, done + 1)

    return beat
