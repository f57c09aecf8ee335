"""What the run of 100,000 lives found, and none before it: the shortest schedule of each."""

from __future__ import annotations

import pytest

from tests.simulation.running import run
from tests.simulation.schedule import Counted, Event, Fault, Happening, Misfortune, Schedule

FOUND = {
    "what is merged into an incident that no configured key reached brings a key, and then it says its step": Schedule(
        seed=23505,
        tracker="pagerduty",
        addresses=2,
        ends_in_minutes=20210,
        lag_seconds=240,
        happenings=(
            Happening(35, Event.TWIN, 1),
            Happening(36, Event.MACHINE_CLOSES),
            Happening(47, Event.STATE_LOST, 1),
        ),
        faults=(Fault(1, Misfortune.LATE, Counted.WRITE), Fault(149, Misfortune.FORBIDDEN)),
    ),
    "and it says it too where the merge was done only after the step had been told": Schedule(
        seed=23505,
        tracker="pagerduty",
        addresses=2,
        ends_in_minutes=20210,
        lag_seconds=240,
        happenings=(
            Happening(35, Event.TWIN, 1),
            Happening(36, Event.MACHINE_CLOSES),
            Happening(47, Event.STATE_LOST, 1),
        ),
        faults=(
            Fault(1, Misfortune.LATE, Counted.WRITE),
            Fault(149, Misfortune.FORBIDDEN),
            Fault(4, Misfortune.PAUSE_900, Counted.WRITE),
        ),
    ),
}


@pytest.mark.parametrize("sentence", FOUND)
def test_what_was_found_stays_mended(sentence: str) -> None:
    """Each violated something once."""
    assert run(FOUND[sentence]).violations == ()
