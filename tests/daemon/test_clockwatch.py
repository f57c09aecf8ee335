"""The wall clock is believed as long as it runs with the monotonic one, or a tracker agrees with it."""

from __future__ import annotations

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
    for _ in range(3):
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
