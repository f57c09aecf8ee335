"""Pages: raised when it gets bad enough, linked both ways, ended with the incident, quieted by people."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Step
from incidentd.model.incident import HeldBy, IncidentRecord, IncidentState, page_key
from incidentd.model.plan import ActionKind, Hold
from incidentd.model.policy import GuardLimits, Page, Route
from incidentd.model.ticket import Closer, TicketStatus
from tests.planning.beside_desk import BesideDesk, about_pages
from tests.planning.desk import due, fleet, key_of, kinds, settled
from tests.policy.builders import DAY, HOUR, MINUTE, certificate

OLD, NEW = certificate(), certificate(ends=400 * DAY)


def paged(step: Step = Step.ERROR) -> BesideDesk:
    """One incident with its page."""
    desk = BesideDesk((OLD, due(OLD, step=step))).know(NEW)
    assert isinstance(desk, BesideDesk)
    desk.settle()
    return desk


def row_of(desk: BesideDesk) -> IncidentRecord:
    """The page's row, which must be there."""
    row = desk.page(OLD)
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("step", "raised"), [(Step.WARNING, False), (Step.ERROR, True), (Step.CRITICAL, True), (Step.EXPIRED, True)]
)
def test_a_page_is_raised_from_its_step_on(step: Step, raised: bool) -> None:
    """Below it there is none; it is opened after the ticket, in another tracker, under a key of its own."""
    desk = BesideDesk((OLD, due(OLD, step=step)))
    assert about_pages(desk.run()) == []
    pages = about_pages(desk.run())
    assert [(one.kind, one.key, one.tracker) for one in pages] == (
        [(ActionKind.OPEN, page_key(key_of(OLD)), "oncall")] if raised else []
    )
    assert all(one.reasons[0] == "page" and one.text.startswith("page: ") for one in pages)


def test_ticket_and_page_name_each_other_and_then_all_is_said() -> None:
    """The page the ticket from its first word on; the ticket the page once that is there."""
    desk = BesideDesk((OLD, due(OLD, step=Step.ERROR)))
    desk.run()
    opening = desk.run().actions[0]
    assert opening.content is not None
    assert [link.text for link in opening.content.links] == ["ticket OPS-1 in queue"]
    (update,) = desk.run().actions
    assert update.content is not None
    assert (update.key, [link.text for link in update.content.links]) == (key_of(OLD), ["page OPS-2 in oncall"])
    assert desk.run().empty


def test_a_ticket_that_is_not_there_is_waited_for_but_not_for_long() -> None:
    """Its tracker is down: nobody sleeps through that; the page names the ticket later."""
    desk = BesideDesk((OLD, due(OLD, step=Step.CRITICAL)))
    desk.commit()
    desk.wait(15 * MINUTE)
    assert about_pages(desk.plan()) == []
    (opening,) = about_pages(desk.wait(MINUTE).plan())
    assert opening.kind is ActionKind.OPEN
    assert desk.settle().empty
    assert [desk.tickets[key].status for key in (key_of(OLD), page_key(key_of(OLD)))] == [TicketStatus.OPEN] * 2


def test_it_ends_with_the_incident_on_the_same_proof() -> None:
    """Both closings go out in one pass, and the page's says the same."""
    desk = paged()
    desk.judge(OLD, settled(OLD, by=NEW))
    plan = desk.run()
    assert kinds(plan) == [ActionKind.CLOSE] * 2
    assert len({action.comments[0].text for action in plan.actions}) == 1
    assert row_of(desk).state is IncidentState.CLOSED
    assert desk.run().empty


def test_a_closing_that_the_guard_holds_holds_the_page_too() -> None:
    """The clock, or a share of removals: nothing of the incident ends."""
    judged = fleet(7, first_ends=9 * DAY)
    desk = BesideDesk(*((each, due(each, step=Step.ERROR)) for each in judged), limits=GuardLimits(removals_free=1))
    desk.settle()
    for each in judged:
        desk.judge(each, settled(each))
    assert desk.plan().actions == ()
    assert {held.hold for held in desk.plan().held} == {Hold.REMOVAL_SHARE}


def test_under_a_clock_that_is_not_believed_nobody_is_paged() -> None:
    """It is held, and says so."""
    desk = BesideDesk((OLD, due(OLD)))
    desk.run()
    desk.judge(OLD, due(OLD, step=Step.EXPIRED))
    desk.distrust = "it leapt"
    assert {held.hold for held in desk.plan().held} == {Hold.CLOCK_DISTRUSTED}
    assert page_key(key_of(OLD)) in {held.action.key for held in desk.plan().held}


def test_a_page_that_was_not_delivered_ends_without_a_call() -> None:
    """Its tracker was down all the while."""
    desk = BesideDesk((OLD, due(OLD, step=Step.ERROR))).know(NEW)
    desk.run()
    desk.commit()
    desk.judge(OLD, settled(OLD, by=NEW))
    plan = desk.commit()
    assert [action.key for action in plan.actions] == [key_of(OLD)]
    row = next(row for row in desk.rows.values() if row.key == page_key(key_of(OLD)))
    assert (row.state, [intent.key for intent in desk.outbox.values()]) == (IncidentState.CLOSED, [key_of(OLD)])


def test_a_person_who_resolves_the_page_quiets_the_page_not_the_incident() -> None:
    """It comes back at the next step; the ticket goes on as if nothing had been."""
    desk = paged()
    desk.person_resolves_page(OLD)
    desk.settle()
    assert (row_of(desk).state, row_of(desk).held_by) == (IncidentState.HELD, HeldBy.PERSON)
    assert desk.record(OLD).state is IncidentState.OPEN
    assert about_pages(desk.wait(DAY).plan()) == []
    desk.judge(OLD, due(OLD, step=Step.CRITICAL))
    assert [one.kind for one in about_pages(desk.run())] == [ActionKind.REOPEN]


def test_a_page_that_a_person_resolved_ends_quietly_with_the_incident() -> None:
    """Nothing is to be closed."""
    desk = paged()
    desk.person_resolves_page(OLD)
    desk.settle()
    desk.judge(OLD, settled(OLD, by=NEW))
    assert about_pages(desk.run()) == []
    assert row_of(desk).state is IncidentState.CLOSED


def test_a_page_that_was_not_found_lately_is_waited_for() -> None:
    """One 404 is no deletion: it may turn up again, open."""
    desk = paged()
    desk.on_page(OLD, status=TicketStatus.MISSING)
    desk.settle()
    desk.judge(OLD, settled(OLD, by=NEW))
    desk.settle()
    assert row_of(desk).state is IncidentState.HELD
    desk.wait(25 * HOUR).run()
    assert row_of(desk).state is IncidentState.CLOSED


def test_while_somebodys_closing_of_the_ticket_holds_the_page_is_left_alone() -> None:
    """Neither closed without proof, nor raised."""
    desk = paged()
    desk.close_ticket(OLD)
    plan = desk.run()
    assert about_pages(plan) == []
    assert row_of(desk).state is IncidentState.OPEN
    fresh = BesideDesk((OLD, due(OLD, step=Step.WARNING)))
    fresh.run()
    fresh.close_ticket(OLD)
    fresh.run()
    assert about_pages(fresh.run()) == []


def test_an_accepted_risk_resolves_the_page_until_the_acceptance_ends() -> None:
    """The note says until when; then both are back."""
    far = certificate(ends=60 * DAY)
    desk = BesideDesk((far, due(far, step=Step.ERROR)))
    desk.settle()
    desk.close_ticket(far, accepted=True)
    (closing,) = about_pages(desk.run())
    assert closing.kind is ActionKind.CLOSE
    assert closing.text.startswith("A person accepted the risk: OPS-1 ")
    desk.settle()
    desk.wait(31 * DAY)
    desk.settle()
    page = desk.page(far)
    assert page is not None
    assert (page.state, desk.record(far).state) == (IncidentState.OPEN, IncidentState.OPEN)


def test_a_ticket_that_is_moved_to_where_the_page_is_takes_its_place() -> None:
    """Nobody needs two in one tracker."""
    desk = paged()
    desk.move(OLD, "oncall")
    desk.settle()
    assert (row_of(desk).state, desk.record(OLD).tracker) == (IncidentState.CLOSED, "oncall")
    assert "The incident's own ticket stands here by now" in row_of(desk).close_text


def test_a_page_stays_where_it_was_raised_whatever_the_routes_say() -> None:
    """As the ticket does."""
    desk = paged()
    routed = BesideDesk(routes=(Route((), "queue", Page("elsewhere", Step.WARNING)),)).routing
    desk.routing = routed
    assert desk.settle().empty
    assert row_of(desk).tracker == "oncall"
    desk.routing = BesideDesk(routes=(Route((), "queue"),)).routing
    assert desk.settle().empty
    desk.judge(OLD, settled(OLD, by=NEW))
    assert [one.tracker for one in about_pages(desk.run())] == ["oncall"]


def test_nothing_is_decided_of_a_page_while_it_or_its_incident_is_in_flight() -> None:
    """What may have been done is found out first."""
    desk = BesideDesk((OLD, due(OLD, step=Step.ERROR)))
    desk.run()
    assert about_pages(desk.plan(in_flight={key_of(OLD)})) == []
    assert about_pages(desk.plan(in_flight={page_key(key_of(OLD))})) == []


def test_pages_have_the_rates_of_the_guard() -> None:
    """A route that learns to page does not page for everything at once; soonest expiry first."""
    judged = fleet(6, first_ends=20 * DAY)
    desk = BesideDesk(*((each, due(each, step=Step.ERROR)) for each in judged), limits=GuardLimits(open_per_hour=9))
    desk.run()
    desk.limits = GuardLimits(open_per_hour=2)
    plan = desk.plan()
    assert [action.fingerprint for action in plan.actions] == [each.fingerprint for each in judged[:2]]
    assert len(plan.held) == 4
    assert {held.hold for held in plan.held} == {Hold.OPEN_RATE}


def test_two_pages_of_ours_are_merged() -> None:
    """Healing holds for pages as for tickets."""
    desk = paged()
    key = page_key(key_of(OLD))
    twin = replace(desk.tickets[key], ref=replace(desk.tickets[key].ref, id="77", key="OPS-77"))
    desk.beside[key] = [twin]
    (merge,) = desk.plan().actions
    assert (merge.kind, merge.key) == (ActionKind.MERGE, key)


@pytest.mark.parametrize("wait", [timedelta(), 15 * DAY])
def test_a_page_without_an_incident_is_closed(wait: timedelta) -> None:
    """Its incident ended in a way that nobody noted with it; however long ago."""
    desk = paged()
    id = next(id for id, row in desk.rows.items() if row.key == key_of(OLD))
    desk.judge(OLD, settled(OLD, by=NEW))
    desk.rows[id] = replace(desk.rows[id], state=IncidentState.CLOSED, closed_at=desk.now, close_text="")
    if wait:
        del desk.rows[id]
    (closing,) = about_pages(desk.wait(wait).run())
    assert closing.text == "Its incident is over."


def test_an_automation_that_resolves_the_page_is_undone_once() -> None:
    """As with tickets."""
    desk = paged()
    desk.on_page(OLD, status=TicketStatus.CLOSED, closed_by=Closer.AUTOMATION, closed_at=desk.now)
    assert [one.kind for one in about_pages(desk.run())] == [ActionKind.REOPEN]


def test_a_snooze_of_the_incident_quiets_its_page_which_is_told_once() -> None:
    """None is raised while it lasts; one that stands is told, and left as it is."""
    desk = paged()
    desk.snooze(OLD, 3 * DAY)
    desk.judge(OLD, due(OLD, step=Step.ERROR, carrier=None))
    (note,) = about_pages(desk.run())
    assert (note.kind, note.comments[0].id[:7]) == (ActionKind.COMMENT, "snoozed")
    assert about_pages(desk.settle()) == []
    fresh = BesideDesk((OLD, due(OLD)))
    fresh.settle()
    fresh.snooze(OLD, 3 * DAY)
    fresh.judge(OLD, due(OLD, step=Step.ERROR))
    assert about_pages(fresh.settle()) == []
    assert fresh.page(OLD) is None
