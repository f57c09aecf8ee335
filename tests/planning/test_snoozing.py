"""A snooze: nothing is said until its end or the next critical step; severity climbs all the same."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentState
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import Closer
from incidentd.planning.snoozing import awake, latest_end
from tests.planning.desk import Desk, due, kinds, opened, said, settled, state_of
from tests.policy.builders import DAY, HOUR, START, certificate


def quiet(lasts: timedelta = 5 * DAY) -> tuple[Desk, Certificate]:
    """An incident that a person snoozed, and whose ticket was told so."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.snooze(judged, lasts)
    desk.run()
    return desk, judged


def test_it_is_said_once_in_whose_words_and_until_when() -> None:
    """For trackers that can be told to be quiet the end stands beside the words."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.snooze(judged, 5 * DAY)
    plan = desk.run()
    assert kinds(plan) == [ActionKind.COMMENT]
    [note] = plan.actions[0].comments
    assert note.text.startswith(f"Snoozed until {START + 5 * DAY:%Y-%m-%d %H:%M} UTC: freeze week (alice).")
    assert note.quiet_until == START + 5 * DAY
    assert desk.wait(HOUR).run().empty


def test_a_step_and_a_stage_wait_for_its_end_and_the_ledger_does_not() -> None:
    """Severity climbs in the ledger at once, and is told afterwards, once."""
    desk, judged = quiet()
    desk.judge(judged, due(judged, step=Step.ERROR, stage=Stage.MISMATCH))
    plan = desk.wait(2 * DAY).run()
    assert plan.empty
    assert desk.record(judged).step is Step.ERROR
    assert desk.run().records == ()
    plan = desk.wait(3 * DAY).run()
    assert kinds(plan) == [ActionKind.UPDATE]
    assert said(plan.actions) == ["step:error", "stage:mismatch"]
    assert (desk.record(judged).snoozed_until, desk.record(judged).snooze_text) == (None, "")
    assert desk.run().empty


def test_a_critical_step_ends_it_for_good() -> None:
    """Also one that came sooner than was thought; what comes after it is told at once."""
    desk, judged = quiet()
    desk.judge(judged, due(judged, step=Step.CRITICAL))
    assert said(desk.wait(DAY).run().actions) == ["step:critical"]
    assert desk.record(judged).snoozed_until is None


def test_snoozed_while_critical_it_is_quiet_until_the_next_step() -> None:
    """What was told before is no news."""
    judged = certificate(ends=80 * DAY)
    desk, _ = opened(judged, due(judged, step=Step.CRITICAL))
    desk.snooze(judged, 5 * DAY)
    desk.run()
    assert desk.wait(DAY).run().empty
    desk.judge(judged, due(judged, step=Step.LAST_DAY))
    assert said(desk.run().actions) == ["step:last_day"]


def test_its_end_without_news_costs_nothing() -> None:
    """The row forgets it, and nothing is sent."""
    desk, judged = quiet()
    plan = desk.wait(5 * DAY).run()
    assert plan.empty
    assert desk.record(judged).snoozed_until is None
    assert awake(desk.record(judged)) is desk.record(judged)


def test_it_is_closed_on_proof_and_noticed_when_a_person_closes_it() -> None:
    """A snooze holds back words, not the truth."""
    desk, judged = quiet()
    desk.close_ticket(judged, Closer.PERSON)
    desk.run()
    assert state_of(desk, judged) is IncidentState.HELD
    other, again = quiet()
    new = certificate(ends=400 * DAY)
    other.know(new).judge(again, settled(again, by=new))
    assert kinds(other.run()) == [ActionKind.CLOSE]


def test_one_that_has_no_ticket_yet_is_opened_all_the_same() -> None:
    """An incident exists before it is quiet."""
    judged = certificate(ends=80 * DAY)
    desk = Desk((judged, due(judged)))
    desk.commit()
    desk.snooze(judged, 5 * DAY)
    assert kinds(desk.run()) == [ActionKind.OPEN]
    assert kinds(desk.run()) == [ActionKind.COMMENT]


def test_its_latest_end_is_the_next_critical_step() -> None:
    """Error is none; after the last there is none."""
    steps = [(Step.ERROR, START + DAY), (Step.CRITICAL, START + 2 * DAY), (Step.EXPIRED, START + 5 * DAY)]
    assert latest_end(steps, START) == START + 2 * DAY
    assert latest_end(steps, START + 2 * DAY) == START + 5 * DAY
    assert latest_end(steps, START + 5 * DAY) is None


@given(
    lasts=st.timedeltas(HOUR, 40 * DAY),
    ladder=st.lists(st.tuples(st.timedeltas(timedelta(0), 10 * DAY), st.sampled_from(Step)), max_size=8),
)
def test_nothing_is_said_while_it_holds_and_nothing_is_lost_by_it(
    lasts: timedelta, ladder: list[tuple[timedelta, Step]]
) -> None:
    """Not a word before its end or a critical step; in the end the ledger and the ticket know the highest step."""
    desk, judged = quiet(lasts)
    highest = Step.WARNING
    for wait, step in ladder:
        highest = max(highest, step)
        desk.judge(judged, due(judged, step=highest)).wait(wait)
        plan = desk.run()
        if desk.now < START + lasts and highest < Step.CRITICAL:
            assert plan.empty
        assert desk.record(judged).step is highest
    desk.now = max(desk.now, START + lasts)
    desk.run()
    assert highest is Step.WARNING or f"step:{highest.label}" in desk.record(judged).told
    assert desk.run().empty
