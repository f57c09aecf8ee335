"""Settings of a Jira tracker, Cloud (API v3, ADF) or Data Center (API v2, wiki markup)."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from incidentd.durations import Duration
from incidentd.trackers.settings import MailAddress, TrackerModel, TrackerUrl


class Flavour(StrEnum):
    """Which of the two Jiras it is."""

    CLOUD = "cloud"
    DATACENTER = "datacenter"


class JiraSettings(TrackerModel):
    """One project that tickets are opened in."""

    kind: Literal["jira"]
    base_url: TrackerUrl = Field(description="https://acme.atlassian.net, or with a path on Data Center.")
    email: MailAddress | None = Field(
        default=None, description="Mail address (Cloud); without it the token is sent as Bearer."
    )
    project: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,254}$")] = Field(
        description="Key of the project: letters, digits and _, as in OPS."
    )
    issue_type: Annotated[str, StringConstraints(min_length=1, max_length=255)] = Field(
        default="Task", description="Name of the issue type."
    )
    flavour: Flavour = Field(default=Flavour.CLOUD, description="cloud: v3, ADF. datacenter: v2, wiki markup.")
    fields: dict[str, JsonValue] = Field(
        default_factory=dict, description="Static values for an opening; `watchers` too."
    )
    index_lag: Duration = Field(
        default=timedelta(minutes=5), description="How long the search may lag behind a create."
    )

    @model_validator(mode="after")
    def _token_given(self) -> Self:
        if not self.has_api_token():
            raise ValueError("a jira tracker needs api_token or api_token_file")
        return self
