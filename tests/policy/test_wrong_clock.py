"""What was written under a clock that was wrong is no proof, and keeps no later proof from being one."""

from datetime import timedelta

import pytest

from incidentd.model.assessment import PlaceStatus, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.observation import AbsenceKind
from tests.policy.builders import DAY, HOUR, MINUTE, Fleet, Item, absent, certificate, gap, place, seen

OLD, NEW, NEWER = certificate(), certificate(ends=900 * DAY), certificate(ends=950 * DAY)
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


YEARS = 56 * 365 * DAY
BEHIND = [
    pytest.param([seen(EDGE, NEW)], id="successor"),
    pytest.param([seen(EDGE, NEW, NEWER)], id="other chain"),
    pytest.param([absent(EDGE, kind=AbsenceKind.UNCONFIGURED)], id="absence"),
]


@pytest.mark.parametrize("looks_behind", [1, 2, 3])
@pytest.mark.parametrize("items", BEHIND)
def test_a_leap_of_a_clock_that_was_behind_is_no_time_that_passed(items: list[Item], looks_behind: int) -> None:
    """Booted in 1970 and set soon after: four looks within a few minutes, and the old one was seen days before."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(3 * DAY - YEARS).sweeps(looks_behind, MINUTE, *items)
    fleet.wait(YEARS).sweeps(4 - looks_behind, MINUTE, *items)
    assert fleet.assess(OLD).stage is not Stage.SETTLED
    assert fleet.last is not None
    assert fleet.wait(10 * MINUTE).sweep(*items).assess(OLD).stage is Stage.SETTLED


@pytest.mark.parametrize("known", [1, 12])
@pytest.mark.parametrize("behind", [50 * MINUTE, 2 * HOUR])
@pytest.mark.parametrize("items", BEHIND)
def test_a_clock_that_was_behind_before_anything_changed_is_found_out_by_the_looks_before_it(
    items: list[Item], behind: timedelta, known: int
) -> None:
    """The old one was seen under it too, and what follows it; set right, three looks still span a few minutes."""
    fleet = Fleet().sweeps(known, HOUR, seen(EDGE, OLD)).wait(MINUTE - behind).sweep(seen(EDGE, OLD))
    fleet.wait(MINUTE).sweeps(2, MINUTE, *items).wait(MINUTE + behind).sweep(*items)
    assert fleet.assess(OLD).stage is not Stage.SETTLED
    assert fleet.wait(10 * MINUTE).sweep(*items).assess(OLD).stage is Stage.SETTLED


def test_a_look_that_was_dated_ahead_is_as_old_as_the_one_before_it() -> None:
    """Three looks within two minutes, the last one dated a day ahead: no proof comes of it as time goes by."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(HOUR).sweeps(2, MINUTE, seen(EDGE, NEW))
    fleet.wait(DAY).sweep(seen(EDGE, NEW)).wait(HOUR - DAY)
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.REPLACING
    assert fleet.proven(seen(EDGE, NEW)).assess(OLD).stage is Stage.SETTLED


@pytest.mark.parametrize("step", [50 * MINUTE, 2 * HOUR])
@pytest.mark.parametrize("items", BEHIND)
def test_proof_begins_anew_as_a_running_process_finds_its_clock_set(items: list[Item], step: timedelta) -> None:
    """No look tells the step, as all were dated by the wrong clock; the process knows it all the same."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(MINUTE).sweeps(2, MINUTE, *items)
    fleet.wait(step + MINUTE).sweep(*items, clock_was_set=True)
    assert fleet.last is not None and len(fleet.last.places) == 1, "or the next start of the program would not know it"
    assert fleet.wait(MINUTE).sweep(*items).assess(OLD).stage is not Stage.SETTLED
    assert fleet.wait(10 * MINUTE).sweep(*items).assess(OLD).stage is Stage.SETTLED


@pytest.mark.parametrize("step", [50 * MINUTE, 2 * HOUR])
def test_what_cannot_be_seen_as_the_clock_is_set_is_proven_anew_too(step: timedelta) -> None:
    """The gap breaks no run; the step does."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(MINUTE).sweeps(2, MINUTE, seen(EDGE, NEW))
    fleet.wait(step + MINUTE).sweep(gap(EDGE), clock_was_set=True).wait(MINUTE).sweep(seen(EDGE, NEW))
    assert fleet.assess(OLD).stage is not Stage.SETTLED
    assert fleet.wait(10 * MINUTE).sweeps(2, MINUTE, seen(EDGE, NEW)).assess(OLD).stage is Stage.SETTLED


ASTRAY = [
    pytest.param([(6 * HOUR, OLD), (-20 * HOUR, NEW)], id="ahead, then behind"),
    pytest.param([(400 * DAY, OLD), (-YEARS, NEW), (-YEARS, NEW)], id="a year ahead, then 1970"),
    pytest.param([(-50 * HOUR, NEW), (-20 * HOUR, NEW)], id="behind, then less so"),
    pytest.param([(-2 * HOUR, OLD), (-5 * HOUR, NEW), (-HOUR, NEW)], id="behind, more so, then less so"),
]


@pytest.mark.parametrize("looks", ASTRAY)
def test_clocks_that_are_wrong_in_turn_make_no_ten_minutes(looks: list[tuple[timedelta, Certificate]]) -> None:
    """Each look a minute after the one before, by a clock of its own; the last one by the right one."""
    fleet, off = Fleet().sweep(seen(EDGE, OLD)), timedelta()
    for wrong, shows in [*looks, (timedelta(), NEW), (timedelta(), NEW)]:
        fleet.wait(MINUTE + wrong - off).sweep(seen(EDGE, shows))
        off = wrong
    assert fleet.assess(OLD).stage is not Stage.SETTLED
    assert fleet.wait(10 * MINUTE).sweep(seen(EDGE, NEW)).assess(OLD).stage is Stage.SETTLED


def test_successors_that_follow_each_other_over_the_leap_are_no_time_that_passed() -> None:
    """The first one was seen under the wrong clock only: the stretch of both begins when the clock was set."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(-9 * DAY).sweep(seen(EDGE, NEW)).wait(9 * DAY + MINUTE)
    fleet.sweeps(2, MINUTE, seen(EDGE, NEWER))
    assert fleet.finding(OLD, EDGE).status is PlaceStatus.REPLACING
    assert fleet.wait(10 * MINUTE).sweep(seen(EDGE, NEWER)).assess(OLD).stage is Stage.SETTLED


def test_looks_that_were_moved_up_are_written() -> None:
    """Or the next start of the program would find them in 1970."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).wait(-YEARS).sweeps(2, MINUTE, seen(EDGE, NEW)).wait(YEARS)
    fleet.sweep(seen(EDGE, NEW))
    assert fleet.last is not None and [place.location for place in fleet.last.places] == [EDGE]
    assert fleet.wait(MINUTE).sweep(seen(EDGE, NEW)).last is not None and fleet.last.places == ()


def test_proof_is_not_taken_back_when_time_reaches_a_look_that_was_dated_ahead() -> None:
    """The old one was dated 40 days ahead; what was proven meanwhile stays so on the day."""
    fleet = Fleet().wait(40 * DAY).sweep(seen(EDGE, OLD)).wait(-40 * DAY)
    for _ in range(45):
        fleet.sweep(seen(EDGE, NEW)).wait(DAY)
    assert fleet.assess(OLD).stage is Stage.SETTLED
