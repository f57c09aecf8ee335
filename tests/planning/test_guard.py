"""The guard: a flood is slowed, removals and suspicion wait for a person, a clock that lies moves nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Assessment, PlaceStatus, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentState
from incidentd.model.plan import ActionKind, Hold
from incidentd.model.policy import GuardLimits
from incidentd.model.ticket import Closer
from incidentd.planning.guard import plan_hash, standing
from tests.planning.desk import Desk, due, found, key_of, kinds, opened, settled
from tests.policy.builders import DAY, HOUR, MINUTE, START, B, certificate, place


def fleet(number: int, *, first_ends: timedelta = 20 * DAY) -> list[Certificate]:
    """Certificates that end an hour apart."""
    return [certificate(ends=first_ends + index * HOUR) for index in range(number)]


def desk_of(certificates: list[Certificate], limits: GuardLimits | None = None) -> Desk:
    """All of them due."""
    return Desk(*((each, due(each)) for each in certificates), limits=limits)


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


def test_openings_that_lie_in_the_future_hold_nothing() -> None:
    """They were written under a clock that was wrong."""
    desk = desk_of(fleet(50))
    desk.run()
    for each in fleet(5):
        desk.judge(each, due(each))
    assert len(desk.wait(-DAY).plan().actions) == 5


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


def test_an_approval_releases_the_backlog_at_once() -> None:
    """All keys of the hash, and those only."""
    certificates = fleet(60)
    desk = desk_of(certificates)
    desk.approved = {held.action.key for held in desk.plan().held}
    assert len(desk.plan().actions) == 60


@pytest.mark.parametrize(("removals", "others", "held"), [(5, 0, 0), (6, 0, 6), (6, 24, 0), (7, 24, 7), (20, 80, 0)])
def test_removals_beyond_five_or_a_fifth_wait_for_approval(removals: int, others: int, held: int) -> None:
    """max(5, 20 %) of the open incidents go by themselves; of more than that, none does."""
    certificates = fleet(removals)
    desk = desk_of(certificates + fleet(others), GuardLimits(open_per_hour=1000))
    desk.run()
    for each in certificates:
        desk.judge(each, settled(each))
    plan = desk.plan()
    assert [one.hold for one in plan.held] == [Hold.REMOVAL_SHARE] * held
    assert len(plan.actions) == removals - held
    desk.approved = {one.action.key for one in plan.held}
    assert kinds(desk.plan()) == [ActionKind.CLOSE] * removals


def test_closings_with_served_proof_are_never_held() -> None:
    """A whole fleet renewed in one day closes in one pass."""
    certificates, new = fleet(40), certificate(ends=400 * DAY)
    desk = desk_of(certificates).know(new)
    desk.run()
    for each in certificates:
        desk.judge(each, settled(each, by=new))
    plan = desk.plan()
    assert (kinds(plan), plan.held) == ([ActionKind.CLOSE] * 40, ())


def test_an_address_that_left_a_proven_place_is_no_removal() -> None:
    """Load balancers change addresses: the place still serves a successor, with proof, everywhere it is."""
    certificates, new = fleet(10), certificate(ends=400 * DAY)
    desk = desk_of(certificates).know(new)
    desk.run()
    for each in certificates:
        where = found(place(), PlaceStatus.REPLACED, successor=new.fingerprint)
        gone = found(place(), PlaceStatus.RETIRED, address=B).members
        desk.judge(each, settled(each, replace(where, members=(*where.members, *gone)), by=new))
    assert desk.plan().held == ()


def suspicious(judged: Certificate) -> Assessment:
    """Settled, if an emptied folder is believed."""
    gone = found(place(), PlaceStatus.RETIRED, suspect=True)
    return due(judged, gone, suspect=True)


def test_a_closing_from_a_suspect_source_is_always_held() -> None:
    """One is enough; the incident itself stays as it is."""
    desk, judged = opened()
    plan = desk.judge(judged, suspicious(judged)).plan()
    assert [(one.action.kind, one.hold) for one in plan.held] == [(ActionKind.CLOSE, Hold.SUSPECT_SOURCE)]
    assert ActionKind.CLOSE not in kinds(plan)
    desk.run()
    assert desk.record(judged).state is IncidentState.OPEN


def test_a_clock_that_is_not_believed_holds_everything() -> None:
    """Openings, raises, closings, comments; and what people did is noticed only once the time is known."""
    a, b, c, d = (certificate() for _ in range(4))
    desk = Desk((a, due(a)), (b, due(b)), (c, due(c)))
    desk.run()
    desk.close_ticket(a)
    desk.judge(b, settled(b)).judge(d, due(d))
    desk.judge(c, due(c, step=Step.ERROR))
    before = dict(desk.rows)
    desk.distrust = "it jumped"
    plan = desk.run()
    assert (plan.actions, plan.records) == ((), ())
    assert {one.hold for one in plan.held} == {Hold.CLOCK_DISTRUSTED}
    assert {one.action.key for one in plan.held} == {key_of(each) for each in (a, b, c, d)}
    assert desk.rows == before


def test_a_raise_under_a_distrusted_clock_is_void() -> None:
    """Once the clock is right again, the step is what it was."""
    desk, judged = opened()
    desk.distrust = "it jumped"
    desk.judge(judged, due(judged, step=Step.CRITICAL)).run()
    desk.distrust = ""
    desk.judge(judged, due(judged))
    assert desk.plan().empty
    assert desk.record(judged).step is Step.WARNING


def test_nothing_ends_quietly_under_a_distrusted_clock() -> None:
    """A row that was held is not given up by a clock that jumped back before the window."""
    desk, judged = opened()
    desk.close_ticket(judged, Closer.PERSON)
    desk.run()
    desk.distrust = "it jumped"
    desk.judge(judged, settled(judged)).run()
    assert desk.record(judged).state is IncidentState.HELD
    desk.distrust = ""
    desk.run()
    assert desk.record(judged).state is IncidentState.CLOSED


def test_the_hash_covers_the_keys_of_what_is_held_and_stays() -> None:
    """Texts, time, severity and what is not held do not change it; another held key does."""
    certificates = fleet(52)
    desk = desk_of(certificates)
    before = plan_hash(desk.plan())
    for each in certificates:
        desk.judge(each, due(each, stage=Stage.MISMATCH))
    assert plan_hash(desk.wait(MINUTE).plan()) == before
    extra = certificate(ends=100 * DAY)
    assert plan_hash(desk.judge(extra, due(extra)).plan()) != before


def test_openings_go_before_updates_before_closings_soonest_expiry_first() -> None:
    """A reopening is an opening."""
    certificates, new = fleet(6), certificate(ends=400 * DAY)
    desk = desk_of(certificates[:5]).know(new)
    desk.run()
    desk.judge(certificates[0], settled(certificates[0], by=new)).judge(
        certificates[1], settled(certificates[1], by=new)
    )
    changed = due(certificates[2], found(place("other.example.net")))
    desk.judge(certificates[2], changed)
    desk.close_ticket(certificates[4], Closer.AUTOMATION)
    desk.judge(certificates[5], due(certificates[5]))
    plan = desk.plan()
    assert kinds(plan) == [ActionKind.REOPEN, ActionKind.OPEN, ActionKind.UPDATE, ActionKind.CLOSE, ActionKind.CLOSE]
    assert [each.not_after for each in plan.actions[:2]] == [each.not_after for each in certificates[4:6]]
    assert [each.not_after for each in plan.actions[3:]] == [each.not_after for each in certificates[:2]]


def test_what_let_an_incident_open_does_not_let_it_close() -> None:
    """An approval ends with the opening, or reopening, that followed it."""
    desk, judged = opened()
    row = desk.record(judged)
    rows = {row.key: row}
    assert standing({row.key: START - MINUTE}, rows) == frozenset()
    assert standing({row.key: START + MINUTE}, rows) == {row.key}
    assert standing({"unknown": START}, rows) == {"unknown"}
    again = {row.key: replace(row, reopened_at=START + HOUR)}
    assert standing({row.key: START + MINUTE}, again) == frozenset()
