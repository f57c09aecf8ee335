"""The `jira` package, as anybody's script uses it, sees in both Jiras what the daemon wrote."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import jira
import pytest

from incidentd.ports import SystemClock, SystemRandomness
from incidentd.sandbox.jira import DataCenter, Jira, adf
from incidentd.sandbox.serving import serving
from incidentd.trackers.jira import cloud, datacenter, wiki
from incidentd.trackers.jira.dialect import Dialect
from incidentd.trackers.jira.tracker import JiraTracker
from incidentd.transport import Transport
from tests.conformance.judge import assert_nothing_refused, judged
from tests.trackers.examples import FIXED, STEP_UP, WORSE, content
from tests.trackers.stage import confirmed


@dataclass
class Site:
    """A site on a socket, the daemon's tracker before it, and a script's client beside that."""

    world: Jira
    tracker: JiraTracker
    connect: Callable[[], jira.JIRA]
    plain: Callable[[Any], str]


@pytest.fixture(params=["cloud", "datacenter"])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """The daemon's own requests are judged; the script's are its own affair."""
    clock, is_cloud = SystemClock(), request.param == "cloud"
    made: Jira = (Jira if is_cloud else DataCenter)(now=clock.now)
    world = judged(made, "jira-cloud-v3" if is_cloud else "jira-dc-v2")
    dialect: Dialect = cloud.Cloud() if is_cloud else datacenter.DataCenter()
    transport = Transport(clock, SystemRandomness())
    async with serving(world) as url:
        tracker = JiraTracker(
            "queue",
            transport,
            clock,
            base_url=url,
            api_token=lambda: world.api_token,
            email=world.email if is_cloud else None,
            project=world.project_key,
            dialect=dialect,
        )
        access: dict[str, Any] = (
            {"basic_auth": (world.email, world.api_token), "options": {"rest_api_version": "3"}}
            if is_cloud
            else {"token_auth": world.api_token}
        )
        yield Site(
            world,
            tracker,
            lambda: jira.JIRA(url, get_server_info=True, max_retries=0, **access),
            adf.plain if is_cloud else wiki.plain,
        )
    await transport.close()


async def test_a_script_sees_what_the_daemon_wrote(site: Site) -> None:
    """Summary, labels, description, comment, priority, due date, status and property; then the closing."""
    made = confirmed(await site.tracker.open(content()))
    confirmed(await site.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    await asyncio.to_thread(_sees_it_open, site, made.ref.id)
    confirmed(await site.tracker.close(made.ref, content().key, FIXED))
    await asyncio.to_thread(_sees_it_done, site, made.ref.id)


def _sees_it_open(site: Site, id: str) -> None:
    site.world.judge, judge = None, site.world.judge
    with closing(site.connect()) as client:
        said, issue = content(**WORSE), client.issue(id)
        fields = issue.fields
        assert "api.example.com" in fields.summary
        assert {"incidentd", said.marker, "sev-critical"} <= set(fields.labels)
        assert said.headline in site.plain(issue.raw["fields"]["description"])
        assert (fields.priority.name, fields.duedate) == ("Highest", "2026-11-27")
        assert fields.status.statusCategory.key == "new"
        assert [site.plain(comment.raw["body"]) for comment in client.comments(issue)] == [STEP_UP.text]
        assert said.key in str(client.issue_property(issue, "incidentd").raw["value"])
        found = client.search_issues(f'labels = "{said.marker}" AND statusCategory != Done', fields="summary")
        assert [hit.key for hit in found] == [issue.key]
    site.world.judge = judge


def _sees_it_done(site: Site, id: str) -> None:
    assert_nothing_refused(site.world)
    site.world.judge = None
    with closing(site.connect()) as client:
        issue = client.issue(id)
        assert issue.fields.status.statusCategory.key == "done"
        assert FIXED.text in [site.plain(comment.raw["body"]) for comment in client.comments(issue)]
        assert client.search_issues(f'labels = "{content().marker}" AND statusCategory != Done') == []
