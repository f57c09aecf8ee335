"""People win: what somebody else did to a ticket is noticed, told once and kept, until the certificate grows worse."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from incidentd.model.assessment import Assessment, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import Closer
from incidentd.planning.acceptance import acceptance_ends
from incidentd.planning.people import returns
from tests.planning.desk import Desk, due, found, key_of, kinds, opened, said, settled, state_of
from tests.policy.builders import DAY, HOUR, START, certificate, place

MOMENT = timedelta(microseconds=1)
OPEN, HELD, CLOSED = IncidentState.OPEN, IncidentState.HELD, IncidentState.CLOSED


def held(by: Closer | None = Closer.PERSON, step: Step = Step.WARNING) -> tuple[Desk, Certificate]:
    """An incident whose ticket a person closed, with the comment said."""
    desk, judged = opened(assessment=None)
    desk.judge(judged, due(judged, step=step))
    desk.run()
    desk.close_ticket(judged, by)
    desk.run()
    return desk, judged


@pytest.mark.parametrize("by", [Closer.PERSON, None])
def test_what_a_person_closes_is_held_and_told_once(by: Closer | None) -> None:
    """Also when it cannot be told who it was. One comment names the place; after it, nothing."""
    desk, judged = opened()
    desk.close_ticket(judged, by)
    plan = desk.run()
    assert kinds(plan) == [ActionKind.COMMENT]
    text = plan.actions[0].comments[0].text
    assert "tls://api.example.net:443" in text and "next severity step" in text
    row = desk.record(judged)
    assert (row.state, row.held_by, row.held_step) == (HELD, HeldBy.PERSON, Step.WARNING)
    again = desk.wait(5 * DAY).plan()
    assert (again.empty, again.records, again.left) == (True, (), 1)


def test_it_comes_back_at_its_next_step() -> None:
    """The same ticket, with the step told, and no longer held."""
    desk, judged = held()
    desk.judge(judged, due(judged, step=Step.ERROR))
    plan = desk.wait(DAY).run()
    assert kinds(plan) == [ActionKind.REOPEN]
    assert said(plan.actions) == ["reopened:1", "step:error"]
    assert "its next step has come" in plan.actions[0].comments[0].text
    row = desk.record(judged)
    assert (row.state, row.step, row.reopenings, row.held_by) == (OPEN, Step.ERROR, 1, None)
    assert desk.plan().empty


@pytest.mark.parametrize("step", [Step.CRITICAL, Step.LAST_DAY, Step.EXPIRED])
def test_once_critical_it_holds_24_hours_at_most(step: Step) -> None:
    """A moment before it is still held; then it says that it is not left closed for longer."""
    desk, _ = held(step=step)
    assert desk.wait(24 * HOUR - MOMENT).plan().empty
    plan = desk.wait(MOMENT).run()
    assert kinds(plan) == [ActionKind.REOPEN]
    assert "not left closed for longer" in plan.actions[0].comments[0].text


@pytest.mark.parametrize(
    ("held_step", "step", "back"),
    [
        (Step.WARNING, Step.WARNING, False),
        (Step.ERROR, Step.ERROR, False),
        (Step.ERROR, Step.CRITICAL, True),
        (Step.CRITICAL, Step.CRITICAL, False),
        (Step.CRITICAL, Step.LAST_DAY, True),
        (Step.LAST_DAY, Step.EXPIRED, True),
        (Step.EXPIRED, Step.EXPIRED, False),
    ],
)
def test_each_later_step_brings_it_back(held_step: Step, step: Step, back: bool) -> None:
    """The two that keep the severity count as steps."""
    desk, judged = held(step=held_step)
    row = desk.record(judged)
    assert returns(row, step, START + 300 * DAY, desk.now + HOUR) is back


def test_it_comes_back_at_expiry_even_where_severity_is_capped() -> None:
    """A spare never climbs; that it has expired is news all the same, once."""
    desk, judged = opened(certificate(ends=10 * DAY))
    desk.close_ticket(judged)
    desk.run()
    assert desk.wait(10 * DAY).plan().empty
    plan = desk.wait(MOMENT).run()
    assert kinds(plan) == [ActionKind.REOPEN]
    desk.wait(HOUR).close_ticket(judged)
    desk.run()
    assert desk.wait(20 * DAY).plan().empty


def test_a_held_row_without_a_time_or_step_holds_nothing() -> None:
    """What a damaged row cannot say, it does not hold."""
    desk, judged = held()
    row = desk.record(judged)
    assert returns(replace(row, held_at=None), Step.WARNING, judged.not_after, desk.now)
    assert returns(replace(row, held_step=None), Step.WARNING, judged.not_after, desk.now)


def test_a_hold_that_lies_in_the_future_counts_as_now() -> None:
    """It was written under a clock that was wrong: the 24 hours begin again, once."""
    desk, judged = held(step=Step.CRITICAL)
    desk.wait(-5 * DAY).run()
    assert desk.record(judged).held_at == desk.now
    assert kinds(desk.wait(24 * HOUR).plan()) == [ActionKind.REOPEN]


def test_what_a_person_opens_again_is_open() -> None:
    """Nothing is said or undone; a later closing at the same step is not commented again."""
    desk, judged = held()
    desk.reopen_ticket(judged)
    plan = desk.run()
    assert plan.empty
    assert (state_of(desk, judged), desk.record(judged).held_by, desk.record(judged).reopenings) == (OPEN, None, 0)
    desk.wait(HOUR).close_ticket(judged)
    assert desk.run().empty
    assert state_of(desk, judged) is HELD


def test_an_automations_closing_is_undone_once_and_then_held() -> None:
    """Opened again at once; the second time it waits for its next step, like a person's closing."""
    desk, judged = opened()
    desk.close_ticket(judged, Closer.AUTOMATION)
    assert kinds(desk.run()) == [ActionKind.REOPEN]
    assert (state_of(desk, judged), desk.record(judged).automation_closings) == (OPEN, 1)
    desk.wait(HOUR).close_ticket(judged, Closer.AUTOMATION)
    plan = desk.run()
    assert kinds(plan) == [ActionKind.COMMENT]
    assert "automation" in plan.actions[0].comments[0].text
    assert desk.record(judged).held_by is HeldBy.AUTOMATION
    assert desk.wait(DAY).plan().empty
    desk.judge(judged, due(judged, step=Step.ERROR))
    assert kinds(desk.plan()) == [ActionKind.REOPEN]


def test_an_automation_is_undone_whatever_resolution_it_set() -> None:
    """Workflows that close stale tickets like to say Won't do: that is nobody's acceptance."""
    desk, judged = opened()
    desk.close_ticket(judged, Closer.AUTOMATION, accepted=True)
    assert kinds(desk.run()) == [ActionKind.REOPEN]
    desk.close_ticket(judged, Closer.AUTOMATION, accepted=True)
    desk.run()
    desk.run()
    assert desk.record(judged).held_by is HeldBy.AUTOMATION


def test_an_acceptance_holds_30_days_whatever_the_step() -> None:
    """And the words with which it comes back say why."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.close_ticket(judged, accepted=True)
    plan = desk.run()
    assert desk.record(judged).held_by is HeldBy.ACCEPTANCE
    ends = START + 30 * DAY
    assert f"{ends:%Y-%m-%d %H:%M} UTC" in plan.actions[0].comments[0].text
    desk.judge(judged, due(judged, step=Step.ERROR))
    assert desk.wait(30 * DAY).plan().empty
    back = desk.wait(MOMENT).run()
    assert kinds(back) == [ActionKind.REOPEN]
    assert "the acceptance has ended" in back.actions[0].comments[0].text


@pytest.mark.parametrize("ended_at", [datetime.min, datetime.min + 7 * DAY])
def test_an_end_in_the_first_days_of_the_calendar_is_no_error(ended_at: datetime) -> None:
    """Whoever serves such a certificate must not stop the pass in which somebody else's tickets are read."""
    assert acceptance_ends(START, ended_at.replace(tzinfo=UTC)) == datetime.min.replace(tzinfo=UTC)


def test_an_acceptance_ends_a_week_before_expiry() -> None:
    """And one that is given later than that is a plain closing."""
    assert acceptance_ends(START, START + 20 * DAY) == START + 13 * DAY
    late, judged = opened(certificate(ends=7 * DAY - MOMENT))
    late.close_ticket(judged, accepted=True)
    late.run()
    assert late.record(judged).held_by is HeldBy.PERSON
    last, other = opened(certificate(ends=7 * DAY))
    last.close_ticket(other, accepted=True)
    last.run()
    assert last.record(other).held_by is HeldBy.ACCEPTANCE


def test_who_closed_it_may_accept_it_later() -> None:
    """The label comes a day after the closing; it counts from the closing."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.close_ticket(judged)
    desk.run()
    key = key_of(judged)
    desk.wait(DAY).tickets[key] = replace(desk.tickets[key], accepted=True)
    desk.run()
    row = desk.record(judged)
    assert (row.held_by, row.held_at) == (HeldBy.ACCEPTANCE, START)
    assert desk.run().records == ()


def test_what_we_closed_ourselves_is_opened_again_if_it_is_still_in_place() -> None:
    """The answer to a closing was lost, and the certificate came back meanwhile."""
    desk, judged = opened()
    desk.close_ticket(judged, Closer.OURSELVES)
    assert kinds(desk.plan()) == [ActionKind.REOPEN]


@pytest.mark.parametrize("closer", [Closer.PERSON, Closer.AUTOMATION, Closer.OURSELVES])
def test_who_closed_it_does_not_matter_once_it_is_settled(closer: Closer) -> None:
    """One pass, and a second one that has nothing to do."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    desk.know(new).close_ticket(judged, closer)
    desk.judge(judged, settled(judged, by=new)).run()
    assert state_of(desk, judged) is CLOSED
    again = desk.plan()
    assert (again.empty, again.records, again.left) == (True, (), 0)


def test_a_held_row_ends_quietly_on_proof() -> None:
    """No call: somebody else had closed the ticket. The row says when and why, and the count is right."""
    desk, judged = held()
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new))
    plan = desk.run()
    row = desk.record(judged)
    assert (plan.empty, plan.left) == (True, 0)
    assert (row.state, row.stage, row.close_text, row.closed_at) == (CLOSED, Stage.SETTLED, "settled", desk.now)


def test_a_row_of_which_nothing_is_known_stays_as_it_is() -> None:
    """Its certificate is not in the inventory any more: no evidence, no end."""
    desk, judged = held()
    del desk.assessments[judged.fingerprint]
    assert (desk.run().records, state_of(desk, judged)) == ((), HELD)
    desk.reopen_ticket(judged)
    desk.run()
    assert (desk.run().empty, state_of(desk, judged)) == (True, OPEN)


def test_what_cannot_be_read_is_left_as_it_was() -> None:
    """No ticket read: no people, and no reopening; corrections are still planned."""
    desk, judged = opened()
    desk.tickets.clear()
    assert desk.plan().empty
    changed: Assessment = due(judged, found(place("other.example.net")))
    assert kinds(desk.judge(judged, changed).plan()) == [ActionKind.UPDATE]
