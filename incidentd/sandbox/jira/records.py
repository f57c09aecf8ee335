"""What a Jira site holds. `Content` is frozen, so that the search index can keep older ones; the rest is plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """Who acts: `atlassian` is a person or a token's user, `app` an automation."""

    account_id: str
    display_name: str
    email: str = ""
    account_type: str = "atlassian"


@dataclass(frozen=True, slots=True)
class Content:
    """What an issue says at one moment: all that search can see of it."""

    key: str
    project: str
    issue_type: str
    status: str  # status id
    fields: Mapping[str, Any]  # summary, description, labels, priority, resolution…, as names and plain values
    properties: Mapping[str, Any]
    creator: str
    created: datetime
    updated: datetime
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the changelog."""

    id: int
    at: datetime
    author: Account
    items: tuple[Json, ...]


@dataclass(slots=True)
class Comment:
    """A comment; its body is an Atlassian document, or text in wiki markup."""

    id: int
    author: Account
    body: Json | str
    created: datetime
    updated: datetime
    update_author: Account
    properties: list[Json] = field(default_factory=list)
    public: bool = True


@dataclass(slots=True)
class RemoteLink:
    """A link to something outside; `global_id` makes it unique on its issue."""

    id: int
    global_id: str | None
    document: Json


@dataclass(frozen=True, slots=True)
class IssueLink:
    """Two issues and what joins them."""

    id: int
    type: str
    inward: int
    outward: int


@dataclass(slots=True)
class Issue:
    """An issue: its id never changes, its key does when it moves."""

    id: int
    content: Content
    creator: Account
    history: list[tuple[datetime, Content]] = field(default_factory=list)
    changelog: list[Change] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    remote_links: list[RemoteLink] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)  # account ids
    former_keys: list[str] = field(default_factory=list)
    written_at: list[datetime] = field(default_factory=list)  # for the per-issue write limit

    @property
    def key(self) -> str:
        """Its key now."""
        return self.content.key

    @property
    def fields(self) -> Mapping[str, Any]:
        """Its fields now."""
        return self.content.fields

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels now."""
        return tuple(self.content.fields.get("labels") or ())

    @property
    def properties(self) -> Mapping[str, Any]:
        """Its properties now."""
        return self.content.properties

    @property
    def exists(self) -> bool:
        """Whether nobody deleted it."""
        return self.content.exists
