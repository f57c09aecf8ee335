"""Which of the tickets that a tracker holds is taken up by a state that knows none of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from incidentd.daemon.sending import CLOCKS_DIFFER, adoptable, closed_since, opened_since
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.ticket import Closer, Ticket, TicketRef, TicketStatus
from tests.planning.desk import opened
from tests.policy.builders import DAY, HOUR, START

OPEN, CLOSED = TicketStatus.OPEN, TicketStatus.CLOSED


def ticket(id: str, status: TicketStatus = CLOSED, days_ago: float = 1, **more: Any) -> Ticket:
    """One of ours, closed by ourselves, unless it says otherwise."""
    fields = {"closed_at": START - days_ago * DAY, "closed_by": Closer.OURSELVES} if status is CLOSED else {}
    return Ticket(TicketRef(id, f"OPS-{id}"), "m", status, **{"created_at": START - 30 * DAY, **fields, **more})


@pytest.mark.parametrize(
    ("tickets", "taken"),
    (
        ([], None),
        ([ticket("1"), ticket("2", OPEN), ticket("3", OPEN)], "2"),
        ([ticket("1", days_ago=1), ticket("2", days_ago=2)], "1"),
        ([ticket("1", days_ago=2), ticket("2", days_ago=1)], "2"),
        ([ticket("1"), ticket("2")], "2"),
        ([ticket("1", days_ago=15)], None),
        ([ticket("1", days_ago=15, closed_by=Closer.PERSON), ticket("2", closed_at=None)], "1"),
        ([ticket("1", OPEN, ours=False)], None),
        ([ticket("known")], None),
    ),
    ids=(
        "none",
        "the oldest open one",
        "a duplicate was closed while the other one stood",
        "the one that was closed last",
        "at the same time: the newer one",
        "too long ago",
        "a person's word holds",
        "a person's clone",
        "of an earlier life",
    ),
)
def test_the_ticket_that_stands_for_it_already(tickets: list[Ticket], taken: str | None) -> None:
    """Oldest open one first; else what was closed last, by somebody else or lately."""
    found = adoptable(tickets, {"known"}, START + HOUR)
    assert (found.ref.id if found else None) == taken


OURS: Mapping[str, Any] = {"created_at": START, "closed_at": START + HOUR, "closed_by": Closer.PERSON}


@pytest.mark.parametrize(
    ("tickets", "before", "found"),
    (
        ([ticket("2", **OURS)], [ticket("1")], ["2"]),
        ([ticket("2", **OURS), ticket("3", **{**OURS, "closed_at": START + 2 * HOUR})], [], ["3", "2"]),
        ([ticket("2", **OURS)], [ticket("1", closed_at=START + HOUR)], []),
        ([ticket("2", **{**OURS, "created_at": START - 2 * CLOCKS_DIFFER})], [ticket("1")], []),
        ([ticket("2", **{**OURS, "created_at": START - CLOCKS_DIFFER})], [ticket("1")], ["2"]),
        ([ticket("2", **{**OURS, "created_at": None})], [ticket("1")], []),
        ([ticket("2", OPEN, created_at=START), ticket("3", **{**OURS, "ours": False})], [ticket("1")], []),
    ),
    ids=(
        "after the old one was closed, and after it was decided",
        "the one that was closed last comes first",
        "it stood before the old one was closed",
        "it stood before it was decided",
        "as far as clocks agree",
        "nobody knows when it was made",
        "open, or a person's clone",
    ),
)
def test_what_a_reopening_may_have_opened(tickets: list[Ticket], before: list[Ticket], found: list[str]) -> None:
    """By the tracker's clock younger than the closing of the old one, and by ours than the decision."""
    assert [one.ref.id for one in opened_since(tickets, before, START)] == found


@pytest.mark.parametrize(
    ("state", "held_by", "closed_by", "since"),
    (
        (IncidentState.OPEN, None, Closer.PERSON, True),
        (IncidentState.HELD, HeldBy.AUTOMATION, Closer.PERSON, True),
        (IncidentState.HELD, HeldBy.PERSON, Closer.PERSON, False),
        (IncidentState.CLOSED, None, Closer.PERSON, False),
        (IncidentState.OPEN, None, Closer.AUTOMATION, False),
        (IncidentState.OPEN, None, Closer.OUR_LOGIN, False),
        (IncidentState.OPEN, None, None, False),
    ),
)
def test_whose_word_came_after_a_reopening_was_decided(
    state: IncidentState, held_by: HeldBy | None, closed_by: Closer | None, since: bool
) -> None:
    """A person's where a machine had closed it; any other may be the one that was known."""
    record = replace(opened()[0].rows[1], state=state, held_by=held_by)
    own = [ticket("1", closed_by=closed_by), ticket("1", OPEN)]
    assert closed_since(own, record) is (own[0] if since else None)
