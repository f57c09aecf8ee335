"""What becomes of the state where a connection breaks at a COMMIT, a server starts anew, or a process pauses."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from incidentd.errors import StoreError
from incidentd.model.audit import AuditEntry
from incidentd.model.plan import IntentState
from incidentd.model.release import Release
from incidentd.store.audit import write_entries
from incidentd.store.interface import Approval, Decided, Lease, LeaseLost
from incidentd.store.leases import acquire_lease
from incidentd.store.listening import Ear
from incidentd.store.opening import open_store
from incidentd.store.revisions import Kind, revision
from incidentd.store.sql import SqlStore
from tests.postgres import Server, server_in_a_folder
from tests.store.commit_proxy import CommitProxy, Cut, commits_through
from tests.store.examples import KEY, LASTS, MINUTE, NOW, content, intent, leased, opened, place, record, swept

ALMOST_NOTHING = timedelta(milliseconds=300)


@dataclass
class Ground:
    """A database, and a store whose way to it can be cut."""

    url: str
    proxy: CommitProxy
    store: SqlStore


@contextmanager
def ground(server: Server) -> Iterator[Ground]:
    """A new one."""
    with ExitStack() as stack:
        proxy = stack.enter_context(commits_through(server.socket))
        database = server.migrated()
        store = open_store(f"postgresql://postgres@127.0.0.1:{proxy.port}/{database}?sslmode=disable")
        stack.callback(store.close)
        yield Ground(server.url(database), proxy, store)


def all_in(store: SqlStore) -> tuple[object, ...]:
    """What a store says of everything."""
    return (
        *(store.records(NOW), store.unfinished(), store.inventory(), store.approvals(NOW), store.audit()),
        *(store.history(), store.local_find(content().marker), store.causes()),
    )


def _plan(store: SqlStore, lease: Lease) -> None:
    store.commit([Decided(record(key="new"), intent(key="new"))], lease, NOW)


def _outcome(store: SqlStore, lease: Lease) -> None:
    row, waiting = store.records(NOW)[0], store.unfinished()[0]
    store.settle(replace(waiting, state=IntentState.DONE), replace(row, content_digest="d"), (), lease, NOW)


WRITES: dict[str, Callable[[SqlStore, Lease], object]] = {
    "a plan": _plan,
    "what goes out": lambda store, lease: store.mark_sending(store.unfinished()[0], lease, NOW),
    "its outcome": _outcome,
    "a sweep": lambda store, lease: store.record(swept(1, place()), lease, NOW),
    "an approval": lambda store, lease: store.approve(Approval("h", (KEY,), NOW + MINUTE)),
    "a ticket of the queue": lambda store, lease: store.local_open(content(), NOW),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("when", Cut)
def test_a_write_whose_commit_is_cut_is_there_whole_or_not_at_all(postgres: Server, write: str, when: Cut) -> None:
    """It is told as a failure either way; whoever looks next, this process or another, sees what is there."""
    with ground(postgres) as here:
        lease = leased(here.store)
        opened(here.store, lease)
        before = all_in(here.store)
        here.proxy.cut(1, when)
        with pytest.raises(StoreError, match="the database server cannot be reached"):
            WRITES[write](here.store, lease)
        with closing(open_store(here.url)) as fresh:
            assert all_in(here.store) == all_in(fresh)
            assert (all_in(fresh) == before) is (when is Cut.BEFORE)


@pytest.mark.parametrize("when", Cut)
def test_a_lease_whose_commit_is_cut_can_be_had_again_by_the_same(postgres: Server, when: Cut) -> None:
    """And by nobody else, if it was written."""
    with ground(postgres) as here:
        here.proxy.cut(1, when)
        with pytest.raises(StoreError):
            leased(here.store)
        with closing(open_store(here.url)) as rival:
            taken = rival.acquire("reconcile", "two", LASTS, NOW)
        assert (taken is None) is (when is Cut.AFTER)
        assert (here.store.acquire("reconcile", "one", LASTS, NOW) is None) is (when is Cut.BEFORE)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_starts_anew_is_gone_on_with(how: signal.Signals) -> None:
    """Stopped or crashed: meanwhile it is said that it cannot be reached; afterwards nothing is lost."""
    with server_in_a_folder(durable=True) as server, closing(open_store(server.url(server.migrated()))) as store:
        lease = leased(store)
        before = opened(store, lease)
        assert [store.heard(), store.heard()] == [True, False]
        server.stop(how)
        with pytest.raises(StoreError, match="cannot be reached"):
            store.inventory()
        assert not store.heard()
        server.start()
        assert (store.records(NOW)[0], store.unfinished()[0]) == before
        store.commit([Decided(record(key="next"), None)], lease, NOW)
        assert any(store.heard() for _ in range(3))


def test_what_was_known_of_a_server_is_not_taken_for_what_one_behind_it_holds(tmp_path: Path) -> None:
    """It takes over without the last writes, and comes by others to the same number of them."""
    with server_in_a_folder(durable=True) as server:
        url = server.url(server.migrated())
        with closing(open_store(url)) as store, closing(open_store(url)) as rival:
            lease = leased(store)
            store.commit([Decided(record(key="both"), None)], lease, NOW)
            server.stop()
            server.keep(tmp_path / "behind")
            server.start()
            store.commit([Decided(record(key="lost"), intent(key="lost"))], lease, NOW)
            store.record(swept(1, place("tls://lost:443")), lease, NOW)
            assert {row.key for row in store.records(NOW)} == {"both", "lost"}
            assert (len(store.inventory().places), len(store.unfinished())) == (1, 1)
            server.stop()
            server.take_back(tmp_path / "behind")
            server.start()
            rival.commit([Decided(record(key="written since"), intent(key="written since"))], lease, NOW)
            rival.record(swept(1, place("tls://other:443")), lease, NOW)
            with closing(open_store(url)) as fresh:
                assert all_in(store) == all_in(fresh)
                assert {row.key for row in store.records(NOW)} == {"both", "written since"}


def test_who_finds_every_connection_at_work_hears_nothing_and_says_so(postgres: Server) -> None:
    """Word of changes is not worth an error; what has to be read or written is."""
    address = postgres.url(postgres.migrated()).replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(address, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with closing(Ear(engine)) as ear, closing(SqlStore(engine, "there")) as store:
        with engine.connect():
            assert not ear.heard()
            with pytest.raises(StoreError, match="there: every connection to the database is at work"):
                store.inventory()
        assert [ear.heard(), ear.heard()] == [True, False]


def test_who_pauses_in_the_middle_of_a_write_holds_up_nobody_for_long(postgres: Server) -> None:
    """The server undoes what was not committed, and the next one's turn comes."""
    url = postgres.url(postgres.migrated())
    with closing(open_store(url, busy_timeout=ALMOST_NOTHING)) as pausing, closing(open_store(url)) as other:
        lease = leased(pausing)

        def another_writes_meanwhile(before: Release | None) -> Release:
            other.approve(Approval("h", (KEY,), NOW + MINUTE))
            return before or Release("R", NOW, NOW)

        with pytest.raises(StoreError, match="paused for too long"):
            pausing.change_release("R", another_writes_meanwhile, ())
        assert other.releases(NOW - MINUTE) == ()
        assert other.approvals(NOW) != ()
        pausing.commit([Decided(record(), None)], lease, NOW)


def test_who_pauses_as_it_takes_a_lease_does_not_keep_it(postgres: Server) -> None:
    """Nobody can have a row that another is at; the server lets it go in time."""
    url = postgres.url(postgres.migrated())
    with closing(open_store(url, busy_timeout=ALMOST_NOTHING)) as pausing, closing(open_store(url)) as other:

        def takes_another_meanwhile(connection: Connection, at: datetime) -> None:
            acquire_lease(connection, "reconcile", "one", LASTS, at)
            found = (other.acquire("reconcile", "two", LASTS, NOW) for _ in range(10_000))
            assert next(filter(None, found)).owner == "two"

        with pytest.raises(StoreError, match="paused for too long"):
            pausing._database.lease(takes_another_meanwhile, NOW)


def test_a_lease_is_kept_up_while_a_long_write_under_it_goes_on(postgres: Server) -> None:
    """A first sweep of very many places may take longer than a lease lasts, and longer than anybody waits."""
    url = postgres.url(postgres.migrated())
    with closing(open_store(url)) as store, closing(open_store(url, busy_timeout=ALMOST_NOTHING)) as keeper:
        lease = leased(store)
        longer = store._database.write(lambda _: keeper.renew(lease, LASTS, NOW), lease)
        assert longer.generation == lease.generation


def test_a_write_whose_lease_is_taken_meanwhile_is_undone(postgres: Server) -> None:
    """Even where it was lost as the write went on: at its end it is asked for once more, and held until it is done."""
    url = postgres.url(postgres.migrated())
    with closing(open_store(url)) as store, closing(open_store(url, busy_timeout=ALMOST_NOTHING)) as rival:
        lease = leased(store)

        def pauses(connection: Connection) -> None:
            write_entries(connection, [AuditEntry(NOW, "one", "test", "", "")])
            rival.release(lease)
            leased(rival, owner="two")

        with pytest.raises(LeaseLost):
            store._database.write(pauses, lease)
        assert store.audit() == ()


def test_who_makes_much_of_what_it_reads_is_not_broken_off(postgres: Server) -> None:
    """For longer than a writer would be waited for; it stands in nobody's way."""
    url = postgres.url(postgres.migrated())
    with closing(open_store(url, busy_timeout=ALMOST_NOTHING)) as reading, closing(open_store(url)) as other:

        def busy(connection: Connection) -> int:
            revision(connection, Kind.LEDGER)
            with other._database._transactions.begin(writes=False) as waiting:
                waiting.execute(text("SELECT pg_sleep(0.6)"))
            return revision(connection, Kind.LEDGER)

        assert reading._database.read(busy)


def test_who_cannot_have_its_turn_in_time_says_so(postgres: Server) -> None:
    """Another one writes for longer than anybody waits."""
    url = postgres.url(postgres.migrated())
    with closing(open_store(url)) as writing, closing(open_store(url, busy_timeout=ALMOST_NOTHING)) as waiting:

        def meanwhile(before: Release | None) -> Release:
            with pytest.raises(StoreError, match="another process writes for too long"):
                waiting.approve(Approval("h", (KEY,), NOW + MINUTE))
            assert waiting.acquire("reconcile", "two", LASTS, NOW) is not None
            raise StoreError("enough")

        with pytest.raises(StoreError, match="enough"):
            writing.change_release("R", meanwhile, ())
