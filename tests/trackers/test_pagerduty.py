"""PagerDuty as a tracker, against the sandbox's account: the contract, and what only PagerDuty does."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from incidentd.errors import TrackerError
from incidentd.model.ticket import Closer, Confirmed, Rejected, Retryable, TicketRef, TicketStatus, Uncertain
from incidentd.sandbox import faults
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.serving import serving
from incidentd.trackers.pagerduty.tracker import PagerDutyTracker
from incidentd.trackers.pagerduty.unverified import UnverifiedPagerDutyTracker
from incidentd.transport import Transport
from tests.conformance.judge import assert_nothing_refused, judged
from tests.trackers.contract import AGAIN, FIXED, STEP_UP, WORSE, Stage, TrackerContract, confirmed, content, ids
from tests.transport.clocks import EvenChance, HeldClock

EVENTS_URL, API_URL = "https://events.pagerduty.example", "https://api.pagerduty.example"
ENQUEUE = "/v2/enqueue"


class PagerDutyStage(Stage):
    """The sandbox's account, in process."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.world = judged(PagerDuty(now=self.clock.now, sleep=self.clock.sleep), "pagerduty")
        self.app = self.world
        self.routing_key = self.world.routing_key
        transport = Transport(self.clock, EvenChance(), apps={EVENTS_URL: self.world, API_URL: self.world})
        self.tracker = self.over(transport, EVENTS_URL, API_URL)
        self.transport = transport

    def over(self, transport: Transport, events_url: str, api_url: str) -> PagerDutyTracker:
        """The same tracker by another way."""
        return PagerDutyTracker(
            "oncall",
            transport,
            self.clock,
            routing_key=lambda: self.routing_key,
            api_token=lambda: self.world.api_token,
            from_email=self.world.from_email,
            service=self.world.service.id,
            events_url=events_url,
            api_url=api_url,
        )

    def refs(self) -> list[TicketRef]:
        return [TicketRef(id, f"#{incident.number}") for id, incident in self.world.incidents.items()]

    def open_refs(self) -> list[TicketRef]:
        return [TicketRef(incident.id, f"#{incident.number}") for incident in self.world.open_incidents()]

    def comments(self, ref: TicketRef) -> list[str]:
        return [note.content for note in self.world.incidents[ref.id].notes]

    def person_closes(self, ref: TicketRef) -> None:
        self.world.person_resolves(ref.id)

    def machine_closes(self, ref: TicketRef) -> None:
        self.world.machine_resolves(ref.id)

    def lose_answer_of_create(self) -> None:
        self.world.faults.add(faults.lost_answer(), "POST", ENQUEUE)

    def spoil_answer_of_create(self) -> None:
        self.world.faults.add(faults.answer_after_commit(500), "POST", ENQUEUE)

    def lose_create(self) -> None:
        self.world.faults.add(faults.lost_request(), "POST", ENQUEUE)

    def throttle_create(self, retry_after_seconds: int) -> None:
        self.world.faults.add(faults.too_many(retry_after_seconds), "POST", ENQUEUE)

    def hide(self) -> None:
        self.world.faults.add(faults.answer(404), "GET", "/incidents/.*", times=None)
        self.world.faults.add(faults.answer(404), "GET", "/services/.*", times=None)
        self.world.faults.add(faults.answer(200, body='{"incidents": []}'), "GET", "/incidents", times=None)


@pytest.fixture
def stage() -> Iterator[PagerDutyStage]:
    built = PagerDutyStage()
    yield built
    assert_nothing_refused(built.world)


class TestPagerDutyContract(TrackerContract):
    """The stories that every tracker tells."""


async def test_accepted_is_not_opened(stage: PagerDutyStage) -> None:
    """A 202 proves acceptance only; once the event was processed, find has the incident."""
    stage.world.processing_delay = timedelta(minutes=3)
    assert isinstance(await stage.tracker.open(content()), Uncertain)
    assert await stage.tracker.find(content().key, content().marker) == ()
    stage.clock.pass_by(200)
    [ticket] = await stage.tracker.find(content().key, content().marker)
    assert ticket.status is TicketStatus.OPEN


async def test_a_second_trigger_opens_nothing(stage: PagerDutyStage) -> None:
    """The dedup key is the incident's key: opening twice is one incident."""
    first, second = await stage.opened(), await stage.opened()
    assert first.ref == second.ref
    assert len(stage.refs()) == 1


async def test_the_event_says_what_a_person_needs_at_night(stage: PagerDutyStage) -> None:
    """Numbered details in their order, severity, source, component, group, class."""
    await stage.opened()
    [alert] = stage.world.alerts
    payload = alert.event["payload"]
    assert list(payload["custom_details"]) == [
        "1 what", "2 impact", "3 do", "4 why now", "6 owner", "7 check", "8 seen at",
    ]  # fmt: skip
    assert payload["custom_details"]["8 seen at"] == "tls://api.example.com:443 (+0 more)"
    assert (payload["severity"], payload["class"], payload["group"]) == (
        "warning", "certificate-expiry", "prod/eu-west-1",
    )  # fmt: skip
    assert "links" not in alert.event


async def test_a_refused_event_is_rejected_in_the_vendors_words(stage: PagerDutyStage) -> None:
    """A key of the wrong length will never be accepted."""
    stage.world.judge = None  # this request is meant to be wrong
    stage.routing_key = "short"
    outcome = await stage.tracker.open(content())
    assert isinstance(outcome, Rejected)
    assert "routing_key" in outcome.text
    assert "short" not in outcome.text


async def test_a_rotated_key_is_the_next_one_sent(stage: PagerDutyStage) -> None:
    """Secrets are read at every use."""
    old = stage.routing_key
    stage.routing_key = "sandbox0routing0key0000000000002"
    stage.world.add_integration(stage.world.service, stage.routing_key)
    await stage.opened()
    [alert] = stage.world.alerts
    assert alert.routing_key == stage.routing_key != old


async def test_an_incident_opened_under_a_former_key_is_still_closed(stage: PagerDutyStage) -> None:
    """Its resolve event is dropped in silence; the second attempt resolves it through REST."""
    made = await stage.opened()
    stage.routing_key = "sandbox0routing0key0000000000002"
    stage.world.add_integration(stage.world.service, stage.routing_key)
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Uncertain)
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []
    assert stage.comments(made.ref) == [FIXED.text]


async def test_a_late_resolve_is_uncertain_until_it_is_seen(stage: PagerDutyStage) -> None:
    """Only resolved is confirmed."""
    made = await stage.opened()
    stage.world.processing_delay = timedelta(seconds=30)
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Uncertain)
    stage.clock.pass_by(40)
    before = stage.writes()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.writes() == before


async def test_a_reopening_is_a_new_incident_that_names_the_earlier(stage: PagerDutyStage) -> None:
    """Events cannot open a resolved incident again."""
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    back = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert back.ref.id != made.ref.id
    assert made.ref.key in stage.world.alerts[-1].event["payload"]["custom_details"]["9 history"]


async def test_an_incident_that_a_person_opened_again_is_taken_as_it_is(stage: PagerDutyStage) -> None:
    """Its alert is resolved, so a trigger would open a second one: none is sent, neither to reopen nor to update."""
    made = await stage.opened()
    stage.world.person_resolves(made.ref.id)
    stage.world.person_reopens(made.ref.id)
    back = confirmed(await stage.tracker.reopen(made.ref, content(**WORSE), made.written, (AGAIN,)))
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    assert back.ref.id == made.ref.id
    assert len(stage.refs()) == 1
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []


async def test_a_merged_incident_is_followed(stage: PagerDutyStage) -> None:
    """Read under its own ref as the one it went into; updates and closings go there, and end our part only."""
    source, target = await stage.opened(content("a" * 64)), await stage.opened(content("b" * 64))
    stage.world.merge(source.ref.id, target.ref.id)
    [ticket, _] = await stage.tracker.read([source.ref, target.ref])
    assert (ticket.ref.id, ticket.status) == (source.ref.id, TicketStatus.OPEN)
    updated = confirmed(await stage.tracker.update(source.ref, content("a" * 64, **WORSE), source.written, (STEP_UP,)))
    assert updated.ref.id == target.ref.id
    confirmed(await stage.tracker.close(source.ref, content("a" * 64).key, FIXED))
    assert ids(stage.open_refs()) == [target.ref.id]
    confirmed(await stage.tracker.close(target.ref, content("b" * 64).key, FIXED))
    assert stage.open_refs() == []


async def test_grouped_certificates_share_an_incident(stage: PagerDutyStage) -> None:
    """With alert grouping on, each finds the shared one, and it closes with the last."""
    stage.world.service.alert_grouping = True
    first, second = await stage.opened(content("a" * 64)), await stage.opened(content("b" * 64))
    assert first.ref == second.ref
    confirmed(await stage.tracker.close(first.ref, content("a" * 64).key, FIXED))
    assert len(stage.open_refs()) == 1
    confirmed(await stage.tracker.close(second.ref, content("b" * 64).key, STEP_UP))
    assert stage.open_refs() == []


async def test_an_acknowledgement_is_seen(stage: PagerDutyStage) -> None:
    """Open, and somebody has it."""
    made = await stage.opened()
    stage.world.person_acknowledges(made.ref.id)
    [ticket] = await stage.tracker.read([made.ref])
    assert (ticket.status, ticket.acknowledged) == (TicketStatus.OPEN, True)


async def test_auto_resolve_is_a_machine(stage: PagerDutyStage) -> None:
    """A service that resolves by itself after four hours is no person."""
    stage.world.service.auto_resolve_timeout = 14_400
    made = await stage.opened()
    stage.clock.pass_by(15_000)
    [ticket] = await stage.tracker.read([made.ref])
    assert (ticket.status, ticket.closed_by) == (TicketStatus.CLOSED, Closer.AUTOMATION)


async def test_an_incident_older_than_half_a_year_is_still_found(stage: PagerDutyStage) -> None:
    """The default window of the list is one month; ours is all time."""
    made = await stage.opened()
    stage.clock.pass_by(200 * 86_400)
    [ticket] = await stage.tracker.find(content().key, content().marker)
    assert ticket.ref == made.ref


async def test_no_more_than_120_events_leave_in_a_minute(stage: PagerDutyStage) -> None:
    """The 121st waits for the window, and says how long; nothing was dropped."""
    outcomes = [await stage.tracker.open(content(f"{number:064x}")) for number in range(121)]
    assert all(isinstance(outcome, Confirmed) for outcome in outcomes[:120])
    last = outcomes[120]
    assert isinstance(last, Retryable)
    assert last.after_seconds == 60.0
    stage.clock.pass_by(60)
    assert isinstance(await stage.tracker.open(content(f"{120:064x}")), Confirmed)


async def test_reading_back_that_fails_does_not_make_a_create_retryable(stage: PagerDutyStage) -> None:
    """The event is out; that it cannot be seen is uncertain, not undone."""
    stage.world.faults.add(faults.answer(500), "GET", "/incidents")
    assert isinstance(await stage.tracker.open(content()), Uncertain)


async def test_no_secret_stands_in_any_text(stage: PagerDutyStage) -> None:
    """Neither outcomes nor errors nor reprs hold the routing key or the token."""
    made = await stage.opened()
    stage.app.unauthorized = True
    with pytest.raises(TrackerError) as caught:
        await stage.tracker.read([made.ref])
    stage.world.faults.add(faults.lost_answer(), "POST", ENQUEUE)
    shown = f"{await stage.tracker.open(content())!r} {caught.value!r} {caught.value} {stage.tracker!r} {made!r}"
    assert stage.world.api_token not in shown
    assert stage.routing_key not in shown


async def test_a_resolver_that_the_incident_does_not_name_is_looked_up(stage: PagerDutyStage) -> None:
    """Any field may be null; the history still tells."""
    made = await stage.opened()
    stage.machine_closes(made.ref)
    shown = f'{{"incident": {{"id": "{made.ref.id}", "status": "resolved", "last_status_change_by": null}}}}'
    stage.world.faults.add(faults.answer(200, body=shown), "GET", f"/incidents/{made.ref.id}")
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.closed_by is Closer.AUTOMATION


async def test_a_resolve_whose_answer_says_nothing_is_uncertain(stage: PagerDutyStage) -> None:
    """Only an incident that says resolved is confirmed."""
    made = await stage.opened()
    stage.world.person_resolves(made.ref.id)
    stage.world.person_reopens(made.ref.id)
    stage.world.faults.add(faults.answer(200, body="{}"), "PUT", ".*")
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Uncertain)


async def test_an_unverified_incident_that_never_was_is_missing(stage: PagerDutyStage) -> None:
    """The trigger was accepted and swallowed: once there is a token, that comes out."""
    [ticket] = await stage.tracker.read([TicketRef(content().key, "unverified")])
    assert ticket.status is TicketStatus.MISSING


async def test_over_real_sockets_it_is_the_same(stage: PagerDutyStage) -> None:
    """Open, a lost answer, find and close through loopback HTTP."""
    async with serving(stage.world) as url:
        transport = Transport(stage.clock, EvenChance())
        tracker = stage.over(transport, url, url)
        made = confirmed(await tracker.open(content()))
        stage.lose_answer_of_create()
        assert isinstance(await tracker.open(content("b" * 64)), Uncertain)
        assert len(await tracker.find(content("b" * 64).key, content("b" * 64).marker)) == 1
        confirmed(await tracker.close(made.ref, content().key, FIXED))
        await transport.close()
    assert len(stage.open_refs()) == 1


@pytest.fixture
def unverified(stage: PagerDutyStage) -> UnverifiedPagerDutyTracker:
    """The same account without a token."""
    key = stage.routing_key
    return UnverifiedPagerDutyTracker(
        "oncall", stage.transport, stage.clock, routing_key=lambda: key, events_url=EVENTS_URL
    )


async def test_without_a_token_only_events_go_out(
    stage: PagerDutyStage, unverified: UnverifiedPagerDutyTracker
) -> None:
    """Triggers to open and at a step, one resolve; a change of words alone sends nothing; everything counts as open."""
    made = confirmed(await unverified.open(content()))
    assert (made.ref.id, made.ref.key, made.ref.url) == (content().key, "unverified", "")
    confirmed(await unverified.update(made.ref, content(impact="other words"), made.written, (STEP_UP,)))
    assert stage.writes() == 1
    confirmed(await unverified.comment(made.ref, (STEP_UP,)))
    confirmed(await unverified.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    [ticket] = await unverified.read([made.ref])
    assert ticket.status is TicketStatus.OPEN
    assert await unverified.find(content().key, content().marker) == ()
    assert await unverified.clock() is None
    confirmed(await unverified.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []
    assert {entry.request.path for entry in stage.world.journal} == {ENQUEUE}
    assert stage.writes() == 3
    confirmed(await unverified.reopen(made.ref, content(), made.written, ()))
    assert len(stage.open_refs()) == 1


async def test_a_token_that_comes_later_finds_what_was_unverified(
    stage: PagerDutyStage, unverified: UnverifiedPagerDutyTracker
) -> None:
    """An unverified ref is looked up by its key, and updated into a true one."""
    made = confirmed(await unverified.open(content()))
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.status is TicketStatus.OPEN
    updated = confirmed(await stage.tracker.update(made.ref, content(), made.written, ()))
    assert ids([updated.ref]) == ids(stage.refs())


@pytest.mark.parametrize("fault", [faults.too_many(30), faults.unavailable(), faults.lost_answer()])
async def test_without_a_token_trouble_is_said(
    stage: PagerDutyStage, unverified: UnverifiedPagerDutyTracker, fault: faults.Fault
) -> None:
    """Nothing is confirmed that was not accepted."""
    stage.world.faults.add(fault, "POST", ENQUEUE)
    assert isinstance(await unverified.open(content()), Retryable | Uncertain)
