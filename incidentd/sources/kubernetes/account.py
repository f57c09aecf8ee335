"""What is said of a known place that did not turn up: removed from a whole answer, no longer wanted, or not seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from incidentd.model.inventory import Place
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason
from incidentd.sources.interface import Look
from incidentd.sources.kubernetes.holdings import Holding
from incidentd.sources.kubernetes.lists import Everything
from incidentd.sources.kubernetes.objects import NO_NAMESPACE, Kind, namespace_uri
from incidentd.sources.kubernetes.refusal import Refusal

_KINDS = {kind.resource.singular: kind for kind in Kind}
_NEVER_THERE = "there is no such Secret: is it spelled right?"


@dataclass(frozen=True, slots=True)
class Address:
    """A part of an object, as its address says it."""

    kind: Kind
    namespace: str | None
    name: str
    part: str

    @property
    def object_name(self) -> tuple[str | None, str]:
        """Of the object."""
        return self.namespace, self.name


def is_object(uri: str) -> bool:
    """True for an address in a cluster; what a cluster serves has another."""
    return uri.startswith("k8s://")


def address_of(uri: str, cluster: str) -> Address | None:
    """The inverse of `object_uri`; None for what is no address in this cluster."""
    begin = f"k8s://{cluster}/"
    parts = uri.removeprefix(begin).split("/", 2)
    if not uri.startswith(begin) or len(parts) != 3 or parts[1] not in _KINDS:
        return None
    name, _, part = parts[2].partition("#")
    return Address(_KINDS[parts[1]], None if parts[0] == NO_NAMESPACE else parts[0], name, part)


ObjectKey = tuple[Kind, str | None, str]
"""Kind, namespace and name."""


@dataclass(frozen=True, slots=True)
class Leavers:
    """What became of objects that are in no list any more; those that are not in here were deleted."""

    still_there: frozenset[ObjectKey] = frozenset()
    refused: Mapping[ObjectKey, Refusal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accounting:
    """One attempt at everything, as evidence about what did not turn up."""

    source: str
    cluster: str
    everything: Everything
    leavers: Leavers
    at: datetime

    def of(self, place: Place) -> Look:
        """What is said of one known place that was neither seen nor reported by itself."""
        address = address_of(place.location.uri, self.cluster)
        reads = [one for one in self.everything.reads if address and one.covers(address.kind, *address.object_name)]
        if address is None or not reads:
            return self._absent(place, AbsenceKind.UNCONFIGURED)
        held = [thing for one in reads if (thing := one.shown.get(address.object_name)) is not None]
        if any(isinstance(thing, Holding) and address.part in thing.passed_over for thing in held):
            return self._absent(place, AbsenceKind.UNCONFIGURED)
        key = (address.kind, *address.object_name)
        if key in self.leavers.still_there:
            return self._absent(place, AbsenceKind.UNCONFIGURED)
        refusals = (self.leavers.refused.get(key), *(one.refusal for one in reads))
        refusal = next((one for one in refusals if one is not None), None)
        if refusal is not None and not held:
            return Look(gaps=(Gap(place.location, None, refusal.reason, str(refusal), self.at),))
        return self._absent(place, AbsenceKind.REMOVED if place.members else AbsenceKind.UNCONFIGURED, address)

    def blind_spots(self, known: Iterable[Place]) -> dict[str, tuple[GapReason, str]]:
        """Addresses, with a reason, of what could not be read and beneath which no known place says so by itself."""
        held = [one for place in known if place.members and (one := address_of(place.location.uri, self.cluster))]
        spots: dict[str, tuple[GapReason, str]] = {}
        for read in self.everything.reads:
            if any(read.covers(one.kind, one.namespace, one.name) for one in held):
                continue
            if read.refusal is not None and not (read.refusal.is_missing and read.wanted.kind.is_optional):
                spots[read.uri(self.cluster)] = (read.refusal.reason, str(read.refusal))
            elif read.only is not None and not read.shown and read.refusal is None:
                spots[read.uri(self.cluster)] = (GapReason.MISSING_FOLDER, _NEVER_THERE)
        return spots

    def failure(self) -> str | None:
        """Set when nothing at all could be read."""
        refused = [one for one in self.everything.reads if one.refusal is not None]
        if not refused or len(refused) < len(self.everything.reads):
            return None
        first = refused[0]
        return f"nothing of the cluster could be read; {first.wanted.kind}: {first.refusal}"

    def _absent(self, place: Place, kind: AbsenceKind, address: Address | None = None) -> Look:
        group = namespace_uri(self.cluster, address.namespace) if address else self.source
        return Look(absences=(Absence(place.location, None, kind, group, self.at),))
