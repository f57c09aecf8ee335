"""Events API v2: what is refused at the door, what is dropped in silence, what opens, joins and closes incidents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from incidentd.sandbox.pagerduty import ROUTING_KEY, PagerDuty
from tests.sandbox.conftest import HandClock

OTHER_KEY = "another0routing0key0000000000002"
PAYLOAD: dict[str, Any] = {"summary": "s", "source": "h", "severity": "warning"}


async def send(pd: httpx.AsyncClient, action: str = "trigger", key: str = "k", **changes: Any) -> httpx.Response:
    payload = {**PAYLOAD, **changes.pop("payload", {})}
    event = {"routing_key": ROUTING_KEY, "event_action": action, "dedup_key": key, "payload": payload, **changes}
    return await pd.post("/v2/enqueue", json=event)


async def test_accepted_event_opens_one_incident(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """A trigger makes an alert with its key, and an incident that has no key of its own."""
    answer = await send(pd)
    assert (answer.status_code, answer.json()["dedup_key"]) == (202, "k")
    (incident,) = pagerduty.open_incidents("k")
    assert (incident.title, incident.urgency, incident.incident_key) == ("s", "low", None)


async def test_event_counts_only_after_the_processing_delay(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, clock: HandClock
) -> None:
    """A 202 is no incident: read-back finds nothing until the delay has passed."""
    pagerduty.processing_delay = timedelta(minutes=2)
    await send(pd)
    accepted_at = clock.now()
    assert (await pd.get("/incidents", params={"incident_key": "k"})).json()["incidents"] == []
    clock.pass_by(minutes=3)
    (found,) = (await pd.get("/incidents", params={"incident_key": "k"})).json()["incidents"]
    assert found["created_at"] == (accepted_at + timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_event_may_never_be_processed(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """The switch drops what was accepted."""
    pagerduty.never_processed = True
    assert (await send(pd)).status_code == 202
    assert (pagerduty.open_incidents(), len(pagerduty.dropped)) == ([], 1)


async def test_second_trigger_joins_the_open_alert(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """The title stays, the alert takes the new severity and details, and the history says so."""
    await send(pd)
    await send(pd, payload={"summary": "worse", "severity": "critical", "custom_details": {"1 what": "w"}})
    (incident,) = pagerduty.open_incidents("k")
    (alert,) = incident.alerts
    assert (incident.title, incident.urgency) == ("s", "low")
    assert (alert.summary, alert.severity, alert.triggers) == ("worse", "critical", 2)
    assert [entry.type for entry in incident.log] == ["trigger_log_entry"] * 2


async def test_resolve_closes_and_a_later_trigger_opens_anew(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """A resolved alert is never opened again: the same key makes a new alert and a new incident."""
    await send(pd)
    await send(pd, "resolve")
    assert pagerduty.open_incidents("k") == []
    await send(pd)
    assert len(pagerduty.incidents) == 2
    assert len(pagerduty.open_incidents("k")) == 1


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
@pytest.mark.parametrize("case", ["unknown key", "resolved alert", "other routing key"])
async def test_late_or_foreign_event_is_dropped(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, action: str, case: str
) -> None:
    """It is accepted with 202 and changes nothing."""
    pagerduty.add_integration(pagerduty.service, OTHER_KEY)
    await send(pd)
    if case == "resolved alert":
        await send(pd, "resolve")
    before = [(incident.status, len(incident.log)) for incident in pagerduty.incidents.values()]
    foreign = {"key": "unknown"} if case == "unknown key" else {}
    routing = {"routing_key": OTHER_KEY} if case == "other routing key" else {}
    assert (await send(pd, action, **foreign, **routing)).status_code == 202
    assert [(incident.status, len(incident.log)) for incident in pagerduty.incidents.values()] == before


async def test_same_dedup_key_through_another_routing_key_is_another_incident(
    pagerduty: PagerDuty, pd: httpx.AsyncClient
) -> None:
    """Dedup is by routing key and dedup key together."""
    pagerduty.add_integration(pagerduty.service, OTHER_KEY)
    await send(pd)
    await send(pd, routing_key=OTHER_KEY)
    assert len(pagerduty.open_incidents("k")) == 2


async def test_unknown_routing_key_is_accepted_and_dropped(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """A well-formed key that nobody has still gets its 202."""
    assert (await send(pd, routing_key=OTHER_KEY)).status_code == 202
    assert pagerduty.incidents == {}


@pytest.mark.parametrize("status", ["disabled", "maintenance"])
async def test_sleeping_service_swallows(pagerduty: PagerDuty, pd: httpx.AsyncClient, status: str) -> None:
    """Disabled or in maintenance, the service makes no incident of an accepted event."""
    pagerduty.service.status = status
    assert (await send(pd)).status_code == 202
    assert pagerduty.incidents == {}


async def test_trigger_without_dedup_key_is_always_new(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """The vendor makes up a key, another one each time."""
    keys = [(await send(pd, dedup_key=None)).json()["dedup_key"] for _ in range(2)]
    assert len(set(keys)) == 2
    assert len(pagerduty.open_incidents()) == 2


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"routing_key": "short"}, "Length of 'routing_key' is incorrect (should be 32 characters)"),
        ({"routing_key": None}, "'routing_key' is missing or blank"),
        ({"event_action": "open"}, "'event_action' is missing or invalid"),
        ({"event_action": "resolve", "dedup_key": None}, "'dedup_key' is missing or blank"),
        ({"dedup_key": "k" * 256}, "Length of 'dedup_key' is incorrect"),
        ({"payload": None}, "'payload' is missing or blank"),
        ({"payload": {**PAYLOAD, "summary": ""}}, "'payload.summary' is missing or blank"),
        ({"payload": {**PAYLOAD, "summary": "s" * 1025}}, "Length of 'payload.summary' is incorrect"),
        ({"payload": {**PAYLOAD, "source": ""}}, "'payload.source' is missing or blank"),
        ({"payload": {**PAYLOAD, "severity": "high"}}, "'payload.severity' is invalid"),
        ({"images": [{"src": "http://example.net/a.png"}]}, "'images.src' is invalid"),
        ({"links": [{"text": "nowhere"}]}, "'links.href' is missing or blank"),
    ],
)
async def test_invalid_event_is_refused_with_its_reason(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, changes: dict[str, Any], text: str
) -> None:
    """400, with every error named, and nothing done."""
    good = {"routing_key": ROUTING_KEY, "event_action": "trigger", "dedup_key": "k", "payload": PAYLOAD}
    answer = await pd.post("/v2/enqueue", json={**good, **changes})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Event object is invalid"
    assert any(error.startswith(text) for error in answer.json()["errors"])
    assert pagerduty.incidents == {}


@pytest.mark.parametrize(("extra", "status"), [(0, 202), (1, 400)])
async def test_event_of_more_than_512_kilobytes_is_refused(pd: httpx.AsyncClient, extra: int, status: int) -> None:
    """The limit counts the whole body, to the byte."""
    body = (
        b'{"routing_key": "%s", "event_action": "trigger", "dedup_key": "k", "payload": '
        b'{"summary": "s", "source": "h", "severity": "info", "custom_details": {"x": "' % ROUTING_KEY.encode()
    )
    body += b"x" * (512 * 1024 - len(body) - 4 + extra) + b'"}}}'[:4]
    assert len(body) == 512 * 1024 + extra
    assert (await pd.post("/v2/enqueue", content=body)).status_code == status


async def test_121st_event_of_a_minute_is_refused_without_a_hint(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, clock: HandClock
) -> None:
    """The window slides, each key has its own, and there is no Retry-After."""
    for number in range(120):
        await send(pd, key=f"k{number}")
    refused = await send(pd, key="more")
    assert (refused.status_code, "retry-after" in refused.headers) == (429, False)
    assert (await send(pd, key="more", routing_key=OTHER_KEY)).status_code == 202
    clock.pass_by(60)
    assert (await send(pd, key="more")).status_code == 202
    assert len(pagerduty.open_incidents()) == 121


async def test_grouping_puts_alerts_into_one_incident(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """With grouping on, the incident closes when its last alert does."""
    pagerduty.service.alert_grouping = True
    await send(pd, key="a")
    await send(pd, key="b")
    (incident,) = pagerduty.open_incidents()
    await send(pd, "resolve", key="a")
    assert incident.is_open
    await send(pd, "resolve", key="b")
    assert pagerduty.open_incidents() == []


async def test_change_event_opens_nothing(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """It is kept beside the service; without a summary it is refused."""
    change = {"routing_key": ROUTING_KEY, "payload": {"summary": "release 7 shipped"}}
    assert (await pd.post("/v2/change/enqueue", json=change)).status_code == 202
    assert [known.summary for known in pagerduty.change_events] == ["release 7 shipped"]
    assert pagerduty.incidents == {}
    assert (await pd.post("/v2/change/enqueue", json={**change, "payload": {}})).status_code == 400


async def test_service_resolves_by_itself_and_says_so(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, clock: HandClock
) -> None:
    """After auto_resolve_timeout the incident is resolved, at that instant, by the service and no person."""
    pagerduty.service.auto_resolve_timeout = 14400
    await send(pd)
    opened_at = clock.now()
    clock.pass_by(hours=3.9)
    assert len(pagerduty.open_incidents("k")) == 1
    clock.pass_by(hours=20)
    (incident,) = pagerduty.incidents.values()
    assert (incident.status, incident.resolved_at) == ("resolved", opened_at + timedelta(hours=4))
    assert incident.last_status_change_by.type == "service_reference"
    assert incident.alerts[0].status == "resolved"


async def test_acknowledgement_ends(pagerduty: PagerDuty, pd: httpx.AsyncClient, clock: HandClock) -> None:
    """After acknowledgement_timeout the incident is triggered again."""
    pagerduty.service.acknowledgement_timeout = 1800
    await send(pd)
    await send(pd, "acknowledge")
    clock.pass_by(1799)
    assert [incident.status for incident in pagerduty.open_incidents()] == ["acknowledged"]
    clock.pass_by(1)
    (incident,) = pagerduty.open_incidents()
    assert (incident.status, incident.log[-1].type) == ("triggered", "unacknowledge_log_entry")
