"""Endpoints: what the cluster serves, looked at by handshakes. Every known endpoint is accounted for.

One that no object exposes any more is gone only where all that could expose it was read, and where it no longer shows
what it showed: who deletes an Ingress takes no certificate away that is served all the same. What a word of DNS, or of
a tenant, could bring about is never proof.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from incidentd.model.inventory import Place
from incidentd.model.location import NAMESPACE, Controller, Location
from incidentd.model.observation import Absence, AbsenceKind, GapReason
from incidentd.ports import Clock
from incidentd.sources.interface import Look, Looker, Progress, Remark, no_progress
from incidentd.sources.kubernetes.allowing import AllowList
from incidentd.sources.kubernetes.exposing import Endpoint, chosen_of, exposed_by, exposed_in, homes_of, labelled
from incidentd.sources.kubernetes.objects import Kind, Listing, namespace_uri
from incidentd.sources.kubernetes.speaking import Issued
from incidentd.sources.kubernetes.tenants_settings import Trusted
from incidentd.sources.target import Target, parse_target

_GATEWAY = Kind.GATEWAYS.resource.singular
_ASKED_FOR = timedelta(days=1)
_STILL_SERVED = "no object exposes it any more, and it shows what it showed: it is looked at until it does not"
EXPOSING = (Kind.INGRESSES, Kind.GATEWAYS, Kind.HTTPROUTES, Kind.SERVICES)


@dataclass(frozen=True, slots=True)
class Served:
    """What the endpoints of a cluster showed."""

    look: Look = field(default_factory=Look)
    remarks: tuple[Remark, ...] = ()
    told: frozenset[str] = frozenset()
    """What cert-manager issued and was seen to be served, by its own words."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The endpoints of one cluster, for the source of that name. `looker` connects behind a fence only."""

    source: str
    cluster: str
    allowed: AllowList
    trusted: tuple[Trusted, ...]
    looker: Looker
    clock: Clock
    namespaces: tuple[str, ...] = ()
    """Those that are read; without any, all."""

    async def look_at_all(
        self,
        listings: Mapping[Kind, Listing],
        issued: Issued,
        known: Sequence[Place],
        on_progress: Progress = no_progress,
    ) -> Served:
        """`listings`: what was read, without kinds that nobody wants. `known`: its places that are endpoints.

        All of them are accounted for.
        """
        places = {place.location.uri: place for place in known}
        chosen = chosen_of(exposed_in(listings), self.allowed)
        endpoints, remarks = self._labelled(chosen.endpoints, places)
        exposed = {endpoint.target.uri for endpoint in endpoints}
        verdicts = [self._verdict(each, chosen.refused, listings) for uri, each in places.items() if uri not in exposed]
        endpoints += [one.endpoint for one in verdicts if one.endpoint]
        unless_shown = {one.endpoint.target.uri: one.gone for one in verdicts if one.endpoint and one.gone}
        looks = await self.looker.look_at_all([one.target for one in endpoints], places, on_progress)
        served = [
            self._served(endpoint, look, issued, places.get(endpoint.target.uri), unless_shown.get(endpoint.target.uri))
            for endpoint, look in zip(endpoints, looks, strict=True)
        ]
        return Served(
            Look.joined(
                [*(one.look for one in served), *(one.gone for one in verdicts if one.gone and not one.endpoint)]
            ),
            (*chosen.remarks, *remarks, *(remark for one in served for remark in one.remarks)),
            frozenset(words for one in served for words in one.told),
        )

    def _labelled(self, chosen: Sequence[Endpoint], places: Mapping[str, Place]) -> tuple[list[Endpoint], list[Remark]]:
        now = self.clock.now()
        found = [
            labelled(one, self.trusted, place.location.labels if place else (), now)
            for one in chosen
            for place in (places.get(one.target.uri),)
        ]
        return [endpoint for endpoint, _ in found], [remark for _, remarks in found for remark in remarks]

    def _served(self, endpoint: Endpoint, look: Look, issued: Issued, known: Place | None, gone: Look | None) -> Served:
        """What was seen, with the word of who issues it. What turns out to be none of ours is no place.

        `gone`: what is said of it instead, unless it still shows what it showed.
        """
        if gone is not None and not (known and _still_shows(known, look)):
            return Served(gone)
        if known is None and not endpoint.named and _is_of_others(look):
            text = f"{endpoint.target.host} is not looked at: {look.gaps[0].text}"
            return Served(remarks=(Remark(endpoint.origins[0].words, text),))
        leaves = [one.chain[position] for one in look.observations for position in (0, *one.others)]
        asked = endpoint.target.asked_name
        told = frozenset(one.words for one in issued.behind(asked, leaves))
        remarks = (Remark(endpoint.target.uri, _STILL_SERVED),) if gone is not None else ()
        return Served(_with(look, issued.at_name(asked, leaves, known, homes_of(endpoint))), remarks, told)

    def _verdict(self, place: Place, refused: Collection[str], listings: Mapping[Kind, Listing]) -> "_Verdict":
        """A known place that nothing is seen to expose. Where that could not be read, it is looked at all the same.

        One that says of no object that it came from it may be another source's, where several push as one.
        """
        location, now = place.location, self.clock.now()
        origins, target = exposed_by(location.labels), _target_at(place)
        unconfigured = _Verdict(Look(absences=(Absence(location, None, AbsenceKind.UNCONFIGURED, self.source, now),)))
        if target is None or location.uri in refused or self.allowed.refusal_of_host(target.host):
            return unconfigured
        if not self._wants(origins, listings):
            return unconfigured
        if _is_kept_from_us(origins, listings):
            return _Verdict(None, Endpoint(target, (), named=True))
        if not origins:
            return unconfigured
        namespace = location.label(NAMESPACE)
        group = namespace_uri(self.cluster, namespace) if namespace else self.source
        removed = Look(absences=(Absence(location, None, AbsenceKind.REMOVED, group, now),))
        return _Verdict(removed, None if _is_long_gone(place, now) else Endpoint(target, (), named=True))

    def _wants(self, origins: Sequence[tuple[str, str]], listings: Mapping[Kind, Listing]) -> bool:
        """True where an object of a kind, and in a namespace, that is read exposed it. Without origins, any does."""
        kinds = {kind.resource.singular for kind in listings}
        read = (kind in kinds and (not self.namespaces or namespace in self.namespaces) for kind, namespace in origins)
        return any(read) if origins else bool(kinds)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What becomes of a known place that no object is seen to expose."""

    gone: Look | None
    """What is said of it; of one that is looked at first, unless it still shows what it showed."""
    endpoint: Endpoint | None = None
    """To be looked at."""


def _still_shows(place: Place, look: Look) -> bool:
    runs = (run for member in place.members for run in member.runs if run.chain)
    shown = {run.chain[position] for run in runs for position in (0, *run.others)}
    return any(one.chain[position].fingerprint in shown for one in look.observations for position in (0, *one.others))


def _is_long_gone(place: Place, now: datetime) -> bool:
    """True for what has been absent for a day: nobody asks again whether it is served."""
    runs = [member.current for member in place.members]
    return all(run.absence is not None and now - run.first_at > _ASKED_FOR for run in runs)


def _target_at(place: Place) -> Target | None:
    """The endpoint that a place is, with its labels; None for an address of another kind."""
    try:
        return replace(parse_target(place.location.uri), labels=place.location.labels)
    except ValueError:
        return None


def _is_kept_from_us(origins: Sequence[tuple[str, str]], listings: Mapping[Kind, Listing]) -> bool:
    """True where it cannot be told whether something still exposes a place. Without origins, anything could."""
    for kind in (kind for kind in EXPOSING if kind in listings):
        # A route may stand in any namespace, and stand for a Gateway.
        anywhere = not origins or (kind is Kind.HTTPROUTES and any(each == _GATEWAY for each, _ in origins))
        named = (namespace for each, namespace in origins if each == kind.resource.singular)
        if (anywhere and listings[kind].failures) or any(listings[kind].failure_in(one) for one in named):
            return True
    return False


def _is_of_others(look: Look) -> bool:
    """True where it has no address that may be connected to."""
    reasons = {gap.reason for gap in look.gaps}
    return not look.observations and bool(reasons) and reasons <= {GapReason.NOT_ALLOWED, GapReason.UNRESOLVED}


def _with(look: Look, controller: Controller | None) -> Look:
    if controller is None:
        return look
    return replace(
        look,
        observations=tuple(replace(one, location=_told(one.location, controller)) for one in look.observations),
        gaps=tuple(replace(one, location=_told(one.location, controller)) for one in look.gaps),
        absences=tuple(replace(one, location=_told(one.location, controller)) for one in look.absences),
    )


def _told(location: Location, controller: Controller) -> Location:
    return replace(location, controller=controller)
