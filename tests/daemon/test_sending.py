"""Which of the tickets that a tracker holds is taken up by a state that knows none of them."""

import pytest

from incidentd.daemon.sending import adoptable
from incidentd.model.ticket import Closer, Ticket, TicketRef, TicketStatus
from tests.policy.builders import DAY, HOUR, START

OPEN, CLOSED = TicketStatus.OPEN, TicketStatus.CLOSED


def ticket(id: str, status: TicketStatus = CLOSED, days_ago: float = 1, **more: object) -> Ticket:
    """One of ours, closed by ourselves, unless it says otherwise."""
    fields = {"closed_at": START - days_ago * DAY, "closed_by": Closer.OURSELVES} if status is CLOSED else {}
    return Ticket(TicketRef(id, f"OPS-{id}"), "m", status, START - 30 * DAY, **{**fields, **more})  # type: ignore[arg-type]  # the fields are given by name, as each test needs them


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
