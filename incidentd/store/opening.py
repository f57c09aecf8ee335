"""From a URL to a store: opened, migrated, private; or looked at without leaving a trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy import Engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from incidentd.errors import StoreError
from incidentd.store import postgres
from incidentd.store.failures import in_words
from incidentd.store.schema import HEAD, REVISIONS, bring_up, found_revision, our_revision
from incidentd.store.sql import SqlStore
from incidentd.store.sqlite import (
    FileVersion,
    file_engine,
    is_blank,
    memory_engine,
    photograph_engine,
    refuse_leftovers,
    settle_in,
)

BUSY_TIMEOUT = timedelta(seconds=10)
"""How long a write waits for another process's write before it gives up."""
_NOTHING_YET = "there is no database yet: `incidentd db upgrade` makes it"
_NO_TABLES_YET = "the database holds no state yet: `incidentd db upgrade` makes its tables"


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """What `db check` found. Sound when there is nothing to complain about."""

    where: str
    found: str | None
    wanted: str
    complaints: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """True when the database can be worked with as it is."""
        return not self.complaints


def open_store(url: str, *, read_only: bool = False, busy_timeout: timedelta = BUSY_TIMEOUT) -> SqlStore:
    """The store at a SQLAlchemy URL, made and migrated where needed. Raises StoreError.

    `read_only` looks at what a file holds now, in a copy in memory: nothing is made, locked, migrated or left behind,
    and later changes are not seen. A file that does not exist is an empty state, and so is an empty server's database.
    """
    address = _address(url)
    where = _where(address)
    with in_words(where):
        if _on_server(address):
            return SqlStore((_looked_at if read_only else _served)(address, busy_timeout), where, read_only=read_only)
        path = _path(address)
        if read_only:
            return SqlStore(_photographed(path, busy_timeout), where, read_only=True)
        engine = _brought_up(path, busy_timeout)[0]
        return SqlStore(engine, where, version=None if path is None else FileVersion(path, busy_timeout))


def upgrade(url: str) -> str | None:
    """Brings the schema up to this program's; the revision that was there before. Raises StoreError."""
    address = _address(url)
    with in_words(_where(address)):
        if _on_server(address):
            engine = postgres.postgres_engine(address, BUSY_TIMEOUT)
            with _given_back(engine):
                return bring_up(engine)
        engine, found = _brought_up(_path(address), BUSY_TIMEOUT)
        engine.dispose()
        return found


def check(url: str) -> SchemaCheck:
    """Whether the database is there, whole, private and of this program's schema. Raises StoreError if unreadable."""
    address = _address(url)
    where = _where(address)
    if _on_server(address):
        with in_words(where), _given_back(postgres.postgres_engine(address, BUSY_TIMEOUT)) as engine:
            return _checked_on_server(engine, where)
    path = _path(address)
    if path is None or not path.exists():
        return SchemaCheck(where, None, HEAD, (_NOTHING_YET,))
    with in_words(where):
        refuse_leftovers(path, BUSY_TIMEOUT)
        with _given_back(photograph_engine(path, BUSY_TIMEOUT)) as engine:
            return _checked(engine, path, where)


def begins_anew(url: str) -> bool:
    """True where nothing is remembered yet: there is no file, or an empty database. Raises StoreError."""
    address = _address(url)
    with in_words(_where(address)):
        if _on_server(address):
            with _given_back(postgres.postgres_engine(address, BUSY_TIMEOUT)) as engine:
                return our_revision(engine) is None
        path = _path(address)
        return path is None or is_blank(path)


def file_of(url: str) -> Path | None:
    """The file behind a URL; None for a database in memory or on a server. Raises StoreError for what is neither."""
    address = _address(url)
    return None if _on_server(address) else _path(address)


def shown(url: str) -> str:
    """A state's URL as it may be shown: without a password. Raises StoreError for what is none."""
    return _where(_address(url))


def _checked(engine: Engine, path: Path, where: str) -> SchemaCheck:
    with engine.connect() as connection:
        found = found_revision(connection)
        damage = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check(10)") if row[0] != "ok"]
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    complaints = [f"damaged: {line}" for line in damage]
    if orphans:
        complaints.append(f"damaged: {len(orphans)} rows refer to rows that are gone")
    complaints.extend(_of_schema(found))
    if path.stat().st_mode & 0o077:
        complaints.append(f"others may read it: chmod 600 {path}")
    return SchemaCheck(where, found, HEAD, tuple(complaints))


def _checked_on_server(engine: Engine, where: str) -> SchemaCheck:
    with engine.connect() as connection:
        found = found_revision(connection)
    return SchemaCheck(where, found, HEAD, (_NO_TABLES_YET,) if found is None else tuple(_of_schema(found)))


def _of_schema(found: str | None) -> Iterator[str]:
    if found is not None and found not in REVISIONS:
        yield f"schema {found} is newer than this program's {HEAD}: run the newer incidentd"
    elif found != HEAD:
        yield f"schema {found or 'none'}, wanted {HEAD}: run `incidentd db upgrade`"


def _served(address: URL, busy_timeout: timedelta) -> Engine:
    engine = postgres.postgres_engine(address, busy_timeout)
    with _disposed_of_if_it_fails(engine):
        bring_up(engine)
    return engine


def _looked_at(address: URL, busy_timeout: timedelta) -> Engine:
    engine = postgres.postgres_engine(address, busy_timeout)
    with _disposed_of_if_it_fails(engine):
        found = our_revision(engine)
        if found is not None:
            _must_be_ours(found)
            return engine
    engine.dispose()
    return _brought_up(None, busy_timeout)[0]


@contextmanager
def _given_back(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _disposed_of_if_it_fails(engine: Engine) -> Iterator[None]:
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


def _brought_up(path: Path | None, busy_timeout: timedelta) -> tuple[Engine, str | None]:
    """An engine on the current schema, and the revision that was found. First looks, then touches."""
    if path is not None:
        refuse_leftovers(path, busy_timeout)
    engine = memory_engine() if path is None else file_engine(path, busy_timeout)
    with _disposed_of_if_it_fails(engine):
        if path is not None:
            our_revision(engine)
            settle_in(path, busy_timeout)
        return engine, bring_up(engine)


def _photographed(path: Path | None, busy_timeout: timedelta) -> Engine:
    if path is None:
        return _brought_up(None, busy_timeout)[0]
    refuse_leftovers(path, busy_timeout)
    if is_blank(path):
        return _brought_up(None, busy_timeout)[0]
    engine = photograph_engine(path, busy_timeout)
    _must_be_ours(our_revision(engine))
    return engine


def _must_be_ours(found: str | None) -> None:
    if found != HEAD:
        raise StoreError(f"the database has schema {found}, wanted {HEAD}", hint="run `incidentd db upgrade`")


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        # The text is not repeated: it may hold a password.
        raise StoreError("state.url is no URL", hint="write sqlite:////path/to/incidentd.db") from None
    if _on_server(address):
        if url.count("@") > 1:
            # What follows the first would be taken for the host, and be shown: it may be the rest of a password.
            raise StoreError("state.url has more than one @", hint="write %40 for each in a user's name or password")
        return address
    if address.get_backend_name() != "sqlite":
        raise StoreError(
            f"no state can be kept on {address.get_backend_name()}",
            _where(address),
            "use sqlite:////path/to/file or postgresql://user@host/database",
        )
    if address.query or address.host:
        raise StoreError("a sqlite URL is a path and nothing else", _where(address), "use sqlite:////path/to/file")
    return address


def _on_server(address: URL) -> bool:
    return address.get_backend_name() == postgres.NAME


def _where(address: URL) -> str:
    # Of its query only the hosts: a password may stand there as well.
    hosts = {name: value for name, value in address.query.items() if name == "host"}
    return unquote(address.set(query=hosts).render_as_string(hide_password=True))


def _path(address: URL) -> Path | None:
    """The file, or None for a database in memory."""
    return None if address.database in (None, "", ":memory:") else Path(str(address.database))
