"""The sandbox driven from another process: state, journal, faults, switches and actions over HTTP."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx

from incidentd.sandbox.ca import CertificateAuthority
from incidentd.sandbox.jira import Jira
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.serving import serving
from tests.sandbox.test_events import send
from tests.sandbox.test_faults import create


async def test_actions_switches_and_faults_by_http(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """What a test can do in process, an outsider can do by HTTP; none of it stands in the journal."""
    await create(cloud)
    root = "http://jira/__sandbox__"
    act = {"action": "person_transitions", "arguments": {"issue": "OPS-1", "status": "Done"}}
    assert (await cloud.post(f"{root}/actions", json=act)).status_code == 200
    assert jira.is_done(jira.issue("OPS-1"))
    await cloud.post(f"{root}/faults", json={"fault": {"kind": "too_many", "retry_after_seconds": 7}, "method": "GET"})
    assert (await cloud.get("/myself")).headers["retry-after"] == "7"
    await cloud.post(f"{root}/switches", json={"down": True, "index_lag_seconds": 60})
    assert (await cloud.get("/myself")).status_code == 503
    assert jira.index_lag.total_seconds() == 60
    state = (await cloud.get(f"{root}/state")).json()
    assert state["issues"][0]["fields"]["status"]["statusCategory"]["key"] == "done"
    journal = (await cloud.get(f"{root}/journal")).json()
    assert [entry["target"] for entry in journal] == ["/rest/api/3/issue", "/rest/api/3/myself", "/rest/api/3/myself"]
    assert (await cloud.post(f"{root}/reset")).status_code == 204
    assert (jira.issues, jira.journal, jira.down) == ({}, [], False)


async def test_workflow_can_be_switched_by_http(jira: Jira, cloud: httpx.AsyncClient) -> None:
    """A resolution becomes required, the names are translated, and reopening is gone."""
    wish = {"workflow": {"reopen": False, "resolution": "required", "names": {"Done": "Erledigt"}}}
    await cloud.post("http://jira/__sandbox__/switches", json=wish)
    assert [step.name for step in jira.project.workflow.transitions] == ["Start progress", "Stop progress", "Erledigt"]


async def test_unknown_order_is_refused_with_what_there_is(cloud: httpx.AsyncClient) -> None:
    """A misspelt name must not look like success."""
    root = "http://jira/__sandbox__"
    for path, order in (
        ("actions", {"action": "person_sleeps"}),
        ("switches", {"downn": True}),
        ("faults", {"fault": {"kind": "earthquake"}}),
        ("actions", {"action": "delete", "arguments": {"issue": "OPS-404"}}),
    ):
        answer = await cloud.post(f"{root}/{path}", json=order)
        assert answer.status_code == 400
        assert answer.json()["error"]


async def test_pagerduty_is_driven_the_same_way(pagerduty: PagerDuty, pd: httpx.AsyncClient) -> None:
    """A person resolves, the service's settings change, and the state shows both."""
    await send(pd)
    (incident,) = pagerduty.open_incidents()
    root = "http://pd/__sandbox__"
    act = {"action": "person_resolves", "arguments": {"incident": incident.id}}
    await pd.post(f"{root}/actions", json=act)
    await pd.post(f"{root}/switches", json={"service_status": "maintenance", "processing_delay_seconds": 5})
    state = (await pd.get(f"{root}/state")).json()
    assert state["incidents"][0]["last_status_change_by"]["type"] == "user_reference"
    assert state["services"][0]["status"] == "maintenance"
    await pd.post(f"{root}/reset")
    assert (pagerduty.incidents, pagerduty.service.status) == ({}, "active")


async def test_serving_ends_at_once_with_an_open_connection(pagerduty: PagerDuty) -> None:
    """A kept-alive connection does not hold the end up, and the port is free afterwards."""
    async with httpx.AsyncClient() as client:
        async with asyncio.timeout(5):
            async with serving(pagerduty) as url:
                assert (await client.get(f"{url}/__sandbox__/state")).status_code == 200
            port = int(url.rpartition(":")[2])
            async with serving(pagerduty, port) as again:
                assert again == url


async def test_served_over_tls(pagerduty: PagerDuty, tmp_path: Path) -> None:
    """With a certificate's and a key's file the same application speaks HTTPS."""
    begin, end = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    authority = CertificateAuthority(not_before=begin, not_after=end)
    issued = authority.issue(["127.0.0.1"], not_before=begin, not_after=end)
    (tmp_path / "chain.pem").write_bytes(issued.chain_pem)
    (tmp_path / "key.pem").write_bytes(issued.key_pem)
    trust = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    async with (
        serving(pagerduty, tls=(str(tmp_path / "chain.pem"), str(tmp_path / "key.pem"))) as url,
        httpx.AsyncClient(verify=trust) as client,
    ):
        assert url.startswith("https://")
        assert (await client.get(f"{url}/__sandbox__/state")).status_code == 200


async def test_program_says_where_it_is_and_ends_on_a_signal() -> None:
    """`python -m incidentd.sandbox` prints one line of JSON, serves, and exits 0 on SIGTERM."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "incidentd.sandbox", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        said = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        async with httpx.AsyncClient() as client:
            jira = said["jira"]
            myself = f"{jira['base_url']}/rest/api/3/myself"
            assert (await client.get(myself, auth=(jira["email"], jira["api_token"]))).status_code == 200
            state = await client.get(f"{said['pagerduty']['api_url']}/__sandbox__/state")
            assert state.json()["routing_key"] == said["pagerduty"]["routing_key"]
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
