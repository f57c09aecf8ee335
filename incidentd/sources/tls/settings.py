"""Settings of a source of TLS endpoints. A target is a line of text or a mapping; both come out as the same model."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from incidentd.model.location import labels_of
from incidentd.ports import Starttls
from incidentd.sources.interface import SourceModel
from incidentd.sources.target import DEFAULT_PORTS, Target, parse_host, parse_server_name, parse_target


class TargetSettings(BaseModel):
    """One endpoint, said at length."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: Annotated[str, AfterValidator(parse_host)] = Field(description="A name or a literal address.")
    port: int | None = Field(default=None, ge=1, le=65535, description="443; with starttls that of the protocol.")
    server_name: Annotated[str, AfterValidator(parse_server_name)] | None = Field(
        default=None, description="The name to ask for, where it is not the host's own; empty: ask for none."
    )
    starttls: Starttls | None = Field(default=None, description="Begin in plain text, as this protocol does.")
    labels: dict[str, str] = Field(default_factory=dict, description="Added to the source's labels; these win.")

    def target(self) -> Target:
        """The endpoint as a value."""
        server_name = self.server_name.rstrip(".") if self.server_name is not None else None
        port = self.port or DEFAULT_PORTS[self.starttls]
        return Target(self.host, port, server_name, self.starttls, labels_of(self.labels))


def _from_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    target = parse_target(value)
    return {
        "host": target.host,
        "port": target.port,
        "server_name": target.server_name,
        "starttls": target.starttls,
    }


WrittenTarget = Annotated[TargetSettings, BeforeValidator(_from_text, json_schema_input_type=str | TargetSettings)]


class TlsSettings(SourceModel):
    """Endpoints that are asked for their certificates by a handshake."""

    kind: Literal["tls"]
    samples: int = Field(default=1, ge=1, le=100, description="Handshakes with each member in one sweep.")
    targets: tuple[WrittenTarget, ...] = Field(default=(), description="host[:port], or a mapping.")
    targets_file: str | None = Field(default=None, min_length=1, description="A file with one target a line.")

    @model_validator(mode="after")
    def _something_to_probe(self) -> Self:
        if not self.targets and self.targets_file is None:
            raise ValueError("a tls source needs targets or a targets_file")
        return self

    @model_validator(mode="after")
    def _no_target_twice(self) -> Self:
        seen: dict[str, Target] = {}
        for position, written in enumerate(self.targets):
            target = written.target()
            if seen.setdefault(target.uri, target) != target:
                raise ValueError(f"targets[{position}] is there already, with other labels")
        return self
