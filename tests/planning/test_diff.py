"""What has to be done: openings, corrections, returns and ends, each once and for a reason."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from incidentd.model.assessment import PlaceStatus, Reason, Stage, Step
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind, IntentState
from incidentd.model.ticket import Closer
from tests.planning.desk import Desk, closed_on_proof, due, found, key_of, kinds, opened, out_of_scope, said, settled
from tests.policy.builders import DAY, HOUR, MINUTE, START, certificate, place

MOMENT = timedelta(microseconds=1)


def test_a_certificate_that_is_due_opens_one_incident() -> None:
    """Then there is nothing to do, whatever time goes by."""
    judged = certificate()
    desk = Desk((judged, due(judged)))
    assert kinds(desk.run()) == [ActionKind.OPEN]
    row = desk.record(judged)
    assert (row.state, row.step, row.opened_at, row.not_after) == (IncidentState.OPEN, 1, START, judged.not_after)
    again = desk.wait(10 * DAY).run()
    assert (again.empty, again.records, again.left) == (True, (), 1)


def test_what_is_not_wanted_opens_nothing() -> None:
    """Fine, exempt and settled certificates."""
    a, b, c = certificate(), certificate(), certificate()
    desk = Desk(
        (a, out_of_scope(a, Reason.NOT_YET_DUE)), (b, out_of_scope(b, Reason.EXEMPT_BY_POLICY)), (c, settled(c))
    )
    plan = desk.plan()
    assert (plan.empty, plan.records, plan.left) == (True, (), 0)


def test_severity_only_climbs() -> None:
    """A clock that goes back, or a cap that comes later, lowers nothing."""
    desk, judged = opened()
    desk.judge(judged, due(judged, step=Step.ERROR))
    assert kinds(desk.run()) == [ActionKind.UPDATE]
    desk.judge(judged, due(judged, step=Step.WARNING))
    assert desk.plan().empty
    assert desk.record(judged).step is Step.ERROR


def test_an_opening_that_was_not_delivered_is_made_again_with_what_is_known_by_now() -> None:
    """One row, one intent: the later takes the earlier one's place, and no comment repeats what it says."""
    judged = certificate()
    desk = Desk((judged, due(judged)))
    desk.commit()
    assert desk.commitments(desk.wait(HOUR).plan()) == []
    desk.judge(judged, due(judged, step=Step.ERROR, stage=Stage.MISMATCH))
    plan = desk.run()
    assert (kinds(plan), said(plan.actions), len(desk.rows)) == ([ActionKind.OPEN], [], 1)
    assert desk.record(judged).last_comment_at is None
    assert desk.plan().empty


def test_an_opening_that_was_not_delivered_is_withdrawn_when_it_is_no_longer_wanted() -> None:
    """The row ends, the intent is dropped, nothing is sent."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    desk = Desk((judged, due(judged)))
    desk.commit()
    desk.know(new).judge(judged, settled(judged, by=new))
    plan = desk.commit()
    assert (plan.actions, desk.outbox) == ((), {})
    assert (desk.record(judged).state, desk.record(judged).ticket) == (IncidentState.CLOSED, None)


def test_what_was_never_delivered_opens_anew_when_it_is_back() -> None:
    """There is no ticket that could be reopened."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    desk = Desk((judged, due(judged)))
    desk.commit()
    desk.know(new).judge(judged, settled(judged, by=new)).commit()
    desk.judge(judged, due(judged))
    assert kinds(desk.wait(DAY).run()) == [ActionKind.OPEN]
    assert len(desk.rows) == 2


def test_a_closing_that_waits_is_dropped_when_the_certificate_is_back() -> None:
    """Before it was sent, a place showed the old one again."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new)).commit()
    assert [intent.kind for intent in desk.outbox.values()] == [ActionKind.CLOSE]
    desk.judge(judged, due(judged))
    desk.wait(MINUTE).commit()
    assert desk.outbox == {}
    assert desk.record(judged).state is IncidentState.OPEN


@pytest.mark.parametrize("state", [IntentState.SENDING, IntentState.UNCERTAIN])
def test_nothing_is_decided_about_what_is_in_flight(state: IntentState) -> None:
    """Nobody knows yet whether it was created: no second opening, no end, no note."""
    judged = certificate()
    desk = Desk((judged, due(judged)))
    desk.commit()
    desk.outbox = {id: replace(intent, state=state) for id, intent in desk.outbox.items()}
    for assessment in (due(judged, step=Step.CRITICAL), settled(judged)):
        plan = desk.judge(judged, assessment).plan(in_flight={key_of(judged)})
        assert (plan.empty, plan.records, plan.left) == (True, (), 1)
        assert desk.commitments(plan) == []


def test_a_new_key_in_flight_is_not_counted_as_left() -> None:
    """There is no row of it."""
    judged = certificate()
    assert Desk((judged, due(judged))).plan(in_flight={key_of(judged)}).left == 0


def test_it_closes_on_proof_and_stays_closed() -> None:
    """One closing with one note; then nothing."""
    desk, judged = opened()
    plan = closed_on_proof(desk, judged, certificate(ends=400 * DAY))
    assert (kinds(plan), said(plan.actions)) == ([ActionKind.CLOSE], ["closed:0"])
    row = desk.record(judged)
    assert (row.state, row.stage, row.closed_at) == (IncidentState.CLOSED, Stage.SETTLED, START)
    assert row.close_text == plan.actions[0].comments[0].text
    again = desk.plan()
    assert (again.empty, again.records, again.left) == (True, (), 0)


@pytest.mark.parametrize(("after", "kind"), [(14 * DAY, ActionKind.REOPEN), (14 * DAY + MOMENT, ActionKind.OPEN)])
def test_what_is_back_within_14_days_reopens_and_later_opens_anew(after: timedelta, kind: ActionKind) -> None:
    """The same row and ticket, or a new one."""
    desk, judged = opened()
    closed_on_proof(desk, judged, certificate(ends=400 * DAY))
    desk.judge(judged, due(judged))
    assert kinds(desk.wait(after).run()) == [kind]
    assert len(desk.rows) == (1 if kind is ActionKind.REOPEN else 2)
    assert desk.record(judged).state is IncidentState.OPEN
    assert desk.plan().empty


@pytest.mark.parametrize(
    ("status", "showed", "kind"),
    [
        (PlaceStatus.PRESENT, True, ActionKind.REOPEN),
        (PlaceStatus.MIXED, True, ActionKind.REOPEN),
        (PlaceStatus.MISMATCH, True, ActionKind.REOPEN),
        (PlaceStatus.MISMATCH, False, None),
        (PlaceStatus.REPLACING, False, None),
        (PlaceStatus.LEAVING, True, None),
    ],
)
def test_only_a_place_that_showed_it_reopens(status: PlaceStatus, showed: bool, kind: ActionKind | None) -> None:
    """A new address behind a name that was proven clean shows nothing of the old certificate."""
    desk, judged = opened()
    closed_on_proof(desk, judged, certificate())
    new_address = found(place("new"), status, showed=showed)
    desk.judge(judged, due(judged, found(place(), PlaceStatus.REPLACED), new_address))
    assert kinds(desk.plan()) == ([kind] if kind else [])


def test_a_reopening_keeps_title_and_step_and_is_told() -> None:
    """It is the same incident: severity does not begin again."""
    desk, judged = opened()
    desk.judge(judged, due(judged, step=Step.ERROR)).run()
    title = desk.record(judged).title
    closed_on_proof(desk, judged, certificate(ends=400 * DAY))
    desk.judge(judged, due(judged, step=Step.WARNING))
    plan = desk.wait(DAY).run()
    assert said(plan.actions) == ["reopened:1"]
    row = desk.record(judged)
    assert (row.title, row.step, row.reopenings, row.reopened_at) == (title, Step.ERROR, 1, START + DAY)
    assert (row.closed_at, row.close_text, row.automation_closings) == (None, "", 0)


def test_a_deleted_ticket_of_a_closed_row_is_not_reopened() -> None:
    """Deleted, then settled, then back: a new incident. It counts as deleted once it has been missing for a day."""
    desk, judged = opened()
    desk.delete_ticket(judged)
    desk.run()
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new)).run()
    assert desk.record(judged).active
    desk.wait(DAY).run()
    assert desk.record(judged).held_by is HeldBy.DELETION
    desk.judge(judged, due(judged))
    assert kinds(desk.wait(DAY).plan()) == [ActionKind.OPEN]
    assert desk.plan().actions[0].record is None


def test_flapping_damps_the_closing_after_the_second_reopening() -> None:
    """The first return closes as usual; after the second it takes 7 days without a sighting."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    for _ in range(2):
        closed_on_proof(desk, judged, new)
        desk.judge(judged, due(judged))
        assert kinds(desk.wait(HOUR).run()) == [ActionKind.REOPEN]
    gone_at = desk.now
    replaced = found(place(), PlaceStatus.REPLACED, successor=new.fingerprint, first_at=gone_at)
    desk.judge(judged, settled(judged, replaced, by=new))
    assert desk.wait(7 * DAY - MOMENT).plan().empty
    assert desk.record(judged).state is IncidentState.OPEN
    assert kinds(desk.wait(MOMENT).run()) == [ActionKind.CLOSE]


def test_an_automations_second_closing_of_a_flapping_one_stays_held_until_it_is_quiet() -> None:
    """A row that is held does not end before it would be closed."""
    desk, judged = opened()
    desk.rows = {id: replace(row, reopenings=2) for id, row in desk.rows.items()}
    desk.close_ticket(judged, Closer.PERSON)
    desk.run()
    desk.judge(judged, settled(judged, found(place(), PlaceStatus.RETIRED, first_at=START)))
    assert desk.wait(6 * DAY).run().records == ()
    desk.wait(DAY).run()
    assert desk.record(judged).state is IncidentState.CLOSED


@pytest.mark.parametrize(
    ("status", "unseen_since", "kind"),
    [
        (PlaceStatus.REPLACING, None, None),
        (PlaceStatus.LEAVING, None, None),
        (PlaceStatus.REPLACED, None, None),
        (PlaceStatus.REPLACING, START, ActionKind.REOPEN),
        (PlaceStatus.UNKNOWN, None, ActionKind.REOPEN),
        (PlaceStatus.PRESENT, None, ActionKind.REOPEN),
    ],
)
@pytest.mark.parametrize("by", [Closer.OURSELVES, Closer.AUTOMATION])
def test_what_was_closed_is_not_reopened_while_only_the_rest_of_the_proof_is_to_come(
    by: Closer, status: PlaceStatus, unseen_since: datetime | None, kind: ActionKind | None
) -> None:
    """As after our own closing, which a state of yesterday does not know. With the proof it ends without a word."""
    desk, judged = opened()
    desk.close_ticket(judged, by)
    desk.judge(judged, due(judged, found(place(), status, unseen_since=unseen_since)))
    assert kinds(desk.plan()) == ([kind] if kind else [])
    assert kinds(closed_on_proof(desk, judged, certificate(ends=400 * DAY))) == [ActionKind.CLOSE]
    assert desk.record(judged).state is IncidentState.CLOSED


def test_a_gap_in_what_is_known_closes_nothing() -> None:
    """No place known any more, an old archive, no assessment: none of it is proof."""
    desk, judged = opened()
    for reason in (Reason.NOT_IN_PLACE, Reason.STALE_ARCHIVE):
        plan = desk.judge(judged, out_of_scope(judged, reason)).plan()
        assert (plan.empty, plan.records, plan.left) == (True, (), 1)
    desk.judge(judged, replace(out_of_scope(judged, Reason.NOT_IN_PLACE), reasons=()))
    assert desk.plan().empty


def test_a_suspicious_removal_shows_beside_the_incident() -> None:
    """The ticket is kept true meanwhile; there is no closing for what was never delivered."""
    desk, judged = opened()
    gone = due(judged, found(place(), PlaceStatus.RETIRED, suspect=True), suspect=True)
    actions = desk.judge(judged, gone).unguarded().actions
    assert [(each.kind, each.suspect, each.removal) for each in actions] == [
        (ActionKind.UPDATE, False, False),
        (ActionKind.CLOSE, True, True),
    ]
    other = certificate()
    fresh = Desk((other, due(other)))
    fresh.commit()
    fresh.judge(other, replace(gone, fingerprint=other.fingerprint))
    assert kinds(fresh.unguarded()) == [ActionKind.OPEN]


def test_the_tracker_is_chosen_once() -> None:
    """What a row says is kept, whatever the routes say now."""
    desk, judged = opened()
    desk.rows = {id: replace(row, tracker="elsewhere") for id, row in desk.rows.items()}
    changed = due(judged, found(place("other.example.net")))
    assert [each.tracker for each in desk.judge(judged, changed).plan().actions] == ["elsewhere"]


def test_what_was_noticed_is_listed_by_key() -> None:
    """However rows and assessments are ordered."""
    judged = [certificate() for _ in range(5)]
    desk = Desk(*((each, due(each)) for each in judged))
    desk.run()
    for each in judged:
        desk.close_ticket(each)
    assert [row.key for row in desk.unguarded().records] == sorted(key_of(each) for each in judged)
