"""Outcome: the ledger's row once a tracker has confirmed an intent, and when one that failed is tried again."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from incidentd.model.assessment import Stage
from incidentd.model.incident import Event, IncidentRecord, IncidentState, let_go
from incidentd.model.plan import ActionKind, Intent
from incidentd.model.ticket import Confirmed
from incidentd.planning.acceptance import accepts
from incidentd.planning.comments import undoes_automation
from incidentd.planning.sanitize import sanitize
from incidentd.planning.wording import digest

FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
REJECTED_RETRY_SECONDS = 3600.0
"""What a tracker will not have as it is may still be had once somebody has mended the tracker."""


def after_confirmed(
    record: IncidentRecord, intent: Intent, outcome: Confirmed, now: datetime
) -> tuple[IncidentRecord, tuple[Event, ...]]:
    """The row and its history after the tracker confirmed the intent."""
    if intent.kind is ActionKind.MERGE:
        # What was said, was said on the duplicates; what they brought along may have to be told.
        kept = replace(record, content_digest="") if outcome.unfinished else record
        return kept, _history(intent, outcome, now)
    after = replace(record, ticket=outcome.ref, told=_told(record, intent))
    if intent.comments:
        after = replace(after, last_comment_at=now)
    if intent.content is not None:
        # What an adopted ticket says is not known, or is not all yet: the next pass makes it say what it should.
        said = "" if outcome.adopted or outcome.unfinished else digest(intent.content)
        fresh = intent.kind is ActionKind.OPEN and not outcome.adopted
        before = {} if fresh else record.written  # a new ticket holds what its opening wrote, and nothing else
        after = replace(after, content_digest=said, written={**before, **outcome.written})
    match intent.kind:
        case ActionKind.OPEN:
            after = _opened(after, record, now)
        case ActionKind.REOPEN:
            after = _reopened(after, record, now, by_automation=undoes_automation(intent.comments))
        case ActionKind.CLOSE:
            after = _closed(after, intent, now)
        case ActionKind.UPDATE | ActionKind.COMMENT | ActionKind.TELL | ActionKind.CHANGE:
            pass
        case never:
            assert_never(never)
    return after, _history(intent, outcome, now)


def retry_seconds(attempts: int, after_seconds: float | None, fraction: float) -> float:
    """How long to wait after a failed attempt: doubling, jittered by `fraction` in [0, 1), and no less than asked."""
    doubled = FIRST_RETRY_SECONDS * 2.0 ** min(max(attempts - 1, 0), 16)
    backoff = min(doubled, LONGEST_RETRY_SECONDS) * (0.75 + fraction / 2)
    return max(backoff, after_seconds or 0.0)


def _opened(after: IncidentRecord, before: IncidentRecord, now: datetime) -> IncidentRecord:
    """The guard counts from when the tracker had it. What was held or moved, and has no ticket, was opened before.

    Nothing is opened before it was decided: that it is so by the clock only says that the clock is behind now.
    """
    is_first = before.state is IncidentState.OPEN and before.moved_at is None
    opened_at = max(now, before.opened_at) if is_first else before.opened_at
    return replace(let_go(after), opened_at=opened_at)


def _closed(after: IncidentRecord, intent: Intent, now: datetime) -> IncidentRecord:
    """A risk that was accepted ends the ticket, and no incident."""
    if any(accepts(comment) for comment in intent.comments):
        return after
    note = intent.comments[0].text if intent.comments else ""
    return replace(
        after, state=IncidentState.CLOSED, stage=Stage.SETTLED, closed_at=now, close_text=note, held_until=None
    )


def _reopened(after: IncidentRecord, before: IncidentRecord, now: datetime, *, by_automation: bool) -> IncidentRecord:
    """What an automation closed is counted. Our own closing is none, though it may arrive late."""
    return replace(
        let_go(after),
        reopenings=before.reopenings + 1,
        reopened_at=now,
        closed_at=None,
        close_text="",
        automation_closings=before.automation_closings + by_automation,
    )


def _told(record: IncidentRecord, intent: Intent) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*record.told, *(comment.id for comment in intent.comments))))


def _history(intent: Intent, outcome: Confirmed, now: datetime) -> tuple[Event, ...]:
    words = {
        ActionKind.OPEN: "opened",
        ActionKind.UPDATE: "updated",
        ActionKind.REOPEN: "reopened",
        ActionKind.TELL: "told",
        ActionKind.CHANGE: "told",
        ActionKind.MERGE: "merged",
        ActionKind.CLOSE: "closed",
    }
    said = tuple(Event(now, "comment", comment.text) for comment in intent.comments)
    if intent.kind is ActionKind.COMMENT or (intent.kind is ActionKind.UPDATE and outcome.unfinished):
        return (*_left_out(outcome, now), *said)
    headline = intent.content.headline if intent.content else ", ".join(ref.key for ref in intent.duplicates)
    word = "adopted" if outcome.adopted else words[intent.kind]
    return (Event(now, word, f"{outcome.ref.key} {headline}".strip()), *_left_out(outcome, now), *said)


def _left_out(outcome: Confirmed, now: datetime) -> tuple[Event, ...]:
    if not outcome.left_out:
        return ()
    named = ", ".join(sanitize(name) for name in outcome.left_out)
    return (Event(now, "left_out", f"{outcome.ref.key} does without what its tracker would not take: {named}"),)
