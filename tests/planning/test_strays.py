"""What strays in after an incident is over: closed where nobody works on it, taken over where it is wanted again."""

from __future__ import annotations

import pytest

from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import Closer, TicketStatus
from tests.planning.desk import Desk, closed_on_proof, due, kinds, opened, settled
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


@pytest.mark.parametrize(("fields", "left"), [({}, []), ({"touched_at": START}, []), ({"ours": False}, ["900"])])
def test_what_is_opened_for_an_incident_that_ended_without_a_ticket_is_closed(
    fields: dict[str, object], left: list[str]
) -> None:
    """Nobody saw its opening done, nor wants it any more: it arrives late, and is closed on the proof that ended it.

    It is the incident's own, whatever a person did to it meanwhile.
    """
    judged, by = certificate(), certificate(ends=400 * DAY)
    desk = Desk((judged, due(judged)))
    desk.commit()
    desk.wait(MINUTE).know(by).judge(judged, settled(judged, by=by)).commit()
    assert (desk.record(judged).state, desk.record(judged).ticket) == (IncidentState.CLOSED, None)
    desk.wait(MINUTE).duplicate(judged, **fields)
    history = [event.what for made in desk.commitments(desk.plan()) for event in made.events]
    assert history == ([] if left else ["adopted"])
    desk.run()
    assert (still_open(desk, judged), desk.record(judged).state) == (left, IncidentState.CLOSED)
    assert desk.run().actions == ()


def test_a_ticket_that_strays_in_after_an_automation_closed_its_own_is_its_being_opened_again() -> None:
    """So the automation's next closing is left for the next step, and not undone once more."""
    desk, judged = opened()
    desk.close_ticket(judged, Closer.AUTOMATION)
    desk.wait(MINUTE).duplicate(judged)
    desk.run()
    row = desk.record(judged)
    assert row.ticket is not None
    assert (row.ticket.id, row.state, row.automation_closings) == ("900", IncidentState.OPEN, 1)
    desk.close_ticket(judged, Closer.AUTOMATION)
    assert ActionKind.REOPEN not in kinds(desk.run())
    assert desk.record(judged).held_by is HeldBy.AUTOMATION


def test_what_strays_in_while_it_is_wanted_again_is_not_closed() -> None:
    """The reopening takes it over."""
    desk, judged = opened()
    closed_on_proof(desk, judged, certificate(ends=400 * DAY))
    desk.wait(MINUTE).duplicate(judged)
    desk.judge(judged, due(judged))
    assert ActionKind.MERGE not in kinds(desk.run())
