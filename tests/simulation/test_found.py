"""What the simulation found: the shortest schedule of each, which must never again violate anything."""

from __future__ import annotations

import pytest

from tests.simulation.running import run
from tests.simulation.schedule import Counted, Event, Fault, Happening, Misfortune, Schedule

FOUND = {
    "an incident that no configured key reaches says its step in a note, and its alert what it began with": Schedule(
        seed=402058,
        tracker="pagerduty",
        ends_in_minutes=4365,
        lag_seconds=600,
        happenings=(
            Happening(3, Event.RESTART, 1),
            Happening(18, Event.RESTART_BEHIND, 1),
            Happening(19, Event.RENEW),
            Happening(32, Event.TWIN),
            Happening(44, Event.ROLL_BACK),
        ),
    ),
    "a closing of ours that PagerDuty works off after the return is no automation's": Schedule(
        seed=630,
        tracker="pagerduty",
        addresses=2,
        lag_seconds=240,
        happenings=(
            Happening(6, Event.MACHINE_CLOSES),
            Happening(11, Event.RENEW),
            Happening(18, Event.RENEW, 1),
            Happening(54, Event.ROLL_BACK),
        ),
    ),
    "our own closing that arrives late is no automation's": Schedule(
        seed=1064,
        tracker="jira",
        happenings=(Happening(7, Event.RENEW), Happening(31, Event.ROLL_BACK), Happening(48, Event.MACHINE_CLOSES, 1)),
        faults=(Fault(4, Misfortune.LATE, Counted.WRITE), Fault(2, Misfortune.PAUSE_60, Counted.WRITE)),
    ),
    "what is seen under a clock that moved proves nothing": Schedule(
        seed=1249,
        tracker="jira",
        addresses=2,
        happenings=(
            Happening(17, Event.RENEW),
            Happening(24, Event.RENEW, 1),
            Happening(24, Event.STATE_OLD),
            Happening(26, Event.RESTART, 1),
        ),
        faults=(
            Fault(4, Misfortune.CLOCK_AHEAD, Counted.CALL),
            Fault(9, Misfortune.CRASH_AFTER),
            Fault(92, Misfortune.CLOCK_BACK),
        ),
    ),
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
    "an event that is worked off after a person's closing leaves no incident behind": Schedule(
        seed=20232,
        tracker="pagerduty",
        lag_seconds=240,
        happenings=(Happening(16, Event.PERSON_CLOSES), Happening(39, Event.RENEW)),
    ),
    "a trigger that arrives after the closing leaves no incident behind": Schedule(
        seed=5183,
        tracker="pagerduty",
        ends_in_minutes=4365,
        happenings=(Happening(55, Event.RENEW),),
        faults=(Fault(4, Misfortune.LATE, Counted.WRITE), Fault(17, Misfortune.PAUSE_900, Counted.CALL)),
    ),
    "a lease that was taken over in a pause is not believed for a wall clock that was set back": Schedule(
        seed=30025,
        tracker="jira",
        replicas=2,
        faults=(
            Fault(7, Misfortune.BAD_GATEWAY, Counted.CALL),
            Fault(2, Misfortune.CLOCK_BACK, Counted.WRITE),
            Fault(95, Misfortune.PAUSE_900),
        ),
        files=6,
    ),
    "what a clock that ran ahead saw first is no old archive once the clock is right": Schedule(
        seed=30144, tracker="jira", faults=(Fault(3, Misfortune.CLOCK_AHEAD),), files=3
    ),
    "a clock that is two hours behind closes nothing that was opened before by its right time": Schedule(
        seed=1,
        tracker="jira",
        ends_in_minutes=92 * 24 * 60 + 40,
        happenings=(Happening(60, Event.RESTART_BEHIND),),
    ),
    "what was opened by a clock that had leapt ahead takes nobody's urgent room": Schedule(
        seed=7051,
        tracker="jira",
        ends_in_minutes=70,
        faults=(Fault(3, Misfortune.CLOCK_AHEAD, Counted.WRITE),),
        quota=2,
        files=3,
    ),
    "what a person closes is closed at the step that it told of, not at one that never got there": Schedule(
        seed=73,
        tracker="jira",
        ends_in_minutes=20210,
        happenings=(Happening(15, Event.PERSON_CLOSES, 1), Happening(56, Event.TRACKER_DOWN)),
        faults=(Fault(20, Misfortune.HALF_ANSWER, Counted.CALL), Fault(61, Misfortune.CLOCK_AHEAD)),
        quota=2,
        files=3,
    ),
    "a clock that was behind before anything changed is found out by what was seen before it": Schedule(
        seed=2208,
        tracker="jira",
        happenings=(Happening(2, Event.RESTART_BEHIND, 1), Happening(6, Event.RENEW)),
        faults=(Fault(2, Misfortune.CRASH_AFTER, Counted.WRITE),),
    ),
    "what only a lost state knew of is no place that a closing has to prove": Schedule(
        seed=1611,
        tracker="jira",
        addresses=2,
        happenings=(
            Happening(9, Event.UNREACHABLE),
            Happening(25, Event.RENEW),
            Happening(30, Event.STATE_LOST),
            Happening(32, Event.RENEW, 1),
            Happening(38, Event.STATE_OLD, 1),
        ),
    ),
    "an event that is worked off after all is over leaves no incident behind": Schedule(
        seed=1466,
        tracker="pagerduty",
        lag_seconds=600,
        happenings=(Happening(10, Event.RENEW), Happening(17, Event.RESTART_BEHIND, 1)),
        faults=(Fault(22, Misfortune.PAUSE_60, Counted.CALL), Fault(3, Misfortune.NOT_DONE, Counted.CALL)),
    ),
    "a closing that was given up under a clock that is not believed is still known for ours": Schedule(
        seed=4304,
        tracker="pagerduty",
        replicas=2,
        addresses=2,
        lag_seconds=20,
        happenings=(Happening(9, Event.RENEW), Happening(16, Event.RENEW, 1), Happening(46, Event.ROLL_BACK)),
        faults=(Fault(8, Misfortune.CLOCK_AHEAD, Counted.WRITE),),
    ),
    "who closed what a lost state knew for ours cannot be told": Schedule(
        seed=3928,
        tracker="pagerduty",
        lag_seconds=240,
        happenings=(Happening(13, Event.RENEW), Happening(39, Event.STATE_LOST, 1), Happening(44, Event.ROLL_BACK)),
    ),
    "a ticket that we opened again was not closed by us": Schedule(
        seed=3178,
        tracker="jira",
        happenings=(
            Happening(3, Event.MACHINE_CLOSES),
            Happening(17, Event.RENEW),
            Happening(21, Event.TWIN, 1),
            Happening(24, Event.PERSON_TAKES, 1),
            Happening(30, Event.STATE_LOST, 1),
        ),
    ),
    "what is found open instead of being reopened is told how bad it is by now": Schedule(
        seed=2350,
        tracker="pagerduty",
        ends_in_minutes=4365,
        lag_seconds=600,
        happenings=(Happening(15, Event.RENEW), Happening(39, Event.TWIN), Happening(51, Event.ROLL_BACK)),
    ),
    "a closing whose event had no effect is not insisted on once the old certificate was seen again": Schedule(
        seed=60334,
        tracker="pagerduty",
        lag_seconds=20,
        happenings=(
            Happening(5, Event.RENEW),
            Happening(35, Event.RESTART_BEHIND, 1),
            Happening(35, Event.UNREACHABLE, 1),
            Happening(46, Event.RESTART_BEHIND),
            Happening(47, Event.ROLL_BACK),
        ),
    ),
    "what an automation closed and a late event opened anew was opened again once": Schedule(
        seed=61881,
        tracker="pagerduty",
        lag_seconds=600,
        happenings=(Happening(17, Event.MACHINE_CLOSES), Happening(44, Event.MACHINE_CLOSES, 1)),
        faults=(Fault(3, Misfortune.NOT_DONE, Counted.WRITE),),
    ),
    "a ticket that is found under a clock that is behind was not opened before it was decided": Schedule(
        seed=2179,
        tracker="jira",
        ends_in_minutes=132520,
        lag_seconds=20,
        happenings=(Happening(48, Event.RESTART_BEHIND),),
        faults=(Fault(1, Misfortune.HALF_ANSWER, Counted.WRITE),),
    ),
    "what is seen as the clock is set right is not forgotten: the old one is back, and nothing is closed": Schedule(
        seed=101017,
        tracker="pagerduty",
        happenings=(
            Happening(5, Event.RENEW),
            Happening(23, Event.RESTART_BEHIND),
            Happening(25, Event.TRACKER_DOWN),
            Happening(48, Event.ROLL_BACK),
        ),
    ),
    "what was dated ahead as it was opened is dated by its tracker, and not by a clock that is behind": Schedule(
        seed=300266,
        tracker="jira",
        replicas=2,
        ends_in_minutes=132520,
        happenings=(Happening(9, Event.RESTART_BEHIND), Happening(25, Event.RESTART_BEHIND, 1)),
        faults=(Fault(1, Misfortune.CLOCK_AHEAD, Counted.WRITE),),
    ),
    "a clock that leaps while a lease is held does not give it to another replica": Schedule(
        seed=401988,
        tracker="pagerduty",
        replicas=2,
        ends_in_minutes=70,
        faults=(Fault(5, Misfortune.ANSWER_LOST, Counted.CALL), Fault(1, Misfortune.CLOCK_AHEAD, Counted.WRITE)),
    ),
    "what rests on the time of a clock that ran ahead waits, though the clock is right by now": Schedule(
        seed=3106,
        tracker="jira",
        faults=(Fault(1, Misfortune.CLOCK_AHEAD, Counted.WRITE), Fault(9, Misfortune.PAUSE_900, Counted.CALL)),
    ),
    "what another one of ours said of it before a person closed it may arrive after that": Schedule(
        seed=13892,
        tracker="pagerduty",
        lag_seconds=600,
        happenings=(Happening(36, Event.TWIN), Happening(42, Event.PERSON_CLOSES, 1)),
    ),
    "what a lost state does not know is how often a machine closed a ticket before": Schedule(
        seed=16800,
        tracker="jira",
        happenings=(
            Happening(3, Event.MACHINE_CLOSES),
            Happening(7, Event.STATE_OLD),
            Happening(21, Event.STATE_LOST, 1),
            Happening(26, Event.MACHINE_CLOSES),
        ),
    ),
}


@pytest.mark.parametrize("sentence", FOUND)
def test_what_was_found_stays_mended(sentence: str) -> None:
    """Each violated something once."""
    assert run(FOUND[sentence]).violations == ()
