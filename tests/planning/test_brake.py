"""The brake: at most so many new incidents an hour, soonest expiry first, whatever restarts, outages and clocks do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.incident import IncidentState
from incidentd.model.plan import Hold
from incidentd.model.policy import GuardLimits
from incidentd.planning.guard import plan_hash
from tests.planning.desk import Desk, desk_of, due, fleet, kinds, opened
from tests.policy.builders import DAY, HOUR, MINUTE, START, certificate


def test_new_incidents_open_at_most_so_many_an_hour_soonest_expiry_first() -> None:
    """60 are due: 50 open, the 10 that end last wait, and say why."""
    certificates = fleet(60)
    plan = desk_of(certificates[::-1]).plan()
    assert [action.fingerprint for action in plan.actions] == [each.fingerprint for each in certificates[:50]]
    assert {held.action.fingerprint for held in plan.held} == {each.fingerprint for each in certificates[50:]}
    assert {held.hold for held in plan.held} == {Hold.OPEN_RATE}


def test_what_ends_within_14_days_has_a_budget_of_its_own() -> None:
    """20 urgent ones come on top of the 50; at 14 days exactly it is urgent, a moment later it is not."""
    urgent = fleet(20, first_ends=14 * DAY - 19 * HOUR)
    calm = fleet(51, first_ends=14 * DAY + timedelta(microseconds=1))
    plan = desk_of(calm + urgent).plan()
    assert len(plan.actions) == 70
    assert [held.action.fingerprint for held in plan.held] == [calm[-1].fingerprint]


def test_urgent_ones_beyond_their_own_budget_use_the_common_one() -> None:
    """90 urgent ones: 20 by their own budget, 50 by the common one."""
    plan = desk_of(fleet(90, first_ends=DAY)).plan()
    assert (len(plan.actions), len(plan.held)) == (70, 20)


def test_the_rate_is_counted_from_the_ledger() -> None:
    """A process that starts anew opens no more in the same hour; an hour after the first ones the rest open."""
    certificates = fleet(70)
    desk = desk_of(certificates)
    desk.run()
    again = desk.wait(59 * MINUTE).plan()
    assert (kinds(again), len(again.held)) == ([], 20)
    later = desk.wait(MINUTE).run()
    assert (len(later.actions), len(later.held)) == (20, 0)


def test_urgent_ones_opened_lately_use_up_their_own_budget_first() -> None:
    """20 urgent ones in the last hour leave the 50 whole, and no urgent room."""
    desk = desk_of(fleet(20, first_ends=DAY))
    desk.run()
    late = [*fleet(60), certificate(ends=2 * DAY)]
    for each in late:
        desk.judge(each, due(each))
    plan = desk.wait(MINUTE).plan()
    assert len(plan.actions) == 50
    assert plan.actions[0].fingerprint == late[-1].fingerprint


def test_openings_that_lie_in_the_future_count_as_now() -> None:
    """They were written under a clock that was wrong: they hold for an hour, not until the clock comes up to them."""
    desk = desk_of(fleet(50))
    desk.run()
    for each in fleet(5):
        desk.judge(each, due(each))
    assert kinds(desk.wait(-400 * DAY).run()) == []
    assert {row.opened_at for row in desk.rows.values()} == {desk.now}
    assert desk.commitments(desk.plan()) == [], "once dated back, nothing is written again"
    assert len(desk.wait(HOUR).plan().actions) == 5


def test_a_clock_that_is_set_back_a_little_opens_and_writes_nothing() -> None:
    """Machines differ by as much: what is ahead goes on counting, and no row is written for it."""
    desk = desk_of(fleet(60))
    desk.run()
    plan = desk.wait(-HOUR).plan()
    assert (kinds(plan), plan.records) == ([], ())
    assert kinds(desk.wait(HOUR + 59 * MINUTE).plan()) == []
    assert len(desk.wait(MINUTE).plan().actions) == 10


def test_openings_that_lie_a_little_ahead_keep_their_date() -> None:
    """The clock may be behind, and nobody notice: when the incident was opened tells that it was due by then."""
    desk = desk_of(fleet(50))
    opened_at = desk.now
    desk.run()
    extra = certificate()
    assert kinds(desk.judge(extra, due(extra)).wait(-2 * HOUR).run()) == []
    assert {row.opened_at for row in desk.rows.values()} == {opened_at}


def test_what_a_wrong_clock_dated_ahead_was_opened_when_its_tracker_made_the_ticket() -> None:
    """Its clock is another one; ours may be behind by now, and would make it older than its own window."""
    desk, judged = opened()
    made_at, row = desk.now, desk.record(judged)
    desk.rows = {row.id: replace(row, opened_at=made_at + 400 * DAY)}
    desk.wait(-2 * HOUR).commit()
    assert desk.record(judged).opened_at == made_at


def test_what_was_opened_ahead_of_now_does_not_count_as_urgent_for_that() -> None:
    """By a clock that was a year ahead hardly anything was left: it took common room, and goes on taking it."""
    desk = desk_of(fleet(50))
    desk.run()
    desk.rows = {id: replace(row, opened_at=row.opened_at + 400 * DAY) for id, row in desk.rows.items()}
    extra = certificate(ends=40 * DAY)
    assert kinds(desk.judge(extra, due(extra)).wait(MINUTE).plan()) == []


def test_the_end_of_an_outage_is_no_flood() -> None:
    """Three days without a delivery: 50 wait and no more; their hour begins when the tracker has them."""
    desk = desk_of(fleet(200))
    for _ in range(72):
        desk.commit()
        desk.wait(HOUR)
    assert len(desk.outbox) == 50
    held = desk.plan().held
    assert len(held) == 150
    assert {one.text for one in held} == {
        "at most 50 new incidents an hour, and 20 urgent ones; 50 still wait for their tracker"
    }
    desk.deliver()
    assert kinds(desk.wait(59 * MINUTE).plan()) == []
    assert len(desk.wait(MINUTE).plan().actions) == 50


def test_a_tracker_that_is_down_holds_nothing_up_elsewhere() -> None:
    """What waits for one tracker counts against that one only, once its hour is over."""
    away, here = fleet(60), fleet(60)
    desk = desk_of(away)
    desk.commit()
    desk.rows = {id: replace(row, tracker="away") for id, row in desk.rows.items()}
    for each in here:
        desk.judge(each, due(each))
    assert kinds(desk.wait(59 * MINUTE).plan(in_flight={row.key for row in desk.rows.values()})) == []
    plan = desk.wait(MINUTE).plan(in_flight={row.key for row in desk.rows.values()})
    assert len(plan.actions) == 50


def test_what_was_opened_and_closed_again_ahead_of_now_holds_nothing() -> None:
    """A life that is over, written by a clock that was a year ahead."""
    desk = desk_of(fleet(50))
    desk.run()
    ended = {"state": IncidentState.CLOSED, "closed_at": desk.now}
    desk.rows = {id: replace(row, **ended) for id, row in desk.rows.items()}  # type: ignore[arg-type]  # as named
    desk.assessments.clear()
    extra = certificate()
    assert len(desk.judge(extra, due(extra)).wait(-400 * DAY).plan().actions) == 1


def test_thousands_that_are_held_are_not_put_into_words() -> None:
    """Only what goes out is: the rest would be thrown away in every pass."""
    plan = desk_of(fleet(60)).plan()
    assert all(action.content is not None and action.content.title for action in plan.actions)
    assert all(held.action.content is None for held in plan.held)


def test_a_row_without_an_end_is_not_urgent() -> None:
    """What is not known counts against the common budget."""
    desk = desk_of(fleet(50))
    desk.run()
    desk.rows = {id: replace(row, not_after=None) for id, row in desk.rows.items()}
    extra = certificate(ends=20 * DAY)
    assert kinds(desk.judge(extra, due(extra)).plan()) == []


def test_what_was_decided_before_is_not_counted_again() -> None:
    """An opening that waits for its tracker is not a new incident in the next pass."""
    desk = desk_of(fleet(50))
    desk.commit()
    plan = desk.wait(MINUTE).plan()
    assert (len(plan.actions), plan.held) == (50, ())


LIMITS = GuardLimits(open_per_hour=3, urgent_per_hour=2)
SPANS = st.sampled_from([timedelta(), MINUTE, 29 * MINUTE, 31 * MINUTE, HOUR, 3 * HOUR])
JUMPS = st.sampled_from([timedelta()] * 6 + [-MINUTE, -HOUR, -400 * DAY, 10 * MINUTE, 2 * HOUR, 400 * DAY])
BEATS = st.lists(st.tuples(SPANS, JUMPS, st.integers(0, 6), st.booleans()), min_size=1, max_size=16)
Beat = tuple[timedelta, timedelta, int, bool]


def delivered(beats: Sequence[Beat], ends: timedelta) -> list[timedelta]:
    """Of each opening that reached the tracker: how far the clock had gone forward by then, in all.

    Each beat is a pass of a new process: time goes by, the clock jumps, more becomes due, and the tracker has it or is
    away.
    """
    desk, forward, reached = Desk(limits=LIMITS), timedelta(), []
    for span, jump, more, away in beats:
        desk.wait(span).wait(jump)
        forward += max(span + jump, timedelta())
        for _ in range(more):
            new = certificate(ends=desk.now - START + ends)
            desk.judge(new, due(new))
        before = sum(row.ticket is not None for row in desk.rows.values())
        desk.commit()
        if not away:
            desk.deliver()
        reached += [forward] * (sum(row.ticket is not None for row in desk.rows.values()) - before)
    return reached


@settings(deadline=None)  # a busy machine is no counter-example
@given(BEATS, st.sampled_from([20 * DAY, DAY]))
def test_no_hour_of_any_clock_sees_more_than_the_limits(beats: list[Beat], ends: timedelta) -> None:
    """In no stretch in which the clock goes forward by less than an hour do more open, whatever goes wrong.

    With a clock that is right that is any hour. A jump back opens nothing by itself.
    """
    at = delivered(beats, ends)
    most = LIMITS.open_per_hour + LIMITS.urgent_per_hour
    assert all(sum(first <= other < first + HOUR for other in at) <= most for first in at)


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), unique=True, max_size=30), st.integers(0, 8), st.integers(0, 8))
def test_what_opens_ends_soonest_and_nothing_is_lost(days: list[int], common: int, urgent: int) -> None:
    """Opened and held are what is wanted, and nothing that is held ends before anything that opens."""
    certificates = [certificate(ends=each * DAY) for each in days]
    plan = desk_of(certificates, GuardLimits(open_per_hour=common, urgent_per_hour=urgent)).plan()
    opened, held = [action.ends_at for action in plan.actions], [one.action.ends_at for one in plan.held]
    assert sorted(opened + held) == sorted(each.not_after for each in certificates)
    assert opened + held == sorted(opened + held)
    assert len(opened) <= common + min(urgent, sum(each <= 14 for each in days))


@settings(deadline=None)
@given(st.integers(0, 12), st.integers(0, 6), st.integers(0, 600))
def test_an_approval_releases_exactly_what_its_hash_names(first: int, later: int, minutes: int) -> None:
    """What was held then goes, at once, and takes nobody's room; the hash is the same while they stay."""
    desk = desk_of(fleet(first), LIMITS)
    plan = desk.run()
    approved = {one.action.key for one in plan.held}
    assert plan_hash(desk.wait(timedelta(minutes=min(minutes, 59))).plan()) == plan_hash(plan)
    desk.approved = approved
    for each in fleet(later, first_ends=15 * DAY):
        desk.judge(each, due(each))
    after = desk.wait(timedelta(minutes=minutes)).plan()
    assert approved <= {action.key for action in after.actions}
    assert {one.action.key for one in after.held} & approved == set()
    room = LIMITS.open_per_hour - (min(first, 3) if min(minutes, 59) + minutes < 60 else 0)
    assert len(after.actions) - len(approved) == min(room, later)
    desk.run()
    assert len(desk.plan().actions) == 0
    new = certificate(ends=30 * DAY)
    again = desk.wait(HOUR).judge(new, due(new)).plan()
    assert len(again.actions) == min(LIMITS.open_per_hour, later - min(room, later) + 1)
