"""Closing: a resolve event may be dropped in silence; only an incident that says resolved is closed."""

from datetime import timedelta

import pytest

from incidentd.model.ticket import Retryable, Uncertain
from incidentd.sandbox import faults
from tests.trackers.examples import FIXED, content
from tests.trackers.pagerduty.stage import PagerDutyStage
from tests.trackers.stage import confirmed

NOTES_FULL = '{"error": {"code": 2001, "errors": ["The incident has reached its limit of 2000 notes"]}}'


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


async def test_a_resolve_whose_answer_says_nothing_is_uncertain(stage: PagerDutyStage) -> None:
    """Only an incident that says resolved is confirmed."""
    made = await stage.opened()
    stage.world.person_resolves(made.ref.id)
    stage.world.person_reopens(made.ref.id)
    stage.world.faults.add(faults.answer(200, body="{}"), "PUT", ".*")
    assert isinstance(await stage.tracker.close(made.ref, content().key, FIXED), Uncertain)


async def test_an_incident_that_somebody_resolved_a_moment_earlier_is_closed(stage: PagerDutyStage) -> None:
    """`Already resolved` is what was wanted."""
    made = await stage.opened()
    stage.world.person_resolves(made.ref.id)
    shown = f'{{"incident": {{"id": "{made.ref.id}", "status": "triggered"}}}}'
    stage.world.faults.add(faults.answer(200, body=shown), "GET", f"/incidents/{made.ref.id}", times=2)
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))


@pytest.mark.parametrize("full", [False, True], ids=["unknown From", "too many notes"])
async def test_a_note_that_is_refused_does_not_keep_an_incident_open(stage: PagerDutyStage, full: bool) -> None:
    """It is resolved all the same; what is wrong is said once, with what to do."""
    made = await stage.opened()
    if full:
        stage.world.faults.add(faults.answer(400, body=NOTES_FULL), "POST", ".*/notes", times=None)
    else:
        stage.world.users = [user for user in stage.world.users if user.email != stage.world.from_email]
    refused = await stage.tracker.close(made.ref, content().key, FIXED)
    assert isinstance(refused, Retryable)
    assert full or "from_email" in refused.text
    assert stage.open_refs() == []
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
