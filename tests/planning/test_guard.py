"""The guard: a flood is slowed, removals and suspicion wait for a person, a clock that lies moves nothing."""

from dataclasses import replace

import pytest

from incidentd.model.assessment import Assessment, PlaceStatus, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentState
from incidentd.model.plan import ActionKind, Hold
from incidentd.model.policy import GuardLimits
from incidentd.model.ticket import Closer
from incidentd.planning.closing import OUT_OF_SCOPE
from incidentd.planning.guard import plan_hash, standing
from tests.planning.desk import Desk, desk_of, due, fleet, found, key_of, kinds, opened, out_of_scope, settled, state_of
from tests.policy.builders import DAY, HOUR, MINUTE, START, B, certificate, place


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


@pytest.mark.parametrize("reason", list(OUT_OF_SCOPE))
def test_what_the_configuration_lets_go_counts_like_a_removal(reason: Reason) -> None:
    """A label in the wrong line, or a threshold, must not close a fleet: beyond the share it waits for approval."""
    certificates = fleet(30)
    desk = desk_of(certificates)
    desk.run()
    gone = {"opens_at": START + 400 * DAY, "next_change_at": START + 400 * DAY}
    for each in certificates[:6]:
        desk.judge(each, out_of_scope(each, reason, **gone))
    assert kinds(desk.plan()) == [ActionKind.CLOSE] * 6
    for each in certificates[6:]:
        desk.judge(each, out_of_scope(each, reason, **gone))
    plan = desk.plan()
    assert (kinds(plan), len(plan.held)) == ([], 30)
    assert {one.hold for one in plan.held} == {Hold.REMOVAL_SHARE}
    assert plan.held[0].text.startswith("30 of 30 open incidents would end in one pass without a successor")
    desk.approved = {one.action.key for one in plan.held}
    assert kinds(desk.plan()) == [ActionKind.CLOSE] * 30


def test_what_people_held_is_not_given_up_by_a_mass_removal() -> None:
    """Their word would be lost with the rows, and the tickets they closed opened again once the mistake is mended."""
    certificates = fleet(10)
    desk = desk_of(certificates)
    desk.run()
    for each in certificates:
        desk.close_ticket(each, Closer.PERSON)
    desk.run()
    for each in certificates[:6]:
        desk.judge(each, out_of_scope(each, Reason.NON_PRODUCTION))
    plan = desk.run()
    assert [(one.action.kind, one.hold) for one in plan.held] == [(ActionKind.CLOSE, Hold.REMOVAL_SHARE)] * 6
    assert (plan.actions, plan.endings) == ((), ())
    assert {state_of(desk, each) for each in certificates} == {IncidentState.HELD}
    desk.approved = {one.action.key for one in plan.held}
    assert desk.run().empty, "nothing is sent: the tickets are closed"
    assert [state_of(desk, each) for each in certificates[5:]] == [IncidentState.CLOSED, *[IncidentState.HELD] * 4]


def test_few_that_people_held_end_quietly() -> None:
    """Within the share, by a removal; and any number of them by successors."""
    certificates, new = fleet(20), certificate(ends=400 * DAY)
    desk = desk_of(certificates).know(new)
    desk.run()
    for each in certificates:
        desk.close_ticket(each, Closer.PERSON)
    desk.run()
    for each in certificates[:5]:
        desk.judge(each, settled(each))
    for each in certificates[5:]:
        desk.judge(each, settled(each, by=new))
    assert desk.run().empty
    assert {state_of(desk, each) for each in certificates} == {IncidentState.CLOSED}


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
