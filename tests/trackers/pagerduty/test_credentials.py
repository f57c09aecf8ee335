"""Secrets towards PagerDuty: read at every use, and in no text."""

import pytest

from incidentd.errors import TrackerError
from incidentd.sandbox import faults
from tests.trackers.examples import content
from tests.trackers.pagerduty.stage import ENQUEUE, PagerDutyStage


async def test_a_rotated_key_is_the_next_one_sent(stage: PagerDutyStage) -> None:
    """Secrets are read at every use."""
    old = stage.routing_key
    stage.routing_key = "sandbox0routing0key0000000000002"
    stage.world.add_integration(stage.world.service, stage.routing_key)
    await stage.opened()
    [alert] = stage.world.alerts
    assert alert.routing_key == stage.routing_key != old


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
