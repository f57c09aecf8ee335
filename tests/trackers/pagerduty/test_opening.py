"""Opening and reopening: an accepted event is not yet an incident, and one key has one incident."""

from datetime import timedelta

import pytest

from incidentd.errors import TrackerError
from incidentd.model.ticket import Confirmed, Rejected, Retryable, TicketStatus, Uncertain
from incidentd.sandbox import faults
from tests.trackers.examples import AGAIN, FIXED, WORSE, content
from tests.trackers.pagerduty.stage import ENQUEUE, PagerDutyStage
from tests.trackers.stage import confirmed


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
        "1 what",
        "2 impact",
        "3 do",
        "4 why now",
        "6 owner",
        "7 check",
        "8 seen at",
    ]
    assert payload["custom_details"]["8 seen at"] == "api.example.com:443 (+0 more)"
    assert (payload["severity"], payload["class"], payload["group"]) == (
        "warning",
        "certificate-expiry",
        "prod/eu-west-1",
    )
    assert "links" not in alert.event


async def test_a_refused_event_is_rejected_in_the_vendors_words(stage: PagerDutyStage) -> None:
    """A key of the wrong length will never be accepted."""
    stage.world.judge = None  # this request is meant to be wrong
    stage.routing_key = "short"
    outcome = await stage.tracker.open(content())
    assert isinstance(outcome, Rejected)
    assert "routing_key" in outcome.text
    assert "short" not in outcome.text


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


async def test_a_reopening_is_a_new_incident_that_names_the_earlier(stage: PagerDutyStage) -> None:
    """Events cannot open a resolved incident again."""
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    back = confirmed(await stage.tracker.reopen(made.ref, content(), made.written, (AGAIN,)))
    assert back.ref.id != made.ref.id
    assert made.ref.key in stage.world.alerts[-1].event["payload"]["custom_details"]["9 history"]


async def test_what_is_found_open_instead_of_being_reopened_is_told_the_rest_by_the_next_pass(
    stage: PagerDutyStage,
) -> None:
    """It may have been opened by an event that says less. What says it already is sent nothing more."""
    made = await stage.opened()
    back = confirmed(await stage.tracker.reopen(made.ref, content(**WORSE), made.written, (AGAIN,)))
    assert (back.ref.id, back.unfinished, back.written.get("event")) == (made.ref.id, True, None)
    told = confirmed(await stage.tracker.update(back.ref, content(**WORSE), back.written, ()))
    assert (told.unfinished, stage.world.alerts[-1].severity) == (False, "critical")
    before = stage.writes()
    again = confirmed(await stage.tracker.reopen(made.ref, content(**WORSE), made.written, (AGAIN,)))
    assert (again.unfinished, again.written["event"], stage.writes()) == (False, told.written["event"], before)


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_an_event_that_a_gateway_spoiled_is_uncertain(stage: PagerDutyStage, status: int) -> None:
    """It may have been taken: were it called undone, it could be withdrawn, and the incident would have nobody."""
    stage.world.faults.add(faults.answer_after_commit(status), "POST", ENQUEUE)
    assert isinstance(await stage.tracker.open(content()), Uncertain)
    assert len(stage.refs()) == 1


async def test_an_event_that_waits_to_be_processed_is_not_sent_again(stage: PagerDutyStage) -> None:
    """Processed after a person resolved the first one, the second would open an incident that nobody knows of."""
    stage.world.processing_delay = timedelta(minutes=9)
    for _ in range(8):
        assert isinstance(await stage.tracker.open(content()), Uncertain)
        stage.clock.pass_by(60)
    assert stage.writes() == 1
    stage.clock.pass_by(60)
    assert isinstance(await stage.tracker.open(content()), Confirmed)
    [incident] = stage.refs()
    stage.world.person_resolves(incident.id)
    stage.clock.pass_by(3600)
    assert stage.open_refs() == []


async def test_an_event_that_was_swallowed_is_sent_again_after_a_while(stage: PagerDutyStage) -> None:
    """A disabled service takes events with 202 and drops them; once it is active again, the incident opens."""
    stage.world.service.status = "disabled"
    assert isinstance(await stage.tracker.open(content()), Uncertain)
    stage.world.service.status = "active"
    stage.clock.pass_by(600)
    assert isinstance(await stage.tracker.open(content()), Confirmed)


async def test_a_bare_429_is_not_hurried(stage: PagerDutyStage) -> None:
    """The events API says too many, and nothing else; the vendor's advice is thirty seconds."""
    stage.world.faults.add(faults.too_many(), "POST", ENQUEUE)
    outcome = await stage.tracker.open(content())
    assert isinstance(outcome, Retryable)
    assert outcome.after_seconds == 30.0


async def test_what_pagerduty_asked_to_wait_for_is_waited_for(stage: PagerDutyStage) -> None:
    """After a 429 with a time, no call of that kind goes out until then."""
    made = await stage.opened()
    stage.world.faults.add(faults.too_many(120), "GET", "/incidents/.*")
    with pytest.raises(TrackerError):
        await stage.tracker.read([made.ref])
    before = len(stage.world.journal)
    stage.clock.pass_by(50)
    with pytest.raises(TrackerError) as caught:
        await stage.tracker.read([made.ref])
    assert caught.value.retry_after_seconds == 70.0
    assert len(stage.world.journal) == before
    stage.clock.pass_by(70)
    assert len(await stage.tracker.read([made.ref])) == 1


async def test_an_open_incident_is_found_behind_a_hundred_closed_ones(stage: PagerDutyStage) -> None:
    """A certificate that flapped for months: the newest count."""
    for _ in range(101):
        made = await stage.opened()
        stage.world.person_resolves(made.ref.id)
        stage.clock.pass_by(60)
    last = await stage.opened()
    assert (await stage.tracker.find(content().key, content().marker))[-1].ref == last.ref
