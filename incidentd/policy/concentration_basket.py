"""Baskets: one certificate, key, issuer, intermediate, store or account on which too many endpoints depend.

* **Same certificate, same key**: in at least two regions, or on more than half of a service's endpoints. Certificates
  with the same names are one finding, so that a renewal does not end its waiver; each is judged by itself.
* **Shared issuer, intermediate, store, account**: behind more than half of a service's endpoints, by two certificates
  at least: what a single one depends on fails with it anyway. One finding for all services in which it is so.

Only endpoints with the label in question can be judged. Two of a service are the fewest that are *more than half*.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime

from incidentd.model.certificate import Certificate
from incidentd.model.concentration import Concentration, ConcentrationKind
from incidentd.policy.concentration_fleet import Endpoint, Fleet, Used
from incidentd.policy.names import normal

CERTIFICATES_AT_LEAST = 2

Basket = tuple[Used, tuple[Endpoint, ...]]
"""A certificate, and those of its endpoints that depend on what is shared."""
Sharing = Callable[[Used], Iterable[tuple[str, tuple[Endpoint, ...]]]]
"""What a certificate depends on, each with the endpoints that do."""


def same_certificates(fleet: Fleet) -> Iterator[Concentration]:
    """One certificate in many places, by its names."""
    by_names: defaultdict[tuple[str, ...], list[Basket]] = defaultdict(list)
    for one in fleet.used:
        if _is_spread_thin(fleet, one.endpoints):
            by_names[_names(one.certificate)].append((one, one.endpoints))
    for names, baskets in by_names.items():
        yield concentration(ConcentrationKind.SAME_CERTIFICATE, names, baskets, fleet)


def same_keys(fleet: Fleet) -> Iterator[Concentration]:
    """One key behind several certificates; behind one it is that certificate's own finding."""
    by_key: defaultdict[str, list[Basket]] = defaultdict(list)
    for one in fleet.used:
        if one.certificate.key_id:
            by_key[one.certificate.key_id].append((one, one.endpoints))
    for key, baskets in by_key.items():
        if len(baskets) > 1 and _is_spread_thin(fleet, {each for _, at in baskets for each in at}):
            yield concentration(ConcentrationKind.SAME_KEY, (key,), baskets, fleet)


def shared(fleet: Fleet) -> Iterator[Concentration]:
    """Issuers, intermediates, stores and accounts behind more than half of a service."""
    for kind, sharing in _SHARINGS:
        by_subject: defaultdict[str, list[Basket]] = defaultdict(list)
        for one in fleet.used:
            for subject, at in sharing(one):
                by_subject[subject].append((one, at))
        for subject, baskets in by_subject.items():
            yield from _behind_most(kind, subject, baskets, fleet)


def concentration(
    kind: ConcentrationKind, subject: tuple[str, ...], baskets: Collection[Basket], fleet: Fleet
) -> Concentration:
    """The finding of some certificates at some endpoints."""
    used = sorted((one for one, _ in baskets), key=lambda one: (one.certificate.not_after, one.fingerprint))
    at = {endpoint for _, each in baskets for endpoint in each}
    return Concentration(
        kind=kind,
        subject=subject,
        fingerprints=tuple(one.fingerprint for one in used),
        services=tuple(sorted({each.service for each in at if each.service})),
        regions=tuple(sorted({each.region for each in at if each.region})),
        endpoints=len({each.uri for each in at}),
        first_end=used[0].certificate.not_after,
        shares=tuple(share for share in fleet.shares(at) if share.is_most),
        authority_ends_at=_authority_ends_at(kind, subject, used),
    )


def _behind_most(
    kind: ConcentrationKind, subject: str, baskets: Collection[Basket], fleet: Fleet
) -> Iterator[Concentration]:
    """The finding of one thing that is shared, in the services of which it is behind more than half."""
    shares = fleet.shares(endpoint for _, at in baskets for endpoint in at)
    most = {share.service for share in shares if share.is_most}
    there = [(one, tuple(each for each in at if each.service in most)) for one, at in baskets]
    there = [(one, at) for one, at in there if at]
    if len(there) >= CERTIFICATES_AT_LEAST:
        yield concentration(kind, (subject,), there, fleet)


def _is_spread_thin(fleet: Fleet, at: Collection[Endpoint]) -> bool:
    """True in two regions, and on more than half of a service. Most certificates have one endpoint, and are neither."""
    if len(at) == 1:
        return False
    regions = {endpoint.region for endpoint in at if endpoint.region}
    return len(regions) > 1 or any(share.is_most for share in fleet.shares(at))


def _names(certificate: Certificate) -> tuple[str, ...]:
    """What stays when it is renewed."""
    names = {normal(name) for name in certificate.covered_names}
    return tuple(sorted(names)) or (certificate.subject or certificate.fingerprint,)


def _issuer(one: Used) -> Iterator[tuple[str, tuple[Endpoint, ...]]]:
    if one.certificate.issuer and not one.certificate.self_signed:
        yield one.certificate.issuer, one.endpoints


def _intermediates(one: Used) -> Iterator[tuple[str, tuple[Endpoint, ...]]]:
    for subject in dict.fromkeys(authority.subject for authority in one.authorities):
        yield subject, one.endpoints


def _stores(one: Used) -> Iterator[tuple[str, tuple[Endpoint, ...]]]:
    return ((store, one.endpoints) for store in one.stores)


def _accounts(one: Used) -> Iterator[tuple[str, tuple[Endpoint, ...]]]:
    """Those that its copies lie in, and for each endpoint its own."""
    for account in sorted({*one.accounts, *(each.account for each in one.endpoints if each.account)}):
        held = account in one.accounts
        yield account, tuple(each for each in one.endpoints if held or each.account == account)


_SHARINGS: tuple[tuple[ConcentrationKind, Sharing], ...] = (
    (ConcentrationKind.SHARED_ISSUER, _issuer),
    (ConcentrationKind.SHARED_INTERMEDIATE, _intermediates),
    (ConcentrationKind.SHARED_STORE, _stores),
    (ConcentrationKind.SHARED_ACCOUNT, _accounts),
)


def _authority_ends_at(kind: ConcentrationKind, subject: tuple[str, ...], used: Iterable[Used]) -> datetime | None:
    """When the first CA certificate of that name ends, of those that were shown with them."""
    if kind not in (ConcentrationKind.SHARED_ISSUER, ConcentrationKind.SHARED_INTERMEDIATE):
        return None
    authorities = {each for one in used for each in one.authorities if each.subject == subject[0]}
    return min((each.not_after for each in authorities), default=None)
