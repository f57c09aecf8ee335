"""Each cause of blindness has one ticket while it lasts and none after; people win, and nothing is said in vain."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Step
from incidentd.model.blindness import Cause, CauseId, CauseKind
from incidentd.model.incident import IncidentState, cause_in, is_self_incident, self_incident_key
from incidentd.model.plan import NEVER, ActionKind, Hold
from incidentd.model.ticket import Closer, TicketRef, TicketStatus
from incidentd.planning.self_incidents import held_for_distrust
from incidentd.planning.wording import digest
from tests.planning.self_desk import EDGE, SelfDesk, cause, key_of, kinds, said
from tests.policy.builders import DAY, HOUR, MINUTE

SOURCE = CauseId(CauseKind.SOURCE, "edge")


def opened(*holding: Cause) -> SelfDesk:
    """A desk with what holds opened and delivered."""
    desk = SelfDesk(*(holding or (cause(),)))
    desk.run()
    return desk


def test_each_cause_opens_one_and_rests() -> None:
    """The second pass has nothing to do, however much time goes by and whatever changes a little."""
    desk = SelfDesk(cause(), cause(CauseKind.SOURCE))
    plan = desk.run()
    assert kinds(plan) == [ActionKind.OPEN, ActionKind.OPEN]
    assert {action.key for action in plan.actions} == {key_of(), key_of(SOURCE)}
    assert {action.tracker for action in plan.actions} == {"queue"}
    desk.wait(DAY + HOUR).holds(cause(first=()), cause(CauseKind.SOURCE, scale=7, why="something else"))
    again = desk.plan()
    assert (again.actions, again.records, again.left) == ((), (), 2)


def test_its_row_stands_for_no_certificate() -> None:
    """No fingerprint, no end; and it goes out after everything else."""
    plan = SelfDesk(cause()).plan()
    assert (plan.actions[0].not_after, plan.actions[0].ends_at) == (None, NEVER)
    row = opened().row
    assert (row.fingerprint, row.not_after, row.of_certificate) == ("", None, False)


def test_the_tracker_that_fails_is_not_told_of_it() -> None:
    """Nor is any, where none is named; another one is."""
    failing = [cause(CauseKind.TRACKER, "queue"), cause(CauseKind.OUTBOX, "queue")]
    assert SelfDesk(*failing).plan().actions == ()
    assert len(SelfDesk(*failing, tracker="other").plan().actions) == 2
    assert SelfDesk(cause(), tracker=None).plan().actions == ()


def test_the_tracker_whose_incidents_an_automation_closes_is_told() -> None:
    """It takes tickets; it is the automation that people have to know of."""
    assert kinds(SelfDesk(cause(CauseKind.AUTOMATION, "queue")).plan()) == [ActionKind.OPEN]


def test_it_closes_when_its_cause_is_over_and_says_what_ended() -> None:
    """Not while it may come back: what comes and goes is one ticket."""
    desk = opened()
    assert desk.holds(lasting=[EDGE]).plan().actions == ()
    plan = desk.wait(DAY).ended(EDGE).run()
    assert kinds(plan) == [ActionKind.CLOSE]
    assert "no production place of source edge is unseen for too long any more" in plan.actions[0].text
    assert "Gone since 2026-11-02 12:00 UTC." in plan.actions[0].text
    assert (desk.row.state, desk.plan().actions) == (IncidentState.CLOSED, ())


def test_it_closes_without_a_time_where_nothing_is_remembered() -> None:
    """The state was restored: that it is not there any more is enough."""
    (action,) = opened().ended().plan().actions
    assert action.kind is ActionKind.CLOSE
    assert "Gone since" not in action.text


def test_what_begins_again_within_14_days_is_the_same_ticket() -> None:
    """With what it looks like now; after that, or elsewhere, it is a new one."""
    desk = opened()
    desk.ended(EDGE).run()
    desk.wait(DAY).holds(cause(scale=9))
    plan = desk.run()
    assert (kinds(plan), said(plan)) == ([ActionKind.REOPEN], ["reopened:1"])
    assert "9 of 40 production places" in plan.actions[0].comments[0].text
    assert (desk.row.reopenings, desk.plan().actions) == (1, ())
    desk.ended(EDGE).run()
    desk.tracker = "other"
    assert [(action.kind, action.tracker) for action in desk.holds(cause()).plan().actions] == [
        (ActionKind.OPEN, "other")
    ]
    desk.tracker = "queue"
    assert kinds(desk.wait(15 * DAY).plan()) == [ActionKind.OPEN]


def test_it_climbs_and_says_so_once() -> None:
    """A step up is told at once, with what it looks like now; it does not fall again."""
    desk = opened()
    desk.holds(cause(step=Step.ERROR, scale=40))
    plan = desk.run()
    assert (kinds(plan), said(plan)) == ([ActionKind.UPDATE], ["step:error"])
    assert plan.actions[0].content is not None
    assert plan.actions[0].content.severity == "error"
    assert desk.plan().actions == ()
    assert desk.holds(cause(scale=40)).plan().actions == ()
    assert desk.row.step is Step.ERROR


@pytest.mark.parametrize(
    ("kind", "after", "scale", "told"),
    [
        (CauseKind.BLIND, DAY, 2, True),
        (CauseKind.BLIND, DAY - MINUTE, 9, False),
        (CauseKind.BLIND, DAY, 1, False),
        (CauseKind.AUTOMATION, MINUTE, 2, True),
        (CauseKind.AUTOMATION, DAY, 1, False),
        (CauseKind.SOURCE, DAY, 99, False),
    ],
)
def test_it_is_told_again_only_when_it_grew_much(kind: CauseKind, after: timedelta, scale: int, told: bool) -> None:
    """A network that goes down takes its places one by one; each automation's closing is news."""
    desk = opened(cause(kind))
    desk.wait(after).holds(cause(kind, scale=scale))
    assert said(desk.plan()) == ([f"scale:0:{scale}"] if told else [])


def test_growth_is_told_once_a_day_at_most_and_never_twice() -> None:
    """What was told is remembered, also where it shrank meanwhile."""
    desk = opened(cause(scale=10))
    desk.wait(DAY).holds(cause(scale=20)).run()
    assert desk.wait(HOUR).holds(cause(scale=40)).plan().actions == ()
    assert desk.wait(DAY).holds(cause(scale=20)).plan().actions == ()
    assert said(desk.holds(cause(scale=40)).run()) == ["scale:0:40"]


def test_an_opening_that_was_never_delivered_is_withdrawn_when_its_cause_is_gone() -> None:
    """And goes elsewhere when the configuration says so meanwhile; to the failing tracker it does not go."""
    desk = SelfDesk(cause(CauseKind.OUTBOX, "queue"), tracker="other")
    desk.commit()
    assert [action.tracker for action in desk.plan().actions] == ["other"]
    desk.tracker = "third"
    assert [action.tracker for action in desk.plan().actions] == ["third"]
    desk.tracker = "queue"
    assert desk.commit().actions == ()
    assert desk.outbox == {}
    desk.ended().commit()
    assert desk.row.state is IncidentState.CLOSED


def test_what_is_in_flight_is_left_alone() -> None:
    """Nobody knows yet what became of it."""
    desk = opened().ended(EDGE)
    plan = desk.plan(in_flight=[key_of()])
    assert (plan.actions, plan.left) == ((), 1)
    assert SelfDesk(cause()).plan(in_flight=[key_of()]).left == 0


def test_an_adopted_ticket_is_made_to_say_what_it_should() -> None:
    """The state was lost: the ticket was found by its marker, and what it says is not known."""
    desk = SelfDesk(cause())
    desk.commit()
    desk.deliver(adopted=True)
    assert kinds(desk.run()) == [ActionKind.UPDATE]
    assert desk.plan().actions == ()


def test_two_tickets_for_one_cause_are_merged_before_anything_else() -> None:
    """And one that cannot be done does not keep back what else is to be said, but for the closing."""
    desk = opened()
    own = desk.tickets[key_of()]
    other = replace(own, ref=TicketRef("99", "OPS-99"), created_at=desk.now + HOUR)
    desk.duplicates = {key_of(): (own, other)}
    desk.holds(cause(step=Step.ERROR))
    (action,) = desk.plan().actions
    assert (action.kind, action.duplicates, action.not_after) == (ActionKind.MERGE, (other.ref,), None)
    assert "a trouble has one ticket at a time" in action.comments[0].text
    desk.stuck = [key_of()]
    assert kinds(desk.plan()) == [ActionKind.UPDATE]
    assert kinds(desk.ended(EDGE).plan()) == [ActionKind.MERGE]


def test_a_tracker_that_is_no_longer_named_still_gets_its_closings() -> None:
    """What stands there is kept true to its end."""
    desk = opened()
    desk.tracker = None
    assert desk.plan().actions == ()
    assert kinds(desk.ended(EDGE).plan()) == [ActionKind.CLOSE]


def test_a_clock_that_is_not_believed_holds_everything() -> None:
    """And nothing that people did is noted with a wrong time."""
    desk = opened().somebody(TicketStatus.CLOSED, Closer.PERSON)
    plan = held_for_distrust(desk.plan(), "it leapt")
    assert [(held.hold, held.text) for held in plan.held] == [
        (Hold.CLOCK_DISTRUSTED, "the clock is not believed: it leapt")
    ]
    assert (plan.actions, plan.records) == ((), ())


@pytest.mark.parametrize("subject", ["edge", "a" * 50, "a" * 51, "a" * 60, "b" * 60])
def test_keys_fit_and_differ(subject: str) -> None:
    """A long name is cut and told apart by a hash, so that the key fits where keys are kept."""
    for kind in CauseKind:
        key = self_incident_key("i" * 40, CauseId(kind, subject))
        assert len(key) <= 120
        assert is_self_incident(key)
        assert cause_in(key).kind is kind
        assert (cause_in(key).subject == subject) is (len(subject) <= 50)
    assert self_incident_key("i", CauseId(kind, "c" * 59 + "x")) != self_incident_key(
        "i", CauseId(kind, "c" * 59 + "y")
    )
    assert not is_self_incident(f"incidentd:self:{'ab' * 32}")


WORLD = st.lists(
    st.tuples(
        st.sampled_from(["holds", "lingers", "ended"]),
        st.sampled_from([Step.WARNING, Step.ERROR]),
        st.integers(1, 60),
        st.sampled_from([None, Closer.PERSON, Closer.AUTOMATION, "deleted"]),
        st.integers(1, 3000),
    ),
    max_size=12,
)


@given(WORLD, st.sampled_from(list(CauseKind)))
def test_applied_and_made_again_a_plan_is_empty(
    world: list[tuple[str, Step, int, Closer | str | None, int]], kind: CauseKind
) -> None:
    """Whatever happens between the passes; and one key never has two rows at once."""
    desk, id = SelfDesk(), CauseId(kind, "edge")
    for state, step, scale, closer, minutes in world:
        desk.wait(timedelta(minutes=minutes))
        held = cause(kind, step=step, scale=scale)
        if state == "holds":
            desk.holds(held)
        else:
            desk.ended(id) if state == "ended" else desk.holds(lasting=[id])
        _somebody(desk, closer)
        desk.run()
        again = desk.plan()
        assert (again.actions, again.records) == ((), ())
        assert sum(row.active for row in desk.rows.values()) <= 1


def _somebody(desk: SelfDesk, closer: Closer | str | None) -> None:
    if not desk.rows or desk.row.key not in desk.tickets or closer is None or not desk.row.active:
        return
    if isinstance(closer, Closer):
        desk.somebody(TicketStatus.CLOSED, closer)
    else:
        desk.somebody(TicketStatus.MISSING)


@given(st.integers(1, 10**6), st.text(max_size=300))
def test_a_content_is_the_same_at_every_time(scale: int, why: str) -> None:
    """No countdown and no `now` in what stays: its digest depends on the cause alone."""
    contents = [SelfDesk(cause(scale=scale, why=why)).wait(wait).plan().actions[0].content for wait in (HOUR, 90 * DAY)]
    assert contents[0] is not None
    assert contents[1] is not None
    assert digest(contents[0]) == digest(contents[1])
