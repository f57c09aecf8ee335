"""REST v2: who may call, what is found, what a PUT does, and how closers can be told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from incidentd.sandbox.pagerduty import ROUTING_KEY, PagerDuty
from incidentd.sandbox.pagerduty.records import Incident
from tests.sandbox.conftest import HandClock
from tests.sandbox.test_events import send


async def opened(pagerduty: PagerDuty, pd: httpx.AsyncClient, key: str = "k") -> Incident:
    """An incident by event."""
    await send(pd, key=key)
    return pagerduty.open_incidents(key)[0]


async def put(pd: httpx.AsyncClient, incident: Incident, **wish: Any) -> httpx.Response:
    document = {"incident": {"type": "incident_reference", **wish}}
    return await pd.put(f"/incidents/{incident.id}", json=document)


@pytest.mark.parametrize("credentials", ["", "Token token=wrong", "Bearer wrong", "Basic c2FuZGJveA=="])
async def test_wrong_token_is_told_by_code(pd: httpx.AsyncClient, credentials: str) -> None:
    """401, code 2006."""
    answer = await pd.get("/incidents", headers={"Authorization": credentials})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 2006)


async def test_old_accept_header_is_refused(pd: httpx.AsyncClient) -> None:
    """Version 2 has to be asked for."""
    answer = await pd.get("/incidents", headers={"Accept": "application/vnd.pagerduty+json;version=1"})
    assert answer.status_code == 406


async def test_write_without_a_known_requester_is_refused(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """400, code 1008: From has to be the login of a user."""
    incident = await opened(pagerduty, pd)
    for sender in ("", "nobody@example.net"):
        answer = await pd.post(
            f"/incidents/{incident.id}/notes", json={"note": {"content": "n"}}, headers={"From": sender}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 1008)
    assert incident.notes == []


async def test_read_back_by_dedup_key_finds_the_incident_without_showing_the_key(
    pagerduty: PagerDuty, pd: httpx.AsyncClient
) -> None:
    """Incidents with alerts have no key; the alert's key is the one to believe."""
    incident = await opened(pagerduty, pd)
    await opened(pagerduty, pd, "other")
    (found,) = (await pd.get("/incidents", params={"incident_key": "k", "date_range": "all"})).json()["incidents"]
    assert (found["id"], found["incident_key"]) == (incident.id, None)
    alerts = (await pd.get(f"/incidents/{incident.id}/alerts", params={"alert_key": "k"})).json()["alerts"]
    assert [alert["alert_key"] for alert in alerts] == ["k"]
    assert (await pd.get(f"/incidents/{incident.id}/alerts", params={"alert_key": "x"})).json()["alerts"] == []


async def test_list_forgets_what_is_older_than_a_month(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, clock: HandClock
) -> None:
    """Without date_range=all the window is one month, although the incident is still open."""
    await opened(pagerduty, pd)
    clock.pass_by(days=31)
    assert (await pd.get("/incidents", params={"incident_key": "k"})).json()["incidents"] == []
    every = await pd.get("/incidents", params={"incident_key": "k", "date_range": "all"})
    assert len(every.json()["incidents"]) == 1
    since = (clock.now() - timedelta(days=40)).isoformat()
    assert len((await pd.get("/incidents", params={"since": since})).json()["incidents"]) == 1


async def test_list_filters_by_status_and_service(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """statuses[] may be repeated; an unknown one is an error."""
    first = await opened(pagerduty, pd, "a")
    await opened(pagerduty, pd, "b")
    pagerduty.person_resolves(first.id)
    open_ones = await pd.get("/incidents", params={"statuses[]": ["triggered", "acknowledged"]})
    assert [found["title"] for found in open_ones.json()["incidents"]] == ["s"]
    assert (await pd.get("/incidents", params={"service_ids[]": "P404"})).json()["incidents"] == []
    assert (await pd.get("/incidents", params={"statuses[]": "open"})).status_code == 400


async def test_pages_end_at_ten_thousand(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """`more` says whether to go on; beyond 10,000 the call is an error."""
    for number in range(3):
        await opened(pagerduty, pd, f"k{number}")
    page = (await pd.get("/incidents", params={"limit": 2, "total": "true"})).json()
    assert (len(page["incidents"]), page["more"], page["total"]) == (2, True, 3)
    rest = (await pd.get("/incidents", params={"limit": 2, "offset": 2})).json()
    assert (len(rest["incidents"]), rest["more"], rest["total"]) == (1, False, None)
    assert (await pd.get("/incidents", params={"limit": 100, "offset": 9901})).status_code == 400
    assert (await pd.get("/incidents", params={"limit": 100, "offset": 9900})).status_code == 200


async def test_put_acknowledges_resolves_and_opens_again(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """A resolved incident is opened by a PUT of triggered; resolving it twice is an error (1001)."""
    incident = await opened(pagerduty, pd)
    for status in ("acknowledged", "resolved"):
        assert (await put(pd, incident, status=status)).json()["incident"]["status"] == status
    assert incident.alerts[0].status == "resolved"
    again = await put(pd, incident, status="resolved")
    assert (again.status_code, again.json()["error"]["code"]) == (400, 1001)
    assert (await put(pd, incident, status="triggered")).json()["incident"]["resolved_at"] is None
    assert pagerduty.open_incidents("k") == [incident]


@pytest.mark.parametrize(("revives", "incidents"), [(False, 2), (True, 1)])
async def test_trigger_after_a_reopening_is_a_matter_of_the_alert(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, revives: bool, incidents: int
) -> None:
    """Whether a reopened incident's alert takes events again is not documented: both can be met."""
    pagerduty.reopening_revives_alerts = revives
    incident = await opened(pagerduty, pd)
    await put(pd, incident, status="resolved")
    await put(pd, incident, status="triggered")
    await send(pd)
    assert len(pagerduty.open_incidents("k")) == incidents


async def test_closers_can_be_told_apart(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """A person is a user_reference, the service and an event are not."""
    types = {}
    for who in ("person", "service", "event"):
        incident = await opened(pagerduty, pd, who)
        if who == "person":
            pagerduty.person_resolves(incident.id)
        elif who == "service":
            pagerduty.machine_resolves(incident.id)
        else:
            await send(pd, "resolve", key=who)
        shown = (await pd.get(f"/incidents/{incident.id}")).json()["incident"]
        log = (await pd.get(f"/incidents/{incident.id}/log_entries")).json()["log_entries"]
        (resolve,) = [entry for entry in log if entry["type"] == "resolve_log_entry"]
        assert resolve["agent"] == shown["last_status_change_by"]
        types[who] = resolve["agent"]["type"]
    assert types == {"person": "user_reference", "service": "service_reference", "event": "integration_reference"}


async def test_put_sets_title_urgency_and_priority(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """Priority by reference or by name; an unknown one is an error (1020)."""
    incident = await opened(pagerduty, pd)
    first = pagerduty.priorities[0]
    wish = {"id": first.id, "type": "priority_reference"}
    shown = (await put(pd, incident, title="t", urgency="high", priority=wish)).json()["incident"]
    assert (shown["title"], shown["urgency"], shown["priority"]["name"]) == ("t", "high", "P1")
    assert (await put(pd, incident, priority="P2")).json()["incident"]["priority"]["name"] == "P2"
    assert (await put(pd, incident, priority="P9")).json()["error"]["code"] == 1020


async def test_put_of_many_is_bounded(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """Up to 250 at a time; one unknown id and nothing is done."""
    first, second = await opened(pagerduty, pd, "a"), await opened(pagerduty, pd, "b")
    wishes = [{"id": one.id, "type": "incident_reference", "status": "resolved"} for one in (first, second)]
    missing = {"id": "Q404", "type": "incident_reference", "status": "resolved"}
    assert (await pd.put("/incidents", json={"incidents": [*wishes, missing]})).status_code == 404
    assert len(pagerduty.open_incidents()) == 2
    assert (await pd.put("/incidents", json={"incidents": wishes})).status_code == 200
    assert pagerduty.open_incidents() == []
    assert (await pd.put("/incidents", json={"incidents": wishes * 126})).status_code == 413


async def test_created_incident_key_is_taken_while_open(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """A second open incident with the same key on the service is an error, and none once it is closed."""
    service = {"id": pagerduty.service.id, "type": "service_reference"}
    wish = {"incident": {"type": "incident", "title": "t", "service": service, "incident_key": "mine"}}
    made = await pd.post("/incidents", json=wish)
    assert (made.status_code, made.json()["incident"]["incident_key"]) == (201, "mine")
    taken = await pd.post("/incidents", json=wish)
    assert (taken.status_code, taken.json()["error"]["code"]) == (400, 2001)
    pagerduty.person_resolves(made.json()["incident"]["id"])
    assert (await pd.post("/incidents", json=wish)).status_code == 201


async def test_notes_end_at_two_thousand(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """One more is an error."""
    incident = await opened(pagerduty, pd)
    for number in range(1999):
        pagerduty.person_notes(incident.id, f"n{number}")
    path = f"/incidents/{incident.id}/notes"
    assert (await pd.post(path, json={"note": {"content": "last"}})).json()["note"]["content"] == "last"
    assert (await pd.post(path, json={"note": {"content": "one more"}})).status_code == 400
    assert len((await pd.get(path)).json()["notes"]) == 2000


async def test_service_shows_its_traps(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """Time-outs, urgency, grouping and, where asked for, the routing key of each integration."""
    pagerduty.service.auto_resolve_timeout, pagerduty.service.alert_grouping = 14400, True
    path = f"/services/{pagerduty.service.id}"
    shown = (await pd.get(path, params={"include[]": "integrations"})).json()["service"]
    assert (shown["auto_resolve_timeout"], shown["acknowledgement_timeout"]) == (14400, None)
    assert shown["alert_grouping_parameters"]["type"] == "intelligent"
    assert shown["integrations"][0]["integration_key"] == ROUTING_KEY
    assert "integration_key" not in (await pd.get(path)).json()["service"]["integrations"][0]


async def test_account_key_is_nobody(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """With an account key /users/me cannot be answered."""
    assert (await pd.get("/users/me")).json()["user"]["email"] == pagerduty.from_email
    pagerduty.rest.token_owner = None
    assert (await pd.get("/users/me")).status_code == 400


async def test_date_header_is_the_given_clock(pd: httpx.AsyncClient, clock: HandClock) -> None:
    """Clients that distrust their own clock can compare."""
    clock.pass_by(days=400)
    assert (await pd.get("/abilities")).headers["date"] == "Mon, 27 Dec 2027 12:00:00 GMT"


async def test_people_snooze_reassign_and_merge(pagerduty: PagerDuty, pd: httpx.AsyncClient, clock: HandClock) -> None:
    """A snooze ends by itself, a merge moves the alerts and resolves what they came from."""
    first, second = await opened(pagerduty, pd, "a"), await opened(pagerduty, pd, "b")
    pagerduty.snooze(first.id, 3600)
    assert first.status == "acknowledged"
    clock.pass_by(3600)
    assert pagerduty.incidents[first.id].status == "triggered"
    pagerduty.person_reassigns(first.id, "person@example.net")
    shown = (await pd.get(f"/incidents/{first.id}")).json()["incident"]
    assert shown["assignments"][0]["assignee"]["summary"] == "On-call person"
    pagerduty.merge(first.id, second.id)
    merged = (await pd.get(f"/incidents/{first.id}")).json()["incident"]
    assert (merged["status"], merged["resolve_reason"]["incident"]["id"]) == ("resolved", second.id)
    assert pagerduty.open_incidents("a") == [second]
    await send(pd, "resolve", key="b")
    assert pagerduty.open_incidents() == [second]
    await send(pd, "resolve", key="a")
    assert pagerduty.open_incidents() == []


async def test_merging_moves_the_alerts_and_refuses_what_cannot_be_merged(
    pagerduty: PagerDuty, pd: httpx.AsyncClient
) -> None:
    """Into an open incident only, from another open one that has alerts, a thousand in all, by somebody known."""
    first, second = await opened(pagerduty, pd, "a"), await opened(pagerduty, pd, "b")
    assert (await merge(pd, first, second)).json()["incident"]["id"] == first.id
    assert ([alert.status for alert in first.alerts], second.status) == (["triggered"] * 2, "resolved")
    assert second.merged_into == first.id
    empty = pagerduty.open_incident(pagerduty.service, "t", "low", pagerduty.on_call.agent, pagerduty.now(), {})
    full = await opened(pagerduty, pd, "c")
    full.alerts *= 999
    for target, source in ((second, first), (first, second), (first, first), (first, empty), (full, first)):
        assert (await merge(pd, target, source)).status_code == 400
    assert (await merge(pd, full, first, sender="nobody@example.net")).json()["error"]["code"] == 1008


async def merge(pd: httpx.AsyncClient, target: Incident, source: Incident, **sender: str) -> httpx.Response:
    document = {"source_incidents": [{"id": source.id, "type": "incident_reference"}]}
    headers = {"From": sender["sender"]} if sender else None
    return await pd.put(f"/incidents/{target.id}/merge", json=document, headers=headers)


async def test_users_are_found_by_name_or_address(pd: httpx.AsyncClient) -> None:
    """Any part of it, in any case."""
    found = (await pd.get("/users", params={"query": "PERSON@example"})).json()["users"]
    assert [user["email"] for user in found] == ["person@example.net"]
