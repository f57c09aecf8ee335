"""Incidents at rest: not looked at again while nothing about them changes, and looked at as soon as something does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from incidentd.model.assessment import Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.plan import ActionKind
from incidentd.planning.diff import diff
from incidentd.planning.resting import Resting
from tests.planning.desk import Desk, due, found, key_of, kinds, opened
from tests.policy.builders import DAY, HOUR, START, place


def rests(desk: Desk, judged: Certificate) -> bool:
    """Whether it would be passed over now."""
    return desk.resting.holds(desk.record(judged), desk.facts())


def at_rest() -> tuple[Desk, Certificate]:
    """An open incident of which a pass found nothing to do."""
    desk, judged = opened()
    assert not rests(desk, judged), "nobody has looked at it yet"
    desk.run()
    return desk, judged


def test_what_is_at_rest_stays_so_and_counts_as_left() -> None:
    """As long as nothing changes; and without any memory it is the same plan."""
    desk, judged = at_rest()
    desk.wait(400 * DAY)
    assert rests(desk, judged)
    assert desk.facts().incidents[key_of(judged)] is desk.facts().incidents[key_of(judged)]
    assert desk.unguarded().left == 1


DEEDS: tuple[tuple[str, Callable[[Desk, Certificate], object]], ...] = (
    ("a step", lambda desk, judged: desk.judge(judged, due(judged, step=Step.ERROR))),
    ("judged again", lambda desk, judged: desk.judge(judged, due(judged))),
    ("closed by somebody", lambda desk, judged: desk.close_ticket(judged)),
    ("accepted", lambda desk, judged: desk.accept_ticket(judged)),
    ("moved", lambda desk, judged: desk.move_ticket(judged, "NEW-1")),
    ("snoozed", lambda desk, judged: desk.snooze(judged, DAY)),
    ("its ticket is gone", lambda desk, judged: desk.tickets.clear()),
    ("another ticket", lambda desk, judged: desk.duplicate(judged)),
    ("over", lambda desk, judged: desk.assessments.clear()),
    ("time went back", lambda desk, judged: desk.wait(-HOUR)),
)


@pytest.mark.parametrize("deed", [deed for _, deed in DEEDS], ids=[name for name, _ in DEEDS])
def test_whatever_happens_to_it_it_is_looked_at(deed: Callable[[Desk, Certificate], object]) -> None:
    """The plan is that of somebody who remembers nothing."""
    desk, judged = at_rest()
    deed(desk, judged)
    assert not rests(desk, judged)
    facts = desk.facts()
    assert diff(facts) == diff(replace(facts, resting=Resting()))


@pytest.mark.parametrize("deed", ("closed", "accepted", "snoozed"))
def test_what_is_not_simply_open_is_looked_at_each_time(deed: str) -> None:
    """Its end may come with time alone."""
    desk, judged = at_rest()
    if deed == "closed":
        desk.close_ticket(judged)
    elif deed == "accepted":
        desk.accept_ticket(judged)
    else:
        desk.snooze(judged, 10 * DAY)
    desk.run()
    desk.run()
    assert not rests(desk, judged)


def test_what_may_be_said_again_tomorrow_is_said_tomorrow() -> None:
    """Two stages in one day: the second is told once a comment may be made again, and not a moment later."""
    desk, judged = at_rest()
    desk.judge(judged, due(judged, stage=Stage.RENEWED_NOT_DEPLOYED)).run()
    desk.wait(HOUR).judge(judged, due(judged, stage=Stage.PARTLY_DEPLOYED)).run()
    desk.run()
    assert rests(desk, judged)
    desk.wait(23 * HOUR)
    assert not rests(desk, judged)
    plan = desk.run()
    assert [comment.id for action in plan.actions for comment in action.comments] == ["stage:partly_deployed"]


def test_a_place_that_becomes_unseen_for_too_long_is_told() -> None:
    """That is a matter of time alone; the ticket says it when it is so."""
    unseen_since = START - HOUR
    desk, judged = opened()
    desk.judge(judged, due(judged, found(place(), unseen_since=unseen_since))).run()
    desk.run()
    assert rests(desk, judged)
    desk.wait(23 * HOUR)
    assert not rests(desk, judged)
    desk.wait(HOUR)
    assert kinds(desk.unguarded()) == [ActionKind.UPDATE]
