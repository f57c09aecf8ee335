"""Policy: the rules that decide which certificates need an incident, and how severe it is, as one value."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidentd.model.assessment import Step
from incidentd.model.threshold import Threshold


@dataclass(frozen=True, slots=True)
class CloseAfter:
    """How much proof a closing needs."""

    observations: int = 3
    apart: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """A step is reached when at most `left` remains; `exact` rules are not capped by the lifetime."""

    step: Step
    left: timedelta
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Exemption:
    """A listed certificate that opens nothing until its end."""

    fingerprint: str
    until: datetime
    """The first instant at which it no longer holds."""
    reason: str
    owner: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A concentration that is accepted until its end."""

    id: str
    """The concentration's own."""
    until: datetime
    """The first instant at which it no longer holds."""
    reason: str
    owner: str


Matcher = tuple[tuple[str, str], ...]
"""Globs by field: `issuer`, `source`, `name`, or any label; all must match (case-folded)."""

DEFAULT_SEVERITIES = (SeverityRule(Step.ERROR, timedelta(days=14)), SeverityRule(Step.CRITICAL, timedelta(days=3)))
NON_PRODUCTION = (
    "dev",
    "development",
    "test",
    "testing",
    "qa",
    "sandbox",
    "staging",
    "stage",
    "preview",
    "demo",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything the judgement depends on beside the inventory and the time."""

    threshold: Threshold = field(default_factory=lambda: Threshold(months=3))
    non_production: tuple[tuple[str, tuple[str, ...]], ...] = (("env", NON_PRODUCTION),)
    automated: tuple[Matcher, ...] = ()
    close_after: CloseAfter = field(default_factory=CloseAfter)
    blind_after: timedelta = timedelta(hours=24)
    release_within: timedelta = timedelta(days=7)
    """How long a stored renewal may wait for a release, where releases are announced."""
    severities: tuple[SeverityRule, ...] = DEFAULT_SEVERITIES
    exemptions: tuple[Exemption, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    trusting_sources: tuple[str, ...] = ()
    """Sources whose trust bundles count too (`trust: true`)."""
    pushed_sources: tuple[str, ...] = ()
    """Sources that others sweep: their word is for their own places (policy.hearsay)."""


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """How fast and how far a plan may go by itself."""

    open_per_hour: int = 50
    urgent_per_hour: int = 20
    close_share: float = 0.2
    urgent_left: timedelta = timedelta(days=14)
    removals_free: int = 5


@dataclass(frozen=True, slots=True)
class Page:
    """A second ticket of the same incident, for those who are on call."""

    tracker: str
    from_step: Step
    """It is raised once the incident has reached this step."""


@dataclass(frozen=True, slots=True)
class Route:
    """The first route whose globs all match an incident's labels names its tracker."""

    match: Matcher
    tracker: str
    page: Page | None = None
