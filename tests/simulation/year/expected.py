"""Expected: what must happen to each certificate of a year, and in which passes, worked out from the truth alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidentd.model.assessment import Step
from incidentd.model.policy import DEFAULT_SEVERITIES
from incidentd.model.threshold import Threshold
from incidentd.policy.automation import overdue_at
from incidentd.policy.calendar import window_opens_at
from incidentd.policy.severity import step_at, step_instants
from tests.simulation.year.renewals import DAY, HOUR, SETTLING_IN, START, Stay

LOOKS = 3
"""What a proof takes; an hour apart, they are far enough apart."""
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """When the incident of one certificate opens and closes: the passes; None: not within the year."""

    stay: Stay
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    step: Step = Step.WARNING
    """What it has climbed to by then."""


def pass_from(at: datetime) -> datetime:
    """The first pass that is not before an instant."""
    return START + max(-((START - at) // HOUR), 0) * HOUR


def expected(stay: Stay, ends: datetime) -> Expected:
    """It opens in the first pass that sees it due and not yet proven replaced; and closes with the third look."""
    opens = max(pass_from(_due_at(stay) + MICROSECOND), pass_from(stay.since))
    proven = pass_from(stay.until[-1]) + (LOOKS - 1) * HOUR
    if opens >= min(proven, ends):
        return Expected(stay)
    last = min(proven, ends) - HOUR
    step = step_at(stay.certificate.not_after, stay.certificate.lifetime, last, DEFAULT_SEVERITIES)
    return Expected(stay, opens, proven if proven < ends else None, step)


def eventful(wanted: Expected) -> Iterator[datetime]:
    """The passes in which something may be written about a certificate, be it in the inventory or in its ticket.

    A comment on a new stage waits until nothing was said for a day.
    """
    yield pass_from(wanted.stay.since)
    for left in wanted.stay.until:
        yield from (pass_from(left) + number * HOUR for number in range(LOOKS))
    if wanted.opens_at is not None:
        moments = [wanted.opens_at, *_steps(wanted.stay), *map(pass_from, wanted.stay.until)]
        yield from moments
        yield from (pass_from(at + DAY) for at in moments)


def settling_in(at: datetime) -> bool:
    """Whether what was due from the beginning is still being let open little by little."""
    return at < START + SETTLING_IN


def _due_at(stay: Stay) -> datetime:
    certificate, lifetime = stay.certificate, stay.certificate.lifetime
    window = window_opens_at(certificate.not_after, Threshold(months=3))
    assert window is not None and lifetime is not None and certificate.not_before is not None
    return max(window, overdue_at(certificate.not_before, lifetime)) if stay.let_off else window


def _steps(stay: Stay) -> Iterator[datetime]:
    """A step is reached at its instant; the last, expiry, only after it."""
    certificate = stay.certificate
    for step, at in step_instants(certificate.not_after, certificate.lifetime, DEFAULT_SEVERITIES):
        yield pass_from(at + MICROSECOND if step is Step.EXPIRED else at)
