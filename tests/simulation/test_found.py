"""What the simulation found: the shortest schedule of each, which must never again violate anything."""

from __future__ import annotations

import pytest

from tests.simulation.running import run
from tests.simulation.schedule import Counted, Event, Fault, Happening, Misfortune, Schedule

FOUND = {
    "a reopening that PagerDuty works off later is not taken for one without effect": Schedule(
        seed=6,
        tracker="pagerduty",
        lag_seconds=240,
        happenings=(Happening(63, Event.MACHINE_CLOSES, 1), Happening(70, Event.RENEW)),
    ),
    "a closing that was decided before a long pause is decided again": Schedule(
        seed=19,
        tracker="pagerduty",
        lag_seconds=600,
        happenings=(Happening(57, Event.MISDEPLOY), Happening(84, Event.RENEW), Happening(108, Event.ROLL_BACK)),
        faults=(
            Fault(7, Misfortune.CRASH_BEFORE, Counted.WRITE),
            Fault(35, Misfortune.PAUSE_900, Counted.CALL),
        ),
    ),
}


@pytest.mark.parametrize("sentence", FOUND)
def test_what_was_found_stays_mended(sentence: str) -> None:
    """Each violated something once."""
    assert run(FOUND[sentence]).violations == ()
