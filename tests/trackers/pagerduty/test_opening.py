"""Opening and reopening: an accepted event is not yet an incident, and one key has one incident."""

from datetime import timedelta

from incidentd.model.ticket import Confirmed, Rejected, Retryable, TicketStatus, Uncertain
from incidentd.sandbox import faults
from tests.trackers.examples import AGAIN, FIXED, content
from tests.trackers.pagerduty.stage import PagerDutyStage
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
