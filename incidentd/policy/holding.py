"""Holding: until when a judgement stands by itself, while all is seen the same again. In doubt, not at all.

Every comparison with the time that the other rules make has its instant here: one that were missing would be a wrong
opening or a wrong closing. A judgement holds from when it was made until just before that instant.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from incidentd.model.assessment import MemberFinding, PlaceFinding, PlaceStatus
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Member, Place
from incidentd.model.policy import Policy
from incidentd.policy.automation import overdue_at
from incidentd.policy.replacement import successor_rule
from incidentd.policy.settlement import came_back
from incidentd.policy.severity import step_instants
from incidentd.policy.succession import SKEW

FOREVER = datetime.max.replace(tzinfo=UTC)


def finding_holds_until(
    finding: PlaceFinding,
    old: Certificate,
    place: Place,
    certificates: Mapping[str, Certificate],
    blind_after: timedelta,
    now: datetime,
) -> datetime:
    """How long a place stands so towards a certificate; `now` where one more look may change it.

    What is shown there may end: then it is no successor any more. And it may have been unseen for too long.
    """
    if _is_dated_ahead(place, now) or not _is_at_rest(finding, place, lambda: _is_mixed(old, place, certificates, now)):
        return now
    heads = [(certificates[head], member.last_look_at) for member in place.members for head in member.current.heads]
    if any(head.not_before is not None and head.not_before > at + SKEW for head, at in heads):
        return now  # it is a successor from the first look on that finds it valid
    ends = (head.not_after for head, _ in heads)
    blind = (after(one.unseen_since, blind_after) for one in finding.members if one.unseen_since)
    return soonest((*ends, *blind), now)


def holds_until(certificate: Certificate, opens_at: datetime | None, policy: Policy, now: datetime) -> datetime:
    """How long the rules say the same of a certificate, as long as its places stand as they do."""
    return soonest(_instants(certificate, opens_at, policy), now)


def _instants(certificate: Certificate, opens_at: datetime | None, policy: Policy) -> Iterator[datetime]:
    """Window, steps and end; exemptions; an overdue renewal."""
    not_after, lifetime = certificate.not_after, certificate.lifetime
    if opens_at is not None:
        yield opens_at
    yield from (at for _, at in step_instants(not_after, lifetime, policy.severities))
    yield from (listed.until for listed in policy.exemptions if listed.fingerprint == certificate.fingerprint)
    if lifetime is not None and certificate.not_before is not None:
        yield overdue_at(certificate.not_before, lifetime)


def _is_at_rest(finding: PlaceFinding, place: Place, is_mixed: Callable[[], bool]) -> bool:
    """True when looks that show the same, however many, change nothing but their own number."""
    members = {member.address: member for member in place.members}
    for one in finding.members:
        match one.status:
            case PlaceStatus.PRESENT | PlaceStatus.UNKNOWN:
                continue
            case PlaceStatus.REPLACED if not is_mixed():
                continue
            case PlaceStatus.RETIRED if not is_mixed() and _is_latest(one, members[one.address]):
                continue
            case _:
                return False
    return True


def _is_latest(finding: MemberFinding, member: Member) -> bool:
    """True when the removal that is proof is what the last looks say: nothing better can come of them."""
    earlier = (run.last_at for run in member.runs[:-1])
    return finding.last_at == member.current.last_at and all(at < member.current.last_at for at in earlier)


def _is_mixed(old: Certificate, place: Place, certificates: Mapping[str, Certificate], now: datetime) -> bool:
    """True when it was shown after a successor, of late: until that is forgotten, more proof is needed."""
    succeeds = successor_rule(old, place, certificates, now)
    return any(came_back(old.fingerprint, member, succeeds, now) for member in place.members)


def _is_dated_ahead(place: Place, now: datetime) -> bool:
    """True with a look from a clock that was wrong: it counts as now, whenever that is."""
    looks = any(run.last_at > now for member in place.members for run in member.runs)
    return looks or any(silent.unseen_since > now for silent in place.silent)


def soonest(instants: Iterable[datetime], now: datetime) -> datetime:
    """The first that has not passed, FOREVER if all have.

    What comes with the instant itself and what comes after it are kept apart.
    """
    return min((at for at in instants if at >= now), default=FOREVER)


def after(at: datetime, span: timedelta) -> datetime:
    """So much later; FOREVER where the calendar ends before."""
    return at + span if span < FOREVER - at else FOREVER
