"""What is done for each of thousands of rows finds its row by an index: a plan of that size must not take minutes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from incidentd.model.plan import IntentState
from incidentd.store.interface import Decided, Store
from incidentd.store.opening import open_store
from tests.store.examples import NOW, intent, leased, opened, record


@contextmanager
def explained() -> Iterator[list[str]]:
    """How SQLite goes about each statement meanwhile, in its own words."""
    said: list[str] = []

    def listen(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            said.extend(f"{line[3]} | {statement}" for line in plan)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A fresh one in a file."""
    fresh = open_store(f"sqlite:///{tmp_path}/state.db")
    yield fresh
    fresh.close()


def test_no_row_of_a_plan_is_looked_for_among_all_there_are(store: Store) -> None:
    """Decided, sent, settled, decided again; what waits is read by its own index."""
    lease = leased(store)
    with explained() as said:
        row, waiting = opened(store, lease)
        store.commit([Decided(row, intent(incident_id=row.id))], lease, NOW)
        sending = store.mark_sending(waiting, lease, NOW)
        store.settle(sending, row, (), lease, NOW)
        store.commit([Decided(record(key="incidentd:default:other"), None)], lease, NOW)
        assert [one.state for one in store.unfinished()] == [IntentState.SENDING]
    scans = [line for line in said if line.startswith("SCAN") and "INDEX one_unfinished_intent" not in line]
    # Of the ledger what is active is read whole; and a source has one row among the sweeps.
    few = ("SCAN incidents |", "SCAN sweeps |", "SCAN CONSTANT ROW |")
    assert [line for line in scans if not line.startswith(few)] == []
    assert any("one_unfinished_intent" in line for line in said)
