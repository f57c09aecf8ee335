"""The vendor's own `pagerduty` package, as anybody's script uses it, sees in the account what the daemon wrote."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pagerduty
import pytest

from incidentd.model.ticket import TicketStatus
from incidentd.sandbox.serving import serving
from incidentd.trackers.interface import ChangeContent
from tests.trackers.examples import FIXED, STEP_UP, WORSE, content
from tests.trackers.pagerduty.stage import API_URL, EVENTS_URL, PagerDutyStage
from tests.trackers.stage import confirmed
from tests.transport.authority import Authority


@dataclass
class Script:
    """Somebody's script beside the daemon."""

    rest: pagerduty.RestApiV2Client
    events: pagerduty.EventsApiV2Client

    async def list_all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every record of a list."""
        return await asyncio.to_thread(lambda: list(self.rest.iter_all(path, params=params)))

    async def get(self, path: str) -> Any:
        """One record, unwrapped, or all of a list that has no pages."""
        return await asyncio.to_thread(self.rest.rget, path)


@pytest.fixture
async def script(stage: PagerDutyStage, tmp_path: Path) -> AsyncIterator[Script]:
    """The package takes https only, and verifies it."""
    authority, world = Authority(), stage.world
    more: dict[str, Any] = {"verify": authority.client(), "trust_env": False}
    async with serving(world, tls=authority.files(tmp_path, "127.0.0.1")) as url:
        rest = pagerduty.RestApiV2Client(world.api_token, default_from=world.from_email, base_url=url, **more)
        events = pagerduty.EventsApiV2Client(stage.routing_key, base_url=url, **more)
        yield Script(rest, events)
        for client in (rest, events):
            await asyncio.to_thread(client.close)


async def test_a_script_sees_the_whole_life_that_the_daemon_wrote(stage: PagerDutyStage, script: Script) -> None:
    """The page, its details, priority and links; the step; the note, the change, and the end."""
    tracker = stage.over(stage.transport, EVENTS_URL, API_URL, board_url="https://certs.example.net")
    made = confirmed(await tracker.open(content()))
    [incident] = await script.list_all("incidents", date_range="all", incident_key=content().key)
    assert (incident["id"], incident["status"], incident["urgency"]) == (made.ref.id, "triggered", "low")
    assert (incident["title"], incident["priority"]["name"]) == (content().title, "P4")
    [alert] = await script.list_all(f"incidents/{incident['id']}/alerts")
    assert alert["alert_key"] == content().key
    assert alert["body"]["details"]["1 what"] == content().what
    assert alert["body"]["contexts"][0]["href"].startswith("https://certs.example.net/c/")
    worse = confirmed(await tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    after = await script.get(f"incidents/{incident['id']}")
    assert (after["urgency"], after["priority"]["name"]) == ("high", "P2")
    await tracker.tell_change(ChangeContent("shipped", "ci", datetime(2026, 11, 22, tzinfo=UTC)))
    confirmed(await tracker.close(made.ref, content().key, FIXED, worse.written))
    notes = await script.get(f"incidents/{incident['id']}/notes")
    assert [note["content"] for note in notes] == [FIXED.text]
    assert (await script.get(f"incidents/{incident['id']}"))["status"] == "resolved"
    assert stage.world.change_events[0].summary == "shipped"


async def test_the_daemon_sees_what_a_script_did(stage: PagerDutyStage, script: Script) -> None:
    """Acknowledged under the same key through the same integration, and resolved by a person's script."""
    made = await stage.opened()
    await asyncio.to_thread(script.events.acknowledge, content().key)
    [ticket] = await stage.tracker.read([made.ref])
    assert (ticket.status, ticket.acknowledged) == (TicketStatus.OPEN, True)
    again = await asyncio.to_thread(
        script.events.trigger, "the same certificate, said by a script", "elsewhere", dedup_key=content().key
    )
    assert (again, len(stage.refs())) == (content().key, 1)
    await asyncio.to_thread(
        script.rest.rput, f"incidents/{made.ref.id}", json={"type": "incident_reference", "status": "resolved"}
    )
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.status is TicketStatus.CLOSED
