"""What strays in after an incident is over: closed where nobody works on it, taken over where it is wanted again."""

from __future__ import annotations

import pytest

from incidentd.model.plan import ActionKind
from incidentd.model.ticket import TicketStatus
from tests.planning.desk import closed_on_proof, due, kinds, opened
from tests.planning.test_duplicates import still_open
from tests.policy.builders import DAY, MINUTE, START, certificate


@pytest.mark.parametrize(
    ("fields", "left"),
    [({}, []), ({"touched_at": START}, ["900"]), ({"ours": False}, ["900"]), ({"status": TicketStatus.CLOSED}, [])],
)
def test_what_is_opened_for_an_incident_that_is_over_is_closed(fields: dict[str, object], left: list[str]) -> None:
    """A request that arrived after the closing made it; what a person works on is left to them."""
    desk, judged = opened()
    closed_on_proof(desk, judged, certificate(ends=400 * DAY))
    desk.wait(MINUTE).duplicate(judged, **fields)
    plan = desk.run()
    assert still_open(desk, judged) == left
    assert all("that one is closed. Fixed." in action.comments[0].text for action in plan.actions)
    assert desk.run().actions == ()


def test_what_strays_in_while_it_is_wanted_again_is_not_closed() -> None:
    """The reopening takes it over."""
    desk, judged = opened()
    closed_on_proof(desk, judged, certificate(ends=400 * DAY))
    desk.wait(MINUTE).duplicate(judged)
    desk.judge(judged, due(judged))
    assert ActionKind.MERGE not in kinds(desk.run())
