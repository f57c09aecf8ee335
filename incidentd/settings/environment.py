"""The environment, read here and nowhere else: settings in variables and in a directory of secret files."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from incidentd.errors import ConfigError
from incidentd.secret import read_secret_file
from incidentd.settings.layers import KeyPath, Layer, Origin, OriginKind, Value
from incidentd.settings.schema import Settings

PREFIX = "INCIDENTD_"
CONFIG_VARIABLE = "INCIDENTD_CONFIG"
SECRETS_VARIABLE = "INCIDENTD_SECRETS_DIR"
PUSH_TOKEN_VARIABLE = "INCIDENTD_PUSH_TOKEN"  # noqa: S105 - the name of a variable
_NO_SETTINGS = {CONFIG_VARIABLE, SECRETS_VARIABLE, PUSH_TOKEN_VARIABLE, "INCIDENTD_SPECS", "INCIDENTD_CORPORA"}
_INJECTED = re.compile(r"INCIDENTD_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_[A-Z]+)?)?)")
"""What Kubernetes sets for a service called incidentd (kubernetes.io, Services, environment variables)."""


def environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ


class _Decoded(Settings, BaseSettings):
    """The same settings, as pydantic-settings reads them from text."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")


class _OneText(EnvSettingsSource):
    """One variable, decoded as the type of its setting asks: lists and mappings are JSON."""

    def __init__(self, path: KeyPath, text: str) -> None:
        self._variable = {PREFIX.lower() + "__".join(map(str, path)): text}
        super().__init__(_Decoded)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._variable

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """JSON where it is meant and well made; else the text, which the setting's own type then judges."""
        if not str(value).lstrip().startswith(("[", "{")):
            return value
        try:
            return super().decode_complex_value(field_name, field, value)
        except (ValueError, RecursionError):
            return value


@dataclass(frozen=True, slots=True)
class Said:
    """One variable, or one file of the secrets directory, as a layer of its own."""

    path: KeyPath
    layer: Layer
    origin: Origin

    @property
    def is_unknown(self) -> bool:
        """True when there is no such section."""
        return not self.layer.data


def said_by_variables(variables: Mapping[str, str]) -> Iterator[Said]:
    """The settings among the variables, those of whole sections before those of single keys."""
    for name in sorted(variables):
        upper = name.upper()
        if upper.startswith(PREFIX) and upper not in _NO_SETTINGS and not _INJECTED.fullmatch(upper):
            yield _said(upper[len(PREFIX) :], variables[name], Origin(OriginKind.ENVIRONMENT, name))


def said_by_secrets(variables: Mapping[str, str]) -> Iterator[Said]:
    """The settings in the secrets directory: a file `a__b` holds `a.b`. Raises ConfigError."""
    directory = variables.get(SECRETS_VARIABLE)
    if not directory:
        return
    try:
        names = sorted(entry.name for entry in Path(directory).iterdir() if entry.is_file() and entry.name[0] != ".")
    except OSError as error:
        what = f"the secrets directory cannot be read: {error.strerror}"
        raise ConfigError(what, where=f"{SECRETS_VARIABLE}={directory}") from None
    for name in names:
        file = Path(directory) / name
        yield _said(name, read_secret_file(file), Origin(OriginKind.SECRETS, str(file)))


def _said(name: str, text: str, origin: Origin) -> Said:
    path: KeyPath = tuple(name.lower().split("__"))
    data = _OneText(path, text)()
    return Said(path, Layer(data, dict(_origins(data, (), origin))), origin)


def _origins(value: Value, path: KeyPath, origin: Origin) -> Iterator[tuple[KeyPath, Origin]]:
    children: Iterator[tuple[str | int, Value]] = iter(())
    if isinstance(value, dict):
        children = iter(value.items())
    elif isinstance(value, list):
        children = iter(enumerate(value))
    for step, child in children:
        yield (*path, step), origin
        yield from _origins(child, (*path, step), origin)


def default_state(variables: Mapping[str, str]) -> Layer:
    """Where the state is by default: $STATE_DIRECTORY (systemd.exec), else $XDG_STATE_HOME/incidentd (XDG basedir)."""
    for name, folder in (
        ("STATE_DIRECTORY", variables.get("STATE_DIRECTORY", "").partition(":")[0]),
        ("XDG_STATE_HOME", _below(variables.get("XDG_STATE_HOME", ""), "incidentd")),
        ("HOME", _below(variables.get("HOME", ""), ".local/state/incidentd")),
    ):
        if folder:
            url = f"sqlite:///{quote(str(Path(folder) / 'incidentd.db'))}"
            return Layer({"state": {"url": url}}, {("state", "url"): Origin(OriginKind.DEFAULT, f"${name}")})
    return Layer()


def _below(folder: str, name: str) -> str:
    """A relative path in these variables is invalid and ignored (XDG basedir)."""
    return str(Path(folder) / name) if folder.startswith("/") else ""
