"""A risk that is accepted by command: the ticket is closed for it, the incident is held, and comes back at its end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import Closer, TicketRef, TicketStatus
from incidentd.planning.acceptance import holds_to, latest_end
from incidentd.planning.moving import moved
from tests.planning.desk import Desk, due, key_of, kinds, opened, settled, state_of
from tests.policy.builders import DAY, HOUR, START, certificate

MOMENT = timedelta(microseconds=1)
OPEN, HELD, CLOSED = IncidentState.OPEN, IncidentState.HELD, IncidentState.CLOSED


def accepted(lasts: timedelta = 40 * DAY, ends: timedelta = 80 * DAY) -> tuple[Desk, Certificate]:
    """An incident whose risk a person accepted by command; its ticket was closed for it."""
    desk, judged = opened(certificate(ends=ends))
    desk.accept(judged, lasts)
    desk.run()
    return desk, judged


def test_its_ticket_is_closed_with_words_of_its_own_and_the_incident_is_held() -> None:
    """Whose risk it is, until when, why, and what is still where; nothing more is said until the end."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.accept(judged, 40 * DAY)
    plan = desk.run()
    assert kinds(plan) == [ActionKind.CLOSE]
    text = plan.actions[0].comments[0].text
    end = f"{START + 40 * DAY:%Y-%m-%d %H:%M} UTC"
    assert text.startswith(
        f"Accepted risk until {end}, owned by payments-sre: it is retired in May (alice). Not replaced"
    )
    assert desk.tickets[key_of(judged)].status is TicketStatus.CLOSED
    row = desk.record(judged)
    assert (row.state, row.held_by, holds_to(row)) == (HELD, HeldBy.ACCEPTANCE, START + 40 * DAY)
    desk.judge(judged, due(judged, step=Step.ERROR))
    quiet = desk.wait(40 * DAY).plan()
    assert (quiet.empty, quiet.records) == (True, ())


def test_at_its_end_it_comes_back() -> None:
    """Opened again, with the step that came meanwhile; and held by nothing any more."""
    desk, judged = accepted()
    desk.judge(judged, due(judged, step=Step.ERROR))
    plan = desk.wait(40 * DAY + MOMENT).run()
    assert kinds(plan) == [ActionKind.REOPEN]
    assert "the acceptance has ended" in plan.actions[0].comments[0].text
    row = desk.record(judged)
    assert (row.state, row.held_by, row.held_until, row.close_text) == (OPEN, None, None, "")


def test_a_person_who_opens_the_ticket_again_takes_it_back() -> None:
    """Open at once, and what was kept back is told."""
    desk, judged = accepted()
    desk.judge(judged, due(judged, step=Step.ERROR)).wait(HOUR).reopen_ticket(judged)
    assert kinds(desk.run()) == [ActionKind.UPDATE]
    assert (state_of(desk, judged), desk.record(judged).held_until) == (OPEN, None)


def test_accepted_anew_it_is_closed_anew() -> None:
    """With the same end, a day later, after a person had opened it: the note is another one."""
    desk, judged = accepted()
    desk.wait(DAY).reopen_ticket(judged)
    desk.run()
    desk.accept(judged, 39 * DAY)
    assert kinds(desk.run()) == [ActionKind.CLOSE]
    assert state_of(desk, judged) is HELD


def test_a_longer_word_takes_the_place_of_a_shorter_one() -> None:
    """On the ticket that is closed already it is told, and holds."""
    desk, judged = accepted(lasts=10 * DAY)
    desk.wait(DAY).accept(judged, 60 * DAY)
    assert kinds(desk.run()) == [ActionKind.COMMENT]
    assert desk.wait(59 * DAY).plan().empty
    assert kinds(desk.wait(DAY + MOMENT).plan()) == [ActionKind.REOPEN]


def test_what_a_person_closed_before_is_told_that_it_is_accepted() -> None:
    """The next step does not bring it back any more."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.close_ticket(judged)
    desk.run()
    desk.accept(judged, 40 * DAY)
    assert kinds(desk.run()) == [ActionKind.COMMENT]
    desk.judge(judged, due(judged, step=Step.ERROR))
    assert desk.wait(39 * DAY).plan().empty


def test_a_ticket_that_was_never_made_is_made_when_the_acceptance_ends() -> None:
    """Nothing waits to be sent meanwhile."""
    judged = certificate(ends=80 * DAY)
    desk = Desk((judged, due(judged)))
    desk.commit()
    desk.accept(judged, 40 * DAY)
    assert desk.run().empty
    assert kinds(desk.wait(40 * DAY + MOMENT).plan()) == [ActionKind.OPEN]


def test_a_ticket_that_cannot_be_read_is_closed_once_it_can() -> None:
    """Not told before: it may be open, and has to be closed."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.accept(judged, 40 * DAY)
    ticket = desk.tickets.pop(key_of(judged))
    assert desk.run().empty
    desk.tickets[key_of(judged)] = ticket
    assert kinds(desk.run()) == [ActionKind.CLOSE]


def test_where_it_could_never_be_closed_it_is_open_at_the_end() -> None:
    """No reopening is counted of what was never closed."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.accept(judged, DAY)
    desk.wait(DAY + MOMENT).run()
    assert (state_of(desk, judged), desk.record(judged).reopenings) == (OPEN, 0)


def test_where_nothing_can_be_read_back_the_ledger_is_believed() -> None:
    """A ticket that counts as open as far as can be told takes no acceptance back."""
    desk, judged = accepted()
    key = key_of(judged)
    desk.tickets[key] = replace(desk.tickets[key], status=TicketStatus.OPEN, readable=False)
    quiet = desk.wait(HOUR).plan()
    assert (quiet.empty, quiet.records) == (True, ())


@pytest.mark.parametrize("delivered", [True, False])
def test_replaced_everywhere_it_ends_on_proof(*, delivered: bool) -> None:
    """Without a call where the ticket is closed; with the closing note where it still stands open."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.accept(judged, 40 * DAY)
    if delivered:
        desk.run()
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new))
    assert kinds(desk.wait(DAY).run()) == ([] if delivered else [ActionKind.CLOSE])
    assert state_of(desk, judged) is CLOSED
    assert desk.tickets[key_of(judged)].status is TicketStatus.CLOSED


def test_it_was_accepted_of_the_incident_not_of_one_ticket() -> None:
    """Another ticket that a person worked on stands for it now: that one is closed for the acceptance."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.duplicate(judged, touched_at=START)
    desk.accept(judged, 40 * DAY)
    assert kinds(desk.run()) == [ActionKind.MERGE]
    assert (state_of(desk, judged), desk.record(judged).held_until) == (HELD, START + 40 * DAY)
    assert kinds(desk.run()) == [ActionKind.CLOSE]
    assert desk.wait(HOUR).run().empty


def test_an_accepted_incident_that_is_moved_is_opened_there_when_that_ends() -> None:
    """The ticket that is left has no acceptance to be closed for: it is closed for the move."""
    desk, judged = accepted()
    after, left = moved(desk.record(judged), "oncall", "as said", START, leaves=True)
    assert (after.held_until, after.ticket) == (START + 40 * DAY, None)
    assert left is not None and (left.held_until, left.close_text) == (None, "Moved to oncall: as said.")


@given(
    lasts=st.timedeltas(HOUR, 100 * DAY),
    steps=st.lists(st.tuples(st.timedeltas(timedelta(0), 30 * DAY), st.sampled_from(Step)), max_size=6),
)
def test_until_its_end_it_is_said_once_and_after_it_the_incident_is_open(
    lasts: timedelta, steps: list[tuple[timedelta, Step]]
) -> None:
    """Whatever steps come: one call while it holds; open with the highest step afterwards; settled nowhere."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.accept(judged, lasts)
    calls = len(desk.run().actions)
    end, highest = START + lasts, Step.WARNING
    for wait, step in steps:
        highest = max(highest, step)
        desk.judge(judged, due(judged, step=highest)).wait(wait)
        plan = desk.run()
        if desk.now <= end:
            calls += len(plan.actions)
            assert state_of(desk, judged) is HELD
    assert calls == 1
    desk.now = max(desk.now, end + MOMENT)
    desk.run()
    assert (state_of(desk, judged), desk.record(judged).step) == (OPEN, highest)
    assert desk.run().empty


def test_an_acceptance_ends_a_week_before_expiry_unless_it_is_said_otherwise() -> None:
    """The latest end that may be named without another word."""
    assert latest_end(START + 20 * DAY) == START + 13 * DAY


def test_a_row_without_an_end_of_its_certificate_is_held_by_no_date() -> None:
    """Nor is one that is open, or held on another word."""
    desk, judged = accepted()
    row = desk.record(judged)
    assert holds_to(replace(row, held_until=None, not_after=None)) is None
    assert holds_to(replace(row, held_by=HeldBy.PERSON)) is None
    assert holds_to(replace(row, state=OPEN)) is None


def test_a_clone_and_a_machine_change_nothing_of_it() -> None:
    """Whoever closes it besides: it is held on the word that was given."""
    desk, judged = accepted()
    desk.close_ticket(judged, Closer.AUTOMATION)
    desk.move_ticket(judged, "PAY-9")
    assert desk.run().empty
    row = desk.record(judged)
    assert (row.held_by, row.ticket) == (HeldBy.ACCEPTANCE, TicketRef("1", "PAY-9", "https://queue.example/OPS-1"))
