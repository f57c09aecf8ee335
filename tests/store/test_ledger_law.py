"""What a store remembers of ledger, outbox and queue is what it would read, whoever has written meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, make_url

from incidentd.model.incident import IncidentState
from incidentd.model.plan import ActionKind, IntentState
from incidentd.model.ticket import Comment, TicketRef
from incidentd.store.interface import Approval, Decided, Lease
from incidentd.store.opening import open_store
from incidentd.store.postgres import postgres_engine
from incidentd.store.revisions import NUMBER_BITS
from incidentd.store.schema import bring_up
from incidentd.store.sql import SqlStore
from incidentd.store.sqlite import file_engine, memory_engine
from tests.postgres import Server
from tests.store.examples import KEY, LASTS, MINUTE, NOW, content, intent, leased, place, record, swept

KEYS = st.integers(0, 3)
DEEDS = st.sampled_from(
    [
        "open",
        "hold",
        "close",
        "age",
        "send",
        "settle",
        "fail",
        "lose",
        "drop",
        "ticket",
        "say",
        "end",
        "approve",
        "sweep",
    ]
)
STORES = st.integers(0, 1)
WINDOWS = st.sampled_from([timedelta(days=days) for days in (-3, -1, 0, 2)])
Moves = list[tuple[int, str, int, int, timedelta]]


def decide(store: SqlStore, lease: Lease, key: int, deed: str) -> None:
    """One change to the row of a key, or to what waits to be sent of it."""
    standing = [row for row in store.records(NOW - 9 * LASTS) if row.key == f"k{key}" and row.active]
    if not standing:
        if deed == "open":
            store.commit([Decided(record(key=f"k{key}"), intent(key=f"k{key}"))], lease, NOW)
        return
    row, closed = standing[0], {"close": NOW + MINUTE, "age": NOW - timedelta(days=2)}
    waiting = [one for one in store.unfinished() if one.incident_id == row.id]
    if deed in closed:
        ended = replace(row, state=IncidentState.CLOSED, closed_at=closed[deed])
        store.commit([Decided(ended, None, drop_intent=True)], lease, NOW)
    elif deed == "hold":
        store.commit([Decided(replace(row, state=IncidentState.HELD, told=(*row.told, "x")), None)], lease, NOW)
    elif deed == "open":
        store.commit([Decided(row, intent(ActionKind.UPDATE, key=row.key))], lease, NOW)
    elif deed == "drop":
        store.commit([Decided(row, None, drop_intent=True)], lease, NOW)
    elif deed == "send" and waiting and waiting[0].state is IntentState.PENDING:
        store.mark_sending(waiting[0], lease, NOW)
    elif deed in ("fail", "lose") and waiting:
        state = IntentState.PENDING if deed == "fail" else IntentState.UNCERTAIN
        after = replace(waiting[0], state=state, error="no answer", due_at=NOW + MINUTE, uncertain_since=NOW)
        store.settle(after, None, (), lease, NOW)
    elif deed == "settle" and waiting:
        done = replace(row, ticket=TicketRef("1", "OPS-1"), content_digest="d")
        store.settle(replace(waiting[0], state=IntentState.DONE), done, (), lease, NOW)


def write(store: SqlStore, key: int, deed: str) -> None:
    """One change in the built-in queue."""
    if deed == "ticket":
        store.local_open(content(marker=f"m{key}"), NOW)
    elif deed == "approve":
        store.approve(Approval(f"h{key}", (f"k{key}",), NOW + MINUTE))
    elif deed == "sweep":
        recorded = store.revision() % (1 << NUMBER_BITS)
        store.record(swept(recorded + 1, place()), leased(store, "sweep"), NOW)
    elif deed in ("say", "end"):
        store.local_write(str(key), NOW, None, (Comment("c", "said"),), True if deed == "end" else None)


@settings(deadline=None)
@given(st.lists(st.tuples(STORES, DEEDS, KEYS, STORES, WINDOWS), max_size=14))
def test_what_is_remembered_is_what_is_read(moves: Moves) -> None:
    """Two processes write by turns, and either looks: a third, which has never looked, sees the same."""
    engine = memory_engine()
    bring_up(engine)
    by_turns([SqlStore(engine, "one"), SqlStore(engine, "two")], engine, moves)
    engine.dispose()


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(STORES, DEEDS, KEYS, STORES, WINDOWS), max_size=14))
def test_a_file_that_did_not_change_is_known_from_one_that_did(moves: Moves) -> None:
    """The same where the file's version says whether anybody has written."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        stores = [open_store(f"sqlite:///{path}"), open_store(f"sqlite:///{path}")]
        engine = file_engine(path, LASTS)
        by_turns(stores, engine, moves)
        engine.dispose()
        for store in stores:
            store.close()


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(STORES, DEEDS, KEYS, STORES, WINDOWS), max_size=14))
def test_what_stands_on_a_server_is_what_either_says(postgres: Server, moves: Moves) -> None:
    """The same where only the server can tell whether anybody has written."""
    url = make_url(postgres.url(postgres.migrated()))
    engine = postgres_engine(url, LASTS)
    by_turns([SqlStore(engine, "one"), SqlStore(engine, "two")], engine, moves)
    engine.dispose()


def by_turns(stores: Sequence[SqlStore], engine: Engine, moves: Moves) -> None:
    """Every move, and what either store sees after it; a store that has never looked sees the same."""
    lease = leased(stores[0])
    for writer, deed, key, reader, window in moves:
        decide(stores[writer], lease, key, deed)
        write(stores[writer], key, deed)
        looking, fresh = stores[reader], SqlStore(engine, "fresh")
        assert looking.records(NOW + window) == fresh.records(NOW + window)
        assert looking.unfinished() == fresh.unfinished()
        assert [looking.row(row.id) for row in fresh.records(NOW + window)] == [*fresh.records(NOW + window)]
        assert (looking.approvals(NOW), looking.inventory()) == (fresh.approvals(NOW), fresh.inventory())
        ids = [str(number) for number in range(key + 2)]
        assert looking.local_read(ids) == fresh.local_read(ids)


def test_a_file_that_nobody_wrote_to_is_not_asked_for_anything(tmp_path: Path) -> None:
    """Not one transaction, whatever is looked at; the first look after somebody else's write has its own."""
    path, began = tmp_path / "state.db", list[object]()
    store, other = open_store(f"sqlite:///{path}"), open_store(f"sqlite:///{path}")
    lease = leased(other)
    store.commit([Decided(record(), intent())], lease, NOW)
    looks = (store.inventory, store.unfinished, store.causes, lambda: store.records(NOW), lambda: store.approvals(NOW))
    before = [look() for _ in range(2) for look in looks][len(looks) :]

    def note(connection: object) -> None:
        began.append(connection)

    event.listen(Engine, "begin", note)
    try:
        assert [look() for look in looks] == before
        assert began == []
        other.approve(Approval("h", (KEY,), NOW + MINUTE))
        assert [approval.keys for approval in store.approvals(NOW)] == [(KEY,)]
    finally:
        event.remove(Engine, "begin", note)
    store.close()
    other.close()


def test_nothing_is_read_again_while_nobody_writes() -> None:
    """The very same values come back."""
    engine = memory_engine()
    bring_up(engine)
    store = SqlStore(engine, "one")
    lease = leased(store)
    store.commit([Decided(record(), intent())], lease, NOW)
    ticket = store.local_open(content(), NOW)
    assert store.records(NOW)[0] is store.records(NOW + MINUTE)[0]
    assert store.unfinished() is store.unfinished()
    assert store.local_read([ticket.ref.id])[0] is store.local_read([ticket.ref.id])[0]
    engine.dispose()


def test_one_row_that_changed_is_read_alone() -> None:
    """The others stay the values that they were."""
    engine = memory_engine()
    bring_up(engine)
    store = SqlStore(engine, "one")
    lease = leased(store)
    store.commit([Decided(record(key=f"k{number}"), None) for number in range(3)], lease, NOW)
    before = store.records(NOW)
    store.commit([Decided(replace(before[1], state=IncidentState.HELD), None)], lease, NOW)
    after = store.records(NOW)
    assert (after[0] is before[0], after[1] == before[1], after[2] is before[2]) == (True, False, True)
    engine.dispose()
