"""Comments: what is said once on the first entry into a stage, a step up, holding, reopening. Never "still open"."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from incidentd.model.assessment import Assessment, Stage, Step
from incidentd.model.incident import HeldBy, Incident, IncidentRecord
from incidentd.model.ticket import Closer, Comment, Ticket
from incidentd.planning.acceptance import acceptance_ends, acceptance_id, accepted_since, holds_to
from incidentd.planning.evidence import in_order, served_count, unreplaced_places
from incidentd.planning.lineage import replacements_words
from incidentd.planning.next_steps import proof_pending
from incidentd.planning.people import told_step
from incidentd.planning.phrases import counted, days_left, instant, listed, short
from incidentd.planning.shipping import lateness

PLACES_NAMED = 5
ONE_A = timedelta(days=1)
"""At most one comment in this span, steps up aside."""

_UNDONE = "undone:"

STAGE_WORDS = {
    Stage.RENEWED_NOT_DEPLOYED: "RENEWED, NOT DEPLOYED",
    Stage.RELEASE_LATE: "RELEASE LATE",
    Stage.PARTLY_DEPLOYED: "PARTLY DEPLOYED",
    Stage.MISMATCH: "MISMATCH",
}
"""Stages whose first entry is told. Expiry is a step; due is the opening itself."""
ALL_DEPLOYED = "DEPLOYED, NOT PROVEN YET"
"""Said instead of PARTLY DEPLOYED where nothing is left to deploy."""

ON_WHOSE_WORD = {
    HeldBy.PERSON: "a person",
    HeldBy.AUTOMATION: "an automation, for the second time",
    HeldBy.ACCEPTANCE: "a person who accepts the risk",
    HeldBy.DELETION: "deletion",
}


def told_at_opening(incident: Incident, step: Step) -> tuple[str, ...]:
    """Ids of what the opening itself says, so that no comment repeats it."""
    return (f"stage:{incident.assessment.stage}", *(f"step:{s.label}" for s in Step if s <= step))


def untold(incident: Incident, step: Step, record: IncidentRecord, now: datetime) -> tuple[Comment, ...]:
    """What is to be said now and was not said before."""
    said = []
    before = told_step(record, Step.WARNING)
    if step > before:
        said.append(Comment(f"step:{step.label}", _step_up(incident, before, step, now)))
    stage = incident.assessment.stage
    if stage in STAGE_WORDS and f"stage:{stage}" not in record.told and not said_lately(record, now):
        said.append(Comment(f"stage:{stage}", _stage_entered(incident, now)))
    return tuple(said)


def on_hold(incident: Incident, record: IncidentRecord, *, is_open: bool = False) -> Comment:
    """Said once after somebody closed it, or accepted the risk: what is still where, and when it comes back."""
    held_by = record.held_by or HeldBy.PERSON
    id = f"held:{(record.held_step or record.step).label}:{record.reopenings}"
    until = "It comes back at its next severity step; once critical, after 24 hours at most; and at expiry."
    ends = holds_to(record)
    if ends is not None:
        until = f"The acceptance holds until {instant(ends)}."
        id = f"accepted:{record.held_at:%Y%m%dT%H%M}"  # said anew, it is answered anew
    begins = f"Closed by {ON_WHOSE_WORD[held_by]} while the certificate is in place."
    if is_open:
        begins = "Accepted as a risk: this is left as it is until the acceptance ends, then it goes on."
    text = f"{begins} {still_there(incident)} It expires {instant(incident.certificate.not_after)}. {until}"
    return Comment(id, text)


def on_acceptance(incident: Incident, record: IncidentRecord) -> Comment:
    """Said once on the ticket that is closed for a command's acceptance: whose word it is, and what is still where."""
    expires = f"The certificate expires {instant(incident.certificate.not_after)}."
    text = (
        f"{record.close_text} {still_there(incident)} {expires} "
        "The incident comes back by itself when the acceptance ends; to take it back now, open this ticket again."
    )
    return Comment(acceptance_id(record), text)


def acceptance_over(incident: Incident, record: IncidentRecord, ticket: Ticket, now: datetime) -> tuple[Comment, ...]:
    """Said once where an acceptance on an open ticket has ended, or came too late to hold at all."""
    since = accepted_since(ticket, now)
    if since is None or record.not_after is None:
        return ()
    ended_at, id = acceptance_ends(since, record.not_after), f"acceptance-over:{since:%Y%m%dT%H%M}"
    if id in record.told or (record.reopened_at is not None and record.reopened_at >= ended_at):
        return ()
    text = (
        f"ACCEPTANCE OVER at {instant(now)}: by label or resolution it holds for 30 days at most, and ends 7 days "
        f"before expiry, which is {instant(record.not_after)}. {still_there(incident)} "
        "To accept the risk anew, take the label off and put it on again."
    )
    return (Comment(id, text),)


def on_reopening(
    incident: Incident, record: IncidentRecord, because: str, now: datetime, closed_by: Closer | None = None
) -> Comment:
    """Said with each reopening."""
    text = (
        f"REOPENED at {instant(now)}: {because}. {still_there(incident)} "
        f"It expires {instant(incident.certificate.not_after)}."
    )
    return Comment(reopening_id(record, closed_by), text)


def reopening_id(record: IncidentRecord, closed_by: Closer | None) -> str:
    """Of what is said with a reopening; it tells those that undo an automation's closing from all others."""
    return f"{_UNDONE if closed_by is Closer.AUTOMATION else 'reopened:'}{record.reopenings + 1}"


def undoes_automation(said: Iterable[Comment]) -> bool:
    """True of a reopening that undoes an automation's closing: those are counted."""
    return any(comment.id.startswith(_UNDONE) for comment in said)


def still_there(incident: Incident) -> str:
    """At how many places of how many the certificate still is, and which, in one sentence."""
    blocking = [finding for finding in in_order(incident.assessment.findings) if finding.blocks]
    still, of = served_count(blocking)
    if not still:
        return "No place is proven clean yet."
    return f"Not replaced at {still} of {counted(of, 'place')}: {listed(unreplaced_places(blocking), PLACES_NAMED)}."


def said_lately(record: IncidentRecord, now: datetime) -> bool:
    """True while only a step up is worth another comment. A time that lies ahead holds nothing back."""
    return record.last_comment_at is not None and timedelta(0) <= now - record.last_comment_at < ONE_A


def _step_up(incident: Incident, before: Step, step: Step, now: datetime) -> str:
    end = incident.certificate.not_after
    if step is Step.EXPIRED:
        return f"EXPIRED at {instant(end)}, and still in place. {still_there(incident)}"
    change = _next_change(incident, now)
    left = f"{days_left(end - now)} left at {instant(now)}, expires {instant(end)}"
    if before.severity is step.severity:
        return f"{step.label.upper().replace('_', ' ')}: {left}.{change}"
    return f"SEVERITY UP {before.severity} -> {step.severity}: {left}.{change}"


def _next_change(incident: Incident, now: datetime) -> str:
    at, step = incident.assessment.next_change_at, incident.assessment.next_step
    if at is None or step is None or at <= now:
        return ""
    return f" Next change: {step.label.replace('_', ' ')}, {instant(at)}."


def _stage_entered(incident: Incident, now: datetime) -> str:
    assessment = incident.assessment
    named = f" ({short(assessment.successor)})" if assessment.successor else ""
    new = f" by {replacements_words(assessment)}" if assessment.successor else ""
    match assessment.stage:
        case Stage.RENEWED_NOT_DEPLOYED:
            rest = f"a newer certificate{named} exists, and the old one is still in place. {still_there(incident)}"
        case Stage.RELEASE_LATE:
            rest = f"{lateness(incident.certificate, assessment)} {still_there(incident)}"
        case Stage.PARTLY_DEPLOYED:
            rest = f"replaced{new} at {assessment.deployed} of {assessment.deployable}. {still_there(incident)}"
        case _:
            rest = f"something that does not replace it stands in its place. {still_there(incident)}"
    entered = ALL_DEPLOYED if _all_deployed(assessment) else STAGE_WORDS[assessment.stage]
    return f"{entered} at {instant(now)}: {rest}"


def _all_deployed(assessment: Assessment) -> bool:
    return assessment.stage is Stage.PARTLY_DEPLOYED and proof_pending(assessment)
