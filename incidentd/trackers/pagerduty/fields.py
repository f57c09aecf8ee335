"""What stands on an incident beside its alerts: title, priority, urgency and status. Events do not change these.

A field is rewritten only if it still holds what we last wrote there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from incidentd.model.assessment import Step
from incidentd.model.ticket import TicketContent
from incidentd.trackers.pagerduty import events
from incidentd.trackers.pagerduty.priorities import Priorities
from incidentd.trackers.pagerduty.wire import Json

_HIGH: Json = {"urgency": "high"}
_SET_BACK: Json = {"status": "triggered", **_HIGH}


@dataclass(frozen=True, slots=True)
class Change:
    """One PUT, empty where nothing is to be set; and what the ledger keeps of it."""

    put: Json
    written: dict[str, str]
    unread: bool = False
    """The account's priorities could not be read: it may be missing one."""

    @property
    def is_one(self) -> bool:
        """Whether something is set, or would be: it is told by an event then, with what there is to be said."""
        return bool(self.put) or self.unread

    @property
    def sets_back(self) -> bool:
        """Whether it calls somebody."""
        return "status" in self.put or "urgency" in self.put

    @property
    def written_if_refused(self) -> dict[str, str]:
        """What the ledger keeps where nothing of it was set, so that all of it is tried again."""
        unset = {"titled_at", "priority", *self.put, *(("pressed",) if self.sets_back else ())}
        return {name: text for name, text in self.written.items() if name not in unset}


class Fields:
    """Decides; it writes nothing itself."""

    def __init__(self, priorities: Priorities) -> None:
        self._priorities = priorities

    async def at_opening(self, incident: Json, content: TicketContent) -> Change:
        """An opening at critical is the page itself: urgent, and never set back for that step."""
        low = content.step >= Step.CRITICAL and incident.get("urgency") == "low"
        priority = await self._priorities.raised(incident, content.severity, {})
        title = {"title": str(incident["title"])} if incident.get("title") == events.summary(content) else {}
        kept = {**title, "titled_at": content.step.label, **_kept("priority", priority.ours), **pressed(content)}
        return Change({**(_HIGH if low else {}), **priority.put}, kept, priority.unread)

    async def at_update(self, incident: Json, content: TicketContent, written: Mapping[str, str]) -> Change:
        """Back to triggered at critical and its two later steps, once each; a higher priority; at each step a title.

        Between steps the title stays: what is renewed, rolled back and renewed again is told by events and notes.
        """
        back = _SET_BACK if _presses(incident, content, written) else {}
        priority = await self._priorities.raised(incident, content.severity, written)
        title, kept = ({}, None) if _is_titled(content, written) else _title(incident, content, written)
        now_written = {**_kept("title", kept), "titled_at": content.step.label, **_kept("priority", priority.ours)}
        return Change({**back, **title, **priority.put}, {**now_written, **pressed(content)}, priority.unread)


def pressed(content: TicketContent) -> dict[str, str]:
    """At critical and at its two later steps, once each."""
    return {"pressed": content.step.label} if content.step >= Step.CRITICAL else {}


def _presses(incident: Json, content: TicketContent, written: Mapping[str, str]) -> bool:
    """Whether this step sets the incident back: an acknowledgement quiets the step it was given at, not the ladder."""
    told = pressed(content).items() <= written.items()
    return not told and (incident.get("status") == "acknowledged" or incident.get("urgency") == "low")


def _is_titled(content: TicketContent, written: Mapping[str, str]) -> bool:
    return written.get("titled_at") == content.step.label


def _title(incident: Json, content: TicketContent, written: Mapping[str, str]) -> tuple[Json, str | None]:
    wanted, ours, current = events.summary(content), written.get("title"), incident.get("title")
    if current == wanted:
        return {}, wanted
    return ({"title": wanted}, wanted) if ours is not None and current == ours else ({}, None)


def _kept(name: str, value: str | None) -> dict[str, str]:
    return {} if value is None else {name: value}
