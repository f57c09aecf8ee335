"""After a tracker answered: the row as it then stands, its history, and how long a failure waits."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Reason, Step
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind, IntentState
from incidentd.model.ticket import Closer, Confirmed, TicketRef
from incidentd.planning.commitment import commitments
from incidentd.planning.outcome import LONGEST_RETRY_SECONDS, after_confirmed, retry_seconds
from incidentd.planning.wording import digest
from tests.planning.desk import Desk, due, found, key_of, opened, out_of_scope, settled
from tests.policy.builders import DAY, HOUR, START, certificate, place

REF = TicketRef("77", "OPS-77")


def test_a_confirmed_opening_knows_ticket_content_and_fields() -> None:
    """And its history says opened."""
    judged = certificate()
    desk = Desk((judged, due(judged)))
    desk.commit()
    (intent,) = desk.outbox.values()
    row, events = after_confirmed(desk.record(judged), intent, Confirmed(REF, {"title": "t"}), START + HOUR)
    assert intent.content is not None
    assert (row.ticket, row.written, row.content_digest) == (REF, {"title": "t"}, digest(intent.content))
    assert row.last_comment_at is None
    assert [(event.what, event.text) for event in events] == [("opened", f"OPS-77 {intent.content.headline}")]


def test_what_failed_in_passing_is_for_the_next_pass() -> None:
    """What the ticket says is taken for unknown; trying again is no news for its history."""
    desk, judged = opened()
    desk.judge(judged, due(judged, step=Step.ERROR)).commit()
    (intent,) = desk.outbox.values()
    quiet, record = replace(intent, comments=()), desk.record(judged)
    row, events = after_confirmed(record, quiet, Confirmed(REF, {"event": "digest"}, unfinished=True), START)
    assert (row.content_digest, row.written["event"], events) == ("", "digest", ())
    row, events = after_confirmed(record, quiet, Confirmed(REF), START)
    assert (bool(row.content_digest), [event.what for event in events]) == (True, ["updated"])


@pytest.mark.parametrize("unfinished", [True, False])
def test_what_a_merge_brought_along_is_for_the_next_pass(unfinished: bool) -> None:
    """Where it leaves more to be said, what the ticket says is taken for unknown; the rest of the row stays."""
    desk, judged = opened()
    row = desk.record(judged)
    desk.duplicate(judged)
    desk.commit()
    (intent,) = desk.outbox.values()
    assert (intent.kind, bool(row.content_digest)) == (ActionKind.MERGE, True)
    merged, _ = after_confirmed(row, intent, Confirmed(REF, unfinished=unfinished), START)
    assert merged == (replace(row, content_digest="") if unfinished else row)


@pytest.mark.parametrize(("later", "opened_at"), [(HOUR, START + HOUR), (-2 * HOUR, START)])
def test_nothing_is_opened_before_it_was_decided(later: timedelta, opened_at: datetime) -> None:
    """A clock that is behind when the answer comes does not make an incident older than its own window."""
    judged = certificate()
    desk = Desk((judged, due(judged)))
    desk.commit()
    (intent,) = desk.outbox.values()
    row, _ = after_confirmed(desk.record(judged), intent, Confirmed(REF), START + later)
    assert row.opened_at == opened_at


def test_what_an_adopted_ticket_says_is_not_known() -> None:
    """The next pass makes it say what it should."""
    judged = certificate()
    desk = Desk((judged, due(judged)))
    desk.commit()
    (intent,) = desk.outbox.values()
    row, events = after_confirmed(desk.record(judged), intent, Confirmed(REF, adopted=True), START)
    assert (row.ticket, row.content_digest, events[0].what) == (REF, "", "adopted")
    desk.rows, desk.outbox = {1: row}, {}
    assert [action.kind for action in desk.plan().actions] == [ActionKind.UPDATE]


def test_fields_that_were_not_written_again_keep_what_was() -> None:
    """Field by field."""
    desk, judged = opened()
    desk.judge(judged, due(judged, step=Step.ERROR)).commit()
    (intent,) = desk.outbox.values()
    before = replace(desk.record(judged), written=MappingProxyType({"title": "t", "labels": "a"}))
    row, _ = after_confirmed(before, intent, Confirmed(REF, {"labels": "b"}), START)
    assert row.written == {"title": "t", "labels": "b"}


def test_history_says_in_stable_words_what_happened() -> None:
    """Opened, held, the comment, reopened with its comments, closed with its note, and what was ended quietly."""
    desk, judged = opened()
    words = []
    for change in (
        lambda: desk.close_ticket(judged),
        lambda: desk.judge(judged, due(judged, step=Step.ERROR)),
        lambda: desk.close_ticket(judged),
        lambda: desk.reopen_ticket(judged),
        lambda: desk.judge(judged, settled(judged)),
    ):
        change()
        plan = desk.plan()
        events = [event for made in desk.commitments(plan) for event in made.events]
        desk.commit(plan)
        for id, intent in desk.outbox.items():
            events += after_confirmed(desk.rows[id], intent, Confirmed(REF), desk.now)[1]
        desk.deliver()
        words.append([event.what for event in events])
    assert words == [
        ["held", "comment"],
        ["reopened", "comment", "comment"],
        ["held", "comment"],
        ["reopened"],
        ["closed", "comment"],
    ]


def test_a_quiet_end_says_why_and_not_who_held_it() -> None:
    """Held by a person, then settled: it was closed by proof."""
    desk, judged = opened()
    desk.close_ticket(judged)
    desk.run()
    desk.judge(judged, out_of_scope(judged, Reason.NON_PRODUCTION))
    (made,) = desk.commitments(desk.plan())
    assert [(event.what, event.text) for event in made.events] == [
        ("closed", "all its places are labelled as not production")
    ]


def test_an_acceptance_after_a_closing_is_noted() -> None:
    """The same state, on another word."""
    desk, judged = opened(certificate(ends=80 * DAY))
    desk.close_ticket(judged)
    desk.run()
    desk.close_ticket(judged, accepted=True)
    (made,) = desk.commitments(desk.plan())
    assert (made.record.held_by, made.events[0].text) == (HeldBy.ACCEPTANCE, "by acceptance")


@pytest.mark.parametrize(
    ("closer", "state", "counted"),
    [
        (Closer.AUTOMATION, IncidentState.OPEN, 1),
        (Closer.OURSELVES, IncidentState.OPEN, 0),
        (Closer.OURSELVES, IncidentState.HELD, 0),
        (Closer.OURSELVES, IncidentState.CLOSED, 0),
    ],
)
def test_a_reopening_counts_an_automations_closing_only(closer: Closer, state: IncidentState, counted: int) -> None:
    """Our own closing may arrive after the certificate has come back: nobody fights us then."""
    desk, judged = opened()
    desk.close_ticket(judged, closer)
    desk.commit()
    (intent,) = desk.outbox.values()
    row, _ = after_confirmed(replace(desk.record(judged), state=state), intent, Confirmed(REF), START)
    assert (row.automation_closings, row.reopenings, row.state) == (counted, 1, IncidentState.OPEN)


def test_a_closing_without_a_note_is_a_closing() -> None:
    """What is confirmed is written down, whatever was said."""
    desk, judged = opened()
    desk.judge(judged, settled(judged)).commit()
    (intent,) = desk.outbox.values()
    row, _ = after_confirmed(desk.record(judged), replace(intent, comments=()), Confirmed(REF), START)
    assert (row.state, row.close_text) == (IncidentState.CLOSED, "")


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True), st.none() | st.floats(0, 10_000))
def test_a_failure_waits_as_long_as_it_is_asked_to_and_never_much_longer_than_the_longest(
    attempts: int, fraction: float, asked: float | None
) -> None:
    """Bounded both ways; jitter is a quarter."""
    seconds = retry_seconds(attempts, asked, fraction)
    assert max(0.75, asked or 0) <= seconds <= max(1.25 * LONGEST_RETRY_SECONDS, asked or 0)


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (99, 300)])
def test_waiting_doubles_up_to_a_limit(attempts: int, seconds: float) -> None:
    """Without jitter."""
    assert retry_seconds(attempts, None, 0.5) == seconds


def test_words_that_wait_are_not_reworded_and_new_ones_are_added() -> None:
    """A comment whose answer was lost would stand twice if it were sent in other words."""
    desk, judged = opened()
    desk.judge(judged, due(judged, step=Step.ERROR)).commit()
    (first,) = desk.outbox.values()
    desk.wait(HOUR).judge(judged, due(judged, found(place("b.example.net")), step=Step.ERROR)).commit()
    (second,) = desk.outbox.values()
    assert second.comments == first.comments
    assert second.content != first.content
    desk.judge(judged, due(judged, step=Step.CRITICAL)).commit()
    (third,) = desk.outbox.values()
    assert [comment.id for comment in third.comments] == ["step:critical"]


def test_what_waits_for_a_row_that_is_not_read_is_left_alone() -> None:
    """Only rows that were read are written."""
    desk, judged = opened()
    desk.judge(judged, due(judged, step=Step.ERROR)).commit()
    desk.assessments.clear()
    assert commitments(desk.plan(), {}, desk.outbox.values(), desk.now) == []
    (dropped,) = desk.commitments(desk.plan())
    assert (dropped.intent, dropped.drop_intent, dropped.events) == (None, True, ())


def test_only_what_is_certainly_unsent_is_taken_back() -> None:
    """An intent that may have gone out is none of a plan's business."""
    desk, judged = opened()
    desk.judge(judged, due(judged, step=Step.ERROR)).commit()
    desk.outbox = {id: replace(intent, state=IntentState.SENDING) for id, intent in desk.outbox.items()}
    desk.assessments.clear()
    assert desk.commitments(desk.plan()) == []


def test_an_intent_carries_key_marker_and_tracker() -> None:
    """The marker is the label; a closing needs none."""
    judged = certificate()
    desk = Desk((judged, due(judged)))
    (made,) = desk.commitments(desk.plan())
    assert made.intent is not None
    assert (made.intent.key, made.intent.tracker) == (key_of(judged), "queue")
    assert made.intent.marker == f"incidentd-default-{judged.fingerprint[:40]}"
    assert (made.intent.state, made.intent.due_at, made.intent.attempts) == (IntentState.PENDING, START, 0)


def test_what_the_tracker_would_not_take_stands_in_the_history() -> None:
    """By name, and harmless."""
    judged = certificate()
    desk = Desk((judged, due(judged)))
    desk.commit()
    (intent,) = desk.outbox.values()
    outcome = Confirmed(REF, left_out=("priority", "label 'a\u202eb'"))
    _, events = after_confirmed(desk.record(judged), intent, outcome, START)
    assert [event.what for event in events] == ["opened", "left_out"]
    assert events[1].text == "OPS-77 does without what its tracker would not take: priority, label 'a\\u202eb'"
