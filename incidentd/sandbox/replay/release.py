"""The release of the story: what its build carries, its own ticket, and what its people say of it to incidentd."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from incidentd.artefacts.scan import Build, scan
from incidentd.daemon.announcing import announce, ship
from incidentd.daemon.installation import Installation
from incidentd.model.plan import ActionKind
from incidentd.planning.announcing import announcement
from incidentd.sandbox.jira.records import Issue
from incidentd.sandbox.replay.tickets import Ticket, issue_of
from incidentd.sandbox.scene import Scene

NAME = "storage-2013.1"
SAYS = "release pipeline"
SUMMARY = f"Release {NAME}"
TIMELINE = "PagerDuty's timeline of changes"


@dataclass(frozen=True, slots=True)
class StagedRelease:
    """What stands on the scene of it; its ticket lies in the Jira of the scene, once there is one."""

    scene: Scene
    installation: Installation

    async def announce(self, planned_at: datetime) -> None:
        """As `incidentd release announce` does it, with the store as what the build carries."""
        issue = self._issue or self._written()
        carried = scan(Build((str(self.scene.store_folder),))).carried
        now = self.installation.clock.now()
        said = announcement(NAME, now, planned_at=planned_at, carried=carried, ticket=issue.key)
        await announce(self.installation, said, SAYS)

    async def ship(self) -> None:
        """As `incidentd release shipped` does it: a word, and no more."""
        await ship(self.installation, NAME, SAYS)

    @property
    def ticket(self) -> Ticket | None:
        """Its own, as it stands; None before it was announced."""
        return None if self._issue is None else issue_of(self.scene, self._issue)

    @property
    def told(self) -> Mapping[ActionKind, tuple[str, ...]]:
        """What was said so far on its own ticket, and on PagerDuty's timeline of changes. Oldest first."""
        ticket, changes = self.ticket, self.scene.pagerduty.change_events
        return {
            ActionKind.TELL: ticket.comments if ticket else (),
            ActionKind.CHANGE: tuple(change.summary for change in changes),
        }

    def quoted(self, said: Mapping[ActionKind, Iterable[str]]) -> tuple[str, ...]:
        """The same words, with where they stand."""
        where = {ActionKind.TELL: self.ticket.name if self.ticket else "", ActionKind.CHANGE: TIMELINE}
        return tuple(f"{where[kind]}: {text}" for kind, texts in said.items() for text in texts)

    @property
    def _issue(self) -> Issue | None:
        issues = self.scene.jira.issues.values()
        return next((issue for issue in issues if issue.fields.get("summary") == SUMMARY), None)

    def _written(self) -> Issue:
        """Somebody of those who release writes it."""
        jira = self.scene.jira
        return jira.create(jira.project, "Task", {"summary": SUMMARY}, jira.someone)
