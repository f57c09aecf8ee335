"""The seam between the two Jiras: all that differs between Cloud and Data Center stands behind it, and nothing else.

Paths, how a text is written, how issues are found and read. The rest of the tracker is one.
"""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from incidentd.model.ticket import TicketContent
from incidentd.trackers.jira.client import JiraClient, Json, Params

FETCH_SIZE = 100
"""How many issues are asked for at once."""
MOST_PAGES = 50


class Catalogue(Protocol):
    """How a site's issues are found and read."""

    async def search(self, jql: str) -> list[str]:
        """The ids that the index has for it, all pages of them. Raises TrackerError."""
        ...

    async def first(self, jql: str, most: int) -> list[str]:
        """The first of them, `most` at most, in one call. Raises TrackerError."""
        ...

    async def fetch(self, ids: Sequence[str], expand: Collection[str] = ()) -> dict[str, Json]:
        """Those of the issues that are there, by id, as they truly are now. Raises TrackerError."""
        ...

    async def standing(self, ids: Sequence[str]) -> dict[str, Json]:
        """The same in few calls, for a look at many; what is done may be told a little late. Raises TrackerError."""
        ...


class Dialect(Protocol):
    """What one kind of Jira says in its own way. Stateless."""

    api: str
    """The path of its REST API below the base URL."""
    deployment: str
    """What serverInfo says of itself there."""

    def catalogue(self, client: JiraClient) -> Catalogue:
        """How issues are found and read through a client."""
        ...

    def description(self, content: TicketContent) -> Any:
        """The description, within its limit."""
        ...

    def standing_in(self, content: TicketContent) -> Any:
        """The comment that says what an edited description does not say any more."""
        ...

    def comment(self, text: str) -> Any:
        """A comment."""
        ...

    def plain(self, body: Any) -> str:
        """What a body says, one line a block."""
        ...

    def digest(self, body: Any) -> str:
        """Equal for bodies that say the same in the same structure; empty for none."""
        ...

    def property(self, value: Json) -> Any:
        """The value of an issue property that goes along with a create or an edit."""
        ...

    def permission(self, project: str, permission: str) -> Params:
        """The parameters that ask for one permission in one project."""
        ...

    async def link_types(self, client: JiraClient, names: Sequence[str], *, or_any: bool) -> list[str]:
        """The types of link to try, best first: those of these names (case-folded), else any. Raises TrackerError."""
        ...

    async def internal(self, client: JiraClient, issue_id: str) -> list[Json]:
        """The properties of a comment on an issue that no customer may see. Raises TrackerError."""
        ...
