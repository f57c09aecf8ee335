"""The life of a ticket, as every tracker must lead it: opened, found, read, updated, closed, reopened."""

from incidentd.model.ticket import (
    Closer,
    Retryable,
    TicketStatus,
)
from tests.trackers.examples import AGAIN, FIXED, STEP_UP, WORSE, content
from tests.trackers.stage import Stage, confirmed, ids


class LifeStories:
    """What happens on a good day, each thing once."""

    async def test_a_ticket_is_opened_found_and_read(self, stage: Stage) -> None:
        """The three ways to a ticket lead to the same one."""
        made = await stage.opened()
        found = await stage.tracker.find(content().key, content().marker)
        read = await stage.tracker.read([made.ref])
        assert [made.ref] == [ticket.ref for ticket in found] == [ticket.ref for ticket in read]
        assert ids(stage.open_refs()) == [made.ref.id]
        assert made.ref.key
        assert read[0].status is TicketStatus.OPEN
        assert read[0].ours
        assert found[0].marker == content().marker

    async def test_what_was_never_opened_is_not_found(self, stage: Stage) -> None:
        """Another certificate's ticket is not this one's."""
        await stage.opened()
        assert await stage.tracker.find(content("a" * 64).key, content("a" * 64).marker) == ()

    async def test_an_update_with_nothing_new_makes_no_write_call(self, stage: Stage) -> None:
        """A pass with nothing to change changes nothing."""
        made = await stage.opened()
        before = stage.writes()
        again = confirmed(await stage.tracker.update(made.ref, content(), made.written, ()))
        assert stage.writes() == before
        assert again.ref == made.ref

    async def test_an_update_is_made_once(self, stage: Stage) -> None:
        """Run twice, the second run changes nothing; the comment is said once."""
        made = await stage.opened()
        before = stage.writes()
        first = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
        assert 1 <= stage.writes() - before <= 2
        between = stage.writes()
        confirmed(await stage.tracker.update(made.ref, content(**WORSE), first.written, (STEP_UP,)))
        assert stage.writes() == between
        assert stage.said(made.ref) == [STEP_UP.text]
        assert ids(stage.open_refs()) == [made.ref.id]

    async def test_a_closing_is_made_once_and_read_back(self, stage: Stage) -> None:
        """Confirmed means that the tracker itself says closed; a second closing changes nothing."""
        made = await stage.opened()
        before = stage.writes()
        confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
        assert stage.open_refs() == []
        assert 1 <= stage.writes() - before <= 2
        between = stage.writes()
        confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
        assert stage.writes() == between
        assert stage.comments(made.ref) == [FIXED.text]
        [ticket] = await stage.tracker.read([made.ref])
        assert ticket.status is TicketStatus.CLOSED
        assert ticket.closed_at is not None

    async def test_a_reopening_leaves_one_open_ticket(self, stage: Stage) -> None:
        """However often it is asked for; and whichever ticket it is, find knows it."""
        made = await stage.opened()
        confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
        stage.clock.pass_by(3600)
        back = confirmed(await stage.tracker.reopen(made.ref, content(**WORSE), made.written, (AGAIN,)))
        assert ids(stage.open_refs()) == [back.ref.id]
        before = stage.writes()
        again = confirmed(await stage.tracker.reopen(made.ref, content(**WORSE), back.written, (AGAIN,)))
        assert stage.writes() == before
        assert again.ref.id == back.ref.id
        assert stage.comments(back.ref).count(AGAIN.text) == 1
        found = await stage.tracker.find(content().key, content().marker)
        assert back.ref.id in [ticket.ref.id for ticket in found if ticket.status is TicketStatus.OPEN]

    async def test_a_person_who_closes_is_told_from_a_machine(self, stage: Stage) -> None:
        """Two tickets, two closers, and a third that is left open, in the order asked for."""
        made = [await stage.opened(content(digit * 64)) for digit in "abc"]
        stage.person_closes(made[0].ref)
        stage.machine_closes(made[1].ref)
        read = await stage.tracker.read([one.ref for one in reversed(made)])
        assert ids([ticket.ref for ticket in read]) == ids([one.ref for one in reversed(made)])
        assert [ticket.closed_by for ticket in read] == [None, Closer.AUTOMATION, Closer.PERSON]

    async def test_a_closed_ticket_is_not_updated(self, stage: Stage) -> None:
        """What a person closed stays as it is: nothing is confirmed, and nothing else is opened by it."""
        made = await stage.opened()
        stage.person_closes(made.ref)
        before = stage.writes()
        outcome = await stage.tracker.update(made.ref, content(**WORSE), made.written, ())
        assert isinstance(outcome, Retryable)
        assert stage.writes() == before
        assert stage.open_refs() == []

    async def test_a_closed_ticket_can_be_commented_on_once(self, stage: Stage) -> None:
        """One comment says what is still served; the ticket stays closed."""
        made = await stage.opened()
        stage.person_closes(made.ref)
        for _ in range(2):
            confirmed(await stage.tracker.comment(made.ref, (STEP_UP,)))
        assert stage.comments(made.ref) == [STEP_UP.text]
        assert stage.open_refs() == []

    async def test_many_open_tickets_are_read_in_few_calls(self, stage: Stage) -> None:
        """At most one call for a hundred open tickets, beside what is asked once."""
        made = []
        for number in range(101):
            made.append((await stage.opened(content(f"{number:064x}"))).ref)
            stage.clock.pass_by(5)
        await stage.tracker.read(made[:1])
        before = len(stage.app.journal)
        read = await stage.tracker.read(made)
        assert len(stage.app.journal) - before <= 2
        assert ids([ticket.ref for ticket in read]) == ids(made)

    async def test_reading_nothing_asks_nothing(self, stage: Stage) -> None:
        """No tickets, no calls."""
        assert await stage.tracker.read([]) == ()
        assert stage.app.journal == []

    async def test_its_clock_is_the_trackers_own(self, stage: Stage) -> None:
        """By the Date header of a read."""
        before = stage.writes()
        at = await stage.tracker.clock()
        assert at == stage.clock.now().replace(microsecond=0)
        assert stage.writes() == before
