"""What is said in a push: one JSON object a line, each of a known shape, and a last one without which none counts.

First `sweep`, then `certificate` for what the hub cannot know yet, `place` for each place, and `end`. Unknown fields
are refused, and so is whatever is longer than it has to be. No time by the other side's clock stands in one.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from incidentd.model.location import Role
from incidentd.model.observation import AbsenceKind, GapReason

LINE_BYTES = 2 * 1024 * 1024
MOST_MEMBERS = 10_000
MOST_UNREAD = 100
TEXT_CHARACTERS = 1000
URI_CHARACTERS = 12_500
"""A path of 4,096 bytes, each of them written as %XX, and what stands around it."""
MOST_IN_CHAIN = 10_000

_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
Said = Annotated[str, StringConstraints(max_length=TEXT_CHARACTERS)]
Uri = Annotated[str, StringConstraints(min_length=1, max_length=URI_CHARACTERS, pattern=_NO_CONTROLS)]
Short = Annotated[str, StringConstraints(max_length=256, pattern=_NO_CONTROLS)]
LabelText = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Chain = Annotated[tuple[Fingerprint, ...], Field(min_length=1, max_length=MOST_IN_CHAIN)]
GoneAs = Literal[AbsenceKind.REMOVED, AbsenceKind.UNRESOLVED_ADDRESS, AbsenceKind.UNCONFIGURED]
"""That something is gone for good by a person's word is not for a machine to say."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Begun(_Told):
    """The sweep that this is: as the hub's answer said, before anything was looked at."""

    line: Literal["sweep"] = "sweep"
    after: int = Field(ge=0, description="The number of the sweep that the hub held then.")
    since: AwareDatetime = Field(description="The hub's own time then.")


class Given(_Told):
    """A certificate. The hub reads it itself."""

    line: Literal["certificate"] = "certificate"
    der: Annotated[str, StringConstraints(max_length=LINE_BYTES)] = Field(description="DER, in base64.")


class Seen(_Told):
    """One handshake, or one read of one file."""

    member: Short = ""
    chain: Chain = Field(description="Fingerprints: of certificates in this push, or known to the hub of this source.")
    others: Annotated[tuple[int, ...], Field(max_length=8)] = ()
    unread: Annotated[tuple[Said, ...], Field(max_length=MOST_UNREAD)] = ()


class Unseen(_Told):
    """What should have been looked at and could not be."""

    member: Short | None = None
    reason: GapReason
    text: Said = ""


class Gone(_Told):
    """Looked, completely, and nothing is there any more."""

    member: Short | None = None
    kind: GoneAs
    group: Uri


class Renewing(_Told):
    """What renews the certificate of a place, and what it said of it."""

    name: Short
    ready: bool
    renews_at: AwareDatetime | None = None


class Told(_Told):
    """One place, with all that is said of it."""

    line: Literal["place"] = "place"
    uri: Uri
    role: Role
    asked_name: Short | None = None
    labels: Annotated[dict[LabelText, LabelText], Field(max_length=100)] = Field(default_factory=dict)
    controller: Renewing | None = None
    seen: Annotated[tuple[Seen, ...], Field(max_length=MOST_MEMBERS)] = ()
    unseen: Annotated[tuple[Unseen, ...], Field(max_length=MOST_MEMBERS)] = ()
    gone: Annotated[tuple[Gone, ...], Field(max_length=MOST_MEMBERS)] = ()


class Ended(_Told):
    """That this is all."""

    line: Literal["end"] = "end"
    failure: Said | None = Field(default=None, description="What failed as a whole, if anything did.")


Line = Annotated[Begun | Given | Told | Ended, Field(discriminator="line")]
LINE: TypeAdapter[Begun | Given | Told | Ended] = TypeAdapter(Line)
"""Reads a line, or raises ValidationError."""


class KnownMember(_Told):
    """What a pusher is told of a member: what it showed last, and whether that is new."""

    address: Short
    chain: tuple[Fingerprint, ...] = ()
    others: tuple[int, ...] = ()
    changed_seconds_ago: float | None = Field(default=None, ge=0, le=1e9)


class KnownPlace(_Told):
    """A place of the source, as the hub remembers it."""

    uri: str
    role: Role
    asked_name: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    members: tuple[KnownMember, ...] = ()


class Known(BaseModel):
    """What a pusher is told before it looks. What a later hub says beside it does no harm."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    source: str
    after: int = Field(ge=0)
    since: AwareDatetime
    labels: tuple[str, ...] = Field(default=(), description="Labels that it may set.")
    most_places: int
    places: tuple[KnownPlace, ...] = ()
