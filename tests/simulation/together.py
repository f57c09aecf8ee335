"""Two trackers of the sandbox as one: what stands for the certificate in either is judged together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from incidentd.sandbox.frame import Frame
from tests.simulation.actual import Actual, Seen
from tests.simulation.schedule import Beside, Schedule

OTHER = "oncall"
"""The second tracker's name in the configuration."""
_NUMBER = re.compile(r"Q[0-9]{13}")


class Together:
    """The tracker that incidents are opened in, and the other vendor's."""

    at_most_open = 2
    """While an incident is being moved."""

    def __init__(self, first: Actual, second: Actual, page: Actual) -> None:
        self.first, self.second, self.page = first, second, page
        self.origins: tuple[str, ...] = (*first.origins, *second.origins)
        self.settings: Mapping[str, object] = first.settings

    @property
    def frame(self) -> Frame:
        return self.first.frame

    @property
    def frames(self) -> Mapping[str, Frame]:
        """The applications by origin."""
        return {origin: each.frame for each in (self.first, self.second) for origin in each.origins}

    def tickets(self) -> list[Seen]:
        return [*self.first.tickets(), *self.second.tickets()]

    def of(self, fingerprint: str) -> Actual:
        return Together(self.first.of(fingerprint), self.second.of(fingerprint), self.page_of(fingerprint))

    def page_of(self, fingerprint: str) -> Actual:
        return self.second.page_of(fingerprint)

    def writes(self) -> int:
        return self.first.writes() + self.second.writes()

    def is_closing(self, method: str, path: str, body: bytes) -> bool:
        """A page is closed on proof, too."""
        all_of_it = (self.first, self.second, self.page)
        return any(each.is_closing(method, path, body) for each in all_of_it if _is_of(each, path))

    def budget(self, path: str) -> str:
        return (self.first if _is_of(self.first, path) else self.second).budget(path)

    def close_as(self, person: bool) -> None:
        for each in (self.first, self.second):
            each.close_as(person)

    def retitle(self, title: str) -> None:
        self.first.retitle(title)

    def say(self, text: str, place: int) -> None:
        self.first.say(text, place)

    def clone(self) -> None:
        self.first.clone()

    def take(self) -> None:
        self.first.take()

    def twin(self) -> None:
        self.first.twin()

    def plain(self, path: str) -> str:
        return _NUMBER.sub("Q", path)

    def last_write_seconds(self, start: datetime) -> float:
        return max(self.first.last_write_seconds(start), self.second.last_write_seconds(start))

    def documents(self) -> list[Mapping[str, object]]:
        return [*self.first.documents(), *self.second.documents()]

    def texts(self) -> str:
        return self.first.texts() + self.second.texts()


def frames_of(actual: Actual) -> Mapping[str, Frame]:
    """The applications by origin, of one tracker or of both."""
    return actual.frames if isinstance(actual, Together) else dict.fromkeys(actual.origins, actual.frame)


def other_tracker(actual: Actual) -> Mapping[str, object]:
    """The second tracker as it is configured, where there is one."""
    return {OTHER: actual.second.settings} if isinstance(actual, Together) else {}


def page(schedule: Schedule) -> Mapping[str, object]:
    """What the route says of pages, where the schedule pages."""
    return {"page": {"tracker": OTHER, "from": "error"}} if schedule.beside is Beside.PAGES else {}


def _is_of(actual: Actual, path: str) -> bool:
    """Jira's paths begin with its REST API, and PagerDuty's do not."""
    return path.startswith("/rest/") is (actual.settings["kind"] == "jira")
