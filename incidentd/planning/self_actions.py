"""Self-actions: one thing to do about one self-incident, with all that it says. Told again only when worse."""

from dataclasses import replace
from datetime import datetime

from incidentd.model.assessment import Stage, Step
from incidentd.model.blindness import Cause, CauseKind
from incidentd.model.incident import IncidentRecord, cause_in, self_incident_key
from incidentd.model.plan import Action, ActionKind
from incidentd.model.ticket import Closer, Comment
from incidentd.planning import self_wording
from incidentd.planning.closing import begun_at
from incidentd.planning.comments import ONE_A, reopening_id, said_lately

GROWTH = {CauseKind.BLIND: 1.5, CauseKind.AUTOMATION: 1.0}
"""It is told again, at most once a day, when it concerns more than so many times what was told."""


def saying(kind: ActionKind, cause: Cause, record: IncidentRecord | None, instance: str, tracker: str) -> Action:
    """With all that the ticket should say. An opening, or a reopening, tells by itself how bad it is."""
    step = max(cause.step, record.step if record else Step.WARNING)
    life = (record.reopenings if record else 0) + (kind is ActionKind.REOPEN)
    steps = (f"step:{known.label}" for known in Step if known <= step)
    return Action(
        kind=kind,
        key=self_incident_key(instance, cause.id),
        fingerprint="",
        tracker=tracker,
        name=self_wording.sentence(cause.id),
        not_after=None,
        step=step,
        stage=Stage.DUE,
        reasons=(str(cause.id),),
        text=f"{kind} {self_wording.told_of(cause)}",
        record=record,
        content=self_wording.content(instance, cause, step, record.title if record else ""),
        told=(_scale(cause, life), *steps) if kind in (ActionKind.OPEN, ActionKind.REOPEN) else (),
    )


def reopening(
    cause: Cause, record: IncidentRecord, instance: str, because: str, now: datetime, closed_by: Closer | None = None
) -> Action:
    """The same ticket again, or a new one that names it."""
    said = Comment(reopening_id(record, closed_by), self_wording.on_reopening(cause, because, now))
    action = saying(ActionKind.REOPEN, cause, record, instance, record.tracker)
    return replace(action, comments=(said,), text=f"{action.text}; {because}")


def closing(record: IncidentRecord, gone_since: datetime | None) -> Action:
    """Its cause is gone; the note says what ended."""
    cause = cause_in(record.key)
    note = self_wording.on_closing(cause, record, gone_since)
    return Action(
        kind=ActionKind.CLOSE,
        key=record.key,
        fingerprint="",
        tracker=record.tracker,
        name=record.name,
        not_after=None,
        step=record.step,
        stage=Stage.SETTLED,
        reasons=(str(cause),),
        text=note.text,
        record=record,
        comments=(note,),
    )


def untold(cause: Cause, record: IncidentRecord, now: datetime) -> tuple[Comment, ...]:
    """What is to be said now of how it got worse, and was not said before."""
    step = max(cause.step, record.step)
    before = max((known for known in Step if f"step:{known.label}" in record.told), default=Step.WARNING)
    if step > before:
        return (Comment(f"step:{step.label}", self_wording.on_step_up(cause, before, step, now)),)
    if _has_grown(cause, record) and not _told_lately(cause, record, now):
        return (Comment(_scale(cause, record.reopenings), self_wording.on_growth(cause, now)),)
    return ()


def _has_grown(cause: Cause, record: IncidentRecord) -> bool:
    of_this_life = f"scale:{record.reopenings}:"
    told = [int(id.removeprefix(of_this_life)) for id in record.told if id.startswith(of_this_life)]
    return cause.id.kind in GROWTH and cause.scale > GROWTH[cause.id.kind] * max(told, default=0)


def _told_lately(cause: Cause, record: IncidentRecord, now: datetime) -> bool:
    """A network that goes down takes one place after the other: all of them are one opening."""
    newly = cause.id.kind is CauseKind.BLIND and now - begun_at(record) < ONE_A
    return newly or said_lately(record, now)


def _scale(cause: Cause, life: int) -> str:
    return f"scale:{life}:{cause.scale}"
