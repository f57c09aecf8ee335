"""From files and environment to settings: all that is wrong is found in one go and named by file, line and key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import ValidationError

from incidentd.errors import ConfigError
from incidentd.settings.checks import check_all, warnings_about
from incidentd.settings.environment import (
    CONFIG_VARIABLE,
    SECRETS_VARIABLE,
    Said,
    default_state,
    environment,
    said_by_secrets,
    said_by_variables,
)
from incidentd.settings.judgement import PolicySettings
from incidentd.settings.layers import Layer, OriginKind, Origins, Problem, Value, merged
from incidentd.settings.problems import UNKNOWN_KEY, lines_of, problems_of
from incidentd.settings.schema import Settings
from incidentd.settings.sections import without_password
from incidentd.settings.written import parse_config, read_config

SEARCHED = (Path("incidentd.yaml"), Path("/etc/incidentd/incidentd.yaml"))


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and where they come from."""

    settings: Settings
    path: Path | None
    """The configuration file; None when all came from the environment."""
    origins: Origins
    warnings: tuple[str, ...]
    secrets: Path | None = None
    """The secrets directory, where there is one."""

    @property
    def state_url(self) -> str:
        """The state's address; a relative file is relative to the configuration's folder, not to the caller's."""
        scheme, colon, path = self.settings.state.url.partition(":///")
        if scheme != "sqlite" or not colon or path.startswith("/"):
            return self.settings.state.url
        return f"sqlite:///{quote(str(self.folder))}/{path}"

    @property
    def shown_state(self) -> str:
        """The state's address, without any password in it."""
        return without_password(self.state_url)

    @property
    def folder(self) -> Path:
        """What relative paths in the configuration are relative to."""
        return (self.path.parent if self.path is not None else Path()).absolute()


def load_settings(path: Path | None = None, variables: Mapping[str, str] | None = None) -> Loaded:
    """The configuration that holds: file, then secrets directory, then environment. `path` is that of `--config`.

    Raises ConfigError with every problem, one a line, each with its place, key and what to do.
    """
    given = environment() if variables is None else variables
    file = find_config(path, given)
    said = [*said_by_secrets(given), *said_by_variables(given)]
    if file is None and not said:
        searched = " and ".join(str(place) for place in SEARCHED)
        raise ConfigError(
            "there is no configuration",
            hint=f"looked for --config, {CONFIG_VARIABLE}, {searched}; `incidentd init` writes one to begin with",
        )
    written = _without_blanks(read_config(file)) if file is not None else Layer()
    settings, origins, unknown = _validated([default_state(given), written], said)
    secrets = Path(given[SECRETS_VARIABLE]) if given.get(SECRETS_VARIABLE) else None
    loaded = Loaded(settings, file, origins, (*unknown, *warnings_about(settings)), secrets)
    _refuse(check_all(settings, loaded.folder, file, origins), origins)
    return loaded


def judge_text(text: str, path: Path) -> None:
    """What is wrong with a configuration that is yet to be written to `path`, but for secret files that are yet to be.

    The environment has no say in it. Raises ConfigError.
    """
    written = _without_blanks(parse_config(text, str(path)))
    settings, origins, _ = _validated([written], [])
    problems = check_all(settings, path.absolute().parent, None, origins)
    _refuse([problem for problem in problems if not str(problem.path[-1]).endswith("_file")], origins)


def load_policy(path: Path) -> PolicySettings:
    """The rules in a file: a whole configuration, its section `policy`, or what stands in that section.

    Whatever else a configuration says is not looked at, and the environment has no say. Raises ConfigError.
    """
    written = _without_blanks(read_config(path))
    if not written.data.keys() & Settings.model_fields.keys():
        origins = {("policy", *key): origin for key, origin in written.origins.items()}
        section = Layer({"policy": written.data}, origins)
    else:
        section = Layer({"policy": written.data.get("policy", {})}, written.origins)
    settings, _, _ = _validated([section], [])
    return settings.policy


def find_config(path: Path | None, variables: Mapping[str, str]) -> Path | None:
    """The file that is named, else the first that is found where one is looked for. Raises ConfigError."""
    named = variables.get(CONFIG_VARIABLE)
    for place, by in ((path, "--config"), (Path(named) if named else None, CONFIG_VARIABLE)):
        if place is None:
            continue
        if not place.is_file():
            raise ConfigError("there is no such file", where=str(place), hint=f"it was named by {by}")
        return place
    return next((place for place in SEARCHED if place.is_file()), None)


def _without_blanks(layer: Layer) -> Layer:
    """A section whose every line is commented out reads as null; it says nothing."""
    data: dict[str, Value] = {key: value for key, value in layer.data.items() if value is not None}
    return Layer(data, layer.origins)


def _validated(layers: list[Layer], said: list[Said]) -> tuple[Settings, Origins, tuple[str, ...]]:
    """Settings, origins, and warnings about variables that match nothing: these are left out."""
    unknown = [entry for entry in said if entry.is_unknown]
    known = [entry for entry in said if not entry.is_unknown]
    whole, problems = _judged(layers, known)
    strays = {problem.path for problem in problems if problem.what == UNKNOWN_KEY}
    unknown += [entry for entry in known if entry.path in strays]
    if len(unknown) > len(said) - len(known):
        known = [entry for entry in known if entry.path not in strays]
        whole, problems = _judged(layers, known)
    _refuse(problems, whole.origins)
    return Settings.model_validate(whole.data), whole.origins, tuple(map(_unknown, unknown))


def _judged(layers: list[Layer], said: Iterable[Said]) -> tuple[Layer, list[Problem]]:
    whole = merged([*layers, *(entry.layer for entry in said)])
    try:
        Settings.model_validate(whole.data)
    except ValidationError as error:
        return whole, problems_of(error, whole.data)
    return whole, []


def _unknown(entry: Said) -> str:
    kind = "variable" if entry.origin.kind is OriginKind.ENVIRONMENT else "file"
    return f"the {kind} {entry.origin.name} matches no setting and is ignored"


def _refuse(problems: list[Problem], origins: Origins) -> None:
    if problems:
        raise ConfigError("\n".join(lines_of(problems, origins)))
