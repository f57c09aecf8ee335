"""More than one ticket for a certificate: found for next to nothing, merged once, and nothing else touched."""

from dataclasses import replace

from incidentd.model.ticket import Comment, Standing, TicketRef, TicketStatus
from tests.trackers.examples import FINGERPRINT, content
from tests.trackers.stage import Stage, confirmed, ids

NOTE = Comment("duplicate:1", "Closed as a duplicate of another one: a certificate has one ticket at a time.")
FIVE_MINUTES_SECONDS = 300.0


def standing(ref: TicketRef | None, fingerprint: str = FINGERPRINT) -> Standing:
    """What the ledger knows."""
    said = content(fingerprint)
    return Standing(said.key, said.marker, ref)


class HealingStories:
    """Duplicates of our own, and what is not."""

    async def test_a_duplicate_is_found_and_merged_once(self, stage: Stage) -> None:
        """Told with the one that the ledger knows; said once, closed once; then there is none."""
        made = await stage.opened()
        stage.clock.pass_by(60)
        other = stage.duplicate(made.ref)
        await stage.tracker.read([made.ref])
        told = await stage.tracker.duplicates([standing(made.ref)])
        tickets = sorted(told[content().key], key=lambda ticket: (ticket.created_at, ticket.ref.id))
        assert ids([ticket.ref for ticket in tickets]) == [made.ref.id, other.id]
        assert {(ticket.status, ticket.ours, ticket.touched_at) for ticket in tickets} == {
            (TicketStatus.OPEN, True, None)
        }
        confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE))
        assert (ids(stage.open_refs()), stage.comments(other)) == ([made.ref.id], [NOTE.text])
        before = stage.writes()
        assert confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE)).ref == made.ref
        await stage.tracker.read([made.ref])
        assert await stage.tracker.duplicates([standing(made.ref)]) == {}
        assert stage.writes() == before

    async def test_what_was_opened_for_an_incident_without_a_ticket_is_found(self, stage: Stage) -> None:
        """By its key alone: the request that made it may have arrived after the incident had ended."""
        made = await stage.opened()
        await stage.tracker.read([])
        (told,) = (await stage.tracker.duplicates([standing(None)]))[content().key]
        assert (told.ref.id, told.status, told.ours, told.touched_at) == (made.ref.id, TicketStatus.OPEN, True, None)
        stage.clock.pass_by(FIVE_MINUTES_SECONDS)
        assert await stage.tracker.duplicates([standing(None, "a" * 64)]) == {}

    async def test_it_is_not_lost_sight_of_until_it_is_merged(self, stage: Stage) -> None:
        """Also in passes in which nothing is searched, and when the ledger follows the other one by now."""
        made = await stage.opened()
        other = stage.duplicate(made.ref)
        for known in (made.ref, made.ref, other, made.ref):
            await stage.tracker.read([known])
            told = await stage.tracker.duplicates([standing(known)])
            assert {ticket.ref.id for ticket in told[content().key]} == {made.ref.id, other.id}
            stage.clock.pass_by(10)

    async def test_who_worked_on_one_last_is_known(self, stage: Stage) -> None:
        """By the history, to the second."""
        made = await stage.opened()
        other = stage.duplicate(made.ref)
        stage.clock.pass_by(60)
        stage.person_takes(other)
        at = stage.clock.now()
        told = await stage.tracker.duplicates([standing(made.ref)])
        touched = {ticket.ref.id: ticket.touched_at for ticket in told[content().key]}
        assert touched == {made.ref.id: None, other.id: at.replace(microsecond=0)}

    async def test_other_certificates_are_nobodys_duplicates(self, stage: Stage) -> None:
        """Neither those that the ledger knows nor those that it does not ask about."""
        made = [await stage.opened(content(digit * 64)) for digit in "abc"]
        await stage.tracker.read([one.ref for one in made[:2]])
        asked = [standing(one.ref, digit * 64) for one, digit in zip(made[:2], "ab", strict=True)]
        assert await stage.tracker.duplicates(asked) == {}

    async def test_a_closed_one_is_no_duplicate(self, stage: Stage) -> None:
        """Of two, one was closed by somebody: the other one is all there is."""
        made = await stage.opened()
        other = stage.duplicate(made.ref)
        stage.person_closes(other)
        await stage.tracker.read([made.ref])
        assert await stage.tracker.duplicates([standing(made.ref)]) == {}

    async def test_a_duplicate_of_a_closed_one_is_told_alone(self, stage: Stage) -> None:
        """And is closed with a note, as the closed one stands."""
        made = await stage.opened()
        other = stage.duplicate(made.ref)
        stage.person_closes(made.ref)
        await stage.tracker.read([made.ref])
        told = await stage.tracker.duplicates([standing(made.ref)])
        assert ids([ticket.ref for ticket in told[content().key]]) == [other.id]
        confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE))
        assert (stage.open_refs(), stage.comments(other)) == ([], [NOTE.text])

    async def test_what_is_gone_needs_no_merge(self, stage: Stage) -> None:
        """Deleted meanwhile."""
        made = await stage.opened()
        before = stage.writes()
        confirmed(await stage.tracker.merge(made.ref, [replace(made.ref, id="99999999")], content().key, NOTE))
        assert stage.writes() == before

    async def test_another_certificates_ticket_is_not_merged(self, stage: Stage) -> None:
        """Whatever a decision from earlier says: it is read before it is touched."""
        made, other = await stage.opened(), await stage.opened(content("b" * 64))
        before = stage.writes()
        confirmed(await stage.tracker.merge(made.ref, [other.ref], content().key, NOTE))
        assert (len(stage.open_refs()), stage.writes()) == (2, before)

    async def test_nothing_known_asks_nothing(self, stage: Stage) -> None:
        """No tickets, no calls."""
        assert await stage.tracker.duplicates([]) == {}
        assert stage.app.journal == []

    async def test_at_rest_looking_costs_a_call_for_a_hundred_and_not_each_time(self, stage: Stage) -> None:
        """A hundred, then two hundred: reading and looking, once; in the passes right after it, reading alone."""
        known: list[Standing] = []
        for number in range(200):
            fingerprint = f"{number:040x}{0:024x}"
            known.append(standing((await stage.opened(content(fingerprint))).ref, fingerprint))
            stage.clock.pass_by(5)
            if len(known) % 100 == 0:
                hundreds = len(known) // 100
                await stage.tracker.read([one.ref for one in known[:1] if one.ref])  # what is asked once a process
                stage.clock.pass_by(FIVE_MINUTES_SECONDS)
                costs = [await self._pass(stage, known) for _ in range(3)]
                assert costs[0] <= 2 * hundreds
                assert costs[1:] == [hundreds, hundreds]

    async def _pass(self, stage: Stage, known: list[Standing]) -> int:
        before, written = len(stage.app.journal), stage.writes()
        assert len(await stage.tracker.read([one.ref for one in known if one.ref])) == len(known)
        assert await stage.tracker.duplicates(known) == {}
        assert stage.writes() == written
        return len(stage.app.journal) - before
