"""Change events: on the timeline of the service, never an incident, within the same budget."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.sandbox import faults
from incidentd.sandbox.journal import RecordedRequest
from incidentd.trackers.interface import ChangeContent, TellsChanges
from incidentd.trackers.pagerduty.changes import change_event
from tests.conformance.judge import needs_documents, request_problems
from tests.trackers.pagerduty.stage import API_URL, EVENTS_URL, PagerDutyStage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHIPPED = ChangeContent(
    summary="2026.12-payments shipped: it carries a new certificate for api.example.com",
    source="incidentd",
    at=NOON,
    details=(("certificate", "9bd2…41aa"), ("replaces", "5f3a…91c0")),
    links=(("Release", "https://ci.example.com/1"), ("nowhere", "")),
)
CHANGES = st.builds(
    ChangeContent,
    summary=st.text(max_size=3_000),
    source=st.text(max_size=50),
    at=st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),
    details=st.lists(st.tuples(st.text(max_size=200), st.text(max_size=3_000)), max_size=30).map(tuple),
)


@pytest.mark.parametrize("with_token", [True, False])
async def test_a_change_is_told_once_and_opens_nothing(stage: PagerDutyStage, with_token: bool) -> None:
    """One call, with or without a token."""
    tracker: TellsChanges = stage.over(stage.transport, EVENTS_URL, API_URL) if with_token else stage.unverified()
    await tracker.tell_change(SHIPPED)
    [change] = stage.world.change_events
    assert change.summary == SHIPPED.summary
    assert change.event["payload"]["timestamp"] == "2026-11-22T12:00:00Z"
    assert change.event["links"] == [{"href": "https://ci.example.com/1", "text": "Release"}]
    assert (stage.refs(), stage.writes()) == ([], 1)


async def test_a_change_that_may_have_been_taken_is_not_called_undone(stage: PagerDutyStage) -> None:
    """Whoever tells it decides whether twice is better than never."""
    stage.world.faults.add(faults.lost_answer(), "POST", "/v2/change/enqueue")
    with pytest.raises(TrackerError) as caught:
        await stage.unverified().tell_change(SHIPPED)
    assert caught.value.kind is TrackerFailure.UNCLEAR


async def test_an_orchestrations_key_takes_no_changes(stage: PagerDutyStage) -> None:
    """The vendor takes them for services only: it is said, and nothing is sent."""
    stage.routing_key = "R" * 32
    with pytest.raises(TrackerError, match="take no change events"):
        await stage.unverified().tell_change(SHIPPED)
    assert stage.writes() == 0


@needs_documents
@given(CHANGES)
def test_any_change_is_legal_by_the_published_document(change: ChangeContent) -> None:
    """The vendor's own schema has nothing to say, whatever a release is called."""
    body = json.dumps({"routing_key": "k" * 32, **change_event(change)}).encode()
    headers = (("content-type", "application/json"),)
    request = RecordedRequest("POST", "https://events.example", "/v2/change/enqueue", "", headers, body, NOON)
    assert request_problems("pagerduty-events-v2", request) == []
    assert len(body) < 512 * 1024
