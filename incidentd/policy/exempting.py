"""Exempting: who else looks after a renewal, so that no incident is wanted, and until when."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidentd.model.assessment import Assessment, Reason, Stage
from incidentd.model.location import IGNORED_UNTIL, Location
from incidentd.model.places import NEVER
from incidentd.model.policy import Exemption
from incidentd.policy import controllers
from incidentd.policy.automation import Automated, automated
from incidentd.policy.case import Case
from incidentd.policy.hearsay import having_a_say
from incidentd.policy.holding import after
from incidentd.policy.renewals import renewed


def exemption(case: Case) -> Exemption | None:
    """The operator's word that it needs no incident, while that lasts."""
    return next(
        (
            listed
            for listed in case.policy.exemptions
            if listed.fingerprint == case.certificate.fingerprint and case.now < listed.until
        ),
        None,
    )


IGNORED_NAMED = 3
IGNORED_LAST = timedelta(days=7)
"""As long before the end as an acceptance by label ends: no annotation speaks for the last week."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """What the places of a certificate ask for."""

    proof: str
    until: datetime
    """The first instant at which it no longer holds."""


def ignored(case: Case) -> Ignored | None:
    """The wish of the annotations at its places, bounded by their source; None unless every place has one."""
    ends = [_ignored_until(finding.location) for finding in case.blocking]
    known = [end for end in ends if end is not None]
    if not ends or len(known) < len(ends):
        return None
    places = ", ".join(finding.location.uri for finding in case.blocking[:IGNORED_NAMED])
    more = f" and {len(ends) - IGNORED_NAMED} more" if len(ends) > IGNORED_NAMED else ""
    not_after = case.certificate.not_after
    until = min(*known, not_after - min(IGNORED_LAST, not_after - NEVER))
    return Ignored(f"annotation {IGNORED_UNTIL} at {places}{more}", until)


def _ignored_until(location: Location) -> datetime | None:
    """What its label says; None where it says nothing that is a time."""
    try:
        end = datetime.fromisoformat(location.label(IGNORED_UNTIL) or "")
    except ValueError:
        return None
    return end if end.tzinfo else None


def automation(case: Case) -> Automated | None:
    """By a live controller, on the operator's word, or on what was seen of its lineage.

    Blindness takes the exemption away, and so does a controller that is not ready.
    """
    blind = any(
        member.unseen_since is not None and case.now - member.unseen_since > case.policy.blind_after
        for finding in case.blocking
        for member in finding.members
    )
    if blind or controllers.is_one_not_ready(case.production):
        return None
    speaking = having_a_say(case.production, case.policy.pushed_sources)
    live = controllers.controlled(case.certificate, speaking, case.policy.blind_after, case.now)
    if live is not None:
        return live
    places = (finding.location for finding in case.production)
    return automated(case.certificate, places, case.policy) or renewed(case.certificate, case.lineage)


def let_off(case: Case, base: Assessment, by: Automated) -> Assessment:
    """Renewed by automation, until that is overdue, or until a place has not been seen for too long."""
    unseen = [member.unseen_since for finding in case.blocking for member in finding.members if member.unseen_since]
    ends = (by.overdue_at, by.proof_ends_at, *(after(since, case.policy.blind_after) for since in unseen))
    ends_at = min(at for at in ends if at is not None)
    return replace(
        base,
        stage=Stage.EXEMPT,
        reasons=(Reason.RENEWED_BY_AUTOMATION,),
        opens_at=by.overdue_at,
        proof=by.proof,
        next_change_at=ends_at,
    )
