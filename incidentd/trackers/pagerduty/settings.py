"""Settings of a PagerDuty tracker: a routing key to page with, and a token to read back what people did."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from incidentd.model.assessment import Severity
from incidentd.secret import SecretFile, SecretReference, SecretText, reference
from incidentd.trackers.settings import MailAddress, TrackerModel, TrackerUrl, secrets_now

PRIORITIES = {Severity.ERROR: "P3", Severity.CRITICAL: "P2"}
"""Of the vendor's default scheme, P1 to P5. P1 stays for what people call a major incident; a warning needs none."""


class PagerDutySettings(TrackerModel):
    """Events API v2 for writing, REST API v2 for reading back."""

    kind: Literal["pagerduty"]
    routing_key: SecretText | None = Field(default=None, description="Integration key of an Events API v2 integration.")
    routing_key_file: SecretFile | None = Field(default=None, description="A file with it, read again when it changes.")
    earlier_routing_keys: tuple[SecretText, ...] = Field(
        default=(), description="Keys that open incidents were opened through: kept until the last of those is over."
    )
    earlier_routing_keys_file: SecretFile | None = Field(default=None, description="A file with one key a line.")
    write_only: bool = Field(
        default=False,
        description="true: no api_token; triggers go out only to open and at severity steps, and stay unverified.",
    )
    from_email: MailAddress | None = Field(default=None, description="A user's mail address; needed with api_token.")
    service: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,40}$")] | None = Field(
        default=None, description="Id of the service; else found through the integration."
    )
    priorities: dict[Severity, Annotated[str, StringConstraints(min_length=1, max_length=100)]] = Field(
        default_factory=lambda: dict(PRIORITIES),
        description="Names of the account's priorities by severity; one that it does not have is not set. {}: none.",
    )
    events_url: TrackerUrl = Field(
        default="https://events.pagerduty.com", description="An account in the EU: https://events.eu.pagerduty.com."
    )
    api_url: TrackerUrl = Field(
        default="https://api.pagerduty.com", description="An account in the EU: https://api.eu.pagerduty.com."
    )

    @model_validator(mode="after")
    def _credentials_fit(self) -> Self:
        if self.routing_key is None and self.routing_key_file is None:
            raise ValueError("a pagerduty tracker needs routing_key or routing_key_file")
        if not self.has_api_token() and not self.write_only:
            raise ValueError(
                "without an api_token nothing can be read back: give api_token or api_token_file, "
                "or say `write_only: true`"
            )
        if self.has_api_token() and self.from_email is None:
            raise ValueError("api_token needs from_email, a user of the account that notes are written as")
        return self

    def routing_key_reference(self, folder: Path) -> SecretReference:
        """Where the routing key is; relative files stand in `folder`, that of the configuration file."""
        found = reference(self.routing_key, self.routing_key_file, folder)
        return found if found is not None else SecretReference()

    def earlier_routing_keys_now(self, folder: Path) -> tuple[str, ...]:
        """The earlier keys as they are at this moment. Raises ConfigError when their file cannot be read."""
        return secrets_now(self.earlier_routing_keys, self.earlier_routing_keys_file, folder)
