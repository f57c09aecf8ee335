"""The built-in queue keeps the same promises as any tracker, in the state's own database."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import (
    Closer,
    Comment,
    Confirmed,
    Outcome,
    Rejected,
    Retryable,
    Standing,
    Ticket,
    TicketRef,
    TicketStatus,
)
from incidentd.ports import ThreadWorker
from incidentd.store.opening import open_store
from incidentd.store.sql import SqlStore
from incidentd.trackers.interface import Tracker
from incidentd.trackers.local.tracker import LocalTracker
from tests.store.examples import KEY, MARKER, MINUTE, NOW, content
from tests.trackers.in_line import InLine

T = TypeVar("T")
NOBODY = TicketRef("99", "LOCAL-99")


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A state of its own."""
    store = open_store(f"sqlite:///{tmp_path}/state.db")
    yield store
    store.close()


@pytest.fixture
def clock() -> HandClock:
    """At noon."""
    return HandClock()


@pytest.fixture
def tracker(store: SqlStore, clock: HandClock) -> Tracker:
    """The queue under test."""
    return LocalTracker("local", store, InLine(), clock)


def ref_of(outcome: Outcome) -> TicketRef:
    """The ticket of a confirmed outcome."""
    assert isinstance(outcome, Confirmed)
    return outcome.ref


async def only(tracker: Tracker) -> Ticket:
    """The one ticket that carries the marker."""
    (ticket,) = await tracker.find(KEY, MARKER)
    return ticket


async def test_an_opened_ticket_is_found_by_its_marker_and_read_by_its_id(tracker: Tracker) -> None:
    """LOCAL-1 is open, ours, and says when it was made."""
    outcome = await tracker.open(content())
    ref = TicketRef("1", "LOCAL-1")
    assert outcome == Confirmed(ref, {"title": content().title, "severity": "error"})
    expected = Ticket(ref, MARKER, TicketStatus.OPEN, created_at=NOW)
    assert (await tracker.find(KEY, MARKER), await tracker.read([ref])) == ((expected,), (expected,))
    assert await tracker.find(KEY, "another-marker") == ()


async def test_opening_twice_makes_one_ticket(tracker: Tracker) -> None:
    """Run twice, a write changes nothing the second time."""
    assert ref_of(await tracker.open(content())) == ref_of(await tracker.open(content()))
    await only(tracker)


async def test_tickets_are_read_in_the_order_asked_for_and_what_is_unknown_is_missing(tracker: Tracker) -> None:
    """Whatever stands in an id."""
    first = ref_of(await tracker.open(content(marker="m1")))
    second = ref_of(await tracker.open(content(marker="m2")))
    strange = [NOBODY, TicketRef("", ""), TicketRef("1; DROP", ""), TicketRef("9" * 30, ""), TicketRef("²", "")]
    found = await tracker.read([second, *strange, first])
    assert [ticket.ref for ticket in (found[0], found[-1])] == [second, first]
    assert {ticket.status for ticket in found[1:-1]} == {TicketStatus.MISSING}


async def test_closing_says_who_and_when_once(tracker: Tracker, clock: HandClock) -> None:
    """The second closing leaves time and closer as they are."""
    ref = ref_of(await tracker.open(content()))
    for _ in range(2):
        clock.at += MINUTE
        assert ref_of(await tracker.close(ref, KEY, Comment("closed", "Fixed."))) == ref
    ticket = await only(tracker)
    assert (ticket.status, ticket.closed_at, ticket.closed_by) == (TicketStatus.CLOSED, NOW + MINUTE, Closer.OURSELVES)


async def test_a_persons_closing_is_told_from_ours(tracker: Tracker, store: SqlStore) -> None:
    """And stays theirs when we close what is closed."""
    ref = ref_of(await tracker.open(content()))
    store.local_write(ref.id, NOW, None, (), True, closer=Closer.PERSON)
    await tracker.close(ref, KEY, Comment("closed", "Fixed."))
    assert (await only(tracker)).closed_by is Closer.PERSON


async def test_a_closed_ticket_is_brought_back(tracker: Tracker) -> None:
    """The same ticket, open, closed by nobody."""
    ref = ref_of(await tracker.open(content()))
    await tracker.close(ref, KEY, Comment("closed", "Fixed."))
    assert ref_of(await tracker.reopen(ref, content(), {}, (Comment("back", "Served again."),))) == ref
    ticket = await only(tracker)
    assert (ticket.status, ticket.closed_at, ticket.closed_by) == (TicketStatus.OPEN, None, None)


async def test_bringing_back_beside_an_open_one_takes_the_open_one(tracker: Tracker) -> None:
    """A marker never has two open tickets."""
    old = ref_of(await tracker.open(content()))
    await tracker.close(old, KEY, Comment("closed", "Fixed."))
    new = ref_of(await tracker.open(content()))
    assert new != old
    assert ref_of(await tracker.reopen(old, content(), {}, ())) == new
    assert [ticket.status for ticket in await tracker.find(KEY, MARKER)] == [TicketStatus.CLOSED, TicketStatus.OPEN]


async def test_the_queue_has_no_duplicates_and_closes_what_it_is_told_to(tracker: Tracker) -> None:
    """The database refuses a second open ticket; a merge says its note on each, or what is not there."""
    one, other = ref_of(await tracker.open(content(marker="m1"))), ref_of(await tracker.open(content(marker="m2")))
    assert await tracker.duplicates([Standing(KEY, MARKER, one)]) == {}
    note = Comment("duplicate:1", "Closed as a duplicate.")
    assert await tracker.merge(one, [other], KEY, note) == Confirmed(one)
    assert [ticket.status for ticket in await tracker.read([one, other])] == [TicketStatus.OPEN, TicketStatus.CLOSED]
    assert isinstance(await tracker.merge(one, [NOBODY], KEY, note), Rejected)


async def test_a_comment_is_said_once_and_content_is_replaced(tracker: Tracker, tmp_path: Path) -> None:
    """By its id; on a closed ticket too, which stays closed."""
    ref = ref_of(await tracker.open(content()))
    step = Comment("step-error", "SEVERITY UP")
    for _ in range(2):
        await tracker.update(ref, content("changed"), {}, (step,))
    await tracker.close(ref, KEY, Comment("closed", "Fixed."))
    await tracker.comment(ref, (step, Comment("held", "Still served.")))
    assert (await only(tracker)).status is TicketStatus.CLOSED
    whole = open_store(f"sqlite:///{tmp_path}/state.db", read_only=True).local_story(ref.id)
    assert whole is not None
    assert whole.content == content("changed")
    assert [comment.id for comment in whole.comments] == ["step-error", "closed", "held"]


async def test_a_ticket_that_is_not_there_is_refused(tracker: Tracker) -> None:
    """Sending it again would be of no use."""
    note = Comment("c", "x")
    outcomes = [
        await tracker.update(NOBODY, content(), {}, ()),
        await tracker.reopen(NOBODY, content(), {}, ()),
        await tracker.comment(NOBODY, (note,)),
        await tracker.close(NOBODY, KEY, note),
    ]
    assert outcomes == [Rejected("LOCAL-99 does not exist in the local queue")] * 4


async def test_a_state_that_fails_is_a_tracker_that_fails(tmp_path: Path, clock: HandClock) -> None:
    """A write was certainly not done, and may be tried again; a read raises what every tracker raises."""
    path = tmp_path / "state.db"
    store = open_store(f"sqlite:///{path}")
    store.close()
    path.write_text("no database any more, but text\n" * 20)
    tracker = LocalTracker("local", store, InLine(), clock)
    outcome = await tracker.open(content())
    assert isinstance(outcome, Retryable)
    assert "no database" in outcome.text
    with pytest.raises(TrackerError, match="no database") as caught:
        await tracker.find(KEY, MARKER)
    assert (caught.value.kind, str(path) in caught.value.where) == (TrackerFailure.UNAVAILABLE, True)


async def test_nothing_is_uncertain_and_no_clock_is_but_ours(store: SqlStore, clock: HandClock) -> None:
    """No index lags, and there is no Date header to compare with; in threads it works the same."""
    tracker: Tracker = LocalTracker("queue", store, ThreadWorker(), clock)
    assert (tracker.name, tracker.settle_window, await tracker.clock()) == ("queue", timedelta(0), None)
    assert ref_of(await tracker.open(content())).key == "LOCAL-1"
