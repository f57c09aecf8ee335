"""The ladder: which step a certificate has reached, and when it reaches the next: by time left, and by its release."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidentd.model.assessment import Step
from incidentd.model.certificate import Certificate
from incidentd.model.policy import SeverityRule

LAST_DAY = timedelta(days=1)
LIFETIME_SHARE = {Step.ERROR: 6, Step.CRITICAL: 30}
"""Default steps come at most this fraction of the lifetime before the end, so that short lives are not all error."""


def step_limits(lifetime: timedelta | None, rules: tuple[SeverityRule, ...]) -> dict[Step, timedelta]:
    """How much is left, at most, when each step is reached."""
    limits: dict[Step, timedelta] = {}
    for rule in rules:
        share = LIFETIME_SHARE.get(rule.step)
        capped = share is not None and lifetime is not None and not rule.exact
        limits[rule.step] = min(rule.left, lifetime / share) if capped and lifetime and share else rule.left
    if Step.CRITICAL in limits:
        limits[Step.LAST_DAY] = min(LAST_DAY, limits[Step.CRITICAL])
    else:
        limits[Step.LAST_DAY] = LAST_DAY
    return limits


def step_at(not_after: datetime, lifetime: timedelta | None, now: datetime, rules: tuple[SeverityRule, ...]) -> Step:
    """The highest step reached. notAfter is inclusive (RFC 5280 4.1.2.5): expired only once it has passed."""
    if now > not_after:
        return Step.EXPIRED
    left = not_after - now
    reached = (step for step, limit in step_limits(lifetime, rules).items() if left <= limit)
    return max(reached, default=Step.WARNING)


def step_instants(
    not_after: datetime, lifetime: timedelta | None, rules: tuple[SeverityRule, ...]
) -> Iterator[tuple[Step, datetime]]:
    """When each step above the first is reached."""
    for step, limit in sorted(step_limits(lifetime, rules).items()):
        if limit < not_after - datetime.min.replace(tzinfo=not_after.tzinfo):
            yield step, not_after - limit
    yield Step.EXPIRED, not_after


@dataclass(frozen=True, slots=True)
class Late:
    """Whether its release comes too late, which is one severity up; and after which instant it will."""

    now: bool = False
    at: datetime | None = None


def raised(step: Step) -> Step:
    """One severity up. The last two steps say how little time is left: nothing else raises to them."""
    return Step(step + 1) if step < Step.CRITICAL else step


def reached(certificate: Certificate, now: datetime, rules: tuple[SeverityRule, ...], late: Late) -> Step:
    """The step of a certificate at this instant."""
    step = step_at(certificate.not_after, certificate.lifetime, now, rules)
    return raised(step) if late.now else step


def next_step(
    certificate: Certificate, now: datetime, rules: tuple[SeverityRule, ...], late: Late
) -> tuple[datetime | None, Step | None]:
    """When the next step comes, and which; of several that come at one instant the highest."""
    steps = step_instants(certificate.not_after, certificate.lifetime, rules)
    to_come = [(at, step) for step, at in steps if at > now or (at == now and step is Step.EXPIRED)]
    if late.now:  # a step higher by now: some of what is to come is reached already
        by_now = reached(certificate, now, rules, late)
        to_come = [(at, higher) for at, step in to_come if (higher := raised(step)) > by_now]
    elif late.at is not None:
        to_come.append((late.at, reached(certificate, late.at, rules, Late(now=True))))
    at = min((at for at, _ in to_come), default=None)
    return at, max((step for instant, step in to_come if instant == at), default=None)
