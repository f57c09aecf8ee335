"""Services that take events with 202 and drop them: noticed by reading back, said, and survived."""

from datetime import timedelta

import pytest

from incidentd.model.ticket import Confirmed, Uncertain
from incidentd.sandbox import faults
from tests.trackers.examples import content
from tests.trackers.pagerduty.stage import API_URL, EVENTS_URL, PagerDutyStage


@pytest.mark.parametrize("service", ["configured", "found"])
@pytest.mark.parametrize(("status", "said"), [("disabled", "is disabled"), ("maintenance", "is in maintenance")])
async def test_a_deaf_service_is_named_and_survived(
    stage: PagerDutyStage, status: str, said: str, service: str
) -> None:
    """Never counted as delivered; the event goes out again once it is over, and then there is one incident."""
    if service == "found":
        for number in range(120):
            stage.world.add_service(f"Another {number}", f"{number:a>32}")
        stage.tracker = stage.over(stage.transport, EVENTS_URL, API_URL, service=None)
    stage.world.service.status = status
    for _ in range(2):
        outcome = await stage.tracker.open(content())
        assert isinstance(outcome, Uncertain)
        assert f"the service Certificates {said}" in outcome.text
        stage.clock.pass_by(60)
    assert (stage.writes(), len(stage.world.dropped)) == (1, 1)
    stage.world.service.status = "active"
    stage.clock.pass_by(540)
    assert isinstance(await stage.tracker.open(content()), Confirmed)
    assert len(stage.refs()) == 1


async def test_a_service_that_listens_is_asked_for_once_in_five_minutes(stage: PagerDutyStage) -> None:
    """An event that is only late costs no more calls than it must, and is called late."""
    stage.world.processing_delay = timedelta(minutes=8)
    for _ in range(6):
        outcome = await stage.tracker.open(content())
        assert isinstance(outcome, Uncertain)
        assert "drops" not in outcome.text
        stage.clock.pass_by(59)
    asked = [entry for entry in stage.world.journal if entry.request.path.startswith("/services/")]
    assert len(asked) == 1


async def test_a_service_that_cannot_be_seen_changes_nothing(stage: PagerDutyStage) -> None:
    """It is uncertain, as before."""
    stage.world.service.status = "maintenance"
    stage.world.faults.add(faults.answer(403), "GET", "/services/.*")
    outcome = await stage.tracker.open(content())
    assert isinstance(outcome, Uncertain)
    assert "drops" not in outcome.text


async def test_an_integration_that_no_service_shows_is_not_looked_for_in_vain_for_ever(stage: PagerDutyStage) -> None:
    """A key of nobody's is accepted with 202 all the same; a thousand services are looked through at most."""
    stage.routing_key = "n" * 32
    tracker = stage.over(stage.transport, EVENTS_URL, API_URL, service=None)
    assert isinstance(await tracker.open(content()), Uncertain)
    assert [entry.request.path for entry in stage.world.journal].count("/services") == 1
