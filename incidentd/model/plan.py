"""Plan: the actions that turn actual into desired, each with its reason; and intents, actions committed to be sent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from incidentd.model.assessment import Reason, Stage, Step
from incidentd.model.incident import Incident, IncidentRecord, is_self_incident
from incidentd.model.ticket import Comment, TicketContent, TicketRef

NEVER = datetime.max.replace(tzinfo=UTC)
"""The end of what has none."""


class ActionKind(StrEnum):
    """What is to be done in the tracker."""

    OPEN = "open"
    UPDATE = "update"
    COMMENT = "comment"
    """Something is said on a ticket that somebody else closed; nothing else of it changes."""
    TELL = "tell"
    """A release's own ticket is told that it comes too late; it is nobody's incident, and nothing of it is closed."""
    CHANGE = "change"
    """A timeline is told that a release is said to have shipped; once at the most, as nobody can read it back."""
    REOPEN = "reopen"
    MERGE = "merge"
    """Duplicates of its ticket are linked to it and closed; the incident itself stays as it is."""
    CLOSE = "close"


class Hold(StrEnum):
    """Why the guard holds an action. Stable codes."""

    OPEN_RATE = "guard_open_rate"
    REMOVAL_SHARE = "guard_removal_share"
    SUSPECT_SOURCE = "guard_suspect_source"
    CLOCK_DISTRUSTED = "guard_clock_distrusted"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do about one incident, and why."""

    kind: ActionKind
    key: str
    fingerprint: str
    tracker: str
    name: str
    not_after: datetime | None
    """None for a self-incident."""
    step: Step
    stage: Stage
    reasons: tuple[Reason | str, ...]
    text: str
    """One sentence for a person."""
    incident: Incident | None = None
    """What is desired; None when the certificate is no longer known, and for a self-incident."""
    record: IncidentRecord | None = None
    """The ledger's row it changes; None for a first opening."""
    content: TicketContent | None = None
    """What the ticket should say: for open, update, reopen. Of a first opening that is held nothing is worded."""
    comments: tuple[Comment, ...] = ()
    """What is to be said once; for a closing, the closing note."""
    told: tuple[str, ...] = ()
    """Ids of what an opening says itself, so that no comment repeats it."""
    removal: bool = False
    """A closing that rests on a removal or on the configuration, not on a successor that is in place."""
    suspect: bool = False
    """A closing that rests on a suspicious removal."""
    duplicates: tuple[TicketRef, ...] = ()
    """The tickets that a merge closes."""

    @property
    def ends_at(self) -> datetime:
        """The end of its certificate, as what is sent is ordered by it; a self-incident comes last."""
        return self.not_after or NEVER

    @property
    def ticket(self) -> TicketRef | None:
        """The ticket it touches, where there is one."""
        return self.record.ticket if self.record else None


@dataclass(frozen=True, slots=True)
class Held:
    """An action that the guard keeps back, and on what ground."""

    action: Action
    hold: Hold
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All actions of one pass, in the order in which they are sent."""

    actions: tuple[Action, ...] = ()
    held: tuple[Held, ...] = ()
    left: int = 0
    """Incidents that are as they should be."""
    records: tuple[IncidentRecord, ...] = ()
    """Rows of the ledger that change without a call: what people did was noticed."""
    endings: tuple[Action, ...] = ()
    """Closings that need no call, as somebody else closed the ticket, and rest on no successor; their `record` is the
    row as it would end. Empty once the guard has been through."""
    notes: tuple[str, ...] = ()
    """Things to say on stderr."""

    @property
    def empty(self) -> bool:
        """True when nothing is to be done and nothing is held."""
        return not self.actions and not self.held


class IntentState(StrEnum):
    """Where an intent stands in the outbox."""

    PENDING = "pending"
    """Not sent, or certainly without effect."""
    SENDING = "sending"
    """Committed as sent before it went out; found after a crash it counts as uncertain."""
    UNCERTAIN = "uncertain"
    """It may have been done: of a create, a reopening, a closing that is found out before anything else is decided."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Intent:
    """An action in the outbox. At most one unfinished intent an incident."""

    id: int
    incident_id: int
    key: str
    marker: str
    kind: ActionKind
    tracker: str
    state: IntentState
    content: TicketContent | None
    comments: tuple[Comment, ...]
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    uncertain_since: datetime | None = None
    """When the request last went out or its last uncertain answer came; the index-lag window is counted from it."""
    error: str = ""
    duplicates: tuple[TicketRef, ...] = ()
    """The tickets that a merge closes."""

    @property
    def of_itself(self) -> bool:
        """True for what is to be said of incidentd itself."""
        return is_self_incident(self.key)
