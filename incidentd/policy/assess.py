"""Assess: the chain of rules from one certificate to its assessment. The first rule that decides, decides."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidentd.model.assessment import Assessment, PlaceFinding, Reason, Stage, Step
from incidentd.model.inventory import Member, Place, PlaceKey
from incidentd.model.location import Role
from incidentd.model.policy import Policy
from incidentd.policy import authorities, exempting, severity
from incidentd.policy.calendar import window_opens_at
from incidentd.policy.case import Case
from incidentd.policy.finding import NOTHING_HELD, Found, find
from incidentd.policy.hearsay import speaks
from incidentd.policy.holding import FOREVER, holds_until, soonest
from incidentd.policy.releases import NO_RELEASES, NOTHING_SHIPS, Releases, Shipping, Wait, shipping_of
from incidentd.policy.renewals import Lineage
from incidentd.policy.settlement import Standard
from incidentd.policy.sightings import Sightings
from incidentd.policy.stage import deployment, newest_successor, stage_of

STALE_AFTER = timedelta(days=7)
SPARE_USES = ("spare", "archive")


@dataclass(frozen=True, slots=True)
class Judged:
    """An assessment, the findings that it rests on, and until when it holds while all is seen the same again."""

    assessment: Assessment
    found: Mapping[PlaceKey, Found]
    until: datetime
    rests_on: frozenset[str] = frozenset()
    """Other certificates whose places were asked about: what is seen there may change it too."""


def assess_all(
    sightings: Sightings,
    policy: Policy,
    now: datetime,
    believed: Collection[str] = frozenset(),
    releases: Releases = NO_RELEASES,
) -> dict[str, Assessment]:
    """The assessment of every certificate in the inventory, by fingerprint."""
    return {fp: assess(fp, sightings, policy, now, believed, releases) for fp in sightings.inventory.certificates}


def assess(
    fingerprint: str,
    sightings: Sightings,
    policy: Policy,
    now: datetime,
    believed: Collection[str] = frozenset(),
    releases: Releases = NO_RELEASES,
) -> Assessment:
    """What the policy says of one certificate.

    `believed` are fingerprints for which a person approved removals that looked suspicious.
    """
    standard = Standard(now, policy.close_after, fingerprint in believed)
    return judge(fingerprint, sightings, standard, policy, releases=releases).assessment


def judge(
    fingerprint: str,
    sightings: Sightings,
    standard: Standard,
    policy: Policy,
    held: Mapping[PlaceKey, Found] = NOTHING_HELD,
    releases: Releases = NO_RELEASES,
) -> Judged:
    """The same, with until when it holds. Places of which the finding is `held` are not looked at again."""
    certificate, now = sightings.inventory.certificates[fingerprint], standard.now
    found = find(certificate, sightings, policy, standard, held)
    opens_at = window_opens_at(certificate.not_after, policy.threshold)
    first_seen = sightings.inventory.first_seen.get(fingerprint)
    if first_seen is not None and first_seen > now:
        first_seen = None  # it was written under a clock that ran ahead
    findings = tuple(one.finding for one in found.values())
    lineage = Lineage(sightings, policy, standard)
    seen_at = now if first_seen is None else first_seen
    case = Case(certificate, sightings, policy, now, findings, seen_at, lineage, releases)
    assessment = _decide(case, Assessment(fingerprint, Stage.FINE, (), opens_at, findings=findings))
    timeless = assessment.stage is Stage.SETTLED or not case.production  # that was decided before any look at the time
    until = FOREVER if timeless else holds_until(certificate, opens_at, policy, now)
    until = until if first_seen else now
    turns = _shipping(case).instants if assessment.wants_incident else _exempt_until(assessment)
    until = min((until, lineage.until, soonest(turns, now), *(one.until for one in found.values())))
    return Judged(assessment, found, until, lineage.rests_on)


def _exempt_until(assessment: Assessment) -> tuple[datetime, ...]:
    """A controller's time is written nowhere but in what it was judged to be."""
    ends = assessment.next_change_at if assessment.stage is Stage.EXEMPT else None
    return () if ends is None else (ends,)


def _decide(case: Case, base: Assessment) -> Assessment:
    if not case.production:
        return replace(base, reasons=(Reason.NON_PRODUCTION if case.findings else Reason.NOT_IN_PLACE,))
    settled = _settled(case, base)
    if settled is not None:
        return settled
    if base.opens_at is None or case.now <= base.opens_at:
        return replace(base, reasons=(Reason.NOT_YET_DUE,), next_change_at=base.opens_at)
    exemption = exempting.exemption(case)
    if exemption is not None:
        word = f"{exemption.owner}: {exemption.reason}"
        return replace(
            base, stage=Stage.EXEMPT, reasons=(Reason.EXEMPT_BY_POLICY,), proof=word, next_change_at=exemption.until
        )
    ignored = exempting.ignored(case)
    if ignored is not None and case.now < ignored.until:
        return replace(
            base,
            stage=Stage.EXEMPT,
            reasons=(Reason.EXEMPT_BY_ANNOTATION,),
            proof=ignored.proof,
            next_change_at=ignored.until,
        )
    by = exempting.automation(case)
    if by is not None and case.now <= by.overdue_at:
        return exempting.let_off(case, base, by)
    opens_at = max(base.opens_at, by.overdue_at) if by else base.opens_at
    if _is_stale(case):
        return replace(base, stage=Stage.EXPIRED, reasons=(Reason.STALE_ARCHIVE,))
    standing, dependents = _authority(case)
    if standing in (Reason.CA_LEFT_BEHIND, Reason.TRUST_BUNDLE):
        return replace(base, reasons=(standing,))
    why = (Reason.RENEWAL_OVERDUE if by else Reason.THRESHOLD_PASSED, *((standing,) if standing else ()))
    return _wanted(case, replace(base, opens_at=opens_at, dependents=dependents), why)


def _wanted(case: Case, base: Assessment, why: tuple[Reason, ...]) -> Assessment:
    """An incident should be open: its stage, its step, and what else there is to say."""
    successor = newest_successor(case.certificate, case.findings, case.sightings)
    done, of = deployment(case.blocking)
    shipping = _shipping(case)
    renewed = successor is not None
    stage, because = stage_of(case.certificate, case.blocking, (done, of), shipping.late, case.now, renewed=renewed)
    late = severity.Late(shipping.late is not None, shipping.late_at)
    step = severity.reached(case.certificate, case.now, case.policy.severities, late)
    cap = _cap(case)
    reasons = [*why, *because]
    if any(finding.unseen for finding in case.blocking):
        reasons.append(Reason.UNSEEN_PLACES)
    if cap is not None:
        reasons.append(cap)
        step = Step.WARNING
    suspect = _all_settled(case.blocking)
    next_at, next_step = severity.next_step(case.certificate, case.now, case.policy.severities, late)
    if suspect:
        reasons.append(Reason.SUSPECT_REMOVAL)
    return replace(
        base,
        stage=stage,
        reasons=tuple(reasons),
        step=step,
        deployed=done,
        deployable=of,
        successor=successor.fingerprint if successor else None,
        successor_by=successor.by if successor else None,
        carrier=shipping.carrier,
        suspect=suspect,
        next_change_at=next_at,
        next_step=next_step,
    )


def _all_settled(blocking: Sequence[PlaceFinding]) -> bool:
    return bool(blocking) and all(finding.status.settled for finding in blocking)


def _is_suspect(finding: PlaceFinding) -> bool:
    return any(member.suspect for member in finding.members)


def _settled(case: Case, base: Assessment) -> Assessment | None:
    """Positive proof at every blocking place, none of it suspect."""
    if not _all_settled(case.blocking) or any(_is_suspect(finding) for finding in case.blocking):
        return None
    served = case.blocking[0].location.role is Role.SERVED
    reason = Reason.ALL_SERVED_SETTLED if served else Reason.ALL_STORED_SETTLED
    done, of = deployment(case.blocking)
    successor = newest_successor(case.certificate, case.findings, case.sightings)
    return replace(
        base,
        stage=Stage.SETTLED,
        reasons=(reason,),
        deployed=done,
        deployable=of,
        successor=successor.fingerprint if successor else None,
        successor_by=successor.by if successor else None,
    )


def _is_stale(case: Case) -> bool:
    """It had expired more than 7 days before it was first seen, and is not served: an old archive."""
    served = any(finding.location.role is Role.SERVED for finding in case.blocking)
    return not served and case.first_seen - case.certificate.not_after > STALE_AFTER


def _authority(case: Case) -> tuple[Reason | None, tuple[str, ...]]:
    if not case.certificate.is_authority:
        return None, ()
    unsettled = {
        (finding.location.source, finding.location.uri)
        for finding in case.production
        if not finding.status.settled or _is_suspect(finding)
    }
    places = [p for p in case.sightings.places_of(case.certificate.fingerprint) if p.key in unsettled]
    return authorities.stands(case.certificate, places, case.sightings.inventory.certificates, case.policy)


def _cap(case: Case) -> Reason | None:
    """What keeps the severity at warning: a spare, or every probed location of its names serves another one."""
    uses = [(finding.location.label("use") or "").casefold() for finding in case.production]
    if uses and all(use in SPARE_USES for use in uses):
        return Reason.CAPPED_SPARE
    if any(finding.location.role is Role.SERVED for finding in case.production):
        return None
    probed = [place for place in case.sightings.served_for(case.certificate.covered_names) if _serving(place)]
    sources = {finding.location.source for finding in case.production}
    believed = any(speaks(place.location.source, sources, case.policy.pushed_sources) for place in probed)
    others = (_serves_another(p, case.certificate.fingerprint) and not case.sightings.silent_at(p) for p in probed)
    if believed and all(others):
        return Reason.CAPPED_OTHER_SERVED
    return None


def _serves_another(place: Place, fingerprint: str) -> bool:
    return all(member.unseen_since is None and fingerprint not in member.current.chain for member in _serving(place))


def _serving(place: Place) -> list[Member]:
    """The members of a place that are still there: what was retired serves nothing."""
    return [member for member in place.members if member.current.chain]


def _shipping(case: Case) -> Shipping:
    """How its renewal travels; once every place shows it, nothing of that matters any more."""
    done, of = deployment(case.blocking)
    if not case.releases.announced or (of and done == of):
        return NOTHING_SHIPS
    services = {finding.location.label("service") or "" for finding in case.production}
    successor = newest_successor(case.certificate, case.findings, case.sightings)
    stored_at = case.sightings.inventory.first_seen.get(successor.fingerprint) if successor else None
    wait = Wait(case.certificate, done > 0, services, stored_at)
    return shipping_of(wait, case.releases, case.policy.release_within, case.now)
