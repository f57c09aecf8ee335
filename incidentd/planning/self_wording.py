"""Self-wording: what a self-incident says. Written when it opens and when it gets worse; nothing is rewritten between.

How many places are unseen changes from sweep to sweep, so a ticket that told it at all times would never rest.
"""

from datetime import datetime

from incidentd.model.assessment import Step
from incidentd.model.blindness import Cause, CauseId, CauseKind, Trace
from incidentd.model.incident import HeldBy, IncidentRecord, self_incident_key, self_incident_marker
from incidentd.model.ticket import Comment, PlaceLine, TicketContent, Topic
from incidentd.planning.comments import ON_WHOSE_WORD
from incidentd.planning.phrases import counted, instant, listed
from incidentd.planning.sanitize import sanitize

NAMED = 5
"""How many of what it concerns a sentence names."""

TITLES = {
    CauseKind.SOURCE: "incidentd cannot look at source {0}",
    CauseKind.STALLED: "incidentd's sweeps of source {0} come to no end",
    CauseKind.BLIND: "incidentd cannot see production places of source {0}",
    CauseKind.TRACKER: "incidentd cannot read tracker {0}",
    CauseKind.OUTBOX: "incidentd cannot deliver to tracker {0}",
    CauseKind.AUTOMATION: "an automation closes incidents in tracker {0}",
}
IMPACTS = {
    CauseKind.SOURCE: "What expires, is renewed or appears there is not seen. Nothing is closed for want of sight.",
    CauseKind.STALLED: "What expires, is renewed or appears there is not seen. Nothing is closed for want of sight.",
    CauseKind.BLIND: "What stands at these places is not known; what was last seen there still counts.",
    CauseKind.TRACKER: "What people did there is not known, and what may have been done already is not done again.",
    CauseKind.OUTBOX: "New incidents, steps up and closings do not reach the people who work with it.",
    CauseKind.AUTOMATION: "These incidents wait for their next severity step, and nobody sees them until then.",
}
ACTIONS = {
    CauseKind.SOURCE: "Mend what the error names: path, permission or network.",
    CauseKind.STALLED: "Look into incidentd's log for this source, then restart incidentd.",
    CauseKind.BLIND: "Make the places reachable for incidentd, or tell it what is gone: incidentd retire TARGET.",
    CauseKind.TRACKER: "Check the tracker's address, its token, and what its account may see.",
    CauseKind.OUTBOX: "Mend what the error names: address, token, permission, or a field that the tracker asks for.",
    CauseKind.AUTOMATION: "Exempt incidentd's tickets from the automation, and open again those that it closed.",
}
RULES = {
    CauseKind.SOURCE: "A source whose last sweep failed as a whole.",
    CauseKind.STALLED: "No sign of life for 15 minutes, or none that ended in 3 intervals and 15 minutes.",
    CauseKind.BLIND: "A production place that has been unseen for longer than policy.blind_after.",
    CauseKind.TRACKER: "A tracker that could not be read for 15 minutes.",
    CauseKind.OUTBOX: "An intent that has been waiting in the outbox for more than 15 minutes.",
    CauseKind.AUTOMATION: "An incident that was not closed by incidentd or a person, for the second time.",
}
COMMANDS = {
    CauseKind.SOURCE: ("incidentd list --gaps", "incidentd plan"),
    CauseKind.STALLED: ("incidentd list --gaps",),
    CauseKind.BLIND: ("incidentd list --gaps",),
    CauseKind.TRACKER: ("incidentd plan --cached",),
    CauseKind.OUTBOX: ("incidentd run --once",),
    CauseKind.AUTOMATION: ("incidentd incidents",),
}
ENDINGS = {
    CauseKind.SOURCE: "source {0} was swept again without failing, or left the configuration",
    CauseKind.STALLED: "sweeps of source {0} come to an end again, or it left the configuration",
    CauseKind.BLIND: "no production place of source {0} is unseen for too long any more",
    CauseKind.TRACKER: "tracker {0} can be read again, or holds nothing of incidentd's any more",
    CauseKind.OUTBOX: "nothing has been waiting for tracker {0} for too long any more",
    CauseKind.AUTOMATION: "no incident in tracker {0} stays closed by an automation any more",
}
CLOSES = "It closes by itself once its cause has been gone for a while: what comes and goes is one trouble."


def sentence(cause: CauseId) -> str:
    """What is wrong, in a few words."""
    return TITLES[cause.kind].format(sanitize(cause.subject))


def told_of(cause: Cause) -> str:
    """What is wrong, since when and how much of it: for the board, the log and stderr."""
    why = f": {sanitize(cause.why)}" if cause.why else ""
    return f"{sentence(cause.id)} since {instant(cause.since)} ({_extent(cause)}){why}"


def content(instance: str, cause: Cause, step: Step, title: str) -> TicketContent:
    """Everything that the ticket says. `title` is the one it was opened with; empty: it is being opened."""
    key, kind = self_incident_key(instance, cause.id), cause.id.kind
    why = f" {_whose_words(kind)}: {sanitize(cause.why)}." if cause.why else ""
    return TicketContent(
        key=key,
        marker=self_incident_marker(instance, key),
        title=title or f"[incidentd] {_without_its_name(sentence(cause.id))} since {instant(cause.since)}",
        severity=step.severity,
        step=step,
        due_on=cause.since.date(),
        labels=("incidentd-self", f"cause-{kind}", f"sev-{step.severity}"),
        headline=f"{_capital(sentence(cause.id))} since {instant(cause.since)}.",
        what=f"When this was written: {_extent(cause)}.{why}",
        impact=IMPACTS[kind],
        action=ACTIONS[kind],
        owner="whoever runs incidentd",
        why_now=RULES[kind],
        places=tuple(map(_line, cause.first)),
        places_left_out=max(cause.scale - len(cause.first), 0),
        tasks=(ACTIONS[kind], "Leave this open: it is closed by itself."),
        commands=COMMANDS[kind],
        details=(("Cause", str(cause.id)), ("Instance", instance), ("Began", instant(cause.since))),
        rule=(RULES[kind], CLOSES, "The board and `incidentd incidents` show how it stands now."),
        source=f"incidentd {sanitize(cause.id.subject)}",
        component="incidentd",
        group=instance,
        topic=Topic.ITSELF,
    )


def on_step_up(cause: Cause, before: Step, step: Step, now: datetime) -> str:
    """Said once: it lasts too long, or concerns too much."""
    return f"SEVERITY UP {before.severity} -> {step.severity} at {instant(now)}: {_extent(cause)}.{_first(cause)}"


def on_growth(cause: Cause, now: datetime) -> str:
    """Said when it concerns far more than was told."""
    return f"MORE at {instant(now)}: {_extent(cause)}.{_first(cause)}"


def on_reopening(cause: Cause, because: str, now: datetime) -> str:
    """Said with each reopening."""
    return f"REOPENED at {instant(now)}: {because}. {_capital(_extent(cause))}.{_first(cause)}"


def on_hold(cause: Cause, record: IncidentRecord) -> Comment:
    """Said once after somebody closed it."""
    whose = ON_WHOSE_WORD[record.held_by or HeldBy.PERSON]
    back = "It comes back if it gets worse by a severity step, or when it begins anew after it was over."
    text = f"Closed by {whose} while it lasts: {sentence(cause.id)} since {instant(cause.since)}. {back}"
    return Comment(f"held:{(record.held_step or record.step).label}:{record.reopenings}", text)


def on_closing(cause: CauseId, record: IncidentRecord, gone_since: datetime | None) -> Comment:
    """What ended, and when."""
    ended = f"Over: {ENDINGS[cause.kind].format(sanitize(cause.subject))}."
    since = f" Gone since {instant(gone_since)}." if gone_since else ""
    text = f"{ended}{since} Opened {instant(record.opened_at)}. Reopens by itself if it begins again within 14 days."
    return Comment(f"closed:{record.reopenings}", text)


def _whose_words(kind: CauseKind) -> str:
    if kind is CauseKind.AUTOMATION:
        return "Closed by"
    return "What is known" if kind is CauseKind.STALLED else "The error"


def _extent(cause: Cause) -> str:
    """How much it concerns."""
    of = f" of {cause.of}" if cause.of else ""
    match cause.id.kind:
        case CauseKind.SOURCE | CauseKind.STALLED:
            return f"{counted(cause.scale, 'production place')} there cannot be looked at"
        case CauseKind.BLIND:
            return f"{cause.scale}{of} production places unseen for too long"
        case CauseKind.OUTBOX:
            return f"{counted(cause.scale, 'action')} waiting for too long"
        case _:
            return f"{counted(cause.scale, 'open incident')} there"


def _first(cause: Cause) -> str:
    named = listed([sanitize(trace.what) for trace in cause.first], NAMED, cause.scale)
    return f" {named}." if cause.first else ""


def _line(trace: Trace) -> PlaceLine:
    since = f"since {instant(trace.since)}" if trace.since else ""
    return PlaceLine(sanitize(trace.what), sanitize(trace.role), sanitize(trace.state), since)


def _without_its_name(text: str) -> str:
    return text.removeprefix("incidentd's ").removeprefix("incidentd ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
