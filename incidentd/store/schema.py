"""Which schema a database holds, and the way up to ours. A database that is newer than this program is left alone."""

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from incidentd.errors import StoreError
from incidentd.store import postgres
from incidentd.store.sqlite import WRITES
from incidentd.store.tables import metadata

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every revision in order; the migrations tell the same (a test compares). Known here so that alembic, which is slow
to import, is only needed when there is something to migrate."""
HEAD = REVISIONS[-1]
_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As alembic makes it (alembic.sqlalchemy.org/en/latest/api/runtime.html), which is not needed to begin with."""


def found_revision(connection: Connection) -> str | None:
    """The revision that stands in the database; None for an empty one. Raises StoreError for somebody else's."""
    names = inspect(connection).get_table_names()
    if "alembic_version" in names:
        revision: str | None = connection.execute(select(_VERSION.c.version_num)).scalar()
        return revision
    if names:
        raise StoreError("this database holds something else than incidentd's state", hint="point state.url elsewhere")
    return None


def our_revision(engine: Engine) -> str | None:
    """The same, of a database that this program can work with. Raises StoreError for a newer one."""
    with engine.connect() as connection:
        return _refuse_newer(found_revision(connection))


def _refuse_newer(revision: str | None) -> str | None:
    # What a newer program wrote, this one would not understand.
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"the database has schema {revision}, this program knows up to {HEAD}",
            hint="run the newer incidentd, or restore the backup from before the upgrade",
        )
    return revision


def bring_up(engine: Engine) -> str | None:
    """Migrates to HEAD where needed; the revision that was found before. All of it happens, or nothing."""
    found = our_revision(engine)
    if found == HEAD:
        return found
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        if engine.dialect.name == postgres.NAME:
            postgres.wait_for_turn(connection)
        # Behind the write lock now: another process may have been faster.
        found = _refuse_newer(found_revision(connection))
        if found != HEAD:
            _change(connection, found)
    return found


def _change(connection: Connection, found: str | None) -> None:
    if found is None:
        return _make(connection)
    if connection.dialect.name == postgres.NAME:
        # Programs of before go on beside this, and are held up for a moment only.
        postgres.have_to_oneself(connection, inspect(connection).get_table_names())
    migrate(connection)


def _make(connection: Connection) -> None:
    """A new state begins with the tables as they are: to go through every schema there ever was takes a second."""
    metadata.create_all(connection)
    _VERSION.create(connection)
    connection.execute(insert(_VERSION).values(version_num=HEAD))


def migrate(connection: Connection) -> None:
    """Up to HEAD, from whatever schema it has, or none: all in the transaction of the caller."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "incidentd.store:migrations")
    command.upgrade(config, HEAD)
