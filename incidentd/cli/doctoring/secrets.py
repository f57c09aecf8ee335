"""Files that hold secrets: readable by us, by nobody else, and not older than the vendors let tokens get."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from incidentd.model.preflight import Check, Subject
from incidentd.settings import Loaded, OriginKind
from incidentd.sources import PushedSettings
from incidentd.trackers import JiraSettings
from incidentd.trackers.settings import TrackerModel, secret_names

LONGEST = timedelta(days=365)
"""An API token of Jira Cloud ends after a year at the latest (Atlassian, manage API tokens)."""
NOTICE = timedelta(days=30)


def secret_checks(loaded: Loaded, now: datetime) -> Iterator[Check]:
    """One for each file that the configuration takes a secret from, and one for the configuration itself."""
    if loaded.path is not None:
        yield _kept(Subject("configuration"), "config.file", loaded.path)
    for name, tracker in loaded.settings.trackers.items():
        if isinstance(tracker, TrackerModel):
            yield from _of_tracker(Subject(f"tracker {name}"), tracker, loaded.folder, now)
    for name, source in loaded.settings.sources.items():
        if isinstance(source, PushedSettings):
            for setting, secret in source.tokens(loaded.folder).items():
                if secret.path is not None:
                    yield private_check(Subject(f"source {name}"), f"source.{setting}", secret.path)
    if loaded.settings.web.token_file is not None:
        yield private_check(Subject("board"), "web.token_file", loaded.folder / loaded.settings.web.token_file)
    for path in sorted({Path(origin.name) for origin in loaded.origins.values() if origin.kind is OriginKind.SECRETS}):
        yield private_check(Subject("secrets directory"), f"secrets.{path.name}", path)


def _of_tracker(subject: Subject, tracker: TrackerModel, folder: Path, now: datetime) -> Iterator[Check]:
    for name in secret_names(type(tracker)):
        file = getattr(tracker, f"{name}_file")
        if file is not None:
            yield private_check(subject, f"secret.{name}", folder / file)
    if isinstance(tracker, JiraSettings) and tracker.flavour.value == "cloud" and tracker.api_token_file is not None:
        yield age_check(subject, folder / tracker.api_token_file, now)


def _kept(subject: Subject, id: str, path: Path) -> Check:
    """A secret inline was refused already where others may read it; here it is about who may change it."""
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return subject.problem(id, f"others can change {path}", f"chmod go-w {path}")
    return subject.ok(id, f"nobody else can change {path}")


def private_check(subject: Subject, id: str, path: Path) -> Check:
    """It was read already; a group may read it where an orchestrator mounts it so, everybody never."""
    mode = path.stat().st_mode
    if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        return subject.problem(id, f"others can read or change {path}", f"chmod 600 {path}")
    if mode & stat.S_IRGRP:
        return subject.warning(
            id, f"its group can read {path}", f"chmod 600 {path}, unless the group is incidentd's own"
        )
    return subject.ok(id, f"{path} is readable by its owner alone")


def age_check(subject: Subject, path: Path, now: datetime) -> Check:
    """A token is at least as old as its file: that is all that is known of its age."""
    id = "secret.api_token_age"
    age = max(now - datetime.fromtimestamp(path.stat().st_mtime, UTC), timedelta(0))
    fix = "make a new API token (id.atlassian.com, Security) and put it into the file: it is read at the next call"
    if age > LONGEST:
        return subject.warning(
            id, f"api_token was written {age.days} d ago: tokens of Jira Cloud end after a year", fix
        )
    if age > LONGEST - NOTICE:
        left = (LONGEST - age).days
        return subject.warning(id, f"api_token was written {age.days} d ago: it ends in {left} d at the latest", fix)
    return subject.ok(id, f"api_token was written {age.days} d ago")
