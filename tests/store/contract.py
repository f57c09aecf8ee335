"""What every state database must do. One joins by a subclass whose `reopen` fixture opens it, again and again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incidentd.errors import StoreError
from incidentd.model.assessment import Stage, Step
from incidentd.model.blindness import CauseKind, Remembered
from incidentd.model.incident import Event, HeldBy, IncidentRecord, IncidentState
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.ticket import Comment, TicketRef
from incidentd.store.interface import Approval, Decided, LeaseLost, Store
from tests.store.examples import KEY, LASTS, MINUTE, NOW, content, intent, leased, opened, record

Reopen = Callable[[], Store]


class LedgerContract:
    """The ledger, its history, approvals and the instance's name."""

    def test_a_row_reads_back_as_it_was_written(self, reopen: Reopen) -> None:
        """Every field of a row survives, through another connection."""
        store = reopen()
        full = record(
            state=IncidentState.HELD,
            step=Step.LAST_DAY,
            stage=Stage.MISMATCH,
            name="żółw\x00\udc80\\u0000",
            not_after=NOW + timedelta(days=3),
            title="[SIE] żółw",
            ticket=TicketRef("17", "OPS-17", "https://jira.example.net/OPS-17"),
            close_text="Fixed.",
            reopenings=2,
            reopened_at=NOW,
            held_by=HeldBy.PERSON,
            held_at=NOW,
            held_step=Step.ERROR,
            automation_closings=1,
            content_digest="d1",
            written={"summary": "x"},
            told=("stage-due",),
            last_comment_at=NOW,
            moved_at=NOW,
            held_until=NOW + MINUTE,
            snoozed_until=NOW + MINUTE,
            snooze_text="żółw",
        )
        store.commit([Decided(full, None)], leased(store), NOW)
        assert reopen().records(NOW) == (replace(full, id=1),)

    @pytest.mark.parametrize("value", [3, True, None, {"a": "b"}])
    def test_a_row_that_could_not_be_read_again_is_not_written(self, reopen: Reopen, value: Any) -> None:
        """It would keep every process from the whole ledger; what was there before stands, and can be read."""
        store = reopen()
        lease = leased(store)
        store.commit([Decided(record(written={"summary": "x"}), None)], lease, NOW)
        (before,) = store.records(NOW)
        with pytest.raises(StoreError, match="written"):
            store.commit([Decided(replace(before, written={"summary": "x", "priority": value}), None)], lease, NOW)
        assert store.records(NOW) == reopen().records(NOW) == (before,)

    def test_records_are_the_active_ones_and_the_lately_closed(self, reopen: Reopen) -> None:
        """What was closed before the instant asked for stays out."""
        store = reopen()
        rows = [
            record(key="k1", state=IncidentState.CLOSED, closed_at=NOW - MINUTE),
            record(key="k2", state=IncidentState.CLOSED, closed_at=NOW + MINUTE),
            record(key="k3", state=IncidentState.HELD),
            record(key="k4"),
        ]
        store.commit([Decided(row, None) for row in rows], leased(store), NOW)
        assert [row.key for row in store.records(closed_after=NOW)] == ["k2", "k3", "k4"]

    @pytest.mark.parametrize("state", [IncidentState.OPEN, IncidentState.HELD])
    def test_one_key_never_has_two_active_rows(self, reopen: Reopen, state: IncidentState) -> None:
        """The second is refused, and all that was to be committed with it."""
        store = reopen()
        lease = leased(store)
        opened(store, lease)
        with pytest.raises(StoreError):
            store.commit([Decided(record(key="other"), None), Decided(record(state=state), intent())], lease, NOW)
        assert [row.key for row in store.records(NOW)] == [KEY]

    def test_a_new_life_may_follow_a_closed_one(self, reopen: Reopen) -> None:
        """Closing and opening anew, in one plan."""
        store = reopen()
        lease = leased(store)
        first, _ = opened(store, lease)
        closed = replace(first, state=IncidentState.CLOSED, closed_at=NOW)
        store.commit([Decided(closed, None, drop_intent=True), Decided(record(), None)], lease, NOW)
        assert [row.state for row in store.records(NOW - MINUTE)] == [IncidentState.CLOSED, IncidentState.OPEN]

    def test_history_is_newest_first_with_events_in_order(self, reopen: Reopen) -> None:
        """Of one key, or of all."""
        store = reopen()
        lease = leased(store)
        events = (Event(NOW, "opened", "why"), Event(NOW, "step", ""))
        store.commit([Decided(record(), None, events), Decided(record(key="k2"), None, events[:1])], lease, NOW)
        history = store.history()
        assert [(row.key, len(told)) for row, told in history] == [("k2", 1), (KEY, 2)]
        assert store.history(KEY) == (history[1],)
        assert store.lives(KEY) == (history[1][0],) == (store.row(history[1][0].id),)
        assert history[1][1] == events

    def test_a_row_that_is_not_there_cannot_be_changed(self, reopen: Reopen) -> None:
        """An id out of another database is an error, not a new row."""
        store = reopen()
        with pytest.raises(StoreError, match="no row 99"):
            store.commit([Decided(record(id=99), None)], leased(store), NOW)
        with pytest.raises(StoreError, match="no row 98"):
            store.row(98)

    def test_approvals_are_those_given_after_an_instant(self, reopen: Reopen) -> None:
        """Given again, an approval counts from then."""
        store = reopen()
        store.approve(Approval("h1", ("k1", "k2"), NOW - MINUTE))
        store.approve(Approval("h2", ("k3",), NOW - MINUTE))
        store.approve(Approval("h1", ("k1", "k2"), NOW + MINUTE))
        assert store.approvals(after=NOW) == (Approval("h1", ("k1", "k2"), NOW + MINUTE),)

    def test_causes_are_those_of_the_last_pass(self, reopen: Reopen) -> None:
        """All of them in the place of those before; another owner's lease keeps them as they are."""
        store, rival = reopen(), reopen()
        lease = leased(store)
        assert store.causes() == ()
        store.remember_causes([Remembered(CauseKind.SOURCE, "edge", NOW, NOW + MINUTE)], lease, NOW)
        last = (Remembered(CauseKind.BLIND, "edge", NOW), Remembered(CauseKind.TRACKER, "queue", NOW))
        store.remember_causes(last, lease, NOW)
        assert reopen().causes() == last
        assert rival.acquire(lease.name, "two", LASTS, NOW + LASTS) is not None
        with pytest.raises(LeaseLost):
            store.remember_causes((), lease, NOW)
        assert store.causes() == last

    def test_the_first_instance_name_stays(self, reopen: Reopen) -> None:
        """A changed name can be told from the first one."""
        assert reopen().instance("default") == "default"
        assert reopen().instance("other") == "default"


class OutboxContract:
    """Intents: committed before they are sent, never replaced once they may have gone out."""

    def test_an_intent_refers_to_its_new_row(self, reopen: Reopen) -> None:
        """Row and intent get their numbers in one transaction."""
        store = reopen()
        row, waiting = opened(store, leased(store))
        assert row.id > 0
        assert waiting == intent(id=waiting.id, incident_id=row.id)

    def test_a_later_decision_of_the_same_kind_keeps_its_place(self, reopen: Reopen) -> None:
        """Number, back-off and age survive; only what is to be said is new."""
        store = reopen()
        lease = leased(store)
        row, waiting = opened(store, lease)
        sending = store.mark_sending(waiting, lease, NOW)
        later = NOW + 5 * MINUTE
        refused = replace(sending, state=IntentState.PENDING, due_at=later, error="503", uncertain_since=None)
        store.settle(refused, None, (), lease, NOW)
        refs = (TicketRef("9", "OPS-9"),)
        said: dict[str, Any] = {"content": content("new"), "comments": (Comment("c", "said"),), "duplicates": refs}
        anew = intent(created_at=later, due_at=NOW, **said)
        store.commit([Decided(row, anew)], lease, later)
        (kept,) = store.unfinished()
        assert kept == replace(waiting, attempts=1, due_at=later, error="503", **said)

    def test_a_decision_of_another_kind_starts_afresh(self, reopen: Reopen) -> None:
        """A closing does not wait out the back-off of an update."""
        store = reopen()
        lease = leased(store)
        row, waiting = opened(store, lease)
        store.commit([Decided(row, intent(ActionKind.CLOSE, content=None))], lease, NOW)
        (left,) = store.unfinished()
        assert (left.kind, left.attempts, left.content) == (ActionKind.CLOSE, 0, None)
        assert left.id != waiting.id

    def test_an_unwanted_intent_is_dropped(self, reopen: Reopen) -> None:
        """Only when it is said; a decision without intent leaves the outbox alone."""
        store = reopen()
        lease = leased(store)
        row, waiting = opened(store, lease)
        store.commit([Decided(row, None)], lease, NOW)
        assert store.unfinished() == (waiting,)
        store.commit([Decided(row, None, drop_intent=True)], lease, NOW)
        assert store.unfinished() == ()

    @pytest.mark.parametrize("state", [IntentState.SENDING, IntentState.UNCERTAIN])
    @pytest.mark.parametrize("kind", [ActionKind.OPEN, ActionKind.UPDATE, None])
    def test_what_may_have_gone_out_is_not_touched(
        self, reopen: Reopen, state: IntentState, kind: ActionKind | None
    ) -> None:
        """Neither replaced nor dropped, whatever is decided meanwhile; the ledger's row is written all the same."""
        store = reopen()
        lease = leased(store)
        row, waiting = opened(store, lease)
        gone = store.mark_sending(waiting, lease, NOW)
        if state is IntentState.UNCERTAIN:
            gone = replace(gone, state=state, uncertain_since=NOW)
            store.settle(gone, None, (), lease, NOW)
        anew = None if kind is None else intent(kind, content=content("new"))
        store.commit([Decided(replace(row, step=Step.ERROR), anew, drop_intent=kind is None)], lease, NOW)
        assert store.unfinished() == (gone,)
        assert store.records(NOW)[0].step is Step.ERROR

    def test_sending_is_committed_and_counted(self, reopen: Reopen) -> None:
        """Another process sees that it went out, so that it never goes out twice blindly."""
        store = reopen()
        lease = leased(store)
        _, waiting = opened(store, lease)
        sending = store.mark_sending(waiting, lease, NOW)
        assert sending == replace(waiting, state=IntentState.SENDING, attempts=1, uncertain_since=NOW)
        assert reopen().unfinished() == (sending,)
        with pytest.raises(StoreError, match="no longer"):
            store.mark_sending(waiting, lease, NOW)

    def test_settling_writes_outcome_row_and_event_together(self, reopen: Reopen) -> None:
        """One transaction: after it nothing is unfinished, and the ticket is known."""
        store = reopen()
        lease = leased(store)
        row, waiting = opened(store, lease)
        sending = store.mark_sending(waiting, lease, NOW)
        known = replace(row, ticket=TicketRef("7", "OPS-7"), written={"title": "t"})
        store.settle(replace(sending, state=IntentState.DONE), known, [Event(NOW, "opened")], lease, NOW)
        assert store.unfinished() == ()
        assert store.history(KEY) == ((known, (Event(NOW, "opened"),)),)

    def test_what_is_over_cannot_be_settled_again(self, reopen: Reopen) -> None:
        """The second outcome is refused whole."""
        store = reopen()
        lease = leased(store)
        row, waiting = opened(store, lease)
        done = replace(waiting, state=IntentState.DONE)
        store.settle(done, None, (), lease, NOW)
        with pytest.raises(StoreError, match="no longer"):
            store.settle(done, replace(row, step=Step.EXPIRED), [Event(NOW, "step")], lease, NOW)
        assert store.history(KEY) == ((row, ()),)

    def test_opens_go_before_updates_before_closes_soonest_expiry_first(self, reopen: Reopen) -> None:
        """The order of sending does not depend on the order of deciding; an unknown end comes last."""
        store = reopen()
        kinds = [
            ActionKind.CLOSE,
            ActionKind.MERGE,
            ActionKind.COMMENT,
            ActionKind.UPDATE,
            ActionKind.REOPEN,
            ActionKind.OPEN,
            ActionKind.OPEN,
            ActionKind.OPEN,
        ]
        ends = [1, 1, 1, 1, 1, None, 9, 2]
        decided = [
            Decided(record(key=f"k{n}", not_after=end and NOW + end * MINUTE), intent(kind, key=f"k{n}"))
            for n, (kind, end) in enumerate(zip(kinds, ends, strict=True))
        ]
        store.commit(decided, leased(store), NOW)
        assert [waiting.key for waiting in store.unfinished()] == ["k7", "k6", "k5", "k4", "k3", "k2", "k1", "k0"]

    @pytest.mark.parametrize("write", ["commit", "mark_sending", "settle"])
    def test_no_write_under_a_lost_lease(self, reopen: Reopen, write: str) -> None:
        """Once another owner has it, the earlier one changes nothing any more."""
        store, rival = reopen(), reopen()
        lease = leased(store)
        row, waiting = opened(store, lease)
        assert rival.acquire(lease.name, "two", LASTS, NOW + LASTS) is not None
        attempts: dict[str, Callable[[IncidentRecord, Intent], object]] = {
            "commit": lambda row, _: store.commit([Decided(replace(row, step=Step.EXPIRED), None)], lease, NOW),
            "mark_sending": lambda _, waiting: store.mark_sending(waiting, lease, NOW),
            "settle": lambda row, waiting: store.settle(waiting, replace(row, step=Step.EXPIRED), (), lease, NOW),
        }
        with pytest.raises(LeaseLost):
            attempts[write](row, waiting)
        assert (store.records(NOW), store.unfinished()) == ((row,), (waiting,))
