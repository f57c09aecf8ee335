"""Closing: a resolve event may be dropped in silence; only an incident that says resolved is closed."""

from datetime import timedelta

from incidentd.model.ticket import Uncertain
from incidentd.sandbox import faults
from tests.trackers.examples import FIXED, content
from tests.trackers.pagerduty.stage import PagerDutyStage
from tests.trackers.stage import confirmed


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
