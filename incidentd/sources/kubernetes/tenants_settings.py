"""Settings of what tenants may decide: which endpoints they name are connected to, and which annotations count."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from incidentd.sources.kubernetes.allowing import AllowList, allow_list_of, parse_entry


class Trusted(StrEnum):
    """Annotations that change how a certificate is judged, so that they count only where the source says so."""

    ENV = "env"
    TRACKER = "tracker"
    IGNORE_UNTIL = "ignore-until"


def _allows_something(entry: str) -> str:
    parse_entry(entry)
    return entry


AllowEntry = Annotated[str, AfterValidator(_allows_something)]


class TargetsSettings(BaseModel):
    """Which of the endpoints that objects name are connected to."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    allow: tuple[AllowEntry, ...] = Field(
        default=(),
        description="Names (*.example.net; * crosses dots) and ranges (10.0.0.0/8). A name may lead anywhere on the "
        "internet, into private ranges only where a range says so. Loopback, link-local and metadata addresses "
        "never. Without any, no endpoint is connected to.",
    )

    @property
    def allowed(self) -> AllowList:
        """The list as a value."""
        return allow_list_of(self.allow)
