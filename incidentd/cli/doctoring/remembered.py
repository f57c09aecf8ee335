"""The state: whether the database is whole, private and ours, and whether its folder has room. Nothing is written."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from incidentd.errors import IncidentdError, StoreError
from incidentd.model.preflight import Check, Subject
from incidentd.settings import Loaded
from incidentd.store import opening

ROOM_BYTES = 500_000_000
"""Less is noticed: a large fleet's state takes some tens of megabytes, and its log as much again for a while."""
LEAST_ROOM_BYTES = 50_000_000

_NEW = "nothing is to be done before the first `incidentd run`; afterwards set state.url to where the state is"


def state_path(loaded: Loaded) -> Path | None:
    """The database's file; None where it is none, or cannot be told."""
    try:
        return opening.file_of(loaded.state_url)
    except StoreError:
        return None


def state_checks(loaded: Loaded) -> Iterator[Check]:
    """The database, its folder, and whose it is."""
    subject = Subject("state")
    try:
        checked = opening.check(loaded.state_url)
    except StoreError as error:
        yield subject.problem(
            "state.database", f"{loaded.shown_state}: {error.what}", error.hint or "run `incidentd db check`"
        )
        return
    if checked.found is None and checked.sound is False and opening.begins_anew(loaded.state_url):
        yield subject.warning("state.database", f"{checked.where}: nothing is remembered yet", _NEW)
    elif checked.complaints:
        text = f"{checked.where}: {'; '.join(checked.complaints)}"
        yield subject.problem("state.database", text, "do as it says, or put a copy back; then `incidentd db check`")
    else:
        found = "whole, private" if state_path(loaded) else "reached"
        yield subject.ok("state.database", f"{checked.where}: {found}, schema {checked.found}")
        yield _instance(subject, loaded)
    path = state_path(loaded)
    if path is not None:
        yield from folder_checks(subject, path.parent)


def _instance(subject: Subject, loaded: Loaded) -> Check:
    id, named = "state.instance", loaded.settings.instance
    try:
        store = opening.open_store(loaded.state_url, read_only=True)
        try:
            known = store.instance(named)
        finally:
            store.close()
    except IncidentdError as error:
        return subject.unknown(id, f"it cannot be read: {error.what}", error.hint or "run `incidentd db check`")
    if known != named:
        text = f"the state belongs to the instance {known}, the configuration says {named}"
        return subject.problem(id, text, f"put `instance: {known}` back: incidents are known by it")
    return subject.ok(id, f"it belongs to the instance {named}")


def free_bytes(folder: Path) -> int:
    """How much room there is where it lies."""
    return shutil.disk_usage(folder).free


def folder_checks(subject: Subject, folder: Path, free_at: Callable[[Path], int] = free_bytes) -> Iterator[Check]:
    """Whether it can be written to, by us and by nobody else, and how much room there is."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    yield _permission(subject, folder, there)
    free = free_at(there)
    id, text = "state.room", f"{free // 1_000_000} MB are free at {there}"
    if free < LEAST_ROOM_BYTES:
        yield subject.problem(id, text, f"make room there: at least {ROOM_BYTES // 1_000_000} MB")
    elif free < ROOM_BYTES:
        yield subject.warning(id, text, f"make room there: {ROOM_BYTES // 1_000_000} MB is enough for most")
    else:
        yield subject.ok(id, text)


def _permission(subject: Subject, folder: Path, there: Path) -> Check:
    id = "state.folder"
    if not os.access(there, os.W_OK | os.X_OK):
        text = f"{there} cannot be written to by this user"
        return subject.problem(
            id, text, f"let the user that incidentd runs as write there: chown or chmod u+rwx {there}"
        )
    mode = there.stat().st_mode
    if there == folder and mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
        return subject.problem(id, f"others can replace the database in {there}", f"chmod go-w {there}")
    if there != folder:
        return subject.ok(id, f"{folder} is not there yet, and can be made")
    return subject.ok(id, f"{folder} can be written to, by nobody else")
