"""What no single setting can know: whether names lead somewhere, secrets can be read, and doors are guarded."""

import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, SecretStr

from incidentd.errors import ConfigError
from incidentd.secret import read_secret_file
from incidentd.settings.layers import KeyPath, Origin, OriginKind, Origins, Problem, origin_of
from incidentd.settings.nearest import meant
from incidentd.settings.owners import read_rules
from incidentd.settings.schema import Settings
from incidentd.settings.sections import RouteSettings, without_password
from incidentd.sources import PushedSettings
from incidentd.trackers.settings import TrackerModel, is_loopback, unreadable_secret_files

NO_TRACKER = "NO TRACKER is configured: incidents stay in the built-in queue, and nobody is told (trackers: …)"


def check_all(settings: Settings, folder: Path, file: Path | None, origins: Origins) -> list[Problem]:
    """Every problem between settings, and between them and the disk."""
    return [
        *_routes(settings),
        *_names(settings),
        *_secrets(settings, folder),
        *_owners(settings, folder),
        *_open_door(settings, folder),
        *_pushers(settings, folder),
        *_readable_by_others(settings, file, origins),
    ]


def warnings_about(settings: Settings) -> Iterator[str]:
    """What can be used, and is probably not what was meant."""
    if not settings.sources:
        yield "no source is configured: nothing is watched (sources: …)"
    if not settings.has_own_tracker:
        yield NO_TRACKER
    if all(route.match for route in settings.routes_in_use):
        yield "no route takes what the others leave: end the list with one that has no `match`"
    used = {name for route in settings.routes_in_use for name in _trackers_of(route)} | {settings.self_tracker}
    for name in settings.trackers:
        if name not in used:
            yield f"no route leads to the tracker {name}"
    for key in _without_effect(settings):
        yield f"{key} is read, but has no effect in this version"


def _without_effect(settings: Settings) -> Iterator[str]:
    """Settings that are agreed on and not built yet: nobody may rely on them in silence."""
    for name, tracker in settings.trackers.items():
        if isinstance(tracker, TrackerModel) and tracker.webhook_secrets:
            yield f"trackers.{name}.webhook_secrets"


def _routes(settings: Settings) -> Iterator[Problem]:
    if len(settings.trackers) > 1 and not settings.routes:
        hint = "add routes; the last one may be `- {tracker: NAME}`"
        yield Problem(("trackers",), "there are several trackers and no routes", hint)
    for position, route in enumerate(settings.routes):
        if route.page is not None and route.page.tracker == route.tracker:
            yield Problem(("routes", position, "page", "tracker"), "the page goes to the tracker of the ticket itself")


def _trackers_of(route: RouteSettings) -> list[str]:
    return [route.tracker, *([route.page.tracker] if route.page is not None else [])]


def _names(settings: Settings) -> Iterator[Problem]:
    named: list[tuple[KeyPath, str | None]] = [(("self_tracker",), settings.self_tracker)]
    for position, route in enumerate(settings.routes):
        named.append((("routes", position, "tracker"), route.tracker))
        named.append((("routes", position, "page", "tracker"), route.page.tracker if route.page else None))
    known = settings.trackers_in_use
    for path, name in named:
        if name is not None and name not in known:
            hint = meant(name, known) or f"there are: {', '.join(known)}"
            yield Problem(path, f"there is no tracker {name}", hint)


def _secrets(settings: Settings, folder: Path) -> Iterator[Problem]:
    for name, tracker in settings.trackers.items():
        for key, error in unreadable_secret_files(tracker, folder):
            yield _unreadable(("trackers", name, key), error)


def _owners(settings: Settings, folder: Path) -> Iterator[Problem]:
    if settings.owners.file is not None:
        try:
            read_rules(folder / settings.owners.file)
        except ConfigError as error:
            yield _unreadable(("owners", "file"), error)


def _unreadable(path: KeyPath, error: ConfigError) -> Problem:
    return Problem(path, f"{error.what}: {error.where}", error.hint)


def _open_door(settings: Settings, folder: Path) -> Iterator[Problem]:
    web = settings.web
    if web.token_file is not None:
        try:
            read_secret_file(folder / web.token_file)
        except ConfigError as error:
            yield _unreadable(("web", "token_file"), error)
    elif not is_loopback(web.address[0]) and not web.trusted_proxies:
        hint = "set web.token_file or web.trusted_proxies, or listen on 127.0.0.1"
        yield Problem(("web", "listen"), "others could reach this address without a token", hint)


def _pushers(settings: Settings, folder: Path) -> Iterator[Problem]:
    """A token speaks for one source: one that opened two doors would say nothing of who stands before them."""
    opened: dict[str, str] = {}
    if settings.web.token_file is not None:
        with suppress(ConfigError):  # said of the board's own setting
            opened[read_secret_file(folder / settings.web.token_file)] = "web.token_file"
    for name, source in settings.sources.items():
        if not isinstance(source, PushedSettings):
            continue
        for key, secret in source.tokens(folder).items():
            path = ("sources", name, key)
            try:
                other = opened.setdefault(secret.read(), f"sources.{name}.{key}")
            except ConfigError as error:
                yield _unreadable(path, error)
                continue
            if other != f"sources.{name}.{key}":
                yield Problem(path, f"it holds the same token as {other}", "make one for each: `openssl rand -hex 32`")


def secret_paths(settings: Settings) -> list[KeyPath]:
    """Where secrets stand inline."""
    found = [path for path, value in _values(settings, ()) if isinstance(value, SecretStr)]
    if without_password(settings.state.url) != settings.state.url:
        found.append(("state", "url"))
    return found


def _values(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    inner: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, BaseModel):
        inner = ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, tuple):
        inner = iter(enumerate(value))
    yield path, value
    for step, part in inner:
        yield from _values(part, (*path, step))


def _readable_by_others(settings: Settings, file: Path | None, origins: Origins) -> Iterator[Problem]:
    if file is None or not file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return
    for path in secret_paths(settings):
        origin: Origin = origin_of(path, origins)
        if origin.kind is OriginKind.FILE:
            hint = f"chmod 600 {file}, or give it by file, environment or secrets directory"
            yield Problem(path, "a secret stands in a file that group or others can read", hint)
