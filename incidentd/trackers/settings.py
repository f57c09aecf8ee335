"""What the settings of all trackers share: addresses that are safe to send a token to, secrets that are never shown."""

import ipaddress
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from incidentd.errors import ConfigError
from incidentd.secret import SecretFile, SecretReference, SecretText, read_secret_file, reference


def is_loopback(host: str) -> bool:
    """True for `localhost` and for literal loopback addresses; a name is not resolved."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tracker_url(text: str) -> str:
    """An https address without user, query or fragment, and without a closing slash; http on loopback. ValueError."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this is no address: it looks like https://host or https://host/path") from None
    if parts.scheme not in ("http", "https") or not host or any(letter.isspace() for letter in text):
        raise ValueError("this is no address: it looks like https://host or https://host/path")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError(
            "an address holds no user, password, query or fragment: credentials have settings of their own"
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("plain http would send the token in the clear: use https (http is allowed on loopback only)")
    return text.rstrip("/")


TrackerUrl = Annotated[str, AfterValidator(tracker_url)]
"""An address that tokens are sent to."""

MailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]


class TrackerModel(BaseModel):
    """The settings that every tracker with webhooks and tokens takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    api_token: SecretText | None = Field(default=None, description="Read-back, people's decisions, notes.")
    api_token_file: SecretFile | None = Field(default=None, description="A file with it, read again when it changes.")
    webhook_secrets: tuple[SecretText, ...] = Field(
        default=(), description="Each signature may be made with any of these, so that they can be rotated."
    )
    webhook_secrets_file: SecretFile | None = Field(default=None, description="A file with one secret a line.")

    @model_validator(mode="after")
    def _no_secret_twice(self) -> Self:
        for name in secret_names(type(self)):
            if getattr(self, name) and getattr(self, f"{name}_file") is not None:
                raise ValueError(f"{name} and {name}_file are both given: keep one")
        return self

    def api_token_reference(self, folder: Path) -> SecretReference | None:
        """Where the token is; relative files stand in `folder`, that of the configuration file."""
        return reference(self.api_token, self.api_token_file, folder)

    def webhook_secrets_now(self, folder: Path) -> tuple[str, ...]:
        """The secrets as they are at this moment. Raises ConfigError when their file cannot be read."""
        return secrets_now(self.webhook_secrets, self.webhook_secrets_file, folder)

    def has_api_token(self) -> bool:
        """True when a token is given, inline or by file."""
        return self.api_token is not None or self.api_token_file is not None


def secrets_now(inline: Iterable[SecretStr], file: str | None, folder: Path) -> tuple[str, ...]:
    """Several secrets as they are at this moment, in a file one a line. Raises ConfigError when it cannot be read."""
    if file is None:
        return tuple(secret.get_secret_value() for secret in inline)
    return tuple(line.strip() for line in read_secret_file(folder / file).splitlines() if line.strip())


def secret_names(model: type[BaseModel]) -> Iterator[str]:
    """The settings that may also be given as `…_file`."""
    return (name for name in model.model_fields if f"{name}_file" in model.model_fields)


def unreadable_secret_files(model: BaseModel, folder: Path) -> Iterator[tuple[str, ConfigError]]:
    """Each `…_file` setting whose file cannot be read now, with what is wrong."""
    for name in secret_names(type(model)):
        file = getattr(model, f"{name}_file")
        if file is None:
            continue
        try:
            read_secret_file(folder / file)
        except ConfigError as error:
            yield f"{name}_file", error
