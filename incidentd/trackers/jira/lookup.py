"""Reading Jira: many issues in few calls, by id; search by marker; a 404 believed only with proof."""

import re
from collections.abc import Sequence
from dataclasses import replace

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.model.ticket import Ticket, TicketRef, TicketStatus
from incidentd.trackers.exchange import identified, ref_to
from incidentd.trackers.jira.client import JiraClient, Json
from incidentd.trackers.jira.dialect import Dialect
from incidentd.trackers.jira.reading import (
    PROPERTY,
    category_of,
    creator_of,
    is_adopted,
    is_done,
    labels_of,
    names_acceptance,
    property_of,
    ticket_of,
)

MARKER = re.compile(r"[a-z0-9-]+")


class Lookup:
    """Reads only."""

    def __init__(self, client: JiraClient, dialect: Dialect, project: str) -> None:
        self._client = client
        self._dialect = dialect
        self._catalogue = dialect.catalogue(client)
        self._project = project

    async def read(self, wanted: Sequence[TicketRef]) -> tuple[Ticket, ...]:
        """In the order asked for; with who closed them, and since when they are accepted. Raises TrackerError."""
        found = await self._catalogue.standing([ref.id for ref in wanted])
        told = [id for id, issue in found.items() if is_done(issue) or names_acceptance(issue)]
        found |= await self.fetch(told, ("changelog",))
        if any(ref.id not in found for ref in wanted):
            await self.confirm_sight()
        account = await self._client.account() if wanted else ""
        return tuple([await self._ticket(ref, found.get(ref.id), account) for ref in wanted])

    async def find(self, key: str, marker: str) -> tuple[Ticket, ...]:
        """Those that our own account made, or a person chose, and whose label and property are ours, oldest first.

        The index only proposes; each hit is read by id, which is consistent. No project is named: an issue that was
        moved is still ours. Who may not browse the project, or is nobody, is shown nothing, and that proves nothing.
        Raises TrackerError; ValueError for a marker that could be anything but a word of JQL.
        """
        if not MARKER.fullmatch(marker):
            raise ValueError("a marker is made of a-z, 0-9 and - only")
        ids = await self.search(f'labels = "{marker}"')
        if not ids:
            await self.confirm_sight()
            return ()
        account = await self._client.account()
        issues = (await self.fetch(ids)).values()
        ours = [issue for issue in issues if is_ours(issue, key, marker, account)]
        oldest_first = sorted(ours, key=lambda issue: (len(str(issue["id"])), str(issue["id"])))
        return tuple([replace(await self._ticket(None, issue, account), ours=True) for issue in oldest_first])

    async def issue(self, id: str, fields: Sequence[str], properties: Sequence[str] = (PROPERTY,)) -> Json:
        """One issue by id, as it is now. Raises TrackerError."""
        params = (("fields", ",".join(fields)), ("properties", ",".join(properties)))
        issue = identified(await self._client.get(f"/issue/{id}", params), "issue")
        if not category_of(issue):
            raise TrackerError(TrackerFailure.UNAVAILABLE, "the answer does not say the issue's status")
        return issue

    async def ref_of(self, issue: Json) -> TicketRef:
        """By id; the key moves with the issue. Raises TrackerError."""
        key = str(issue.get("key") or "")
        return ref_to(issue.get("id"), key, await self._client.browse_url(key))

    async def _ticket(self, ref: TicketRef | None, issue: Json | None, account: str) -> Ticket:
        if issue is not None:
            return ticket_of(issue, await self.ref_of(issue), account)
        return Ticket(ref=ref or TicketRef("", ""), marker="", status=TicketStatus.MISSING)

    async def fetch(self, ids: Sequence[str], expand: Sequence[str] = ()) -> dict[str, Json]:
        """Those of the issues that are there, by id, as they are now. Raises TrackerError."""
        return await self._catalogue.fetch(ids, expand)

    async def search(self, jql: str) -> list[str]:
        """The ids that the index has for it, all pages of them. Raises TrackerError."""
        return await self._catalogue.search(jql)

    async def confirm_sight(self) -> None:
        """A missing issue is gone only if the project can be seen: a lost permission looks the same.

        Raises TrackerError (FORBIDDEN) when it cannot.
        """
        if not await self.may("BROWSE_PROJECTS"):
            what = "issues are not found, and their project cannot be seen either"
            hint = "check that the account may browse the project"
            raise TrackerError(TrackerFailure.FORBIDDEN, what, f"Jira {self._project}", hint)

    async def may(self, permission: str) -> bool:
        """Whether our account has a permission in the project, which it may not even see. Raises TrackerError."""
        try:
            answer = await self._client.get("/mypermissions", self._dialect.permission(self._project, permission))
            return answer["permissions"][permission]["havePermission"] is True
        except TrackerError as error:
            if error.kind is not TrackerFailure.NOT_FOUND:
                raise
            return False
        except (KeyError, TypeError):
            return False


def is_ours(issue: Json, key: str, marker: str, account: str) -> bool:
    """Made by our account, or adopted; and label and property agree: a person's clone is not."""
    made_by_us = bool(account) and creator_of(issue) == account
    known = made_by_us or is_adopted(issue)
    return known and marker in labels_of(issue) and property_of(issue).get("key") == key
