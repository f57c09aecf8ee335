"""What the sweeps found: lives that one misfortune led to another end than they have without it."""

from __future__ import annotations

import pytest

from tests.simulation.running import run
from tests.simulation.schedule import Counted, Event, Fault, Happening, Misfortune, Schedule

ENDED_OTHERWISE = {
    "one 403 of a gateway does not cost a duplicate its link": Schedule(
        seed=1,
        tracker="jira",
        happenings=(Happening(20, Event.TWIN),),
        faults=(Fault(3, Misfortune.FORBIDDEN, Counted.WRITE),),
    ),
    "what a set-back said by its event stays said where its answer was lost": Schedule(
        seed=1,
        tracker="pagerduty",
        ends_in_minutes=4330,
        happenings=(Happening(3, Event.PERSON_TAKES),),
        faults=(Fault(3, Misfortune.ANSWER_LOST, Counted.WRITE),),
    ),
    "one 403 of a gateway does not cost an issue its due date and its priority": Schedule(
        seed=1, tracker="jira", faults=(Fault(4, Misfortune.FORBIDDEN, Counted.CALL),)
    ),
    "one 403 of a gateway does not cost a closing its proof": Schedule(
        seed=1,
        tracker="jira",
        happenings=(Happening(2, Event.RENEW),),
        faults=(Fault(4, Misfortune.FORBIDDEN, Counted.WRITE),),
    ),
    "a new incident in an old one's place is known for it, though its note cannot be written yet": Schedule(
        seed=1,
        tracker="pagerduty",
        ends_in_minutes=20225,
        happenings=(Happening(20, Event.PERSON_CLOSES),),
        faults=(Fault(4, Misfortune.THROTTLED, Counted.WRITE),),
    ),
    "an issue that was moved back is ours to make whole, and nobody else's reopening": Schedule(
        seed=1,
        tracker="jira",
        ends_in_minutes=20225,
        happenings=(Happening(20, Event.PERSON_CLOSES),),
        faults=(Fault(4, Misfortune.THROTTLED, Counted.WRITE),),
    ),
    "what is said of a reopening is said once, though it arrives late": Schedule(
        seed=1,
        tracker="pagerduty",
        happenings=(Happening(20, Event.MACHINE_CLOSES),),
        faults=(Fault(3, Misfortune.LATE, Counted.WRITE),),
    ),
}


@pytest.mark.parametrize("sentence", ENDED_OTHERWISE)
def test_what_ended_otherwise_ends_alike(sentence: str) -> None:
    """Each left another ticket behind than the same life without its fault."""
    ended = run(ENDED_OTHERWISE[sentence])
    assert ended.struck
    assert ended.standing == run(ENDED_OTHERWISE[sentence].without_faults()).standing
