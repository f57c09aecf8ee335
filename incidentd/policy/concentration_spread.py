"""Spread: renewal dates that pull a window apart, none of them later than three calendar months before its expiry.

The last certificate to end is renewed on the last day there is, each other one a week before the next, or closer where
that would begin before today; so the renewals, and the ends of what is issued then, do not fall into one week again.
Where the three months have begun there is no day left to choose: it is renewed at once, and its *next* renewal is what
pulls it apart.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from incidentd.model.certificate import Certificate
from incidentd.model.concentration import Finding
from incidentd.policy.calendar import BEGINNING, months_before
from incidentd.policy.holding import FOREVER

MONTHS_BEFORE = 3
APART = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Proposal:
    """When to renew one certificate of a window."""

    finding: str
    """The concentration's id."""
    certificate: Certificate
    renew_on: date
    """A day in UTC; its first moment is no later than `at_latest`."""
    at_latest: datetime
    """Three calendar months before its end."""
    at_once: bool
    """True where that has passed."""
    then_on: date | None = None
    """Of what is renewed at once, when to renew the new one; None where its life is too short for that, or unknown."""


def spread(finding: Finding, certificates: Mapping[str, Certificate], now: datetime) -> Iterator[Proposal]:
    """For every certificate in the windows of a finding, soonest end first; of other kinds none."""
    for window in finding.concentration.windows:
        together = [certificates[fingerprint] for fingerprint in window.fingerprints]
        later = _later_days([one for one in together if at_latest(one.not_after) <= now], now)
        in_time = [one for one in together if at_latest(one.not_after) > now]
        days = dict(zip(in_time, _apart([at_latest(one.not_after) for one in in_time], now), strict=True))
        for one in together:
            latest = at_latest(one.not_after)
            if one in days:
                yield Proposal(finding.id, one, days[one], latest, at_once=False)
            else:
                yield Proposal(finding.id, one, now.date(), latest, at_once=True, then_on=later.get(one))


def at_latest(not_after: datetime) -> datetime:
    """Three calendar months before an end."""
    return months_before(not_after, MONTHS_BEFORE) or BEGINNING


def _later_days(late: Iterable[Certificate], now: datetime) -> dict[Certificate, date]:
    """For what is renewed now, when to renew what then lives as long; without those whose life leaves no room."""
    ends = ((one, _new_end(one, now)) for one in late)
    lasting = [(at_latest(end), one) for one, end in ends if end is not None and at_latest(end) > now]
    lasting.sort(key=lambda pair: pair[0])
    days = _apart([latest for latest, _ in lasting], now)
    return {one: day for (_, one), day in zip(lasting, days, strict=True)}


def _new_end(one: Certificate, now: datetime) -> datetime | None:
    """When what is issued now ends; None where its life is not known, or goes beyond the calendar."""
    lifetime = one.lifetime
    return now + lifetime if lifetime is not None and lifetime < FOREVER - now else None


def _apart(latest: Sequence[datetime], now: datetime) -> list[date]:
    """A day for each, none after its latest, as far apart as there is room. They lie ahead, the soonest first."""
    step = min(APART, (latest[0] - now) // (len(latest) - 1)) if len(latest) > 1 else APART
    days: list[date] = []
    before = FOREVER
    for at in reversed(latest):
        before = min(at, before - step)
        days.append(before.date())
    return days[::-1]
