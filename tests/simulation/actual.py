"""What the tracker really holds of one certificate, told alike for PagerDuty and Jira, and what people do to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from incidentd.sandbox.frame import Frame

RANKS = {"info": 0, "warning": 1, "error": 2, "critical": 3}
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Seen:
    """One ticket of ours, as its tracker shows it now."""

    id: str
    open: bool
    title: str
    rank: int
    """Of its severity; 0 where it says none."""
    closed_by_us: bool
    """False while it is open."""
    said: tuple[str, ...] = ()
    """Our comments on it, without the numbers: these differ from life to life."""
    cloned: bool = False
    """A person's copy of ours."""
    worked_on: bool = False
    """Whether a person did anything to it."""
    signed: bool = True
    """Whether its closing shows that it was ours; else it may have been a person with our login, and only a state that
    remembers knows better."""
    touched: bool = False
    """Whether our account did anything to such a copy."""
    listens: bool = True
    """False where no key that is configured reaches it: its alert says the severity that it began with, for good, and a
    note says the step."""


class Actual(Protocol):
    """A tracker of the sandbox, and the people in it."""

    origins: tuple[str, ...]
    settings: Mapping[str, object]
    at_most_open: int
    """How many may be open for one certificate in passing (faults.md, 1)."""

    @property
    def frame(self) -> Frame:
        """The application."""
        ...

    def tickets(self) -> list[Seen]:
        """Every ticket for the certificate, oldest first."""
        ...

    def of(self, fingerprint: str) -> Actual:
        """The same tracker, of another certificate."""
        ...

    def page_of(self, fingerprint: str) -> Actual:
        """The same tracker, of a certificate's page."""
        ...

    def writes(self) -> int:
        """How many requests asked for a change so far."""
        ...

    def is_closing(self, method: str, path: str, body: bytes) -> bool:
        """Whether a request asks for a ticket of this certificate to be closed."""
        ...

    def budget(self, path: str) -> str:
        """Which of the tracker's budgets of calls a request is counted in."""
        ...

    def close_as(self, person: bool) -> None:
        """A person, or a machine, closes what is open."""
        ...

    def retitle(self, title: str) -> None:
        """A person gives what is open another title."""
        ...

    def say(self, text: str, place: int) -> None:
        """A person comments on what is open; at place 1 not on the oldest of several."""
        ...

    def clone(self) -> None:
        """A person clones it."""
        ...

    def take(self) -> None:
        """A person takes it on: acknowledges, or moves it to a project of theirs."""
        ...

    def twin(self) -> None:
        """Our own account makes a second one behind the daemon's back, where the tracker lets it."""
        ...

    def plain(self, path: str) -> str:
        """A path without what differs between two runs."""
        ...

    def last_write_seconds(self, start: datetime) -> float:
        """When the last request that asked for a change came in."""
        ...

    def documents(self) -> list[Mapping[str, object]]:
        """All tickets there are, whole."""
        ...

    def texts(self) -> str:
        """Everything that stands in tickets."""
        ...


def without_numbers(text: str) -> str:
    """A text without what differs from life to life."""
    return _NUMBER.sub("#", text)


def last_write_seconds(frame: Frame, start: datetime) -> float:
    for entry in reversed(frame.journal):
        if frame.is_write(entry.request.method, entry.request.path):
            return (entry.request.at - start).total_seconds()
    return 0.0
