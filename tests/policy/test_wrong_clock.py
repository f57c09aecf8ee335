"""What was written under a clock that ran ahead is no proof, and keeps no later proof from being one."""

from incidentd.model.assessment import PlaceStatus, Stage
from incidentd.model.observation import AbsenceKind
from tests.policy.builders import DAY, HOUR, MINUTE, Fleet, absent, certificate, place, seen

OLD, NEW = certificate(), certificate(ends=900 * DAY)
EDGE = place()


def test_a_look_under_a_clock_that_ran_ahead_makes_no_ten_minutes() -> None:
    """Three looks within two minutes, the second of them dated six hours ahead."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweep(seen(EDGE, NEW))
    fleet.wait(6 * HOUR).sweep(seen(EDGE, NEW)).wait(-6 * HOUR + MINUTE).sweep(seen(EDGE, NEW))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.REPLACING
    assert fleet.wait(10 * MINUTE).sweep(seen(EDGE, NEW)).assess(OLD).stage is Stage.SETTLED


def test_a_successor_first_seen_under_a_clock_that_ran_ahead_is_counted_anew() -> None:
    """400 days too early by the calendar; proof takes three looks all the same, not 400 days."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(400 * DAY).sweep(seen(EDGE, NEW)).wait(-400 * DAY + HOUR)
    fleet.sweeps(2, HOUR, seen(EDGE, NEW))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.REPLACING
    assert fleet.wait(HOUR).sweep(seen(EDGE, NEW)).assess(OLD).stage is Stage.SETTLED


def test_an_absence_first_seen_under_a_clock_that_ran_ahead_is_counted_anew() -> None:
    """The same for what was taken out of the configuration; and each such count is written."""
    gone = absent(EDGE, kind=AbsenceKind.UNCONFIGURED)
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(400 * DAY).sweep(gone).wait(-400 * DAY + HOUR).sweep(gone)
    assert fleet.last is not None and len(fleet.last.places) == 1
    assert fleet.wait(HOUR).sweep(gone).finding(OLD, EDGE).status is PlaceStatus.LEAVING
    assert fleet.wait(HOUR).sweep(gone).assess(OLD).stage is Stage.SETTLED
