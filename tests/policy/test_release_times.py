"""Releases at the edges of time: planned for none, for the last day that there is, or the first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Reason, Stage
from tests.policy.builders import DAY, START, B, Fleet, release, seen
from tests.policy.test_releases import NEW, OLD, TICK, WHERE, late_by, waiting


@pytest.mark.parametrize(("after", "late"), [(53 * DAY, None), (53 * DAY + TICK, Reason.RELEASE_SLIPPED)])
def test_a_release_of_no_planned_time_is_late_when_it_can_be_in_time_no_more(
    after: timedelta, late: Reason | None
) -> None:
    """Seven days before the end: to announce no time silences nothing. One that begins to ship does not slip."""
    fleet = Fleet().sweep(seen(WHERE, OLD), seen(WHERE, OLD, member=B)).announce(release(NEW)).wait(after)
    assert late_by(fleet.assess(OLD)) is late
    assert late_by(fleet.sweep(seen(WHERE, NEW), seen(WHERE, OLD, member=B)).assess(OLD)) is None


def test_releases_far_beyond_the_calendar_hurt_nobody() -> None:
    """Planned for the last day that there is, or the first."""
    last = START.replace(year=9999, month=12, day=31)
    fleet = waiting()
    for at in (last, START.replace(year=1)):
        fleet.announce(replace(release(NEW), planned_at=at), replace(release(NEW, id="2"), shipped_at=at))
        assert fleet.assess(OLD).stage is Stage.RELEASE_LATE


def test_a_certificate_of_the_first_days_that_there_are_hurts_no_release() -> None:
    """Late by any time that is less than seven days after the calendar's beginning."""
    ancient = replace(OLD, not_before=None, not_after=START.replace(year=1, month=1, day=2))
    assessment = Fleet().sweep(seen(WHERE, ancient)).announce(release(NEW)).assess(ancient)
    assert late_by(assessment) is Reason.RELEASE_SLIPPED
