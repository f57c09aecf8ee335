"""Authorities: when a CA certificate deserves an incident of its own, and which leaves hang on it."""

from collections.abc import Iterable, Iterator, Mapping

from incidentd.model.assessment import Reason
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Role
from incidentd.model.policy import Policy
from incidentd.policy.replacement import last_showing

BUNDLE_MORE_THAN = 5
"""More CA certificates than this in one file, and no leaf: a trust bundle."""


def stands(
    authority: Certificate, places: Iterable[Place], certificates: Mapping[str, Certificate], policy: Policy
) -> tuple[Reason, tuple[str, ...]]:
    """Why a CA certificate that is due does, or does not, open an incident; and the leaves that it would take down.

    CA_OUTLIVED_BY_LEAF and CA_OWN_LOCATION open one; CA_LEFT_BEHIND and TRUST_BUNDLE do not.
    """
    shown = [(place, run) for place in places for run in _last_shown(authority.fingerprint, place.members)]
    leaves = [leaf for place, run in shown for leaf in _leaves(place, run, authority, certificates)]
    outliving = tuple(dict.fromkeys(leaf.fingerprint for leaf in leaves if leaf.not_after > authority.not_after))
    if outliving:
        return Reason.CA_OUTLIVED_BY_LEAF, outliving
    alone = [(place, run) for place, run in shown if _stands_alone(authority, place, run, certificates)]
    if any(
        not _is_trust_bundle(place, run) or place.location.source in policy.trusting_sources for place, run in alone
    ):
        return Reason.CA_OWN_LOCATION, ()
    return (Reason.TRUST_BUNDLE if alone else Reason.CA_LEFT_BEHIND), ()


def _last_shown(fingerprint: str, members: Iterable[Member]) -> Iterator[Run]:
    for member in members:
        run = last_showing(fingerprint, member)
        if run is not None:
            yield run


def _leaves(
    place: Place, run: Run, authority: Certificate, certificates: Mapping[str, Certificate]
) -> Iterator[Certificate]:
    """The certificates in one chain with the CA that are none; at a server its own, for self-made ones claim to be."""
    for chain in run.chains:
        if authority.fingerprint in chain:
            first = chain[0] if place.location.role is Role.SERVED else None
            others = (fp for fp in chain if fp != authority.fingerprint)
            yield from (certificates[fp] for fp in others if fp == first or not certificates[fp].is_authority)


def _stands_alone(authority: Certificate, place: Place, run: Run, certificates: Mapping[str, Certificate]) -> bool:
    """A store or file without any leaf beside the CA; or a server that presents the CA as its own certificate."""
    if place.location.role is Role.SERVED:
        return authority.fingerprint in run.heads
    return all(certificates[fp].is_authority for fp in run.chain)


def _is_trust_bundle(place: Place, run: Run) -> bool:
    return place.location.role is Role.STORED and len(set(run.chain)) > BUNDLE_MORE_THAN
