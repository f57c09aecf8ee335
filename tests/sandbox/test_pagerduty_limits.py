"""How much an account bears: calls a minute, writes a minute, open incidents of a service."""

from __future__ import annotations

import httpx
import pytest

from incidentd.sandbox.pagerduty import PagerDuty
from tests.sandbox.conftest import HandClock
from tests.sandbox.test_pagerduty_rest import opened, put


@pytest.mark.parametrize("bare", [False, True])
async def test_961st_call_of_a_minute_is_refused(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, clock: HandClock, bare: bool
) -> None:
    """With ratelimit headers, or without any, and until the minute is over."""
    pagerduty.bare_429 = bare
    for _ in range(959):
        await pd.get("/abilities")
    last = await pd.get("/abilities")
    assert (last.status_code, last.headers["ratelimit-remaining"]) == (200, "0")
    refused = await pd.get("/abilities")
    assert (refused.status_code, refused.headers.get("ratelimit-reset")) == (429, None if bare else "60")
    clock.pass_by(60)
    assert (await pd.get("/abilities")).status_code == 200


async def test_too_many_puts_are_refused_before_other_calls_are(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, clock: HandClock
) -> None:
    """They have a limit of their own; what is refused says when it ends, and reading goes on."""
    pagerduty.switches()["puts_per_minute"](2)
    incident = await opened(pagerduty, pd)
    said = [await put(pd, incident, title=f"{number}") for number in range(3)]
    assert [(one.status_code, one.headers["ratelimit-remaining"]) for one in said] == [
        (200, "1"),
        (200, "0"),
        (429, "0"),
    ]
    assert (await pd.get("/abilities")).headers["ratelimit-limit"] == "960"
    clock.pass_by(60)
    assert (await put(pd, incident, title="again")).status_code == 200


async def test_a_crowded_service_begins_to_resolve_by_itself(
    pagerduty: PagerDuty, pd: httpx.AsyncClient, clock: HandClock
) -> None:
    """Of 100,000 open incidents on; two are enough here."""
    pagerduty.switches()["most_open_incidents"](2)
    for number in range(2):
        assert (await pd.get(f"/services/{pagerduty.service.id}")).json()["service"]["auto_resolve_timeout"] is None
        pagerduty.open_incident(pagerduty.service, f"{number}", "high", pagerduty.users[0].agent, clock.now(), {})
    assert (await pd.get(f"/services/{pagerduty.service.id}")).json()["service"]["auto_resolve_timeout"] == 84_600
    clock.pass_by(84_600)
    assert pagerduty.open_incidents() == []
