"""A risk that is accepted on a ticket which stays open: quiet until the acceptance ends, and closed like any other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import Closer
from tests.planning.desk import Desk, due, key_of, kinds, opened, said, settled, state_of
from tests.policy.builders import DAY, HOUR, START, certificate

MOMENT = timedelta(microseconds=1)
OPEN, HELD, CLOSED = IncidentState.OPEN, IncidentState.HELD, IncidentState.CLOSED


def accepted(ends: timedelta = 80 * DAY) -> tuple[Desk, Certificate]:
    """An incident on whose open ticket somebody accepted the risk, and was answered."""
    desk, judged = opened(certificate(ends=ends))
    desk.accept_ticket(judged)
    desk.run()
    return desk, judged


def test_an_acceptance_on_an_open_ticket_is_answered_once_and_holds() -> None:
    """One comment says until when; no step is told meanwhile, for 30 days."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.accept_ticket(judged)
    plan = desk.run()
    assert kinds(plan) == [ActionKind.COMMENT]
    text = plan.actions[0].comments[0].text
    assert text.startswith("Accepted as a risk: this is left as it is until the acceptance ends, then it goes on. Not ")
    assert text.endswith(f"The acceptance holds until {START + 30 * DAY:%Y-%m-%d %H:%M} UTC.")
    row = desk.record(judged)
    assert (row.state, row.held_by, row.held_at) == (HELD, HeldBy.ACCEPTANCE, START)
    desk.judge(judged, due(judged, step=Step.ERROR))
    quiet = desk.wait(30 * DAY).plan()
    assert (quiet.empty, quiet.records) == (True, ())


def test_its_end_is_said_once_and_the_ticket_says_all_again() -> None:
    """The step that came meanwhile is told with it; the label that nobody removed holds nothing any more."""
    desk, judged = accepted()
    desk.judge(judged, due(judged, step=Step.ERROR))
    plan = desk.wait(30 * DAY + MOMENT).run()
    assert kinds(plan) == [ActionKind.UPDATE]
    assert said(plan.actions) == ["acceptance-over:20261101T1200", "step:error"]
    assert "put it on again" in plan.actions[0].comments[0].text
    assert (state_of(desk, judged), desk.record(judged).reopenings) == (OPEN, 0)
    again = desk.wait(40 * DAY).plan()
    assert (again.empty, again.records) == (True, ())


def test_said_anew_it_holds_anew() -> None:
    """Taken off and put on again: a new word, with an end and an answer of its own."""
    desk, judged = accepted()
    desk.wait(31 * DAY).run()
    desk.accept_ticket(judged)
    assert said(desk.run().actions) == ["accepted:20261202T1200"]
    assert (state_of(desk, judged), desk.record(judged).held_at) == (HELD, START + 31 * DAY)
    desk.wait(DAY).accept_ticket(judged)
    desk.run()
    assert desk.record(judged).held_at == START + 32 * DAY


def test_what_is_taken_back_holds_no_longer() -> None:
    """The label is taken off: open at once."""
    desk, judged = accepted()
    desk.judge(judged, due(judged, step=Step.ERROR)).wait(DAY).unaccept_ticket(judged)
    assert said(desk.run().actions) == ["step:error"]
    assert (state_of(desk, judged), desk.record(judged).held_by) == (OPEN, None)


def test_an_acceptance_within_the_last_week_holds_nothing_and_is_answered() -> None:
    """It would reach past 7 days before expiry."""
    desk, judged = accepted(ends=7 * DAY - MOMENT)
    assert state_of(desk, judged) is OPEN
    assert "acceptance-over:20261101T1200" in desk.record(judged).told
    assert desk.wait(HOUR).plan().empty


def test_what_cannot_be_dated_counts_from_the_tickets_beginning() -> None:
    """Else it would begin anew with each look; and where even that is not told it holds nothing."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.wait(20 * DAY).accept_ticket(judged, dated=False)
    desk.run()
    assert desk.record(judged).held_at == START
    key = key_of(judged)
    desk.tickets[key] = replace(desk.tickets[key], created_at=None)
    desk.run()
    assert state_of(desk, judged) is OPEN


def test_once_everything_is_replaced_the_open_ticket_is_closed() -> None:
    """With its note, as if nobody had said a word: an open ticket is not left behind."""
    desk, judged = accepted()
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new))
    plan = desk.wait(DAY).run()
    assert kinds(plan) == [ActionKind.CLOSE]
    assert plan.actions[0].comments[0].text.startswith("Fixed.")
    assert state_of(desk, judged) is CLOSED


def test_a_ticket_that_cannot_be_read_does_not_end_in_silence() -> None:
    """It may be open still; once it is read, it is closed. Closed by a person meanwhile, it ends without a call."""
    desk, judged = accepted()
    new, ticket = certificate(ends=400 * DAY), desk.tickets.pop(key_of(judged))
    desk.know(new).judge(judged, settled(judged, by=new))
    assert desk.run().empty
    assert state_of(desk, judged) is HELD
    desk.tickets[key_of(judged)] = ticket
    assert kinds(desk.plan()) == [ActionKind.CLOSE]
    desk.close_ticket(judged, Closer.PERSON, accepted=True)
    assert desk.run().empty
    assert state_of(desk, judged) is CLOSED


def test_after_a_reopening_that_says_so_its_end_is_not_said_again() -> None:
    """Closed as accepted, opened again when that ended: one sentence is enough."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.accept_ticket(judged)
    desk.close_ticket(judged, accepted=True)
    desk.run()
    assert "the acceptance has ended" in desk.wait(30 * DAY + MOMENT).run().actions[0].comments[0].text
    key = key_of(judged)
    desk.tickets[key] = replace(desk.tickets[key], accepted=True, accepted_at=START)
    assert desk.run().empty


@pytest.mark.parametrize(
    ("after", "told"), [(30 * DAY + MOMENT, "the acceptance has ended"), (DAY, "by somebody else")]
)
def test_the_history_tells_an_end_from_what_a_person_takes_back(after: timedelta, told: str) -> None:
    """Its time had come, or the label was taken off before."""
    desk, judged = accepted()
    desk.wait(after).unaccept_ticket(judged)
    [made] = desk.commitments(desk.plan())
    assert [(event.what, event.text) for event in made.events] == [("reopened", told)]
