"""The migrations build exactly the tables, and the program knows every one of them."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role
from incidentd.store import migrations
from incidentd.store.inventory import load_inventory
from incidentd.store.ledger import records_of
from incidentd.store.schema import HEAD, REVISIONS, bring_up, found_revision, migrate
from incidentd.store.sqlite import memory_engine


def written_schema(engine: Engine) -> dict[str, str]:
    """Each table and index with the words that made it, spaces aside; partial indexes keep their condition."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    return {row.name: re.sub(r"\s*([(),]|\s)\s*", r"\1", row.sql) for row in rows}


def found_in(engine: Engine) -> str | None:
    """The revision that stands there."""
    with engine.connect() as connection:
        return found_revision(connection)


def test_migrations_build_exactly_the_tables() -> None:
    """Column by column, index by index."""
    migrated, made = memory_engine(), memory_engine()
    with migrated.begin() as connection:
        migrate(connection)
    bring_up(made)
    assert written_schema(migrated) == written_schema(made)
    assert [found_in(engine) for engine in (migrated, made)] == [HEAD, HEAD]


def test_every_migration_is_known_in_its_order() -> None:
    """Otherwise a database that we migrated ourselves would be taken for a newer one."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS
    assert scripts.get_current_head() == HEAD


def test_migrating_twice_changes_nothing() -> None:
    """The second time finds the revision of the first."""
    engine = memory_engine()
    assert bring_up(engine) is None
    before = written_schema(engine)
    assert bring_up(engine) == HEAD
    assert written_schema(engine) == before


def test_migrations_run_from_any_folder(tmp_path: Path) -> None:
    """They lie in the package: no configuration file and no checkout is needed."""
    program = (
        "from incidentd.store.opening import upgrade; print(upgrade('sqlite:///new.db'), upgrade('sqlite:///new.db'))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timedelta(minutes=1).total_seconds(),
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"None {HEAD}\n", "")


def test_a_state_of_the_first_schema_keeps_its_rows() -> None:
    """What the first release wrote is read as it was, with nothing in what is new."""
    engine = memory_engine()
    with engine.connect() as connection, connection.begin():
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "incidentd.store:migrations")
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO incidents (id, key, fingerprint, tracker, state, step, stage, opened_at, name, title,"
            " close_text, reopenings, automation_closings, content_digest, written, told, changed_at)"
            " VALUES (7, 'k', 'f', 'queue', 'open', 1, 'due', 0, '', '', '', 0, 0, '', '{}', '[]', 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO places (source, uri, role, labels, unseen_text, silent)"
            " VALUES ('edge', 'tls://a:443', 'served', '[]', '', '[]')"
        )
    assert bring_up(engine) == "0001"
    with engine.connect() as connection:
        (row,) = records_of(connection, [7])
        known = load_inventory(connection).places
    assert (row.key, row.moved_at, row.held_until, row.snoozed_until, row.snooze_text) == ("k", None, None, None, "")
    assert known == {("edge", "tls://a:443"): Place(Location("tls://a:443", "edge", Role.SERVED))}
