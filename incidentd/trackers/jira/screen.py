"""The create screen: which fields an issue may be given, and the project's priorities. Read once, kept a while."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.assessment import Severity
from incidentd.ports import Clock
from incidentd.trackers.exchange import REFUSED, asked_twice
from incidentd.trackers.jira.client import JiraClient, Json

KEPT_SECONDS = 600.0
DISPENSABLE = frozenset({"priority", "duedate", "description", "components"})
"""A ticket without them is better than none."""

_PAGE_SIZE = 200
_MOST_PAGES = 20
_UNTOLD = REFUSED | {TrackerFailure.NOT_FOUND}


@dataclass(frozen=True, slots=True)
class Screen:
    """Fields by id, as createmeta shows them; None where Jira would not tell."""

    fields: Mapping[str, Json] | None
    refused: frozenset[str] = frozenset()
    """Those that a create was refused for, whatever the screen says."""

    def offers(self, field: str) -> bool:
        """True when the field is known to be on the screen."""
        return self.fields is not None and field in self.fields and field not in self.refused

    def refuses(self, field: str) -> bool:
        """True when the field is known not to be taken."""
        return field in self.refused or (self.fields is not None and field not in self.fields)

    def requires(self, field: str) -> bool:
        """True when no issue is created without the field."""
        return bool((self.fields or {}).get(field, {}).get("required"))

    def allowed(self, field: str) -> tuple[str, ...]:
        """The names that the field may be given; empty where it takes anything, or nothing."""
        about = (self.fields or {}).get(field) if self.offers(field) else None
        values = about.get("allowedValues") if about else None
        known = values if isinstance(values, list) else []
        return tuple(str(value["name"]) for value in known if isinstance(value, dict) and value.get("name"))

    @property
    def priorities(self) -> tuple[str, ...]:
        """Names, most severe first, as the project's scheme orders them; empty where none may be set."""
        return self.allowed("priority")

    def priority(self, severity: Severity) -> str | None:
        """By position, since names are localised: the first for critical, the second for error, else the middle."""
        allowed = self.priorities
        place = {Severity.CRITICAL: 0, Severity.ERROR: 1, Severity.WARNING: len(allowed) // 2}[severity]
        return allowed[min(place, len(allowed) - 1)] if allowed else None


class CreateScreen:
    """Reads the screen of one issue type of one project, and keeps it for ten minutes."""

    def __init__(self, client: JiraClient, clock: Clock, project: str, issue_type: str) -> None:
        self._client = client
        self._clock = clock
        self._project = project
        self._issue_type = issue_type
        self._kept: tuple[float, Screen] | None = None
        self._refused: dict[str, float] = {}

    async def screen(self) -> Screen:
        """The screen. Raises TrackerError where Jira cannot be asked; what it will not tell is a Screen too."""
        if self._kept is None or self._clock.monotonic() - self._kept[0] > KEPT_SECONDS:
            self._kept = (self._clock.monotonic(), await self._read())
        return replace(self._kept[1], refused=self._lately_refused())

    async def types(self) -> tuple[str, ...]:
        """The names of the issue types that may be made in the project. Raises TrackerError."""
        types = await self._pages(f"/issue/createmeta/{self._project}/issuetypes", "issueTypes")
        return tuple(str(kind.get("name")) for kind in types)

    def forget(self) -> None:
        """Something was refused: look afresh the next time."""
        self._kept = None

    def leave_out(self, fields: Collection[str], configured: Collection[str], screen: Screen) -> bool:
        """True when a ticket can do without these: they are left out for as long as a screen is kept."""
        if not fields or not DISPENSABLE.union(configured).issuperset(fields) or any(map(screen.requires, fields)):
            return False
        self._refused |= dict.fromkeys(fields, self._clock.monotonic())
        return True

    def _lately_refused(self) -> frozenset[str]:
        now = self._clock.monotonic()
        return frozenset(field for field, at in self._refused.items() if now - at <= KEPT_SECONDS)

    async def _read(self) -> Screen:
        """What Jira would not tell twice is not told: one refusal may be a gateway's, and would cost the fields."""
        try:
            return await asked_twice(self._told, _UNTOLD)
        except TrackerError as error:
            if error.kind not in _UNTOLD:
                raise
            return Screen(None)  # the create itself will be told why

    async def _told(self) -> Screen:
        path = f"/issue/createmeta/{self._project}/issuetypes"
        id = self._meant(await self._pages(path, "issueTypes"))
        fields = await self._pages(f"{path}/{id}", "fields") if id else None
        return Screen(None if fields is None else {str(field.get("fieldId")): field for field in fields})

    def _meant(self, types: list[Json]) -> str | None:
        wanted = self._issue_type.casefold()
        named = [kind for kind in types if wanted in (str(kind.get("name")).casefold(), str(kind.get("id")))]
        return str(named[0]["id"]) if named else None

    async def _pages(self, path: str, name: str) -> list[Json]:
        items: list[Json] = []
        for _ in range(_MOST_PAGES):
            params = (("startAt", str(len(items))), ("maxResults", str(_PAGE_SIZE)))
            answer: dict[str, Any] = await self._client.get(path, params)
            page = [item for item in answer.get(name) or answer.get("values") or () if isinstance(item, dict)]
            items += page
            if not page or len(items) >= int(answer.get("total") or 0):
                break
        return items
