"""Reading PagerDuty back: many incidents in few calls, merged ones followed, a 404 believed only with proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Ticket, TicketRef
from incidentd.trackers.pagerduty.client import PAGE_SIZE, PagerDutyRest
from incidentd.trackers.pagerduty.reading import (
    UNVERIFIED,
    Json,
    is_open,
    merged_into,
    missing,
    resolver_in,
    ticket_of,
)

_OPEN = (("statuses[]", "triggered"), ("statuses[]", "acknowledged"))
_ANY = (*_OPEN, ("statuses[]", "resolved"))
_MOST_MERGES = 5


@dataclass(slots=True)
class _List:
    """The list of open incidents, as far as it was read."""

    found: dict[str, Json] = field(default_factory=dict)
    offset: int = 0
    more: bool = True


class Roundup:
    """Reads only. `service` narrows the list of open incidents down to one; else those of our own incidents do."""

    def __init__(self, rest: PagerDutyRest, service: str | None) -> None:
        self._rest = rest
        self._service = service
        self._services = {service} if service else set()
        self._list = _List()
        self._stands_for: dict[str, str] = {}

    async def read(self, wanted: Sequence[TicketRef]) -> tuple[Ticket, ...]:
        """In the order asked for: the open ones by list, the others one by one. Raises TrackerError."""
        ids = {ref.id for ref in wanted if ref.key != UNVERIFIED}
        self._list, self._stands_for = _List(), {}
        listed = await self._listed(ids) if len(ids) > 1 else {}
        return tuple([await self._read_one(ref, listed.get(ref.id)) for ref in wanted])

    @property
    def knows_its_services(self) -> bool:
        """Whether the list of open incidents is narrowed down to any: else it would be that of the whole account."""
        return bool(self._services)

    @property
    def listed_all(self) -> bool:
        """Whether the last read listed all that is open in the services of our incidents."""
        return not self._list.more

    async def everything_open(self) -> Mapping[str, Json]:
        """By id, all that is open in the services of our incidents; what was listed is not asked for again.

        Raises TrackerError.
        """
        while self._services and self._list.more:
            await self._next_page()
        return self._list.found

    def stands_for(self, ref: TicketRef) -> str:
        """The id of the incident that the ref was last read as: its own, or the one that it was merged into."""
        return self._stands_for.get(ref.id, ref.id)

    async def find(self, key: str, marker: str) -> tuple[Ticket, ...]:
        """The incidents that an alert with this dedup key stands in, oldest first. Raises TrackerError."""
        incidents = [incident for incident in await self._with_key(key) if await self._is_ours(incident, key)]
        return tuple([ticket_of(incident, marker) for incident in incidents])

    async def open_incident(self, key: str, but_for: TicketRef | None = None) -> Json | None:
        """The oldest open incident that stands for this dedup key, or None. Raises TrackerError.

        `but_for`: one of another service of the same account, that this one takes the place of.
        """
        for incident in await self._with_key(key):
            if but_for is not None and incident.get("id") == but_for.id:
                continue
            if is_open(incident) and await self._is_ours(incident, key):
                return self._noticed(incident)
        return None

    async def incident(self, ref: TicketRef) -> Json:
        """The incident of a ref, or the one that it was merged into. Raises TrackerError."""
        return await self._followed(await self._by_ref(ref))

    async def _by_ref(self, ref: TicketRef) -> Json:
        if ref.key != UNVERIFIED:
            return self._noticed(await self._rest.incident(ref.id))
        # Opened while there was no token: its id is its dedup key. The open one counts, else the newest.
        known = await self._with_key(ref.id)
        opened = [incident for incident in known if is_open(incident)]
        if not known:
            raise TrackerError(TrackerFailure.NOT_FOUND, "no incident stands for it", "PagerDuty")
        return opened[0] if opened else known[-1]

    async def _followed(self, incident: Json) -> Json:
        for _ in range(_MOST_MERGES):
            target = merged_into(incident)
            if target is None:
                break
            incident = await self._rest.incident(target)
        return incident

    def _noticed(self, incident: Json) -> Json:
        """Its service is one of ours: the list is narrowed down to those."""
        service = incident.get("service")
        if not self._service and isinstance(service, dict) and service.get("id"):
            self._services.add(str(service["id"]))
        return incident

    async def _first_of(self, ids: set[str]) -> dict[str, Json]:
        """One read by id, to learn the service; nothing where it is not found."""
        try:
            incident = self._noticed(await self._rest.incident(min(ids)))
        except TrackerError as error:
            if error.kind is not TrackerFailure.NOT_FOUND:
                raise
            return {}
        return {str(incident["id"]): incident} if is_open(incident) else {}

    async def _listed(self, ids: set[str]) -> dict[str, Json]:
        first = {} if self._services else await self._first_of(ids)
        while self._list.more and not ids <= first.keys() | self._list.found.keys():
            await self._next_page()
        return {**first, **self._list.found}

    async def _next_page(self) -> None:
        scope = tuple(("service_ids[]", service) for service in sorted(self._services))
        page, self._list.more = await self._rest.incidents((*_OPEN, *scope), self._list.offset)
        self._list.found.update({str(incident.get("id")): incident for incident in page})
        self._list.offset += PAGE_SIZE

    async def _read_one(self, ref: TicketRef, listed: Json | None) -> Ticket:
        if listed is not None:
            return ticket_of(listed)
        try:
            incident = await self.incident(ref)
        except TrackerError as error:
            if error.kind is not TrackerFailure.NOT_FOUND:
                raise
            return await self._missing(ref)
        self._stands_for[ref.id] = str(incident["id"])
        ticket = ticket_of(incident, agent=await self._resolver(incident), our_user=await self._our_user(incident))
        return ticket if ticket.ref.id == ref.id else replace(ticket, ref=ref)

    async def _resolver(self, incident: Json) -> Any:
        """Who resolved it, by its history, where it does not say so itself."""
        if is_open(incident) or incident.get("last_status_change_by"):
            return None
        return resolver_in(await self._rest.log_entries(str(incident["id"])))

    async def _our_user(self, incident: Json) -> str:
        """Asked for once, and not before something of ours is resolved."""
        return "" if is_open(incident) else await self._rest.user_id()

    async def _missing(self, ref: TicketRef) -> Ticket:
        if await self._rest.service_visible(self._service):
            return missing(ref)
        what = "an incident is not found, and its service cannot be seen either"
        raise TrackerError(TrackerFailure.FORBIDDEN, what, "PagerDuty", "check what the API token may read")

    async def _with_key(self, key: str) -> list[Json]:
        """The newest hundred, oldest first: an open one is among them."""
        incidents, _ = await self._rest.incidents((*_ANY, ("incident_key", key), ("sort_by", "created_at:desc")))
        return sorted(incidents, key=lambda incident: str(incident.get("created_at") or ""))

    async def _is_ours(self, incident: Json, key: str) -> bool:
        """By its alerts; an incident without alerts has the key itself (REST v2, list incidents)."""
        return incident.get("incident_key") == key or bool(await self._rest.alerts(str(incident.get("id")), key))
