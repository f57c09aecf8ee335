"""Audit: who decided what, when and why. An entry is added with what was decided, and never changed."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One decision of a person."""

    at: datetime
    who: str
    command: str
    """Stable word: the command that was given, `move`, `snooze`, `retire`."""
    about: str
    """The incident's key, or the target."""
    reason: str
    """Why, in the person's words."""
    text: str = ""
    """What it came to, in one sentence."""
