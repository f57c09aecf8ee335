"""What every tracker must come through: lost answers, dead tokens, lost permissions, lies, hostile texts."""

from dataclasses import replace

import pytest

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import (
    Comment,
    Confirmed,
    PlaceLine,
    Rejected,
    Retryable,
    TicketRef,
    TicketStatus,
    Uncertain,
)
from incidentd.sandbox.faults import answer
from incidentd.sandbox.serving import serving
from incidentd.transport import Transport
from tests.trackers.examples import FIXED, STEP_UP, WORSE, content
from tests.trackers.stage import Stage, confirmed, ids
from tests.transport.clocks import EvenChance


class TroubleStories:
    """What happens on a bad day, and loses nothing."""

    @pytest.mark.parametrize("lose", ["lose_answer_of_create", "spoil_answer_of_create"])
    async def test_a_lost_answer_leaves_exactly_one_ticket(self, stage: Stage, lose: str) -> None:
        """It is never called confirmed or rejected, nothing is sent again by itself, and find has it."""
        getattr(stage, lose)()
        outcome = await stage.tracker.open(content())
        assert isinstance(outcome, Uncertain | Retryable), outcome
        assert len(stage.refs()) == 1
        found = await stage.tracker.find(content().key, content().marker)
        assert [ticket.ref.id for ticket in found] == ids(stage.refs())

    async def test_a_cut_line_is_uncertain(self, stage: Stage) -> None:
        """Once a byte went out, only looking can tell."""
        stage.lose_answer_of_create()
        assert isinstance(await stage.tracker.open(content()), Uncertain)

    async def test_a_create_that_was_lost_on_the_way_can_be_sent_again(self, stage: Stage) -> None:
        """Uncertain; nothing is found; the second create is the only one."""
        stage.lose_create()
        assert isinstance(await stage.tracker.open(content()), Uncertain)
        stage.clock.pass_by(3600)
        assert await stage.tracker.find(content().key, content().marker) == ()
        await stage.opened()
        assert len(stage.refs()) == 1

    async def test_a_throttle_says_when_to_come_back(self, stage: Stage) -> None:
        """Certainly not done; the tracker's own wish is handed on."""
        stage.throttle_create(90)
        outcome = await stage.tracker.open(content())
        assert isinstance(outcome, Retryable)
        assert outcome.after_seconds == 90
        assert stage.refs() == []

    async def test_a_ticket_that_is_gone_is_missing(self, stage: Stage) -> None:
        """Where its surroundings can be seen, a 404 is believed; the others are read all the same."""
        made = await stage.opened()
        gone = TicketRef("99999999", "GONE-1")
        read = await stage.tracker.read([gone, made.ref])
        assert [ticket.status for ticket in read] == [TicketStatus.MISSING, TicketStatus.OPEN]
        assert read[0].ref == gone

    async def test_a_lost_permission_is_not_a_deletion(self, stage: Stage) -> None:
        """Where its surroundings cannot be seen, nothing is said of the ticket."""
        made = await stage.opened()
        stage.hide()
        with pytest.raises(TrackerError) as caught:
            await stage.tracker.read([made.ref, TicketRef("99999999", "GONE-1")])
        assert caught.value.kind is TrackerFailure.FORBIDDEN

    async def test_a_dead_token_loses_nothing(self, stage: Stage) -> None:
        """Reading says unauthorized; every write waits, and none is called rejected."""
        made = await stage.opened()
        stage.app.unauthorized = True
        with pytest.raises(TrackerError) as caught:
            await stage.tracker.read([made.ref])
        assert caught.value.kind is TrackerFailure.UNAUTHORIZED
        outcomes = [
            await stage.tracker.open(content("b" * 64)),
            await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)),
            await stage.tracker.comment(made.ref, (STEP_UP,)),
            await stage.tracker.reopen(made.ref, content(), made.written, ()),
            await stage.tracker.close(made.ref, content().key, FIXED),
        ]
        assert {type(outcome) for outcome in outcomes} == {Retryable}

    async def test_a_tracker_that_is_down_loses_nothing(self, stage: Stage) -> None:
        """Reading raises; no write is confirmed or rejected."""
        made = await stage.opened()
        stage.app.down = True
        with pytest.raises(TrackerError) as caught:
            await stage.tracker.read([made.ref])
        assert caught.value.kind is TrackerFailure.UNAVAILABLE
        for outcome in (
            await stage.tracker.open(content("b" * 64)),
            await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)),
            await stage.tracker.close(made.ref, content().key, FIXED),
        ):
            assert not isinstance(outcome, Confirmed | Rejected), outcome

    async def test_an_answer_that_says_nothing_is_not_taken_for_nothing(self, stage: Stage) -> None:
        """A proxy's empty 200 to every read closes nothing, finds nothing missing, and lets nothing be opened again."""
        made = await stage.opened()
        stage.app.faults.add(answer(200, body="{}"), "GET", times=None)
        stage.app.faults.add(answer(200, body="{}"), "POST", ".*(search|bulkfetch).*", times=None)
        with pytest.raises(TrackerError) as caught:
            await stage.tracker.read([made.ref])
        assert caught.value.kind is TrackerFailure.UNAVAILABLE
        with pytest.raises(TrackerError):
            await stage.tracker.find(content().key, content().marker)
        for outcome in (
            await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)),
            await stage.tracker.reopen(made.ref, content(), made.written, ()),
            await stage.tracker.close(made.ref, content().key, FIXED),
        ):
            assert isinstance(outcome, Retryable), outcome
        assert ids(stage.open_refs()) == [made.ref.id]

    async def test_hostile_texts_are_only_texts(self, stage: Stage) -> None:
        """Markup, JQL, controls and endless names are taken as they are, or cut; never refused."""
        evil = '"} OR project = X {panel} <script>\u202e {{7*7}} [~admin] ' + "x" * 5_000
        places = tuple(PlaceLine(f"tls://{evil}:{number}", evil, evil, evil) for number in range(500))
        texts = dict.fromkeys(("headline", "what", "impact", "action", "owner", "why_now", "source"), evil)
        said = content(title=f"{evil}\n{evil}", places=places, tasks=(evil,) * 50, commands=(evil,) * 50, **texts)
        made = await stage.opened(replace(said, details=((evil, evil),) * 200, rule=(evil,) * 200))
        confirmed(await stage.tracker.update(made.ref, said, made.written, (Comment("evil", evil),)))
        assert len(stage.open_refs()) == 1

    async def test_over_real_sockets_it_is_the_same(self, stage: Stage) -> None:
        """Open, a lost answer, find and close through loopback HTTP."""
        async with serving(stage.app) as url:
            transport = Transport(stage.clock, EvenChance())
            tracker = stage.by_url(transport, url)
            made = confirmed(await tracker.open(content()))
            stage.lose_answer_of_create()
            assert isinstance(await tracker.open(content("b" * 64)), Uncertain)
            assert len(await tracker.find(content("b" * 64).key, content("b" * 64).marker)) == 1
            confirmed(await tracker.close(made.ref, content().key, FIXED))
            await transport.close()
        assert len(stage.open_refs()) == 1
