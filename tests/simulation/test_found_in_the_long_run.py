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
    "a lost state cannot tell who closed with our login: what is open beside it goes, as at a person's word": Schedule(
        seed=20679,
        tracker="pagerduty",
        ends_in_minutes=70,
        lag_seconds=600,
        happenings=(Happening(13, Event.RENEW), Happening(32, Event.ROLL_BACK), Happening(49, Event.STATE_LOST)),
        quota=2,
        files=3,
    ),
    "what came after the closing and a person wrote on is theirs, in PagerDuty as in Jira": Schedule(
        seed=26706,
        tracker="pagerduty",
        addresses=2,
        lag_seconds=240,
        happenings=(
            Happening(10, Event.RENEW),
            Happening(17, Event.RENEW, 1),
            Happening(42, Event.TWIN),
            Happening(47, Event.PERSON_COMMENTS, 1),
        ),
    ),
    "an opening that is worked off while nobody looks counts as one: the second return damps the closing": Schedule(
        seed=36098,
        tracker="pagerduty",
        addresses=2,
        ends_in_minutes=4365,
        lag_seconds=20,
        happenings=(
            Happening(3, Event.MACHINE_CLOSES),
            Happening(24, Event.RENEW),
            Happening(31, Event.RENEW, 1),
            Happening(39, Event.MACHINE_CLOSES),
        ),
    ),
    "a replica whose clock is two hours behind keeps its lease from one whose clock is right": Schedule(
        seed=50720,
        tracker="jira",
        replicas=2,
        lag_seconds=240,
        happenings=(
            Happening(13, Event.RENEW),
            Happening(13, Event.PERSON_CLOSES, 1),
            Happening(43, Event.RESTART_BEHIND),
            Happening(44, Event.ROLL_BACK),
        ),
        faults=(Fault(6, Misfortune.LATE, Counted.WRITE), Fault(1, Misfortune.ANSWER_LOST, Counted.WRITE)),
        files=3,
    ),
    "what a person closed before a lost state knew of it counts from where a roll-back brings it to light": Schedule(
        seed=41851,
        tracker="jira",
        ends_in_minutes=20210,
        happenings=(
            Happening(9, Event.RENEW),
            Happening(13, Event.STATE_LOST, 1),
            Happening(42, Event.PERSON_CLOSES),
            Happening(48, Event.ROLL_BACK),
        ),
    ),
    "what is closed on proof, and forgotten with the state, was not closed for a twin that nobody knew of": Schedule(
        seed=43867,
        tracker="jira",
        lag_seconds=20,
        happenings=(
            Happening(5, Event.RESTART_BEHIND),
            Happening(24, Event.RENEW),
            Happening(24, Event.PERSON_TAKES),
            Happening(47, Event.TWIN, 1),
            Happening(49, Event.STATE_LOST),
        ),
        faults=(Fault(1, Misfortune.PAUSE_900, Counted.WRITE),),
    ),
    "what a reopening opened late, and a person closed before anybody looked again, is not opened once more": Schedule(
        seed=31985,
        tracker="pagerduty",
        lag_seconds=240,
        happenings=(Happening(10, Event.MACHINE_CLOSES, 1), Happening(42, Event.PERSON_CLOSES, 1)),
        faults=(Fault(74, Misfortune.CLOCK_AHEAD),),
    ),
}


@pytest.mark.parametrize("sentence", FOUND)
def test_what_was_found_stays_mended(sentence: str) -> None:
    """Each violated something once."""
    assert run(FOUND[sentence]).violations == ()
