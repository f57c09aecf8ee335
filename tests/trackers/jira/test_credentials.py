"""Who we are to Jira: bad, missing and scoped credentials; and no secret in any text."""

from typing import Any

import pytest

from incidentd.errors import ConfigError, TrackerError
from incidentd.model.ticket import Retryable
from incidentd.sandbox.jira import Jira
from incidentd.transport import Transport
from tests.trackers.examples import content
from tests.trackers.jira.stage import BASE_URL, JiraStage
from tests.trackers.stage import confirmed
from tests.transport.clocks import EvenChance


async def test_bad_credentials_that_become_nobody_are_noticed(stage: JiraStage) -> None:
    """An anonymous caller gets 400 and 404; no write is called rejected, nothing is called missing or opened again."""
    made = await stage.opened()
    stage.world.anonymous_downgrade = True
    token, stage.world.api_token = stage.world.api_token, "another"
    tracker = stage.over(stage.transport, BASE_URL, api_token=lambda: token)
    assert isinstance(await tracker.open(content("b" * 64)), Retryable)
    assert isinstance(await tracker.reopen(made.ref, content(), made.written, ()), Retryable)
    with pytest.raises(TrackerError):
        await tracker.read([made.ref])
    assert len(stage.refs()) == 1


async def test_no_secret_stands_in_any_text(stage: JiraStage) -> None:
    """Neither outcomes nor errors nor reprs hold the token, plain or as Basic."""
    made = await stage.opened()
    stage.app.unauthorized = True
    with pytest.raises(TrackerError) as caught:
        await stage.tracker.read([made.ref])
    shown = f"{await stage.tracker.open(content())!r} {caught.value!r} {caught.value} {stage.tracker!r} {made!r}"
    assert stage.world.api_token not in shown
    assert "Basic" not in shown


async def test_without_an_email_the_token_is_a_bearer(stage: JiraStage) -> None:
    """As personal access tokens are sent."""
    tracker = stage.over(stage.transport, BASE_URL, email=None)
    confirmed(await tracker.open(content()))
    assert {entry.request.header("authorization") for entry in stage.world.journal} == {"Bearer ***"}


async def test_a_secret_that_cannot_be_read_holds_everything(stage: JiraStage) -> None:
    """Its file is gone for a moment: nothing is sent, nothing is lost."""

    def unreadable() -> str:
        raise ConfigError("the secret file cannot be read", where="/run/secrets/jira")

    tracker = stage.over(stage.transport, BASE_URL, api_token=unreadable)
    outcome = await tracker.open(content())
    assert isinstance(outcome, Retryable)
    assert "/run/secrets/jira" in outcome.text
    assert stage.world.journal == []


class Gateway:
    """The vendor's API gateway before a site: it takes its own prefix off the path."""

    def __init__(self, site: Jira) -> None:
        self.site = site

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix("/ex/jira/0b1c")
        await self.site({**scope, "path": path, "raw_path": path.encode()}, receive, send)


async def test_a_scoped_tokens_site_is_asked_for(stage: JiraStage) -> None:
    """Its base URL is a gateway where no browser goes; the site says its own address."""
    site = Transport(stage.clock, EvenChance(), apps={"https://api.example": Gateway(stage.world)})
    tracker = stage.over(site, "https://api.example/ex/jira/0b1c")
    made = confirmed(await tracker.open(content()))
    assert made.ref.url.startswith("https://api.example")
    assert made.ref.url.endswith(f"/browse/{made.ref.key}")
    assert "/ex/jira/" not in made.ref.url
