"""The fleet as concentrations see it: which certificates are in use, at which endpoints, and who stands behind them.

An endpoint is a production location that serves a certificate; a location with several addresses is one. A certificate
that nobody serves counts where it is stored, as it does for incidents. A place that cannot be seen now counts as it was
seen last: a gap is no absence.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from incidentd.model.assessment import Assessment, Reason, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.concentration import Share, Unjudged
from incidentd.model.inventory import Inventory, Place
from incidentd.model.location import Labels, Role
from incidentd.model.places import kept_places
from incidentd.model.policy import Policy
from incidentd.policy.assess import SPARE_USES
from incidentd.policy.production import is_production

AUTHORITIES_AT_MOST = 10
"""So many CA certificates above one are followed."""


class Endpoint(NamedTuple):
    """One place where a certificate is in use. None: its labels do not say."""

    uri: str
    service: str | None
    region: str | None
    account: str | None


@dataclass(frozen=True, slots=True)
class Used:
    """A certificate that is in use."""

    certificate: Certificate
    renewed: bool
    """A successor was seen, or automation is proven to renew it."""
    endpoints: tuple[Endpoint, ...]
    authorities: tuple[Certificate, ...] = ()
    """The CA certificates above it, as far as they were shown with it; no root."""
    stores: tuple[str, ...] = ()
    """Sources in which it is stored while an endpoint serves it."""
    accounts: tuple[str, ...] = ()
    """Accounts that hold a stored copy of it."""

    @property
    def missed(self) -> tuple[tuple[str, str], ...]:
        """The services and regions that miss it when it ends, sorted."""
        pairs = {(one.service, one.region) for one in self.endpoints if one.service and one.region}
        return tuple(sorted(pairs))

    @property
    def fingerprint(self) -> str:
        """The certificate's."""
        return self.certificate.fingerprint


@dataclass(frozen=True, slots=True)
class Fleet:
    """All that is in use, soonest end first, and how many endpoints each service has."""

    used: tuple[Used, ...]
    endpoints_of: Mapping[str, int]
    unjudged: Unjudged

    def shares(self, at: Iterable[Endpoint]) -> tuple[Share, ...]:
        """How much of each service these endpoints are, by service."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for endpoint in at:
            if endpoint.service:
                found[endpoint.service].add(endpoint.uri)
        return tuple(Share(service, len(uris), self.endpoints_of[service]) for service, uris in sorted(found.items()))


def fleet_of(inventory: Inventory, assessments: Mapping[str, Assessment], policy: Policy) -> Fleet:
    """What is in use of an inventory; the assessments say what is renewed, and what nobody needs any more."""
    shown = _Shown(inventory.certificates, policy)
    for place in kept_places(inventory):
        shown.note(place)
    known = inventory.certificates
    fingerprints = sorted(shown.all(), key=lambda fp: (known[fp].not_after, fp))
    used = tuple(shown.used(fp, assessments.get(fp)) for fp in fingerprints if not _is_over(assessments.get(fp)))
    return _counted(used)


def _counted(used: tuple[Used, ...]) -> Fleet:
    """With the endpoints of each service, and what cannot be judged."""
    uris, without_region = set[str](), set[str]()
    by_service: defaultdict[str | None, set[str]] = defaultdict(set)
    for one in used:
        for endpoint in one.endpoints:
            uris.add(endpoint.uri)
            by_service[endpoint.service].add(endpoint.uri)
            if endpoint.region is None:
                without_region.add(endpoint.uri)
    without_service = len(by_service.pop(None, ()))
    without_key = sum(not one.certificate.key_id for one in used)
    unjudged = Unjudged(without_service, len(without_region), len(uris), without_key)
    return Fleet(used, {service: len(its) for service, its in by_service.items() if service}, unjudged)


_NOWHERE: AbstractSet[Endpoint] = frozenset()


class _Shown:
    """What production places show now, by fingerprint."""

    def __init__(self, certificates: Mapping[str, Certificate], policy: Policy) -> None:
        self._certificates = certificates
        self._policy = policy
        self._counts: dict[Labels, bool] = {}
        self._read: dict[tuple[Role, tuple[str, ...]], tuple[str, ...]] = {}
        self._above: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._at: dict[Role, defaultdict[str, set[Endpoint]]] = {role: defaultdict(set) for role in Role}
        self._stores: defaultdict[str, set[str]] = defaultdict(set)

    def note(self, place: Place) -> None:
        """One place, with what each of its addresses showed last."""
        location = place.location
        if not place.members or not self._counts_as(location.labels):
            return
        labels = dict(location.labels)
        said = (labels.get(name) or None for name in ("service", "region", "account"))
        endpoint = Endpoint(location.uri, *said)
        for chain in {chain: None for member in place.members for chain in member.current.chains}:
            for fingerprint in self._own(location.role, chain):
                self._at[location.role][fingerprint].add(endpoint)
                if location.role is Role.STORED:
                    self._stores[fingerprint].add(location.source)

    def all(self) -> set[str]:
        """Every certificate that is served or stored."""
        return {*self._at[Role.SERVED], *self._at[Role.STORED]}

    def used(self, fingerprint: str, assessment: Assessment | None) -> Used:
        """One of them, where it counts."""
        served, stored = (self._at[role].get(fingerprint, _NOWHERE) for role in (Role.SERVED, Role.STORED))
        return Used(
            certificate=self._certificates[fingerprint],
            renewed=_is_renewed(assessment),
            endpoints=tuple(sorted(served or stored, key=_order)),
            authorities=tuple(self._certificates[fp] for fp in sorted(self._above.get(fingerprint, ()))),
            stores=tuple(sorted(self._stores.get(fingerprint, ()))) if served else (),
            accounts=tuple(sorted({each.account for each in stored if each.account})),
        )

    def _counts_as(self, labels: Labels) -> bool:
        """Production, and neither a spare nor an archive."""
        if labels not in self._counts:
            spare = dict(labels).get("use", "").casefold() in SPARE_USES
            self._counts[labels] = not spare and is_production(labels, self._policy)
        return self._counts[labels]

    def _own(self, role: Role, chain: tuple[str, ...]) -> tuple[str, ...]:
        """What a chain is there for: a server's own certificate, which comes first; in a store all but authorities."""
        if len(chain) == 1 and role is Role.SERVED:
            return chain
        if (role, chain) not in self._read:
            known = self._certificates
            own = chain[:1] if role is Role.SERVED else tuple(fp for fp in chain if not known[fp].is_authority)
            by_subject = {known[fp].subject: fp for fp in reversed(chain) if known[fp].is_authority}
            self._read[(role, chain)] = own
            for one in own:
                self._above[one].update(dict.fromkeys(self._climb(known[one], by_subject)))
        return self._read[(role, chain)]

    def _climb(self, leaf: Certificate, by_subject: Mapping[str, str]) -> Iterator[str]:
        """From issuer to issuer, as far as they were shown with it, and no further than below the root."""
        below = leaf
        for _ in range(AUTHORITIES_AT_MOST):
            above = by_subject.get(below.issuer)
            if above is None or self._certificates[above].self_signed:
                return
            yield above
            below = self._certificates[above]


def _is_over(assessment: Assessment | None) -> bool:
    """What was replaced everywhere, or had long expired when it was first seen, fails nobody."""
    return assessment is not None and (assessment.stage is Stage.SETTLED or Reason.STALE_ARCHIVE in assessment.reasons)


def _is_renewed(assessment: Assessment | None) -> bool:
    if assessment is None:
        return False
    return assessment.successor is not None or Reason.RENEWED_BY_AUTOMATION in assessment.reasons


def _order(endpoint: Endpoint) -> tuple[str, ...]:
    return tuple(text or "" for text in endpoint)
