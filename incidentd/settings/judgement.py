"""Settings of the policy: what is due, how severe it is, what is let off, and how much proof a closing needs."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StringConstraints

from incidentd.durations import Duration, PositiveDuration, ThresholdSetting, duration_text, parse_duration
from incidentd.model.assessment import Severity
from incidentd.model.concentration import ConcentrationKind
from incidentd.model.policy import NON_PRODUCTION
from incidentd.model.threshold import Threshold
from incidentd.settings.sections import Matches, Section

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONCENTRATION = re.compile(f"({'|'.join(ConcentrationKind)})-[0-9a-f]{{12}}")


def _fingerprint(text: str) -> str:
    bare = text.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", bare):
        raise ValueError("a fingerprint is the SHA-256 of the certificate: 64 hex digits")
    return bare


def parse_end(text: object, *, what: str = "an end") -> datetime:
    """The first instant after: a day means its first moment in UTC, a time (RFC 3339) names its zone. ValueError."""
    written = str(text)
    try:
        end = datetime.fromisoformat(f"{written}T00:00:00Z" if _DAY.fullmatch(written) else written)
        if end.tzinfo is None:
            raise ValueError("no zone")
        return end.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{what} is a day, as in 2027-01-31 (its first moment, UTC), or a time with its zone"
        ) from None


def _written(end: datetime) -> str:
    return end.isoformat().replace("+00:00", "Z")


End = Annotated[datetime, BeforeValidator(parse_end, json_schema_input_type=str), PlainSerializer(_written)]
SomeText = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
OPENING: Literal["open"] = "open"


def parse_left(text: object) -> object:
    """`open`, or a span of time left. Raises ValueError."""
    try:
        return OPENING if text == OPENING else parse_duration(text)
    except ValueError:
        raise ValueError("must be `open`, or a time left as in 14d") from None


def _left_text(left: timedelta | Literal["open"]) -> str:
    return OPENING if left == OPENING else duration_text(left)


TimeLeft = Annotated[
    timedelta | Literal["open"],
    BeforeValidator(parse_left, json_schema_input_type=str),
    PlainSerializer(_left_text, return_type=str),
]


class CloseAfterSettings(Section):
    """How much proof a closing needs."""

    observations: int = Field(default=3, ge=1, description="Successors in a row, at each member of each served place.")
    apart: Duration = Field(
        default=timedelta(minutes=10), description="Between the first and the last of them, at least."
    )


class SeveritySettings(Section):
    """A severity is reached when at most `at` is left; `open`: from the opening."""

    severity: Severity
    at: TimeLeft = Field(description="open, or a time left as in 14d.")


class ExemptionSettings(Section):
    """A certificate that opens nothing until its end, on somebody's word."""

    fingerprint: Annotated[str, AfterValidator(_fingerprint)]
    until: End = Field(description="The first moment at which it no longer holds.")
    reason: SomeText
    owner: SomeText


def _concentration(text: str) -> str:
    if not _CONCENTRATION.fullmatch(text):
        near = get_close_matches(text.rpartition("-")[0], [kind.value for kind in ConcentrationKind], n=1)
        example = f"{near[0] if near else ConcentrationKind.SAME_WINDOW.value}-0123456789ab"
        raise ValueError(f"the id of a concentration, as `incidentd concentration` shows it, looks like {example}")
    return text


class WaiverSettings(Section):
    """A concentration that is accepted until its end, on somebody's word."""

    id: Annotated[str, AfterValidator(_concentration)] = Field(description="As `incidentd concentration` shows it.")
    until: End = Field(description="The first moment at which it no longer holds.")
    reason: SomeText
    owner: SomeText


def _ladder(rules: tuple[SeveritySettings, ...]) -> tuple[SeveritySettings, ...]:
    if len({rule.severity for rule in rules}) < len(rules):
        raise ValueError("names one severity twice")
    if any(rule.severity is Severity.WARNING and rule.at != OPENING for rule in rules):
        raise ValueError("warning begins with the opening, so write `at: open`")
    return rules


def _defaults() -> tuple[SeveritySettings, ...]:
    return (
        SeveritySettings(severity=Severity.WARNING, at=OPENING),
        SeveritySettings(severity=Severity.ERROR, at=timedelta(days=14)),
        SeveritySettings(severity=Severity.CRITICAL, at=timedelta(days=3)),
    )


def _non_production() -> Mapping[str, tuple[str, ...]]:
    return {"env": NON_PRODUCTION}


class PolicySettings(Section):
    """The rules that decide which certificates need an incident."""

    threshold: ThresholdSetting = Field(default=Threshold(months=3), description="Due with less than this left.")
    non_production: dict[str, tuple[str, ...]] = Field(
        default_factory=lambda: dict(_non_production()),
        description="Label values that put a location out of production; all else is production.",
    )
    automated: tuple[Annotated[Matches, Field(min_length=1)], ...] = Field(
        default=(), description="Certificates that automation renews, by the operator's word."
    )
    close_after: CloseAfterSettings = CloseAfterSettings()
    blind_after: PositiveDuration = Field(default=timedelta(hours=24), description="Unseen for longer: blindness.")
    release_within: PositiveDuration = Field(
        default=timedelta(days=7), description="A stored renewal that no release carries by then is late."
    )
    severities: Annotated[tuple[SeveritySettings, ...], AfterValidator(_ladder)] = Field(
        default_factory=_defaults, description="Those that are set are exact; the defaults shrink with the lifetime."
    )
    exemptions: tuple[ExemptionSettings, ...] = ()
    waivers: tuple[WaiverSettings, ...] = Field(default=(), description="Concentrations that are accepted.")
