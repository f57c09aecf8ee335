"""People win on self-incidents too: what somebody closed, opened again or deleted is obeyed, and told once."""

from incidentd.model.assessment import Step
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import Closer, TicketStatus
from tests.planning.self_desk import EDGE, cause, kinds, said
from tests.planning.test_self_incidents import opened
from tests.policy.builders import DAY


def test_a_person_who_closes_it_is_told_once_and_obeyed() -> None:
    """It comes back when it gets worse by a step, and not before; the clock alone brings nothing back."""
    desk = opened().somebody(TicketStatus.CLOSED, Closer.PERSON)
    plan = desk.run()
    assert (kinds(plan), said(plan)) == ([ActionKind.COMMENT], ["held:warning:0"])
    assert (desk.row.state, desk.row.held_by) == (IncidentState.HELD, HeldBy.PERSON)
    assert desk.wait(100 * DAY).holds(cause(scale=5)).plan().actions == ()
    plan = desk.holds(cause(step=Step.ERROR)).run()
    assert (kinds(plan), said(plan)) == ([ActionKind.REOPEN], ["reopened:1"])
    assert desk.row.state is IncidentState.OPEN


def test_what_a_person_closed_ends_without_a_call() -> None:
    """And may begin anew."""
    desk = opened().somebody(TicketStatus.CLOSED, Closer.PERSON)
    desk.run()
    assert desk.ended(EDGE).run().actions == ()
    assert (desk.row.state, desk.row.close_text) == (IncidentState.CLOSED, "its cause is gone")
    assert kinds(desk.holds(cause()).plan()) == [ActionKind.REOPEN]


def test_a_person_who_opens_it_again_is_obeyed_too() -> None:
    """Nothing is left to be done."""
    desk = opened().somebody(TicketStatus.CLOSED, Closer.PERSON)
    desk.run()
    desk.somebody(TicketStatus.OPEN).run()
    assert (desk.row.state, desk.plan().actions) == (IncidentState.OPEN, ())


def test_a_machines_closing_is_undone_once() -> None:
    """The second time it is held like a person's."""
    desk = opened().somebody(TicketStatus.CLOSED, Closer.AUTOMATION)
    assert kinds(desk.run()) == [ActionKind.REOPEN]
    assert kinds(desk.somebody(TicketStatus.CLOSED, Closer.AUTOMATION).run()) == [ActionKind.COMMENT]
    assert desk.row.held_by is HeldBy.AUTOMATION


def test_a_deleted_ticket_is_made_anew_only_when_it_gets_worse() -> None:
    """One that is not found is not asked for comments."""
    desk = opened().somebody(TicketStatus.MISSING)
    assert desk.run().actions == ()
    assert desk.row.held_by is HeldBy.DELETION
    plan = desk.holds(cause(step=Step.ERROR)).plan()
    assert kinds(plan) == [ActionKind.OPEN]
    assert plan.actions[0].ticket is None


def test_a_ticket_that_was_not_found_lately_may_still_stand() -> None:
    """Its row ends only after a day; what begins again after that is a new ticket."""
    desk = opened().somebody(TicketStatus.MISSING)
    desk.run()
    desk.ended(EDGE).run()
    assert desk.row.active
    desk.wait(DAY).ended(EDGE).run()
    assert not desk.row.active
    assert kinds(desk.holds(cause()).plan()) == [ActionKind.OPEN]
