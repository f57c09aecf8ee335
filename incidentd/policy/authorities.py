"""Authorities: when a CA certificate deserves an incident of its own, and which leaves hang on it."""

from collections.abc import Iterable, Iterator, Mapping

from incidentd.model.assessment import Reason
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Role
from incidentd.model.policy import Policy

BUNDLE_MORE_THAN = 5
"""More CA certificates than this in one file, and no leaf: a trust bundle."""


def stands(
    authority: Certificate, places: Iterable[Place], certificates: Mapping[str, Certificate], policy: Policy
) -> tuple[Reason, tuple[str, ...]]:
    """Why a CA certificate that is due does, or does not, open an incident; and the leaves that it would take down.

    CA_OUTLIVED_BY_LEAF and CA_OWN_LOCATION open one; CA_LEFT_BEHIND and TRUST_BUNDLE do not.
    """
    shown = [(place, run) for place in places for run in _last_shown(authority.fingerprint, place.members)]
    leaves = [leaf for _, run in shown for leaf in _leaves(run, authority, certificates)]
    outliving = tuple(dict.fromkeys(leaf.fingerprint for leaf in leaves if leaf.not_after > authority.not_after))
    if outliving:
        return Reason.CA_OUTLIVED_BY_LEAF, outliving
    alone = [(place, run) for place, run in shown if _stands_alone(place, run, certificates)]
    if any(not _is_trust_bundle(run) or place.location.source in policy.trusting_sources for place, run in alone):
        return Reason.CA_OWN_LOCATION, ()
    return (Reason.TRUST_BUNDLE if alone else Reason.CA_LEFT_BEHIND), ()


def _last_shown(fingerprint: str, members: Iterable[Member]) -> Iterator[Run]:
    for member in members:
        run = next((run for run in reversed(member.runs) if fingerprint in run.chain), None)
        if run is not None:
            yield run


def _leaves(run: Run, authority: Certificate, certificates: Mapping[str, Certificate]) -> Iterator[Certificate]:
    return (certificates[fp] for fp in run.chain if fp != authority.fingerprint and not certificates[fp].is_ca)


def _stands_alone(place: Place, run: Run, certificates: Mapping[str, Certificate]) -> bool:
    """A store or file without any leaf beside the CA; or a server that presents the CA as its own certificate."""
    if place.location.role is Role.SERVED:
        return certificates[run.chain[0]].is_ca
    return all(certificates[fp].is_ca for fp in run.chain)


def _is_trust_bundle(run: Run) -> bool:
    return len(set(run.chain)) > BUNDLE_MORE_THAN
