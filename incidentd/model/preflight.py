"""Preflight: what was looked at before anything depends on it, what came of it, and how to mend it. Values only."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a look came to."""

    OK = "ok"
    UNKNOWN = "unknown"
    """It could not be told from here; nobody may take that for good, nor for bad."""
    WARNING = "warning"
    """It works, and is probably not what is wanted."""
    PROBLEM = "problem"
    """It will fail, or do harm."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    id: str
    """Stable, as `pagerduty.acknowledgement_timeout`: people alert on it, so it is never renamed."""
    subject: str
    """What it is about: `tracker oncall`, `source edge`, `state`…"""
    verdict: Verdict
    text: str
    """What was seen, in a sentence. May hold text from outside; never a secret."""
    fix: str = ""
    """What to do about it, in a sentence or a command; empty only where nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What several checks are about; makes them."""

    name: str

    def ok(self, id: str, text: str) -> Check:
        """It is as it should be."""
        return Check(id, self.name, Verdict.OK, text)

    def unknown(self, id: str, text: str, fix: str) -> Check:
        """It cannot be told from here; `fix` says how it can be found out."""
        return Check(id, self.name, Verdict.UNKNOWN, text, fix)

    def warning(self, id: str, text: str, fix: str) -> Check:
        """It works, and is probably not what is wanted."""
        return Check(id, self.name, Verdict.WARNING, text, fix)

    def problem(self, id: str, text: str, fix: str) -> Check:
        """It will fail, or do harm."""
        return Check(id, self.name, Verdict.PROBLEM, text, fix)
