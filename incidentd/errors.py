"""Every error that stops a step, as a tree:

IncidentdError (what, where, hint)
├── ConfigError          the configuration cannot be used: exit 2
├── UsageError           the command line cannot be used: exit 2
├── SourceError          a whole source failed (an unreachable target is a Gap, a value, no error)
├── StoreError           the state cannot be read or written
├── TrackerError         a tracker refused or failed; `kind` says how
├── TransportError       an HTTP exchange failed; `sent` says whether the request may have taken effect
└── UnsafePlan           the plan refuses itself

Partial failure is a value; these are for what stops a step. Only cli/main.py turns them into text and exit codes.
"""

from enum import StrEnum


class IncidentdError(Exception):
    """What went wrong, where, and what to do next. Never holds a secret."""

    def __init__(self, what: str, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.what}{advice}"


class ConfigError(IncidentdError):
    """The configuration cannot be used."""


class UsageError(IncidentdError):
    """The command line cannot be used."""


class SourceError(IncidentdError):
    """A whole source failed."""


class StoreError(IncidentdError):
    """The state cannot be read or written."""


class UnsafePlan(IncidentdError):
    """The plan refuses itself."""


class TrackerFailure(StrEnum):
    """How a tracker failed. Stable: people alert on these."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    RATE_LIMITED = "rate_limited"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    UNREACHABLE = "unreachable"
    UNCLEAR = "unclear"


class TrackerError(IncidentdError):
    """A tracker refused or failed."""

    def __init__(
        self,
        kind: TrackerFailure,
        what: str,
        where: str = "",
        hint: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(what, where, hint)
        self.kind = kind
        self.retry_after_seconds = retry_after_seconds


class TransportError(IncidentdError):
    """An HTTP exchange failed before a whole answer was read."""

    def __init__(self, what: str, where: str = "", hint: str = "", *, sent: bool) -> None:
        super().__init__(what, where, hint)
        self.sent = sent
        """True when the request, or a part of it, may have reached the other side."""
