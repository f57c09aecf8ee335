"""What a triager reads in Jira, kept as files to be read by eye: the issue, an update, the comments, the closing note.

`python -m tests.trackers.jira.snapshots` writes them anew after a change of words; the difference wants to be read.
"""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from incidentd.model.assessment import Assessment, PlaceStatus
from incidentd.trackers.jira import adf
from tests.planning.desk import Desk, due
from tests.policy.builders import DAY, MINUTE
from tests.trackers.cast import BEGAN, ENDS, NEW, OLD, places_of, renewed, replaced
from tests.trackers.jira.stage import DataCenterStage, JiraStage
from tests.trackers.stage import confirmed

FOLDER = Path(__file__).parent


class Life:
    """One incident, decided by the planner, carried out by the tracker, held by the sandbox's site."""

    def __init__(self, stage: JiraStage | None = None) -> None:
        self.stage = stage or JiraStage()
        self.desk = Desk()
        self.desk.now = BEGAN

    async def pass_at(self, at: datetime, assessment: Assessment) -> None:
        """One pass: what is planned is done in Jira, and confirmed to the ledger."""
        self.desk.now = at
        self.stage.clock.pass_by(3600)
        self.desk.know(NEW).judge(OLD, assessment)
        self.desk.inventory = replace(self.desk.inventory, first_seen={NEW.fingerprint: BEGAN + 76 * DAY})
        plan = self.desk.commit()
        [action] = plan.actions
        content, said = action.content, action.comments
        written = action.record.written if action.record else {}
        tracker, refs = self.stage.tracker, self.stage.refs()
        if content is None:
            confirmed(await tracker.close(refs[0], action.key, said[0]))
        elif not refs:
            confirmed(await tracker.open(content))
        else:
            confirmed(await tracker.update(refs[0], content, written, said))
        self.desk.deliver()

    def issue(self) -> str:
        """The fields as the site holds them, to be read."""
        [ref] = self.stage.refs()
        fields = self.stage.issue(ref).fields
        shown = {name: fields.get(name) for name in ("summary", "priority", "duedate", "labels", "description")}
        return json.dumps(shown, indent=1, ensure_ascii=False) + "\n"

    def as_read(self) -> str:
        """The words alone, as a person reads them from top to bottom."""
        [ref] = self.stage.refs()
        fields = self.stage.issue(ref).fields
        head = f"{fields['summary']}\n{fields['priority']} · due {fields['duedate']} · {' '.join(fields['labels'])}"
        return f"{head}\n\n{adf.plain(fields['description'])}\n"

    def markup(self) -> str:
        """Summary and description as Data Center holds them."""
        [ref] = self.stage.refs()
        fields = self.stage.issue(ref).fields
        return f"{fields['summary']}\n\n{fields['description']}\n"

    def comments(self) -> list[str]:
        """What was said, oldest first."""
        [ref] = self.stage.refs()
        return [adf.plain(comment.body) for comment in self.stage.issue(ref).comments]


async def written() -> dict[str, str]:
    """Every snapshot by the name of its file."""
    life = Life()
    opening = due(OLD, *places_of(PlaceStatus.PRESENT), opens_at=BEGAN - MINUTE, deployable=3)
    await life.pass_at(BEGAN, opening)
    files = {"issue.json": life.issue(), "issue.txt": life.as_read()}
    await life.pass_at(ENDS - 14 * DAY, renewed())
    files |= {"update.json": life.issue(), "update.txt": life.as_read()}
    await life.pass_at(ENDS - 9 * DAY, replaced(ENDS - 9 * DAY))
    *comments, note = life.comments()
    other = Life(DataCenterStage())
    await other.pass_at(BEGAN, opening)
    files["datacenter.txt"] = other.markup()
    return {**files, "comments.txt": "\n\n".join(comments) + "\n", "closing.txt": note + "\n"}
