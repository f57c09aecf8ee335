"""What PagerDuty is sent, kept as files to be read by eye: the page, an update, the set-back at critical, the end.

`python -m tests.trackers.pagerduty.snapshots` writes them anew after a change of words; read the difference.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from incidentd.model.assessment import Assessment, PlaceStatus, Step
from incidentd.sandbox.journal import JournalEntry
from incidentd.trackers.pagerduty.settings import PRIORITIES
from tests.planning.desk import Desk, due
from tests.policy.builders import DAY, MINUTE
from tests.trackers.cast import BEGAN, ENDS, NEW, OLD, places_of, renewed, replaced
from tests.trackers.pagerduty.stage import API_URL, EVENTS_URL, PagerDutyStage
from tests.trackers.stage import confirmed

FOLDER = Path(__file__).parent


class Life:
    """One incident, decided by the planner, carried out by the tracker, held by the sandbox's account."""

    def __init__(self) -> None:
        self.stage = PagerDutyStage()
        settings = {"board_url": "https://certs.example.net", "priorities": PRIORITIES}
        self.tracker = self.stage.over(self.stage.transport, EVENTS_URL, API_URL, **settings)
        self.desk = Desk()
        self.written: Mapping[str, str] = {}

    async def pass_at(self, at: datetime, assessment: Assessment) -> str:
        """One pass: what is planned is done in PagerDuty, and confirmed to the ledger. What was written."""
        self.desk.now = at
        self.stage.clock.pass_by(3600)
        self.desk.know(NEW).judge(OLD, assessment)
        self.desk.inventory = replace(self.desk.inventory, first_seen={NEW.fingerprint: BEGAN + 76 * DAY})
        before = len(self.stage.world.writes)
        plan = self.desk.commit()
        [action] = plan.actions
        content, said = action.content, action.comments
        refs = self.stage.refs()
        if content is None:
            confirmed(await self.tracker.close(refs[0], action.key, said[0], self.written))
        elif not refs:
            self.written = confirmed(await self.tracker.open(content)).written
        else:
            self.written = confirmed(await self.tracker.update(refs[0], content, self.written, said)).written
        self.desk.deliver()
        return "\n".join(map(_as_sent, self.stage.world.writes[before:]))


def _as_sent(entry: JournalEntry) -> str:
    body = json.loads(entry.request.body)
    body.pop("routing_key", None)
    return f"{entry.request.method} {entry.request.path}\n{json.dumps(body, indent=1, ensure_ascii=False)}\n"


async def written() -> dict[str, str]:
    """Every snapshot by the name of its file."""
    life = Life()
    opening = due(OLD, *places_of(PlaceStatus.PRESENT), opens_at=BEGAN - MINUTE, deployable=3)
    files = {"opening.txt": await life.pass_at(BEGAN, opening)}
    files["update.txt"] = await life.pass_at(ENDS - 14 * DAY, renewed())
    [ref] = life.stage.refs()
    life.stage.person_takes(ref)
    files["critical.txt"] = await life.pass_at(ENDS - 3 * DAY, replace(renewed(), step=Step.CRITICAL))
    files["closing.txt"] = await life.pass_at(ENDS - 2 * DAY, replaced(ENDS - 2 * DAY))
    return files
