"""Laws of healing: whichever tickets there are, one stands, and it goes on standing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.ticket import Ticket, TicketRef, TicketStatus
from incidentd.planning.duplicates import standing_for
from tests.planning.desk import opened
from tests.policy.builders import START

MOMENTS = st.integers(0, 3).map(lambda minutes: START + timedelta(minutes=minutes))


@st.composite
def tickets(draw: st.DrawFn) -> tuple[Ticket, list[Ticket]]:
    """The ledger's own, however it is, and all that are open."""
    made = [
        Ticket(
            TicketRef(str(number), f"OPS-{number}"),
            "",
            TicketStatus.OPEN,
            draw(st.none() | MOMENTS),
            ours=draw(st.booleans()),
            touched_at=draw(st.none() | MOMENTS),
        )
        for number in draw(st.permutations(range(draw(st.integers(1, 5)))))
    ]
    if draw(st.booleans()):
        return made[0], made
    closed = draw(st.sampled_from([TicketStatus.CLOSED, TicketStatus.MISSING]))
    return replace(made[0], status=closed), made[1:]


@given(tickets(), st.sampled_from([None, *HeldBy]), st.randoms())
def test_one_wins_whatever_the_order_and_wins_again(
    found: tuple[Ticket, list[Ticket]], held_by: HeldBy | None, chance: Random
) -> None:
    """Nothing but our own open tickets is closed; what is left is one of ours at most; and it stays the one."""
    own, known = found
    desk, judged = opened()
    row = desk.record(judged)
    if held_by is not None and own.status is not TicketStatus.OPEN:
        row = replace(row, state=IncidentState.HELD, held_by=held_by)
    wins, losers = standing_for(row, own, known)
    closed = {ticket.ref.id for ticket in losers}
    assert all(ticket.ours and ticket.status is TicketStatus.OPEN for ticket in losers)
    assert wins.ref.id not in closed
    left = [ticket for ticket in known if ticket.ours and ticket.ref.id not in closed]
    assert len([ticket for ticket in left if ticket.ref.id != wins.ref.id]) == 0 or own.ref.id == wins.ref.id
    shuffled = list(known)
    chance.shuffle(shuffled)
    assert standing_for(row, own, shuffled) == (wins, losers)
    assert standing_for(row, wins, [ticket for ticket in known if ticket.ref.id not in closed])[1] == ()


def test_a_time_that_nobody_told_makes_no_ticket_the_oldest() -> None:
    """And of two that were made in the same second the lower number is the older."""
    desk, judged = opened()
    at: datetime | None
    for at, wins in ((START, "7"), (None, "13")):
        one = Ticket(TicketRef("13", ""), "", TicketStatus.OPEN, START)
        other = Ticket(TicketRef("7", ""), "", TicketStatus.OPEN, at)
        assert standing_for(desk.record(judged), one, [one, other])[0].ref.id == wins
