"""Routing keys change: what was opened through one is updated and resolved through it, and pages nobody twice."""

import pytest

from incidentd.errors import ConfigError
from incidentd.model.ticket import Retryable, Uncertain
from incidentd.sandbox import faults
from incidentd.trackers.pagerduty.keys import RoutingKeys, door_of, fingerprint_of
from tests.trackers.examples import FIXED, STEP_UP, WORSE, content
from tests.trackers.pagerduty.stage import API_URL, EVENTS_URL, PagerDutyStage
from tests.trackers.stage import confirmed, ids


def sent_through(stage: PagerDutyStage) -> list[str]:
    """The routing key of each event so far."""
    bodies = (entry.request.body for entry in stage.world.journal if entry.request.path == "/v2/enqueue")
    return [str(body).split('routing_key":')[1].split('"')[1] for body in bodies]


async def test_an_earlier_key_goes_on_with_what_it_opened(stage: PagerDutyStage) -> None:
    """Step and closing go through it, by the fingerprint that the ledger keeps: one incident, and no call by REST."""
    made = await stage.opened()
    before = stage.rotate_key()
    stage.earlier_keys = ["k" * 32, before]
    worse = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    assert stage.said(made.ref) == [STEP_UP.text]
    assert stage.world.alerts[0].severity == "critical"
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED, worse.written))
    assert sent_through(stage) == [before] * 3
    assert (ids(stage.refs()), stage.open_refs()) == ([made.ref.id], [])
    assert before not in str(worse)


async def test_a_key_that_left_the_configuration_is_not_needed_to_close(stage: PagerDutyStage) -> None:
    """Our alert is resolved by REST at the first attempt; an event would have no effect, so none is sent."""
    made = await stage.opened()
    stage.rotate_key()
    sent, before = len(sent_through(stage)), stage.writes()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED, made.written))
    assert (len(sent_through(stage)), stage.writes() - before) == (sent, 2)
    assert stage.open_refs() == []


async def test_what_cannot_be_closed_without_the_key_is_said_with_what_to_do(stage: PagerDutyStage) -> None:
    """A read-only token, and the key is gone."""
    made = await stage.opened()
    stage.rotate_key()
    stage.world.faults.add(faults.answer(403), "PUT", ".*/alerts")
    outcome = await stage.tracker.close(made.ref, content().key, FIXED, made.written)
    assert isinstance(outcome, Retryable)
    assert "earlier_routing_keys" in outcome.text


@pytest.mark.parametrize("configured", [True, False])
async def test_what_the_ledger_does_not_know_the_integration_tells(stage: PagerDutyStage, configured: bool) -> None:
    """The state was lost and the key changed: the alert names its integration, and that names its key."""
    made = await stage.opened()
    before = stage.rotate_key()
    stage.earlier_keys = [before] if configured else []
    for _ in range(2):
        updated = confirmed(await stage.tracker.update(made.ref, content(**WORSE), {}, (STEP_UP,)))
        assert ids(stage.refs()) == [made.ref.id]
        assert stage.said(made.ref) == [STEP_UP.text]
        assert ("door" in updated.written) is configured
    asked = [entry for entry in stage.world.journal if "/integrations/" in entry.request.path]
    assert len(asked) == 1


async def test_of_two_alerts_in_one_incident_the_one_that_a_key_reaches_is_told(stage: PagerDutyStage) -> None:
    """The state was lost, and ours was merged into what a key opened that left the configuration: it says the step."""
    older = await stage.opened()
    stage.rotate_key()
    stage.world.accept({**stage.world.alerts[0].event, "routing_key": stage.routing_key})
    younger = next(ref for ref in stage.open_refs() if ref.id != older.ref.id)
    confirmed(await stage.tracker.merge(older.ref, (younger,), content().key, FIXED))
    updated = confirmed(await stage.tracker.update(older.ref, content(**WORSE), {}, (STEP_UP,)))
    assert ids(stage.open_refs()) == [older.ref.id]
    assert [alert.severity for alert in stage.world.alerts] == ["warning", "critical"]
    assert updated.written["door"] == door_of(stage.routing_key, content().key)


@pytest.mark.parametrize("status", [403, 404])
async def test_an_integration_that_cannot_be_seen_is_taken_for_todays(stage: PagerDutyStage, status: int) -> None:
    """Nothing says otherwise."""
    made = await stage.opened()
    stage.world.faults.add(faults.answer(status), "GET", ".*/integrations/.*")
    updated = confirmed(await stage.tracker.update(made.ref, content(**WORSE), {}, ()))
    assert updated.written["door"] == door_of(stage.routing_key, content().key)


async def test_in_a_shared_incident_only_our_alert_is_resolved(stage: PagerDutyStage) -> None:
    """Alert grouping, and the key of ours is gone: the other certificate keeps its incident."""
    stage.world.service.alert_grouping = True
    ours, other = await stage.opened(content("a" * 64)), await stage.opened(content("b" * 64))
    stage.rotate_key()
    confirmed(await stage.tracker.close(ours.ref, content("a" * 64).key, FIXED, ours.written))
    assert [(alert.alert_key[-1], alert.status) for alert in stage.world.alerts] == [
        ("a", "resolved"),
        ("b", "triggered"),
    ]
    assert len(stage.open_refs()) == 1
    confirmed(await stage.tracker.close(other.ref, content("b" * 64).key, STEP_UP, other.written))
    assert stage.open_refs() == []


async def test_without_a_token_the_earlier_key_goes_on_too(stage: PagerDutyStage) -> None:
    """Where it left the configuration, a step opens anew, and a closing waits for the key and says so."""
    unverified = stage.unverified()
    made = confirmed(await unverified.open(content()))
    before = stage.rotate_key()
    stage.earlier_keys = [before]
    worse = confirmed(await unverified.update(made.ref, content(**WORSE), made.written, ()))
    assert len(stage.refs()) == 1
    stage.earlier_keys = []
    waiting = await unverified.close(worse.ref, content().key, FIXED, worse.written)
    assert isinstance(waiting, Retryable)
    assert "earlier_routing_keys" in waiting.text
    stage.earlier_keys = [before]
    confirmed(await unverified.close(worse.ref, content().key, FIXED, worse.written))
    assert stage.open_refs() == []
    stage.earlier_keys = []
    confirmed(await unverified.update(worse.ref, content(**WORSE), {**worse.written, "step": "warning"}, ()))
    assert len(stage.open_refs()) == 1


async def test_an_unreadable_list_of_earlier_keys_keeps_no_page_back(stage: PagerDutyStage) -> None:
    """It is only read where today's key is not the one."""

    def gone() -> tuple[str, ...]:
        raise ConfigError("the secret file cannot be read", "/nowhere")

    keys = RoutingKeys(lambda: stage.routing_key, gone)
    tracker = stage.over(stage.transport, EVENTS_URL, API_URL, keys=keys)
    made = confirmed(await tracker.open(content()))
    confirmed(await tracker.update(made.ref, content(**WORSE), made.written, ()))
    stage.rotate_key()
    outcome = await tracker.close(made.ref, content().key, FIXED, made.written)
    assert isinstance(outcome, Retryable | Uncertain)
    assert "earlier_routing_keys cannot be had" in outcome.text


def test_the_ledger_keeps_fingerprints_only() -> None:
    """Another one for each incident, so that two rows do not even tell that they share a key."""
    assert door_of("k" * 32, "a") != door_of("k" * 32, "b")
    assert "k" * 4 not in door_of("k" * 32, "a") + fingerprint_of("k" * 32)
