"""Incident: the SIE that should be open, keyed by fingerprint; and the record of one in the ledger."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from incidentd.model.assessment import Assessment, Stage, Step
from incidentd.model.blindness import CauseId, CauseKind
from incidentd.model.certificate import Certificate
from incidentd.model.owner import UNKNOWN, Owner
from incidentd.model.policy import Page
from incidentd.model.ticket import Link, TicketRef

INSTANCE = re.compile(r"[a-z0-9-]{1,40}")
MARKER_HEX = 40
SUBJECT_CHARACTERS = 50
"""Of a self-incident's key, so that the whole fits where keys are kept."""


def incident_key(instance: str, fingerprint: str) -> str:
    """The key of a certificate's incident. No route, configuration, place or serial in it."""
    return f"incidentd:{instance}:{fingerprint}"


def self_incident_key(instance: str, cause: CauseId) -> str:
    """The key of a self-incident: `incidentd:<instance>:self:<kind>:<subject>`. A long subject is cut and hashed."""
    subject = cause.subject
    if len(subject) > SUBJECT_CHARACTERS:
        told_apart = hashlib.sha256(subject.encode()).hexdigest()[:8]
        subject = f"{subject[: SUBJECT_CHARACTERS - 9]}-{told_apart}"
    return f"incidentd:{instance}:self:{cause.kind}:{subject}"


def is_self_incident(key: str) -> bool:
    """True for the key of a self-incident, which stands for no certificate."""
    return ":self:" in key and key.split(":", 3)[2] == "self"


def cause_in(key: str) -> CauseId:
    """The cause that a self-incident's key is about; its subject as far as the key holds it."""
    kind, _, subject = key.split(":", 3)[3].partition(":")
    return CauseId(CauseKind(kind), subject)


class Beside(StrEnum):
    """What may stand beside an incident's own ticket, each in a row of its own."""

    PAGE = "page"
    """For those who are on call; resolved with the incident."""
    LEFT = "left"
    """The ticket that it was moved away from, until that is closed."""
    RELEASE = "release"
    """The own ticket of a release, which was told that it comes too late; it stands beside no single incident."""


_BESIDE = {one.value: one for one in Beside}


def page_key(key: str) -> str:
    """The key of an incident's page. Made of the incident's own, so that there is one at most."""
    return f"{key}:{Beside.PAGE.value}"


def left_key(key: str) -> str:
    """The key of the ticket that an incident was moved away from. One move ends before the next begins."""
    return f"{key}:{Beside.LEFT.value}"


def release_key(instance: str, release: str) -> str:
    """The key of what is told on a release's own ticket."""
    told_apart = hashlib.sha256(release.encode()).hexdigest()  # cut, so that the whole fits where keys are kept
    return f"{incident_key(instance, told_apart[:MARKER_HEX])}:{Beside.RELEASE.value}"


def change_key(instance: str, release: str, tracker: str) -> str:
    """The key of what a tracker's timeline is told of a release. No id and no name has a line break in it."""
    return release_key(instance, f"{release}\n{tracker}")


@lru_cache(maxsize=65_536)  # every row is asked several times in every pass
def beside_in(key: str) -> Beside | None:
    """What the key stands for beside an incident; None for an incident's own, and for a self-incident's."""
    one = _BESIDE.get(key.rpartition(":")[2])  # a fingerprint, as a rule
    if one is None:
        return None
    parts = key.split(":", 3)
    return one if parts[2:3] != ["self"] and parts[3:] == [one.value] else None


def incident_of(key: str) -> str:
    """The key of the incident that a row stands beside; an incident's own key as it is."""
    return key if beside_in(key) is None else key.rpartition(":")[0]


def key_on_ticket(key: str) -> str:
    """The key that its ticket carries: one that was left behind still carries the incident's own."""
    return incident_of(key) if beside_in(key) is Beside.LEFT else key


def self_incident_marker(instance: str, key: str) -> str:
    """The label of a self-incident's or a page's ticket, of the same shape as those of certificates' tickets."""
    return incident_marker(instance, hashlib.sha256(key.encode()).hexdigest())


def incident_marker(instance: str, fingerprint: str) -> str:
    """The label that marks a certificate's ticket in trackers without an idempotent create; `[a-z0-9-]` only."""
    return f"incidentd-{instance}-{fingerprint[:MARKER_HEX]}"


@dataclass(frozen=True, slots=True)
class Incident:
    """Desired: the assessment of a certificate, with the tracker its incident belongs to."""

    key: str
    marker: str
    certificate: Certificate
    assessment: Assessment
    tracker: str
    owner: Owner = UNKNOWN
    page: Page | None = None
    """What its route says of a page."""
    links: tuple[Link, ...] = ()
    """The other tickets of the same incident."""
    follows: TicketRef | None = None
    """The ticket that it was lately moved away from."""


class IncidentState(StrEnum):
    """What the ledger holds of an incident."""

    OPEN = "open"
    HELD = "held"
    """Closed by somebody else while the certificate is in place; comes back at its next step."""
    CLOSED = "closed"


class HeldBy(StrEnum):
    """On whose word an incident is held."""

    PERSON = "person"
    AUTOMATION = "automation"
    ACCEPTANCE = "acceptance"
    DELETION = "deletion"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of an incident's history."""

    at: datetime
    what: str
    """Stable word: opened, updated, step, stage, held, reopened, merged, closed, adopted, comment, left_out; of what a
    person decided: moved, accepted, snoozed, taken_up."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """The ledger's row: what we decided, what we know the tracker holds, what people did."""

    id: int
    """The ledger's own number of this life; 0 before it is stored."""
    key: str
    fingerprint: str
    """Empty for a self-incident."""
    tracker: str
    state: IncidentState
    step: Step
    stage: Stage
    """Of a self-incident: `due` while something is to be done, `settled` when its cause is gone."""
    opened_at: datetime
    """When the opening was decided; once the tracker has confirmed it, when it did."""
    name: str = ""
    not_after: datetime | None = None
    title: str = ""
    """The title it was opened with."""
    ticket: TicketRef | None = None
    """None until the tracker is known to hold it."""
    closed_at: datetime | None = None
    close_text: str = ""
    reopenings: int = 0
    reopened_at: datetime | None = None
    held_by: HeldBy | None = None
    held_at: datetime | None = None
    held_step: Step | None = None
    automation_closings: int = 0
    content_digest: str = ""
    """Digest of the content that the tracker is known to hold."""
    written: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Field by field what was last written there."""
    told: tuple[str, ...] = ()
    """Ids of the comments that the tracker is known to hold."""
    last_comment_at: datetime | None = None
    moved_at: datetime | None = None
    """When a person last moved it to another tracker; None: it stands where its route led."""
    held_until: datetime | None = None
    """The end that a person named with `accept`; None where it is held by nothing of the kind."""
    snoozed_until: datetime | None = None
    """Until when a person wants to hear nothing of it; None: they hear of it."""
    snooze_text: str = ""
    """In whose words, and until when."""

    @property
    def of_certificate(self) -> bool:
        """False for a self-incident, and for what stands beside an incident."""
        return not self.of_itself and beside_in(self.key) is None

    @property
    def of_itself(self) -> bool:
        """True for a self-incident."""
        return is_self_incident(self.key)

    @property
    def active(self) -> bool:
        """True while it stands for the certificate: at most one such row a key."""
        return self.state is not IncidentState.CLOSED


def let_go(record: IncidentRecord) -> IncidentRecord:
    """Open, and held by nobody's word any more."""
    words = record.close_text if record.held_until is None else ""  # those of the acceptance
    opened = replace(record, state=IncidentState.OPEN, held_by=None, held_at=None, held_step=None)
    return replace(opened, held_until=None, close_text=words)


def marker_of(instance: str, record: IncidentRecord) -> str:
    """The label that its ticket carries."""
    if record.of_certificate or beside_in(record.key) is Beside.LEFT:
        return incident_marker(instance, record.fingerprint)
    return self_incident_marker(instance, record.key)
