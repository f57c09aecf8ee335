"""Commitment: the rows and intents that a guarded plan becomes, before anything is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from incidentd.model.assessment import Step
from incidentd.model.incident import Event, IncidentRecord, IncidentState
from incidentd.model.plan import Action, ActionKind, Intent, IntentState, Plan
from incidentd.model.ticket import Comment
from incidentd.planning.acceptance import accepts, holds_to
from incidentd.planning.closing import sent_id


@dataclass(frozen=True, slots=True)
class Commitment:
    """One row of the ledger with what is to be sent about it."""

    record: IncidentRecord
    intent: Intent | None
    events: tuple[Event, ...] = ()
    drop_intent: bool = False


def commitments(
    plan: Plan, records: Mapping[int, IncidentRecord], unfinished: Iterable[Intent], now: datetime
) -> list[Commitment]:
    """What has to be written. Empty when the plan changes nothing that is not already written.

    `records` are the ledger's rows by id as they were read; `unfinished` the intents in the outbox.
    """
    waiting = {intent.incident_id: intent for intent in unfinished if intent.state is IntentState.PENDING}
    noticed = {record.id: record for record in plan.records}
    made = [_of_action(action, waiting, records, now) for action in plan.actions]
    acted_on = {action.record.id for action in plan.actions if action.record is not None}
    for id, record in {**{id: records[id] for id in waiting if id in records}, **noticed}.items():
        if id not in acted_on:
            after = _with_what_was_sent(record, waiting.get(id))
            made.append(Commitment(after, None, _noticed(records.get(id), record, now), drop_intent=id in waiting))
    return [one for one in made if one is not None]


def _of_action(
    action: Action, waiting: Mapping[int, Intent], records: Mapping[int, IncidentRecord], now: datetime
) -> Commitment | None:
    record = _new_record(action, now) if action.record is None else _carried(action, action.record)
    before = records.get(record.id)
    earlier = waiting.get(record.id)
    intent = _intent(action, record, now, _in_earlier_words(action.comments, earlier))
    if earlier is not None and record == before and _same(earlier, intent):
        return None
    record = record if action.kind is ActionKind.CLOSE else _with_what_was_sent(record, earlier)
    return Commitment(record, intent, _noticed(before, record, now))


def _new_record(action: Action, now: datetime) -> IncidentRecord:
    return IncidentRecord(
        id=0,
        key=action.key,
        fingerprint=action.fingerprint,
        tracker=action.tracker,
        state=IncidentState.OPEN,
        step=action.step,
        stage=action.stage,
        opened_at=now,
        name=action.name,
        not_after=action.not_after,
        title=action.content.title if action.content else "",
        told=action.told,
    )


def _carried(action: Action, record: IncidentRecord) -> IncidentRecord:
    """A decided step never falls; an opening that was never delivered says all that is known by now."""
    told = tuple(dict.fromkeys((*record.told, *action.told)))
    stage = record.stage if action.kind in (ActionKind.MERGE, ActionKind.CLOSE) else action.stage
    return replace(record, step=max(record.step, action.step, key=Step), stage=stage, told=told)


def _with_what_was_sent(record: IncidentRecord, given_up: Intent | None) -> IncidentRecord:
    """A closing that is wanted no more may have been done, or be done later: then it was us, and nobody's word."""
    if given_up is None or given_up.kind is not ActionKind.CLOSE or not given_up.attempts:
        return record
    if any(accepts(comment) for comment in given_up.comments) or sent_id(record) in record.told:
        return record
    return replace(record, told=(*record.told, sent_id(record)))


def _in_earlier_words(comments: tuple[Comment, ...], earlier: Intent | None) -> tuple[Comment, ...]:
    """What waits to be said may have been said, and only the answer lost: in other words it would be said twice."""
    waiting = {comment.id: comment for comment in earlier.comments} if earlier else {}
    return tuple(waiting.get(comment.id, comment) for comment in comments)


def _intent(action: Action, record: IncidentRecord, now: datetime, comments: tuple[Comment, ...]) -> Intent:
    marker = action.content.marker if action.content else ""
    return Intent(
        id=0,
        incident_id=record.id,
        key=action.key,
        marker=marker,
        kind=action.kind,
        tracker=action.tracker,
        state=IntentState.PENDING,
        content=action.content,
        comments=comments,
        created_at=now,
        due_at=now,
        duplicates=action.duplicates,
    )


def _same(earlier: Intent, intent: Intent) -> bool:
    return _said(earlier) == _said(intent)


def _said(intent: Intent) -> tuple[object, ...]:
    return intent.kind, intent.content, intent.comments, intent.duplicates


def _noticed(before: IncidentRecord | None, record: IncidentRecord, now: datetime) -> tuple[Event, ...]:
    """What people did, and which ticket stands for it instead, for the history."""
    if before is None:
        return ()
    return (*_follows(before, record, now), *_turned(before, record, now))


def _follows(before: IncidentRecord, record: IncidentRecord, now: datetime) -> tuple[Event, ...]:
    if before.ticket is None or record.ticket is None or before.ticket.id == record.ticket.id:
        return ()
    return (Event(now, "adopted", f"{record.ticket.key} instead of {before.ticket.key}"),)


def _turned(before: IncidentRecord, record: IncidentRecord, now: datetime) -> tuple[Event, ...]:
    if (before.state, before.held_by) == (record.state, record.held_by):
        return ()
    match record.state:
        case IncidentState.OPEN if before.ticket is None and record.ticket is not None:
            return (Event(now, "adopted", f"{record.ticket.key}, which arrived late"),)
        case IncidentState.OPEN:
            ends = holds_to(before)
            ended = ends is not None and now > ends
            return (Event(now, "reopened", "the acceptance has ended" if ended else "by somebody else"),)
        case IncidentState.HELD:
            return (Event(now, "held", f"by {record.held_by}"),)
        case IncidentState.CLOSED:
            return (Event(now, "closed", record.close_text),)
        case never:
            assert_never(never)
