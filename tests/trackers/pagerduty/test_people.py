"""What people and machines do to incidents: reopened, merged, grouped, acknowledged, resolved."""

from collections.abc import Mapping

from incidentd.model.assessment import Severity, Step
from incidentd.model.ticket import Closer, Comment, TicketStatus
from incidentd.sandbox import faults
from tests.trackers.examples import AGAIN, FIXED, STEP_UP, WORSE, content
from tests.trackers.pagerduty.stage import API_URL, EVENTS_URL, PagerDutyStage
from tests.trackers.stage import confirmed, ids


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


async def test_a_resolver_that_the_incident_does_not_name_is_looked_up(stage: PagerDutyStage) -> None:
    """Any field may be null; the history still tells."""
    made = await stage.opened()
    stage.machine_closes(made.ref)
    shown = f'{{"incident": {{"id": "{made.ref.id}", "status": "resolved", "last_status_change_by": null}}}}'
    stage.world.faults.add(faults.answer(200, body=shown), "GET", f"/incidents/{made.ref.id}")
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.closed_by is Closer.AUTOMATION


async def test_critical_sets_an_acknowledged_incident_back_once(stage: PagerDutyStage) -> None:
    """An acknowledgement quiets the step it was given at, not the ladder; acknowledged again, it stays so."""
    made = await stage.opened()
    stage.world.person_acknowledges(made.ref.id)
    written: Mapping[str, str] = made.written
    for step in (Step.CRITICAL, Step.LAST_DAY, Step.EXPIRED):
        before = stage.writes()
        said = content(**{**WORSE, "step": step, "headline": step.label})
        told = (Comment(f"step:{step.label}", f"up to {step.label}"),)
        written = confirmed(await stage.tracker.update(made.ref, said, written, told)).written
        incident = stage.world.incidents[made.ref.id]
        assert (incident.status, incident.urgency) == ("triggered", "high")
        assert told[0].text in stage.said(made.ref)
        assert stage.writes() - before <= 2
        stage.world.person_acknowledges(made.ref.id)
        again = content(**{**WORSE, "step": step, "headline": f"{step.label}, other words"})
        written = confirmed(await stage.tracker.update(made.ref, again, written, ())).written
        assert stage.world.incidents[made.ref.id].status == "acknowledged"


async def test_below_critical_an_acknowledgement_is_left_alone(stage: PagerDutyStage) -> None:
    """Somebody has it; the page is not repeated at the step to error."""
    made = await stage.opened()
    stage.world.person_acknowledges(made.ref.id)
    said = content(severity=Severity.ERROR, step=Step.ERROR)
    confirmed(await stage.tracker.update(made.ref, said, made.written, (STEP_UP,)))
    assert stage.world.incidents[made.ref.id].status == "acknowledged"


async def test_what_was_opened_at_critical_is_not_set_back_for_it(stage: PagerDutyStage) -> None:
    """Its opening was the page: an acknowledgement after that counts."""
    made = await stage.opened(content(**WORSE))
    stage.world.person_acknowledges(made.ref.id)
    confirmed(await stage.tracker.update(made.ref, content(**{**WORSE, "impact": "more"}), made.written, ()))
    assert stage.world.incidents[made.ref.id].status == "acknowledged"


async def test_an_update_under_another_key_opens_no_second_incident(stage: PagerDutyStage) -> None:
    """Dedup keys belong to one routing key: after a rotation a trigger would open another incident, so none is sent."""
    made = await stage.opened()
    stage.routing_key = "sandbox0routing0key0000000000002"
    stage.world.add_integration(stage.world.service, stage.routing_key)
    first = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    assert ids(stage.refs()) == [made.ref.id]
    assert stage.said(made.ref) == [STEP_UP.text]
    assert stage.world.incidents[made.ref.id].urgency == "high"
    before = stage.writes()
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), first.written, (STEP_UP,)))
    assert stage.writes() == before
    confirmed(await stage.tracker.comment(made.ref, (AGAIN,)))
    assert stage.routing_key not in str(made)


async def test_other_peoples_incidents_are_not_read(stage: PagerDutyStage) -> None:
    """Without a configured service, ours is learned from our own incidents: a busy account costs no more calls."""
    other = stage.world.add_service("Somebody else's", "sandbox0routing0key0000000000009")
    for _ in range(350):
        stage.world.open_incident(other, "noise", "low", other.agent, stage.clock.now(), {"type": "api"})
    made = [(await stage.opened(content(f"{number:064x}"))).ref for number in range(40)]
    tracker = stage.over(stage.transport, EVENTS_URL, API_URL, service=None)
    before = len(stage.world.journal)
    assert len(await tracker.read(made)) == 40
    assert len(stage.world.journal) - before <= 2
    assert len(await tracker.read(made)) == 40
    assert len(stage.world.journal) - before <= 3
