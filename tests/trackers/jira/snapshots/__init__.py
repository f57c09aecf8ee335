"""What a triager reads in Jira, kept as files to be read by eye: the issue, an update, the comments, the closing note.

`python -m tests.trackers.jira.snapshots` writes them anew after a change of words; the difference wants to be read.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from incidentd.model.assessment import Assessment, PlaceFinding, PlaceStatus, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.location import Location
from incidentd.trackers.jira import adf
from tests.planning.desk import Desk, due, found, settled
from tests.policy.builders import DAY, MINUTE, A, B, C, place, store
from tests.trackers.jira.stage import DataCenterStage, JiraStage
from tests.trackers.stage import confirmed

FOLDER = Path(__file__).parent
BEGAN = datetime(2026, 9, 4, 9, 15, tzinfo=UTC)
ENDS = datetime(2026, 12, 4, 9, 14, tzinfo=UTC)
LABELS = {"env": "prod", "service": "payments-api", "team": "payments-sre"}
OLD = Certificate(
    fingerprint="5f3a91c0" * 8,
    not_before=datetime(2025, 12, 4, 9, 14, tzinfo=UTC),
    not_after=ENDS,
    subject="CN=api.example.com",
    names=("api.example.com", "pay.example.com"),
    issuer="CN=Example Issuing CA 2",
    serial="0a1b2c3d",
)
NEW = replace(OLD, fingerprint="9bd241aa" * 8, not_before=BEGAN, not_after=ENDS + 362 * DAY, serial="0a1b2c3e")


def _edge(host: str, region: str) -> Location:
    return place(f"{host}.example.com", region=region, **LABELS)


API, PAY, PEM = _edge("api", "eu-west-1"), _edge("pay", "us-east-1"), store("/etc/pki/api.pem", **LABELS)


def _places(pay: PlaceStatus) -> tuple[PlaceFinding, ...]:
    """Three addresses behind two names, and the copy that they were deployed from."""
    both = found(API, first_at=BEGAN)
    api = replace(both, members=(*both.members, replace(both.members[0], address=B)))
    successor = NEW.fingerprint if pay is PlaceStatus.REPLACING else None
    newer = found(PAY, pay, address=C, successor=successor, first_at=BEGAN + 77 * DAY)
    return api, newer, found(PEM, blocks=False, address="")


def _renewed() -> Assessment:
    return due(
        OLD,
        *_places(PlaceStatus.REPLACING),
        step=Step.ERROR,
        stage=Stage.PARTLY_DEPLOYED,
        reasons=(Reason.THRESHOLD_PASSED, Reason.PARTLY_DEPLOYED),
        opens_at=BEGAN - MINUTE,
        successor=NEW.fingerprint,
        deployed=1,
        deployable=3,
        next_change_at=ENDS - 3 * DAY,
        next_step=Step.CRITICAL,
    )


def _replaced(at: datetime) -> Assessment:
    proven = {"successor": NEW.fingerprint, "first_at": at - 15 * MINUTE, "last_at": at, "removed": False}
    served = [found(where, PlaceStatus.REPLACED, address=each, **proven) for where, each in ((API, A), (PAY, C))]
    return settled(OLD, *served, found(PEM, blocks=False, address=""), by=NEW)


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
    opening = due(OLD, *_places(PlaceStatus.PRESENT), opens_at=BEGAN - MINUTE, deployable=3)
    await life.pass_at(BEGAN, opening)
    files = {"issue.json": life.issue(), "issue.txt": life.as_read()}
    await life.pass_at(ENDS - 14 * DAY, _renewed())
    files |= {"update.json": life.issue(), "update.txt": life.as_read()}
    await life.pass_at(ENDS - 9 * DAY, _replaced(ENDS - 9 * DAY))
    *comments, note = life.comments()
    other = Life(DataCenterStage())
    await other.pass_at(BEGAN, opening)
    files["datacenter.txt"] = other.markup()
    return {**files, "comments.txt": "\n\n".join(comments) + "\n", "closing.txt": note + "\n"}
