"""SQLite passes every contract suite, in a file and in memory."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from incidentd.errors import StoreError
from incidentd.store.interface import Store
from incidentd.store.opening import open_store
from tests.store.contract import LedgerContract, OutboxContract
from tests.store.contract_amendments import AmendmentContract
from tests.store.contract_audit import AuditContract
from tests.store.contract_calls import CallsContract
from tests.store.contract_inventory import InventoryContract
from tests.store.contract_leases import LeaseContract
from tests.store.contract_releases import ReleaseContract
from tests.store.contract_rounds import RoundsContract
from tests.store.examples import LASTS, NOW, leased


@pytest.fixture(params=["file", "memory"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the test's database: a file with fresh connections each time, or the one that lives in memory."""
    with ExitStack() as stack:

        def opened(url: str) -> Store:
            store = open_store(url)
            stack.callback(store.close)
            return store

        if request.param == "file":
            yield lambda: opened(f"sqlite:///{tmp_path}/state.db")
        else:
            store = opened("sqlite://")
            yield lambda: store


class TestLedger(LedgerContract):
    """The ledger on SQLite."""


class TestAudit(AuditContract):
    """The audit on SQLite."""


class TestAmendments(AmendmentContract):
    """A person's word on single places, on SQLite."""


class TestReleases(ReleaseContract):
    """Releases on SQLite."""


class TestOutbox(OutboxContract):
    """The outbox on SQLite."""


class TestLeases(LeaseContract):
    """Leases on SQLite."""


class TestRounds(RoundsContract):
    """Work that comes round, on SQLite."""


class TestCalls(CallsContract):
    """Budgets that processes share."""


class TestInventory(InventoryContract):
    """The inventory on SQLite."""


@pytest.mark.parametrize("held", ["soon", 10**18])
def test_a_time_that_nobody_wrote_so_is_damage_and_said_so(tmp_path: Path, held: object) -> None:
    """SQLite keeps whatever a hand, or a bad disk, puts into a column."""
    url = f"sqlite:///{tmp_path}/state.db"
    store = open_store(url)
    made = leased(store)
    store.close()
    with closing(sqlite3.connect(tmp_path / "state.db")) as by_hand:
        by_hand.execute("UPDATE leases SET until = ?", (held,))
        by_hand.commit()
    store = open_store(url)
    try:
        with pytest.raises(StoreError, match="a stored time cannot be read"):
            store.acquire(made.name, "another", LASTS, NOW)
    finally:
        store.close()
