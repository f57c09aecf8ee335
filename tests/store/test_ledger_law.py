"""What a store remembers of ledger, outbox and queue is what it would read, whoever has written meanwhile."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.incident import IncidentState
from incidentd.model.plan import ActionKind, IntentState
from incidentd.model.ticket import Comment, TicketRef
from incidentd.store.interface import Decided, Lease
from incidentd.store.schema import bring_up
from incidentd.store.sql import SqlStore
from incidentd.store.sqlite import memory_engine
from tests.store.examples import LASTS, MINUTE, NOW, content, intent, leased, record

KEYS = st.integers(0, 3)
DEEDS = st.sampled_from(["open", "hold", "close", "age", "send", "settle", "drop", "ticket", "say", "end"])
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
    elif deed == "settle" and waiting:
        done = replace(row, ticket=TicketRef("1", "OPS-1"), content_digest="d")
        store.settle(replace(waiting[0], state=IntentState.DONE), done, (), lease, NOW)


def write(store: SqlStore, key: int, deed: str) -> None:
    """One change in the built-in queue."""
    if deed == "ticket":
        store.local_open(content(marker=f"m{key}"), NOW)
    elif deed in ("say", "end"):
        store.local_write(str(key), NOW, None, (Comment("c", "said"),), True if deed == "end" else None)


@settings(deadline=None)
@given(st.lists(st.tuples(STORES, DEEDS, KEYS, STORES, WINDOWS), max_size=14))
def test_what_is_remembered_is_what_is_read(moves: Moves) -> None:
    """Two processes write by turns, and either looks: a third, which has never looked, sees the same."""
    engine = memory_engine()
    bring_up(engine)
    stores = [SqlStore(engine, "one"), SqlStore(engine, "two")]
    lease = leased(stores[0])
    for writer, deed, key, reader, window in moves:
        decide(stores[writer], lease, key, deed)
        write(stores[writer], key, deed)
        looking, fresh = stores[reader], SqlStore(engine, "fresh")
        assert looking.records(NOW + window) == fresh.records(NOW + window)
        assert looking.unfinished() == fresh.unfinished()
        ids = [str(number) for number in range(key + 2)]
        assert looking.local_read(ids) == fresh.local_read(ids)
    engine.dispose()


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
