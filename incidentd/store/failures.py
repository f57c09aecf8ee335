"""What a database says when it fails, in words that a person can act on. No driver's error leaves this room."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

from incidentd.errors import StoreError
from incidentd.store.sqlite import RESTORE

_Meanings = Mapping[str, tuple[str, str]]
_OF_SQLITE: _Meanings = {
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
_AGAIN = "a daemon that runs tries again by itself"
_AWAY = ("the database server cannot be reached", f"see that it runs and that state.url names it; {_AGAIN}")
_REFUSED = (
    "the database server lets nobody in by that address",
    f"see what it says: user, password and database are those of state.url or PGPASSFILE; {_AGAIN}",
)
_OF_POSTGRES: _Meanings = {
    # postgresql.org/docs/current/errcodes-appendix.html: a code, or the class that its first two characters are.
    "": _AWAY,
    "08": _AWAY,
    "57P": ("the database server is being stopped or started", "it is tried again"),
    "28": ("the database server refuses this user", "check user and password: state.url, PGPASSFILE, pg_hba.conf"),
    "3D": ("the database server has no such database", "make it: createdb, or CREATE DATABASE"),
    "42501": ("the database user may not do that", "grant it CREATE and USAGE on its schema"),
    "53100": ("the disk of the database server is full", "free some space; nothing was half written"),
    "53300": ("the database server takes no more connections", "raise max_connections, or run fewer replicas"),
    "25006": ("the database can only be read: it is a standby", "let state.url name the primary, or all hosts"),
    "25P03": ("the database server gave up on a transaction that paused for too long", "it is tried again"),
    "55P03": ("another process writes for too long", "it is tried again"),
    "57014": ("the database server took too long", "it is tried again; see its load"),
    "40": ("the database server broke off a transaction for another one", "it is tried again"),
    "23": _OF_SQLITE["SQLITE_CONSTRAINT"],
}
_LONGEST_REASON = 200
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
    if isinstance(error, NoConnection):
        return StoreError("every connection to the database is at work", where, "it is tried again; see its load")
    if isinstance(error, DBAPIError):
        error = error.orig if isinstance(error.orig, Exception) else error
    if isinstance(error, OSError):
        return StoreError(f"the database cannot be opened: {error.strerror}", where, _OF_SQLITE["SQLITE_CANTOPEN"][1])
    if hasattr(error, "sqlstate"):  # psycopg's; where the connection itself failed there is none, but a reason
        code, (what, hint) = str(error.sqlstate or _reason(error)), _of_connection(error)
    else:
        code = str(getattr(error, "sqlite_errorname", ""))
        what, hint = _of_sqlite(code)
    return StoreError(f"{what} ({code or type(error).__name__})", where, hint)


def _of_sqlite(code: str) -> tuple[str, str]:
    # Extended codes carry their family's name in front: SQLITE_IOERR_WRITE, SQLITE_READONLY_DIRECTORY.
    return _OF_SQLITE.get(code) or _OF_SQLITE.get("_".join(code.split("_")[:2]), _UNKNOWN)


def _of_connection(error: Exception) -> tuple[str, str]:
    code = str(getattr(error, "sqlstate", None) or "")
    # Before there is a connection psycopg has no code; what the server itself says has its severity in front, and
    # what libpq cannot answer it with is told by the name of a function (libpq-auth, fe_sendauth).
    answered = not code and any(sign in str(error) for sign in ("FATAL:", "fe_sendauth:"))
    return _REFUSED if answered else _of_postgres(code)


def _of_postgres(code: str) -> tuple[str, str]:
    known = (_OF_POSTGRES.get(part) for part in dict.fromkeys((code, code[:3], code[:2])))
    return next((meaning for meaning in known if meaning), _UNKNOWN)


def _reason(error: Exception) -> str:
    """Why there is no connection, as libpq says it: that holds names and addresses, and no password."""
    said = str(error).rpartition(" failed: ")[2].partition("\n")[0]
    return "".join(filter(str.isprintable, said.removeprefix("FATAL:").strip()))[:_LONGEST_REASON]
