"""Ticket: the record in the tracker, as it is; and its content, as it should be, in no tracker's own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from incidentd.model.assessment import Severity, Step


@dataclass(frozen=True, slots=True)
class TicketRef:
    """Which ticket it is. Followed by id; keys and numbers are for people."""

    id: str
    """Immutable in the tracker: PagerDuty's incident id, Jira's issue id, the local queue's number."""
    key: str
    """What a person calls it: `OPS-7`, `#123`, `LOCAL-4`."""
    url: str = ""


def same_ticket(one: TicketRef, other: TicketRef) -> bool:
    """Ids are a tracker's own: two sites may give the same one away."""
    return (one.id, one.url) == (other.id, other.url)


@dataclass(frozen=True, slots=True)
class Link:
    """Another ticket of the same incident, or a page about it."""

    text: str
    url: str
    """Empty where it has none."""


class TicketStatus(StrEnum):
    """What the tracker says of a ticket."""

    OPEN = "open"
    CLOSED = "closed"
    MISSING = "missing"
    """Gone, while its project or service can be seen."""


class Closer(StrEnum):
    """Who closed a ticket. When it cannot be told, it was a person."""

    PERSON = "person"
    AUTOMATION = "automation"
    OURSELVES = "ourselves"
    OUR_LOGIN = "our login"
    """The account that we write as, where it may be a person's too: that it was ourselves, only the outbox knows."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Actual: a ticket as the tracker holds it."""

    ref: TicketRef
    marker: str
    """The incident's marker that it carries; empty where the tracker could not tell."""
    status: TicketStatus
    created_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: Closer | None = None
    closer: str = ""
    """The name of whoever closed it, in the tracker's words; empty where it does not tell."""
    accepted: bool = False
    """Closed as Won't do / Won't fix, or labelled `incidentd-accepted`, open or closed."""
    accepted_at: datetime | None = None
    """When that was said; None where the tracker does not tell."""
    ours: bool = True
    """Made by our own account, not a person's clone."""
    acknowledged: bool = False
    readable: bool = True
    """False where nothing can be read back: what stands in `status` is what the ledger believes."""
    touched_at: datetime | None = None
    """When a person last did something on it; looked up of duplicates only."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A ticket of ours as its tracker alone tells of it, whether or not the ledger knows it."""

    key: str
    """The incident's, as the ticket carries it."""
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Standing:
    """The ticket that the ledger knows of an incident: what duplicates are duplicates of."""

    key: str
    marker: str
    ref: TicketRef | None
    """None where it ended without one: what is found may have been made by a request that arrived late."""


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One row of the evidence table."""

    place: str
    role: str
    state: str
    seen: str


class Topic(StrEnum):
    """What a ticket is about, in words that tracker rules may match."""

    CERTIFICATE = "certificate-expiry"
    ITSELF = "incidentd-blindness"


@dataclass(frozen=True, slots=True)
class TicketContent:
    """What the ticket should say. Texts that stay carry absolute dates only.

    Outside text stands in here sanitized; trackers escape it for their own markup.
    """

    key: str
    """`incidentd:<instance>:<fingerprint>`, or a self-incident's: PagerDuty's dedup key."""
    marker: str
    """`incidentd-<instance>-<first 40 hex of the fingerprint>`: Jira's label."""
    title: str
    """One line; the opening's title stays for the whole life."""
    severity: Severity
    step: Step
    due_on: date
    """notAfter − 7 days, pulled to a working day; of a self-incident the day it began."""
    labels: tuple[str, ...]
    """Beside the marker; `[a-z0-9-]` only."""
    headline: str
    what: str
    impact: str
    action: str
    owner: str
    why_now: str
    places: tuple[PlaceLine, ...]
    places_left_out: int
    tasks: tuple[str, ...]
    commands: tuple[str, ...]
    details: tuple[tuple[str, str], ...]
    """Name and value of certificate fields."""
    rule: tuple[str, ...]
    """Why this is an incident: rule, dates, inputs."""
    source: str
    """Host and port, or path, that represents it."""
    component: str
    group: str
    topic: Topic = Topic.CERTIFICATE
    renewal: str = ""
    """What is known of its renewal, and whether an automation owns it."""
    summary: str = field(default="", compare=False)
    """The title for a queue's list, with the day only: for an opening."""
    as_of: date | None = field(default=None, compare=False)
    """When it began to be so. Neither it nor the summary makes another content: time alone rewrites nothing."""
    page: str = ""
    """The title for a phone at night; empty: the title itself."""
    runbook: str = ""
    """An http(s) address that says what to do, by a label of its places; empty without one."""
    left: str = field(default="", compare=False)
    """How much time is left, and when that was so: for what is said at a moment."""
    history: str = field(default="", compare=False)
    """Its life so far. Neither it nor what is left makes another content, either."""
    links: tuple[Link, ...] = ()
    """Its page, or of a page the ticket."""
    release: str = ""
    """Where its renewal is, from its issue to being served; empty where no release has to do with it."""
    follows: TicketRef | None = field(default=None, compare=False)
    """The ticket in another tracker that it took the place of, and must not be taken for."""


NOT_COMPARED = tuple(each.name for each in fields(TicketContent) if not each.compare)
"""What a ticket may say otherwise without being wrong."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One thing said once. `id` is stable within an incident, so that nothing is said twice."""

    id: str
    text: str
    quiet_until: datetime | None = None
    """Nobody is to be paged until then, where the tracker can be told so."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The tracker holds it."""

    ref: TicketRef
    written: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What was written, field by field (values or digests), for telling a person's edit from ours."""
    adopted: bool = False
    """It was there already; nothing was written."""
    left_out: tuple[str, ...] = ()
    """What the tracker would not have, by name: the ticket stands without it."""
    unfinished: bool = False
    """Something that is worth no delay, as a priority, failed in passing, or what was merged says less: the next pass
    sees to it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The tracker will not have it as it is; sending it again unchanged is of no use."""

    text: str


@dataclass(frozen=True, slots=True)
class Retryable:
    """Certainly not done; may be tried again."""

    text: str
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may have been done, or will be. A create is never sent again blindly after this."""

    text: str


Outcome = Confirmed | Rejected | Retryable | Uncertain
