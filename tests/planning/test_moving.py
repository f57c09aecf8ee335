"""Moving: the new ticket is confirmed before the old one is closed, whoever does what meanwhile."""

from dataclasses import replace

import pytest

from incidentd.model.incident import HeldBy, IncidentState, left_key
from incidentd.model.plan import ActionKind, Hold
from incidentd.model.policy import GuardLimits
from incidentd.model.ticket import Closer, TicketRef, TicketStatus
from incidentd.planning.moving import moved, moved_back, without_left
from tests.planning.beside_desk import BesideDesk
from tests.planning.desk import ROUTES, due, fleet, key_of, kinds, settled
from tests.policy.builders import DAY, HOUR, certificate

OLD, NEW = certificate(), certificate(ends=400 * DAY)
LEFT = left_key(key_of(OLD))


def moving() -> BesideDesk:
    """An open incident that a person has just moved from `queue` to `oncall`."""
    desk = BesideDesk((OLD, due(OLD)), routes=ROUTES)
    desk.know(NEW)
    desk.run()
    desk.wait(HOUR)
    desk.move(OLD, "oncall")
    return desk


def test_it_is_opened_there_and_then_closed_here() -> None:
    """In two passes; the note leads to the new one, and says why; the row keeps its history and its beginning."""
    desk = moving()
    (opening,) = desk.run().actions
    assert (opening.kind, opening.tracker) == (ActionKind.OPEN, "oncall")
    assert opening.content is not None
    assert opening.content.follows == TicketRef("1", "OPS-1", "https://queue.example/OPS-1")
    assert len(desk.standing(OLD)) == 2
    (closing,) = desk.run().actions
    assert (closing.kind, closing.key, closing.tracker, closing.reasons) == (
        ActionKind.CLOSE,
        LEFT,
        "queue",
        ("moved",),
    )
    new = desk.record(OLD).ticket
    assert new is not None
    assert closing.text == (
        f"Moved to oncall: on call takes over. The incident goes on as {new.key} {new.url}; this ticket is closed."
    )
    assert desk.run().empty
    row = desk.record(OLD)
    assert (row.id, row.opened_at, row.moved_at) == (1, desk.now - HOUR, desk.now)


def test_a_snooze_goes_with_it() -> None:
    """The new ticket is told of it once, as the old one was."""
    desk = BesideDesk((OLD, due(OLD)), routes=ROUTES)
    desk.run()
    desk.snooze(OLD, 3 * DAY)
    assert [comment.id[:7] for action in desk.run().actions for comment in action.comments] == ["snoozed"]
    desk.move(OLD, "oncall")
    assert kinds(desk.run()) == [ActionKind.OPEN]
    said = [(action.tracker, comment.id[:7]) for action in desk.run().actions for comment in action.comments]
    assert ("oncall", "snoozed") in said
    assert not [comment for action in desk.run().actions for comment in action.comments]


def test_until_the_new_one_stands_the_old_one_is_left_as_it_is() -> None:
    """The other tracker is down for days."""
    desk = moving()
    desk.commit()
    for _ in range(3):
        assert kinds(desk.wait(DAY).commit()) == [ActionKind.OPEN]
    assert [ticket.ref.key for ticket in desk.standing(OLD)] == ["OPS-1"]


def test_what_somebody_closed_meanwhile_is_not_closed_again() -> None:
    """The old ticket's row ends with it."""
    desk = moving()
    desk.tickets[LEFT] = replace(desk.tickets[LEFT], status=TicketStatus.CLOSED, closed_by=Closer.PERSON)
    desk.run()
    assert desk.run().empty
    assert desk.aside()[LEFT].state is IncidentState.CLOSED


def test_what_is_taken_up_again_there_is_not_closed() -> None:
    """Two names for one site: the other tracker found the very same ticket."""
    desk = moving()
    desk.rows[1] = replace(desk.rows[1], ticket=desk.tickets[LEFT].ref)
    desk.tickets[key_of(OLD)] = desk.tickets[LEFT]
    plan = desk.run()
    assert ActionKind.CLOSE not in kinds(plan)
    assert desk.aside()[LEFT].state is IncidentState.CLOSED


def test_an_old_ticket_that_was_not_found_lately_is_waited_for() -> None:
    """It may turn up again, open, and is closed then."""
    desk = moving()
    desk.tickets[LEFT] = replace(desk.tickets[LEFT], status=TicketStatus.MISSING)
    desk.settle()
    assert desk.aside()[LEFT].held_by is HeldBy.DELETION
    desk.tickets[LEFT] = replace(desk.tickets[LEFT], status=TicketStatus.OPEN)
    assert kinds(desk.run()) == [ActionKind.CLOSE]


def test_an_incident_that_ends_on_the_way_closes_its_old_ticket() -> None:
    """On the proof with which its row ended; and what rests on removals alone obeys the guard."""
    desk = moving()
    desk.judge(OLD, settled(OLD, by=NEW))
    desk.commit()
    (closing,) = desk.run().actions
    assert (closing.key, closing.text, closing.removal) == (LEFT, "settled", False)
    judged = fleet(7, first_ends=20 * DAY)
    many = BesideDesk(*((each, due(each)) for each in judged), routes=ROUTES, limits=GuardLimits(removals_free=1))
    many.run()
    for each in judged:
        many.move(each, "oncall")
        many.judge(each, settled(each))
    many.commit()
    assert {held.hold for held in many.plan().held} == {Hold.REMOVAL_SHARE}


def test_an_old_ticket_without_an_incident_is_closed() -> None:
    """However that came to be."""
    desk = moving()
    del desk.rows[1]
    desk.assessments = {}
    (closing,) = desk.plan().held or desk.plan().actions
    assert getattr(closing, "text", "") == "Its incident is over."


def test_what_a_person_closed_is_moved_without_a_ticket_and_opens_there_when_it_comes_back() -> None:
    """Their word holds over the move."""
    desk = BesideDesk((OLD, due(OLD)), routes=ROUTES)
    desk.run()
    desk.close_ticket(OLD)
    desk.settle()
    desk.move(OLD, "oncall")
    assert desk.settle().empty
    assert LEFT not in desk.aside()
    desk.judge(OLD, due(OLD, step=desk.record(OLD).step.__class__.ERROR))
    (opening,) = desk.run().actions
    assert (opening.kind, opening.tracker) == (ActionKind.OPEN, "oncall")


@pytest.mark.parametrize("leaves", [True, False])
def test_only_what_somebody_can_close_is_left_to_be_closed(leaves: bool) -> None:
    """Not where the old tracker left the configuration, and not where there is no ticket."""
    desk = BesideDesk((OLD, due(OLD)), routes=ROUTES)
    desk.run()
    after, left = moved(desk.record(OLD), "oncall", "why", desk.now, leaves=leaves)
    assert (after.tracker, after.ticket, after.moved_at) == ("oncall", None, desk.now)
    assert (left is not None) is leaves
    assert moved(after, "queue", "why", desk.now, leaves=True)[1] is None


def test_a_ticket_that_is_being_left_is_no_duplicate() -> None:
    """Where both trackers are one site, it sees both."""
    desk = moving()
    desk.run()
    both = {key_of(OLD): [desk.tickets[key_of(OLD)], desk.tickets[LEFT]], "other": [desk.tickets[LEFT]]}
    kept = without_left(both, desk.aside())
    assert kept == {key_of(OLD): [desk.tickets[key_of(OLD)]], "other": [desk.tickets[LEFT]]}


def test_moved_back_it_follows_nothing() -> None:
    """Its old ticket is in the tracker that it returns to, and may be taken up there."""
    desk = moving()
    desk.rows[1] = replace(desk.rows[1], tracker="queue")
    (opening,) = desk.plan().actions
    assert opening.content is not None
    assert opening.content.follows is None


def test_one_that_got_no_ticket_there_has_its_own_again_when_it_is_moved_back() -> None:
    """The ticket that it was about to leave is its own, and its content is compared afresh."""
    desk = moving()
    record, left = desk.record(OLD), desk.aside()[LEFT]
    assert record.ticket is None
    back, over = moved_back(record, left, desk.now)
    assert (back.tracker, back.ticket, back.content_digest, back.moved_at) == ("queue", left.ticket, "", desk.now)
    assert (over.id, over.active) == (left.id, False)
