"""Opening a state: private, whole, of our schema; or an error that says what, where and what to do."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import event

from incidentd.errors import StoreError
from incidentd.model.inventory import Inventory
from incidentd.store.interface import Approval
from incidentd.store.opening import check, open_store, upgrade
from incidentd.store.schema import HEAD, bring_up
from incidentd.store.sql import SqlStore
from incidentd.store.sqlite import file_engine
from tests.store.examples import LASTS, NOW, leased, place, swept

SOON = timedelta(milliseconds=50)


def url_of(path: Path) -> str:
    """The URL of a file."""
    return f"sqlite:///{path}"


def filled(path: Path) -> SqlStore:
    """A store on a new file with one sweep in it."""
    store = open_store(url_of(path))
    store.record(swept(1, place("tls://a:443", "192.0.2.1")), leased(store), NOW)
    return store


def modes(folder: Path) -> dict[str, str]:
    """The permissions of all that lies in a folder."""
    return {entry.name: oct(stat.S_IMODE(entry.stat().st_mode)) for entry in folder.iterdir()}


def changed_by_hand(path: Path, *statements: str) -> None:
    """What somebody else's hand did to the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_everything_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Folders, the database, and what SQLite puts beside it, even where the umask would let others read."""
    before = os.umask(0)
    try:
        store = filled(tmp_path / "new" / "deep" / "state.db")
    finally:
        os.umask(before)
    assert modes(tmp_path / "new" / "deep") == dict.fromkeys(("state.db", "state.db-wal", "state.db-shm"), "0o600")
    assert (modes(tmp_path), modes(tmp_path / "new")) == ({"new": "0o700"}, {"deep": "0o700"})
    store.close()


def test_a_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    """Whoever created it; until then the check complains."""
    path = tmp_path / "state.db"
    filled(path).close()
    path.chmod(0o644)
    assert "others may read it" in check(url_of(path)).complaints[0]
    open_store(url_of(path)).close()
    assert modes(tmp_path) == {"state.db": "0o600"}


def test_a_commit_survives_a_power_cut(tmp_path: Path) -> None:
    """The log is written ahead and synced in full, and rows refer to rows that exist."""
    path = tmp_path / "state.db"
    filled(path).close()
    engine = file_engine(path, SOON)
    with engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    engine.dispose()
    assert found == ["wal", 2, 1]


@pytest.mark.parametrize("is_open", [True, False])
def test_looking_leaves_no_trace(tmp_path: Path, is_open: bool) -> None:
    """With the daemon running or not, the folder is as it was, byte for byte; and what is seen is all there is."""
    path = tmp_path / "state.db"
    store = filled(path)
    expected = store.inventory()
    if not is_open:
        store.close()
    before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir() if entry.suffix != ".db-shm"}
    names = sorted(modes(tmp_path))
    seen = open_store(url_of(path), read_only=True)
    assert seen.inventory() == expected
    seen.close()
    assert sorted(modes(tmp_path)) == names
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    store.close()


@pytest.mark.parametrize("made", [False, True])
def test_looking_at_nothing_is_an_empty_state(tmp_path: Path, made: bool) -> None:
    """No file, or an empty one: neither is touched."""
    path = tmp_path / "state.db"
    if made:
        path.touch()
    seen = open_store(url_of(path), read_only=True)
    assert (seen.inventory(), seen.records(NOW), seen.instance("default")) == (Inventory(), (), "default")
    assert path.exists() is made
    assert not made or path.stat().st_size == 0


def test_looking_does_not_write(tmp_path: Path) -> None:
    """Every write is refused, and the name of the instance is told but not remembered."""
    seen = open_store(url_of(tmp_path / "state.db"), read_only=True)
    with pytest.raises(StoreError, match="looking only"):
        seen.acquire("reconcile", "one", LASTS, NOW)
    assert (seen.instance("a"), seen.instance("b")) == ("a", "b")


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["UPDATE alembic_version SET version_num = '9999'"], f"schema 9999, this program knows up to {HEAD}"),
        (["DROP TABLE alembic_version"], "something else"),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_a_schema_that_is_not_ours_is_left_alone(
    tmp_path: Path, statements: list[str], message: str, read_only: bool
) -> None:
    """Newer than this program, or not ours at all."""
    path = tmp_path / "state.db"
    filled(path).close()
    changed_by_hand(path, *statements)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=message) as caught:
        open_store(url_of(path), read_only=read_only)
    assert str(path) in caught.value.where
    assert caught.value.hint
    assert path.read_bytes() == before


def spoil_header(path: Path) -> None:
    path.write_bytes(b"-----BEGIN CERTIFICATE-----\n" * 100)


def spoil_pages(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6000])


@pytest.mark.parametrize("spoil", [spoil_header, spoil_pages, cut])
@pytest.mark.parametrize("read_only", [True, False])
def test_damage_is_said(tmp_path: Path, spoil: Callable[[Path], None], read_only: bool) -> None:
    """Never a traceback of the driver, neither as cause."""
    path = tmp_path / "state.db"
    filled(path).close()
    spoil(path)
    with pytest.raises(StoreError, match=r"damaged|no database") as caught:
        open_store(url_of(path), read_only=read_only).inventory()
    assert caught.value.__cause__ is None
    assert str(path) in caught.value.where


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path: Path) -> None:
    """What was there is there still, and can be read."""
    engine = file_engine(tmp_path / "state.db", SOON)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 60"))
    bring_up(engine)
    store = SqlStore(engine, "here")
    lease = leased(store)
    before = store.inventory()
    with pytest.raises(StoreError, match="disk is full") as caught:
        store.record(swept(1, *(place(f"tls://h{n}:443", "192.0.2.1") for n in range(2000))), lease, NOW)
    assert (caught.value.where, store.inventory()) == ("here", before)
    store.record(swept(1, place()), lease, NOW)
    store.close()


def test_a_lock_that_stays_is_said(tmp_path: Path) -> None:
    """Readers are not stopped by it; a writer gives up after its time-out."""
    path = tmp_path / "state.db"
    filled(path).close()
    store = open_store(url_of(path), busy_timeout=SOON)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.revision() == 1
        with pytest.raises(StoreError, match="locked by another process"):
            store.approve(Approval("h", (), NOW))
    store.approve(Approval("h", (), NOW))
    store.close()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The query-only pragma stands in for a read-only disk, which root could write all the same."""
    engine = file_engine(tmp_path / "state.db", SOON)
    bring_up(engine)
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
    with pytest.raises(StoreError, match="cannot be written"):
        SqlStore(engine, "here").approve(Approval("h", (), NOW))
    engine.dispose()


def test_a_state_that_was_taken_away_is_an_error(tmp_path: Path) -> None:
    """A new connection never makes a new, empty state in its place."""
    path = tmp_path / "state.db"
    store = filled(path)
    store.close()
    path.unlink()
    with pytest.raises(StoreError, match="cannot be opened"):
        store.revision()
    assert not path.exists()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("no url: hunter2", "state.url is no URL"),
        ("mysql://u:hunter2@h/d", "no state can be kept on mysql"),
        ("sqlite:///x.db?password=hunter2", "nothing else"),
        ("sqlite://u:hunter2@h/x.db", "nothing else"),
        ("sqlite:////dev/null/x.db", "cannot be opened"),
    ],
)
def test_a_place_that_cannot_hold_a_state_is_said_without_its_password(url: str, message: str) -> None:
    """What, where, what to do."""
    with pytest.raises(StoreError, match=message) as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.hint


def test_strange_file_names_are_only_names(tmp_path: Path) -> None:
    """Nothing in a path is taken for a part of a URI."""
    path = tmp_path / "a b?mode=memory#c%20d;é.db"
    open_store(url_of(Path(quote(str(path))))).close()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_no_file_is_left_alone(tmp_path: Path, read_only: bool) -> None:
    """A folder, by a mistyped URL, keeps its mode and what it holds."""
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with pytest.raises(StoreError, match=r"no file|cannot be opened"):
        open_store(url_of(folder), read_only=read_only)
    assert modes(tmp_path) == {"folder": "0o755"}
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("statement", ["CREATE TABLE theirs (x)", None])
def test_somebody_elses_file_is_left_alone(tmp_path: Path, statement: str | None) -> None:
    """Another program's database, or a text: neither its mode nor a byte changes, and nothing is put beside it."""
    path = tmp_path / "theirs"
    if statement:
        changed_by_hand(path, statement)
    else:
        path.write_text("some text that is longer than nothing\n" * 20)
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"something else|no database"):
        open_store(url_of(path))
    assert modes(tmp_path) == {"theirs": "0o644"}
    assert path.read_bytes() == before


def test_check_says_what_upgrade_will_do(tmp_path: Path) -> None:
    """Nothing there, then sound; damage and newer schemas are complaints."""
    path = tmp_path / "state.db"
    assert "no database yet" in check(url_of(path)).complaints[0]
    assert (upgrade(url_of(path)), upgrade(url_of(path))) == (None, HEAD)
    assert check(url_of(path)).sound
    changed_by_hand(path, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer" in check(url_of(path)).complaints[0]
    changed_by_hand(path, "DELETE FROM alembic_version")
    assert "db upgrade" in check(url_of(path)).complaints[0]
    changed_by_hand(path, "INSERT INTO events VALUES (1, 77, 0, 'x', '')")
    assert any("refer to rows that are gone" in line for line in check(url_of(path)).complaints)
