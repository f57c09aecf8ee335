"""Jira, Cloud and Data Center, as a stage: the sandbox's site in process, and a tracker on it."""

from collections.abc import Callable
from typing import Any

from incidentd.model.ticket import TicketRef
from incidentd.sandbox.jira import DataCenter, Jira, adf
from incidentd.sandbox.jira.records import Issue
from incidentd.sandbox.jira.workflow import default_workflow
from incidentd.trackers.jira import datacenter, wiki
from incidentd.trackers.jira.tracker import JiraTracker
from incidentd.transport import Transport
from tests.conformance.judge import judged
from tests.trackers.examples import FIXED, content
from tests.trackers.stage import Stage, confirmed
from tests.transport.clocks import EvenChance, HeldClock

BASE_URL = "https://acme.example"
ISSUE = "/rest/api/3/issue"


class JiraStage(Stage):
    """The sandbox's site, in process."""

    create_path = ISSUE
    world: Jira

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.world = self.site()
        self.app = self.world
        self.transport = Transport(self.clock, EvenChance(), apps={BASE_URL: self.world})
        self.tracker = self.over(self.transport, BASE_URL)

    def site(self) -> Jira:
        """A site that the vendor's document judges."""
        return judged(Jira(now=self.clock.now, sleep=self.clock.sleep), "jira-cloud-v3")

    def over(self, transport: Transport, base_url: str, **changes: Any) -> JiraTracker:
        """The same tracker by another way, or with other settings."""
        settings: dict[str, Any] = {
            "base_url": base_url,
            "email": self.world.email,
            "api_token": lambda: self.world.api_token,
            "project": self.world.project_key,
        }
        return JiraTracker("queue", transport, self.clock, **{**settings, **changes})

    def refs(self) -> list[TicketRef]:
        return [ref_to(issue) for issue in self.world.issues.values()]

    def open_refs(self) -> list[TicketRef]:
        return [ref_to(issue) for issue in self.world.issues.values() if not self.world.is_done(issue)]

    def comments(self, ref: TicketRef) -> list[str]:
        return [self.plain(comment.body) for comment in self.world.issue(ref.id).comments]

    def plain(self, body: Any) -> str:
        """What a body says."""
        return adf.plain(body)

    def person_closes(self, ref: TicketRef) -> None:
        self.world.person_transitions(ref.id, "Done", resolution="Done")

    def machine_closes(self, ref: TicketRef) -> None:
        self.world.machine_transitions(ref.id, "Done")

    def duplicate(self, ref: TicketRef) -> TicketRef:
        return ref_to(self.world.clone(ref.id, account=self.world.bot.account_id, properties=True))

    def person_takes(self, ref: TicketRef) -> None:
        self.world.person_transitions(ref.id, "In Progress")

    def by_url(self, transport: Transport, url: str) -> JiraTracker:
        return self.over(transport, url)

    def with_token(self, token: Callable[[], str]) -> JiraTracker:
        return self.over(self.transport, BASE_URL, api_token=token)

    def secrets(self) -> tuple[str, ...]:
        return (self.world.api_token, "Basic")

    def hide(self) -> None:
        self.world.revoke_permission("BROWSE_PROJECTS")

    def issue(self, ref: TicketRef) -> Issue:
        """The issue as the site holds it."""
        return self.world.issue(ref.id)


class DataCenterStage(JiraStage):
    """The same people before a Data Center, called with a personal access token."""

    create_path = "/rest/api/2/issue"
    world: DataCenter

    def site(self) -> DataCenter:
        return judged(DataCenter(now=self.clock.now, sleep=self.clock.sleep), "jira-dc-v2")

    def over(self, transport: Transport, base_url: str, **changes: Any) -> JiraTracker:
        return super().over(transport, base_url, **{"email": None, "dialect": datacenter.DataCenter(), **changes})

    def plain(self, body: Any) -> str:
        return wiki.plain(body)

    def secrets(self) -> tuple[str, ...]:
        return (self.world.api_token, "Bearer")


def ref_to(issue: Issue) -> TicketRef:
    """How the tracker calls this issue."""
    return TicketRef(str(issue.id), issue.key, f"{BASE_URL}/browse/{issue.key}")


async def closed_for_good(stage: JiraStage) -> TicketRef:
    """A closed issue whose workflow has no way back."""
    stage.world.project.workflow = default_workflow(reopen=False)
    made = await stage.opened()
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    return made.ref
