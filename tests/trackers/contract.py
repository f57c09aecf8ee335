"""What every tracker must do, as stories that run against each of them through its stage.

A kind of tracker joins by a subclass of TrackerContract with a `stage` fixture. A stage is a tracker and the world
behind it; what people, machines and bad lines do to that world goes through the stage.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.assessment import Severity, Step
from incidentd.model.incident import incident_key, incident_marker
from incidentd.model.ticket import (
    Closer,
    Comment,
    Confirmed,
    Outcome,
    PlaceLine,
    Rejected,
    Retryable,
    TicketContent,
    TicketRef,
    TicketStatus,
    Uncertain,
)
from incidentd.sandbox.faults import answer
from incidentd.sandbox.frame import Frame
from incidentd.trackers.interface import Tracker
from tests.transport.clocks import HeldClock

FINGERPRINT = "5f3a91c0" * 8


def content(fingerprint: str = FINGERPRINT, **changes: Any) -> TicketContent:
    """What a ticket should say of a certificate, in the words of nobody in particular."""
    said = TicketContent(
        key=incident_key("default", fingerprint),
        marker=incident_marker("default", fingerprint),
        title="SIE api.example.com +1: certificate expires 2026-12-04 09:14 UTC, served in prod",
        severity=Severity.WARNING,
        step=Step.WARNING,
        due_on=date(2026, 11, 27),
        labels=("cert-expiry", "env-prod", "sev-warning"),
        headline="Expires 2026-12-04 09:14 UTC. Served on 3 of 4 endpoints.",
        what="TLS certificate for api.example.com, pay.example.com expires 2026-12-04 09:14 UTC",
        impact="3 of 4 endpoints serve it; clients will fail TLS.",
        action="renew, then reload what serves it",
        owner="payments-sre",
        why_now="opened: less than three months left; no newer certificate in 5 stores",
        places=(PlaceLine("tls://api.example.com:443", "served", "this certificate", "2026-11-22 11:59 UTC"),),
        places_left_out=0,
        tasks=("find why renewal stalled", "renew", "check that it is served"),
        commands=("openssl s_client -connect api.example.com:443 </dev/null | openssl x509 -noout -enddate",),
        details=(("serial", "0a1b"), ("issuer", "CN=Example CA")),
        rule=("window opened 2026-09-04 09:14 UTC",),
        source="api.example.com:443",
        component="payments-api",
        group="prod/eu-west-1",
    )
    return replace(said, **changes)


WORSE: dict[str, Any] = {
    "severity": Severity.CRITICAL,
    "step": Step.CRITICAL,
    "labels": ("cert-expiry", "env-prod", "sev-critical"),
    "headline": "Expires 2026-12-04 09:14 UTC. Served on 4 of 4 endpoints.",
    "why_now": "warning -> critical: 3 days left",
}
STEP_UP = Comment("step-critical", "SEVERITY UP warning -> critical: 3 days left at 1 Dec 09:14 UTC.")
FIXED = Comment("closed", "Fixed. Replaced by 9bd2…41aa, served on 4 of 4 endpoints.")
AGAIN = Comment("reopened", "Reopened: served again since 2026-11-22 11:00 UTC.")


class Stage(ABC):
    """A tracker, and the world behind it as its vendor would see it."""

    tracker: Tracker
    app: Frame
    clock: HeldClock

    @abstractmethod
    def refs(self) -> list[TicketRef]:
        """Every ticket there is, oldest first."""

    @abstractmethod
    def open_refs(self) -> list[TicketRef]:
        """Those that still ask for somebody."""

    @abstractmethod
    def comments(self, ref: TicketRef) -> list[str]:
        """What stands written on a ticket, oldest first."""

    @abstractmethod
    def person_closes(self, ref: TicketRef) -> None:
        """Somebody closes it."""

    @abstractmethod
    def machine_closes(self, ref: TicketRef) -> None:
        """An automation closes it."""

    @abstractmethod
    def lose_answer_of_create(self) -> None:
        """The next create takes effect, and its answer never arrives."""

    @abstractmethod
    def spoil_answer_of_create(self) -> None:
        """The next create takes effect, and a gateway says that it failed."""

    @abstractmethod
    def lose_create(self) -> None:
        """The line breaks before the next create takes effect."""

    @abstractmethod
    def throttle_create(self, retry_after_seconds: int) -> None:
        """The next create is too much, for now."""

    @abstractmethod
    def hide(self) -> None:
        """The token keeps working, but may not see where the tickets are."""

    def writes(self) -> int:
        """How many calls asked for a change so far."""
        return len(self.app.writes)

    async def opened(self, said: TicketContent | None = None) -> Confirmed:
        """A ticket, opened."""
        return confirmed(await self.tracker.open(said or content()))


def confirmed(outcome: Outcome) -> Confirmed:
    """The outcome, which must be that."""
    assert isinstance(outcome, Confirmed), outcome
    return outcome


def ids(refs: Sequence[TicketRef]) -> list[str]:
    """Their ids."""
    return [ref.id for ref in refs]


class TrackerContract:
    """The stories. Every request of theirs is also judged by the vendor's document, where that is at hand."""

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
        assert stage.comments(made.ref) == [STEP_UP.text]
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

    async def test_its_clock_is_the_trackers_own(self, stage: Stage) -> None:
        """By the Date header of a read."""
        before = stage.writes()
        at = await stage.tracker.clock()
        assert at == stage.clock.now().replace(microsecond=0)
        assert stage.writes() == before

    async def test_hostile_texts_are_only_texts(self, stage: Stage) -> None:
        """Markup, JQL, controls and endless names are taken as they are, or cut; never refused."""
        evil = '"} OR project = X {panel} <script>\u202e {{7*7}} [~admin] ' + "x" * 5_000
        places = tuple(PlaceLine(f"tls://{evil}:{number}", evil, evil, evil) for number in range(500))
        texts = dict.fromkeys(("headline", "what", "impact", "action", "owner", "why_now", "source"), evil)
        said = content(title=f"{evil}\n{evil}", places=places, tasks=(evil,) * 50, commands=(evil,) * 50, **texts)
        made = await stage.opened(replace(said, details=((evil, evil),) * 200, rule=(evil,) * 200))
        confirmed(await stage.tracker.update(made.ref, said, made.written, (Comment("evil", evil),)))
        assert len(stage.open_refs()) == 1
