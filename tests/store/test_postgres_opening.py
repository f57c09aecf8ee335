"""From a URL to a store on a server: made once, migrated whole, looked at without a trace, refused in plain words."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from traceback import format_exception

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from incidentd.errors import StoreError
from incidentd.store.opening import begins_anew, check, file_of, open_store, shown, upgrade
from incidentd.store.postgres import postgres_engine
from incidentd.store.schema import HEAD, migrate
from tests.postgres import Server
from tests.store.examples import NOW, leased, opened

PATIENCE = timedelta(seconds=10)
_COLUMNS = """
SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
_WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
_RULES = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""


def schema_of(server: Server, database: str) -> list[object]:
    """Each column, index and rule in the server's own words."""
    with server.connected(database) as connection:
        return [connection.execute(query).fetchall() for query in (_COLUMNS, _INDEXES, _RULES)]


def test_migrations_build_exactly_the_tables(postgres: Server) -> None:
    """Column by column, index by index, rule by rule."""
    migrated, made = postgres.empty(), postgres.empty()
    engine = postgres_engine(make_url(postgres.url(migrated)), PATIENCE)
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
    upgrade(postgres.url(made))
    assert schema_of(postgres, migrated) == schema_of(postgres, made)
    assert check(postgres.url(migrated)).sound


def test_the_first_start_makes_the_state_and_the_second_finds_it(postgres: Server) -> None:
    """`db upgrade` and `db check` say the same."""
    url = postgres.url(postgres.empty())
    assert begins_anew(url)
    assert check(url).complaints == ("the database holds no state yet: `incidentd db upgrade` makes its tables",)
    assert (upgrade(url), upgrade(url)) == (None, HEAD)
    assert (begins_anew(url), check(url).sound, file_of(url)) == (False, True, None)


def test_many_that_start_at_once_make_one_state(postgres: Server) -> None:
    """Whoever comes second waits, and finds it made."""
    url = postgres.url(postgres.empty())
    with ThreadPoolExecutor(4) as threads:
        found = [start.result(20) for start in [threads.submit(upgrade, url) for _ in range(4)]]
    assert sorted(found, key=str) == [HEAD, HEAD, HEAD, None]


def test_who_reads_meanwhile_and_who_upgrades_do_not_break_each_other_off(postgres: Server) -> None:
    """The one goes on to the next table, at once; the other has its turn when the first has ended."""
    database = postgres.empty()
    engine = postgres_engine(make_url(postgres.url(database)), PATIENCE)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "incidentd.store:migrations")
        command.upgrade(config, "0007")
    with ThreadPoolExecutor(1) as threads, postgres.connected(database) as reading:
        with reading.transaction():
            reading.execute("SELECT * FROM sweeps; SELECT * FROM members")
            upgrading = threads.submit(upgrade, postgres.url(database))
            with postgres.connected(database) as looking:
                while not looking.execute(_WAITS).fetchall():
                    assert not upgrading.done()
            reading.execute("SELECT * FROM meta; SELECT * FROM leases; SELECT * FROM places; SELECT * FROM incidents")
        assert upgrading.result(20) == "0007"
    assert check(postgres.url(database)).sound


def test_looking_leaves_no_trace(postgres: Server) -> None:
    """An empty database is an empty state, and stays empty; another one is read and not written."""
    empty, lived = postgres.empty(), postgres.migrated()
    with closing(open_store(postgres.url(empty), read_only=True)) as looking:
        assert looking.records(NOW) == ()
    assert begins_anew(postgres.url(empty))
    with closing(open_store(postgres.url(lived))) as store:
        row, waiting = opened(store, leased(store))
    with closing(open_store(postgres.url(lived), read_only=True)) as looking:
        assert (looking.records(NOW), looking.unfinished()) == ((row,), (waiting,))
        with pytest.raises(StoreError, match="for looking only"):
            leased(looking)


@pytest.mark.parametrize(
    ("by_hand", "told"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "schema 9999, this program knows up to"),
        ("DROP TABLE alembic_version", "something else than incidentd's state"),
    ],
)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_not_ours_is_left_alone(postgres: Server, by_hand: str, told: str, read_only: bool) -> None:
    """A newer program's, or somebody else's tables."""
    database = postgres.migrated()
    with postgres.connected(database) as connection:
        connection.execute(by_hand.encode())
    with pytest.raises(StoreError, match=told):
        open_store(postgres.url(database), read_only=read_only)


def test_an_older_schema_is_not_looked_at_but_upgraded(postgres: Server) -> None:
    """Looking must not change it."""
    database = postgres.migrated()
    with postgres.connected(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0008'")
    with pytest.raises(StoreError, match="run `incidentd db upgrade`"):
        open_store(postgres.url(database), read_only=True)
    assert check(postgres.url(database)).complaints == (f"schema 0008, wanted {HEAD}: run `incidentd db upgrade`",)


def test_what_does_not_let_us_in_says_why(postgres: Server) -> None:
    """Each with what to do; the password stands nowhere."""
    weak = postgres.empty()
    with postgres.connected(weak) as connection:
        connection.execute("CREATE ROLE weak LOGIN")
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for url, told in {
        "postgresql://u:canary-pw@127.0.0.1:1/x": "the database server cannot be reached .Connection refused",
        postgres.url("nowhere"): 'nobody in by that address .database "nowhere" does not exist',
        postgres.url(weak).replace("postgres@", "nobody:canary-pw@"): 'that address .role "nobody" does not exist',
        postgres.url(weak).replace("postgres@", "weak@"): "the database user may not do that .42501",
        postgres.url(weak, nonsense="1"): "invalid connection option",
        postgres.url(weak, options="-c%20default_transaction_read_only%3Don"): "session is read-only",
    }.items():
        with pytest.raises(StoreError, match=told) as raised:
            open_store(url)
        assert raised.value.hint
        assert ("a daemon that runs tries again" in raised.value.hint) == ("the database server" in raised.value.what)
        assert "canary-pw" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://u:p@canary-pw@127.0.0.1:1/x", "more than one @"),
        ("postgresql://u:p@canary-pw:5@127.0.0.1:1/x", "state.url is no URL"),
        ("postgresql://u:p@b/canary-pw@127.0.0.1:1/x", "more than one @"),
        ("postgresql://u:p@b?canary-pw@127.0.0.1:1/x", "more than one @"),
        ("postgresql://u:canary-pw@127.0.0.1:y/x", "state.url is no URL"),
        ("postgresql://u:p%40canary-pw@127.0.0.1:1/x", "cannot be reached"),
        ("postgresql://127.0.0.1:1/x?user=u&password=canary-pw", "cannot be reached"),
    ],
)
def test_no_part_of_a_password_is_shown(url: str, told: str) -> None:
    """Not where it holds what parts a URL either, and is taken for a host, a port or a database."""
    for opens in (open_store, check, begins_anew, file_of, shown):
        said = ""
        try:
            said = str(opens(url))
        except StoreError as error:
            said = "".join(format_exception(error))
            assert told in said
        assert "canary-pw" not in said


def test_without_its_driver_it_says_what_to_install() -> None:
    """The driver is an extra; whoever keeps the state in a file need not have it."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from incidentd.store.opening import open_store\n"
        "open_store('postgresql://u@127.0.0.1:1/x')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert "pip install 'incidentd[postgres]'" in done.stderr.splitlines()[-1]
