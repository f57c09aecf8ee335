"""The wall clock is believed as long as it runs with the monotonic one, or a tracker agrees with it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from incidentd.daemon.clockwatch import ClockWatch

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class TwoHands:
    """Wall and monotonic time, set apart at will."""

    wall: datetime = datetime(2026, 9, 1, tzinfo=UTC)
    seconds: float = 1000.0

    def now(self) -> datetime:
        """The wall clock."""
        return self.wall

    def monotonic(self) -> float:
        """The other one."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Both go on."""
        self.passes(timedelta(seconds=seconds))

    def passes(self, span: timedelta) -> None:
        """Both go on."""
        self.wall += span
        self.seconds += span.total_seconds()


@pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY, HOUR + MINUTE, -HOUR - MINUTE])
def test_a_jump_is_not_forgotten_by_the_next_pass(jump: timedelta) -> None:
    """Believed before it, in no pass after it, and believed again once the clock is back."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    clock.passes(400 * DAY)
    assert watch.distrust([]) == ""
    clock.wall += jump
    for _ in range(23 * 60):
        assert "the wall clock moved" in watch.distrust([])
        clock.passes(MINUTE)
    clock.wall -= jump
    assert watch.distrust([]) == ""


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 59 * MINUTE])
def test_an_hour_is_borne(jump: timedelta) -> None:
    """Small corrections are what time servers do."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    clock.wall += jump
    assert watch.distrust([]) == ""


def test_a_tracker_that_agrees_ends_the_distrust() -> None:
    """The clock was wrong when the process began, and is right now; from then on that is what it is compared with."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    clock.wall += 400 * DAY
    assert watch.distrust([]) != ""
    assert watch.distrust([clock.wall + MINUTE]) == ""
    assert watch.distrust([]) == ""
    clock.wall -= 400 * DAY
    assert "back" in watch.distrust([])


def test_a_tracker_a_day_off_is_distrust_and_a_few_hours_prove_nothing() -> None:
    """More than a day: not believed, whatever the monotonic clock says. Less: neither for nor against."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    assert "tracker" in watch.distrust([clock.wall, clock.wall - DAY - MINUTE])
    assert watch.distrust([clock.wall - DAY]) == ""
    clock.wall += 5 * HOUR
    assert "forward" in watch.distrust([clock.wall - 5 * HOUR])


@pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY])
def test_a_clock_that_has_run_evenly_for_a_day_was_set_right(jump: timedelta) -> None:
    """No tracker may ever say so: a correction must not hold everything until somebody restarts the daemon."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    clock.wall += jump
    assert watch.distrust([]) != ""
    clock.passes(DAY - MINUTE)
    assert watch.distrust([]) != ""
    clock.passes(MINUTE)
    assert watch.distrust([]) == ""
    clock.wall -= jump
    assert watch.distrust([]) != "", "from then on that is what it is compared with"


def test_a_clock_that_moves_again_has_not_run_evenly() -> None:
    """Each jump begins the day anew; and small ones never add up to more than what is borne."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    for _ in range(5):
        clock.wall += 5 * HOUR
        assert watch.distrust([]) != ""
        clock.passes(DAY - MINUTE)
        assert watch.distrust([]) != ""
    clock = TwoHands()
    watch = ClockWatch(clock)
    clock.passes(2 * DAY)
    clock.wall += HOUR
    assert watch.distrust([]) == ""
    clock.wall += MINUTE
    assert watch.distrust([]) != ""


def test_who_knows_the_time_is_to_be_asked_once_the_clock_has_moved() -> None:
    """Also in a pass that would write nowhere."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    assert not watch.moved
    clock.wall += 2 * HOUR
    assert watch.moved
    assert watch.distrust([clock.wall]) == ""
    assert not watch.moved


@pytest.mark.parametrize("jump", [400 * DAY, -2 * HOUR])
def test_what_rests_on_a_wrong_time_is_not_believed_once_the_clock_is_right(jump: timedelta) -> None:
    """The clock may be set right between reading it and acting on that; what is read then is believed."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    clock.wall += jump
    read = watch.read()
    assert read.now == clock.wall
    clock.passes(15 * MINUTE)
    clock.wall -= jump
    assert not watch.moved
    assert watch.moved_since(read)
    assert "meanwhile" in watch.distrust([clock.wall], read)
    assert watch.distrust([clock.wall], watch.read()) == ""


@pytest.mark.parametrize("jump", [400 * DAY, -2 * HOUR, 30 * MINUTE])
def test_while_the_clock_is_wrong_time_goes_on_as_before(jump: timedelta) -> None:
    """From where it was right last; what is borne is the wall clock's own business."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    right = clock.wall + HOUR
    clock.wall += jump
    clock.passes(HOUR)
    assert watch.evenly(watch.read()) == right


@pytest.mark.parametrize("step", [400 * DAY, -2 * HOUR, 50 * MINUTE])
def test_that_the_clock_was_set_is_told_once_to_each_who_asks(step: timedelta) -> None:
    """A leap is none while time is told evenly, and one as soon as the new time is believed; nothing before is."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    assert not watch.was_set("edge", watch.read())
    clock.wall += step
    assert watch.was_set("edge", watch.read()) is not watch.moved
    assert watch.distrust([clock.wall]) == ""
    assert watch.was_set("edge", watch.read()) is (abs(step) > HOUR)
    clock.passes(DAY)
    clock.wall += 30 * timedelta(seconds=1)
    assert not watch.was_set("edge", watch.read())
    assert not watch.was_set("asked for the first time", watch.read())


def test_what_takes_long_is_believed_while_the_clock_runs_evenly() -> None:
    """Only leaps are none of the time that passed; small corrections are borne."""
    clock = TwoHands()
    watch = ClockWatch(clock)
    read = watch.read()
    clock.passes(3 * HOUR)
    clock.wall += HOUR
    assert not watch.moved_since(read)
    assert watch.distrust([], read) == ""


def test_a_machine_that_slept_has_not_moved_its_clock() -> None:
    """In a time namespace of its own the machine has slept for a day, as far as the process can tell."""
    slept = ("unshare", "--user", "--map-root-user", "--time", "--fork", "--boottime", "86400")
    if subprocess.run([*slept, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine gives no time namespace")
    ask = "import time; from incidentd.ports import SystemClock; print(SystemClock().monotonic() - time.monotonic())"
    done = subprocess.run([*slept, sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 86000
