"""What a database says when it fails, in words that a person can act on. No driver's error leaves this room."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from incidentd.errors import StoreError
from incidentd.store.sqlite import RESTORE

_MEANINGS = {
    "SQLITE_FULL": ("the disk is full", "free some space; nothing was half written"),
    # The shared memory beside the database could not grow; it lies on the same disk.
    "SQLITE_IOERR_SHMSIZE": ("the disk is full", "free some space; nothing was half written"),
    "SQLITE_BUSY": (
        "the database is locked by another process",
        "it is tried again; see who holds it, a backup or an open sqlite3 shell",
    ),
    "SQLITE_LOCKED": ("the database is locked by this very process", "it is tried again"),
    "SQLITE_READONLY": ("the database cannot be written", "check the owner and mode of the file and of its folder"),
    "SQLITE_PERM": ("the database may not be opened", "check the owner and mode of the file and of its folder"),
    "SQLITE_CANTOPEN": ("the database cannot be opened", "check that file and folder exist and belong to this user"),
    "SQLITE_CORRUPT": ("the database is damaged", RESTORE),
    "SQLITE_NOTADB": ("this file is no database", "point state.url at another file, or restore a backup"),
    "SQLITE_IOERR": ("the disk failed", "check the disk, its free space and the system's log"),
    "SQLITE_CONSTRAINT": (
        "the database refuses a row that would break a rule of the state",
        "nothing was written; another process may have been faster",
    ),
}
_UNKNOWN = ("the database failed", "see `incidentd db check`")


@contextmanager
def in_words(where: str) -> Iterator[None]:
    """Turns what the driver or the system raises into a StoreError that says what, where and what to do."""
    try:
        yield
    except StoreError as error:
        # Raised deep inside, where nobody knew which database it was.
        error.where = error.where or where
        raise
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise _told(error, where) from None


def _told(error: Exception, where: str) -> StoreError:
    if isinstance(error, DBAPIError):
        error = error.orig if isinstance(error.orig, sqlite3.Error) else error
    if isinstance(error, OSError):
        return StoreError(f"the database cannot be opened: {error.strerror}", where, _MEANINGS["SQLITE_CANTOPEN"][1])
    code = str(getattr(error, "sqlite_errorname", ""))
    what, hint = _meaning(code)
    return StoreError(f"{what} ({code or type(error).__name__})", where, hint)


def _meaning(code: str) -> tuple[str, str]:
    # Extended codes carry their family's name in front: SQLITE_IOERR_WRITE, SQLITE_READONLY_DIRECTORY.
    return _MEANINGS.get(code) or _MEANINGS.get("_".join(code.split("_")[:2]), _UNKNOWN)
