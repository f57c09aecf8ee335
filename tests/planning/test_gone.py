"""Tickets that were deleted or moved: followed by id, never written to once gone, back as new ones when it is time."""

from datetime import timedelta

from incidentd.model.assessment import Step
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind
from tests.planning.desk import due, kinds, opened, state_of
from tests.policy.builders import DAY, MINUTE, certificate

MOMENT = timedelta(microseconds=1)
OPEN, HELD = IncidentState.OPEN, IncidentState.HELD


def test_a_deleted_ticket_comes_back_as_a_new_one_at_the_next_step() -> None:
    """Nothing can be said on it; an opening is written for the same row."""
    desk, judged = opened()
    desk.delete_ticket(judged)
    assert desk.run().empty
    assert desk.record(judged).held_by is HeldBy.DELETION
    desk.judge(judged, due(judged, step=Step.ERROR))
    plan = desk.run()
    assert kinds(plan) == [ActionKind.OPEN]
    row = desk.record(judged)
    assert (row.state, row.step, row.ticket is not None) == (OPEN, Step.ERROR, True)
    assert len(desk.rows) == 1
    assert desk.plan().empty


def test_an_opening_after_a_deletion_waits_like_any_other() -> None:
    """Not delivered yet: the next pass writes nothing new."""
    desk, judged = opened()
    desk.delete_ticket(judged)
    desk.run()
    desk.judge(judged, due(judged, step=Step.ERROR))
    desk.commit()
    assert desk.commitments(desk.wait(MINUTE).plan()) == []


def test_a_ticket_that_was_closed_and_then_deleted_is_not_written_to() -> None:
    """It is a new one that opens at the next step."""
    desk, judged = opened()
    desk.close_ticket(judged)
    desk.commit()
    desk.delete_ticket(judged)
    assert desk.plan().empty
    desk.run()
    assert desk.record(judged).held_by is HeldBy.DELETION
    desk.judge(judged, due(judged, step=Step.ERROR))
    assert kinds(desk.plan()) == [ActionKind.OPEN]


def test_an_acceptance_outlives_its_ticket() -> None:
    """Nothing comes back before it ends, and then as a new ticket."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.close_ticket(judged, accepted=True)
    desk.commit()
    desk.delete_ticket(judged)
    assert desk.plan().empty
    desk.judge(judged, due(judged, step=Step.ERROR))
    assert desk.wait(30 * DAY).run().empty
    assert kinds(desk.wait(MOMENT).plan()) == [ActionKind.OPEN]


def test_a_ticket_that_is_seen_again_is_its_own_again() -> None:
    """Open: as if nothing had been; closed: as if a person had closed it."""
    desk, judged = opened()
    desk.delete_ticket(judged)
    desk.run()
    desk.reopen_ticket(judged)
    assert desk.run().empty
    assert state_of(desk, judged) is OPEN
    desk.delete_ticket(judged)
    desk.run()
    desk.close_ticket(judged)
    desk.run()
    assert (state_of(desk, judged), desk.record(judged).held_by) == (HELD, HeldBy.PERSON)


def test_a_moved_ticket_is_followed_by_its_id() -> None:
    """Its new key is noted; nothing is written to the tracker."""
    desk, judged = opened()
    desk.move_ticket(judged, "PAY-9")
    plan = desk.run()
    ticket = desk.record(judged).ticket
    assert plan.empty
    assert ticket is not None and (ticket.id, ticket.key) == ("1", "PAY-9")
    assert desk.run().records == ()
