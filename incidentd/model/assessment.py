"""Assessment: what the policy says of one certificate, with the evidence. A pure function of inventory, policy, now."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from incidentd.model.inventory import Word
from incidentd.model.lineage import SuccessorBy
from incidentd.model.location import Location
from incidentd.model.release import Carrier


class Stage(StrEnum):
    """Where a certificate stands on its way to being replaced."""

    FINE = "fine"
    DUE = "due"
    RENEWED_NOT_DEPLOYED = "renewed_not_deployed"
    PARTLY_DEPLOYED = "partly_deployed"
    MISMATCH = "mismatch"
    RELEASE_LATE = "release_late"
    EXPIRED = "expired"
    SETTLED = "settled"
    EXEMPT = "exempt"


class Severity(StrEnum):
    """How bad it is; climbs, and does not fall while the certificate is in place."""

    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class Step(IntEnum):
    """The rungs of the ladder. The last two keep `critical` but count as steps."""

    WARNING = 1
    ERROR = 2
    CRITICAL = 3
    LAST_DAY = 4
    EXPIRED = 5

    @property
    def severity(self) -> Severity:
        """The severity that a tracker shows for this step."""
        if self >= Step.CRITICAL:
            return Severity.CRITICAL
        return Severity.ERROR if self is Step.ERROR else Severity.WARNING

    @property
    def label(self) -> str:
        """The step's name in texts and documents."""
        return self.name.lower()


class PlaceStatus(StrEnum):
    """How one member, or a whole location, stands towards one certificate."""

    PRESENT = "present"
    """The last look showed it."""
    MIXED = "mixed"
    """It came back after a successor had been seen there within 14 days."""
    UNKNOWN = "unknown"
    """An address that never answered: what it serves is not known."""
    REPLACING = "replacing"
    """A successor was seen; not yet often or long enough to be proof."""
    REPLACED = "replaced"
    """A successor, seen often and long enough: proof."""
    MISMATCH = "mismatch"
    """Something that is no successor stands there."""
    LEAVING = "leaving"
    """Nothing there any more; not yet often or long enough to be proof."""
    RETIRED = "retired"
    """Deliberately removed, seen often and long enough: proof."""

    @property
    def settled(self) -> bool:
        """True for the two that are proof."""
        return self in (PlaceStatus.REPLACED, PlaceStatus.RETIRED)


class Reason(StrEnum):
    """Why the policy decided as it did. Stable codes: never renamed, people alert on them."""

    NOT_YET_DUE = "not_yet_due"
    THRESHOLD_PASSED = "threshold_passed"
    EXPIRED = "expired"
    NON_PRODUCTION = "non_production"
    NOT_IN_PLACE = "not_in_place"
    STALE_ARCHIVE = "stale_archive"
    EXEMPT_BY_POLICY = "exempt_by_policy"
    EXEMPT_BY_ANNOTATION = "exempt_by_annotation"
    RENEWED_BY_AUTOMATION = "renewed_by_automation"
    RENEWAL_OVERDUE = "renewal_overdue"
    TRUST_BUNDLE = "trust_bundle"
    CA_LEFT_BEHIND = "ca_left_behind"
    CA_OWN_LOCATION = "ca_own_location"
    CA_OUTLIVED_BY_LEAF = "ca_outlived_by_leaf"
    RENEWED_NOT_DEPLOYED = "renewed_not_deployed"
    PARTLY_DEPLOYED = "partly_deployed"
    PROOF_PENDING = "proof_pending"
    MISMATCH = "mismatch"
    RELEASE_PLANNED_LATE = "release_planned_late"
    RELEASE_SLIPPED = "release_slipped"
    RENEWAL_UNCARRIED = "renewal_uncarried"
    MIXED_BACKEND = "mixed_backend"
    UNSEEN_PLACES = "unseen_places"
    CAPPED_SPARE = "capped_spare"
    CAPPED_OTHER_SERVED = "capped_other_served"
    ALL_SERVED_SETTLED = "all_served_settled"
    ALL_STORED_SETTLED = "all_stored_settled"
    SUSPECT_REMOVAL = "suspect_removal"


@dataclass(frozen=True, slots=True)
class MemberFinding:
    """How one member stands, and the looks that say so."""

    address: str
    status: PlaceStatus
    successor: str | None = None
    """Fingerprint of the successor, or of what stands there instead (status says which); None where nothing does."""
    looks: int = 0
    """Looks in a row since the certificate was last shown here."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    """First and last of those looks; for `present`, when the certificate was last shown."""
    unseen_since: datetime | None = None
    suspect: bool = False
    removed: bool = False
    """Settled by removal, not by a successor."""
    word: Word | None = None
    """The person's, by which it is removed; None where looks are the proof."""
    showed: bool = True
    """False for a member that never showed this certificate itself."""
    handshakes: tuple[int, int] | None = None
    """By how many of how many handshakes of the last look it was still shown; None where none did, and where all."""


@dataclass(frozen=True, slots=True)
class PlaceFinding:
    """How one location stands: as its worst member does."""

    location: Location
    production: bool
    blocks: bool
    """False for what does not stop a closing: leftovers and what is not production."""
    status: PlaceStatus
    members: tuple[MemberFinding, ...]

    @property
    def unseen(self) -> bool:
        """True when some member could not be looked at lately."""
        return any(member.unseen_since for member in self.members)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the policy says of one certificate."""

    fingerprint: str
    stage: Stage
    reasons: tuple[Reason, ...]
    opens_at: datetime | None = None
    """When its window opens, or its renewal is overdue; None: never."""
    step: Step | None = None
    """Set exactly for the stages that want an incident."""
    findings: tuple[PlaceFinding, ...] = ()
    deployed: int = 0
    deployable: int = 0
    """k of n members that show a successor."""
    successor: str | None = None
    """The newest certificate of the same lineage, served or stored anywhere."""
    successor_by: SuccessorBy | None = None
    """By what it is one; set exactly where there is one."""
    carrier: Carrier | None = None
    """The release that carries its renewal, where one was announced."""
    dependents: tuple[str, ...] = ()
    """For a CA: the leaves that hang on it, by fingerprint."""
    suspect: bool = False
    """Settled only if a suspicious removal is believed."""
    proof: str = ""
    """For an exemption: on whose word, or on what proof."""
    next_change_at: datetime | None = None
    """The earliest instant at which this judgement changes by itself, as time goes by."""
    next_step: Step | None = None
    """The step that comes then, where it is one."""

    @property
    def wants_incident(self) -> bool:
        """True for the stages in which an incident should be open."""
        return self.step is not None

    @property
    def unseen(self) -> tuple[str, ...]:
        """Addresses of the blocking places that could not be looked at lately."""
        return tuple(finding.location.uri for finding in self.findings if finding.unseen and finding.blocks)
