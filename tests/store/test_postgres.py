"""PostgreSQL passes every contract suite that SQLite passes, dated by a server's clock that is told the time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from incidentd.store.interface import Store
from tests.postgres import Server
from tests.store.contract import LedgerContract, OutboxContract
from tests.store.contract_amendments import AmendmentContract
from tests.store.contract_audit import AuditContract
from tests.store.contract_calls import CallsContract
from tests.store.contract_inventory import InventoryContract
from tests.store.contract_leases import LeaseContract
from tests.store.contract_releases import ReleaseContract
from tests.store.contract_rounds import RoundsContract
from tests.store.server_time import ToldTimes


@pytest.fixture
def reopen(postgres: Server) -> Iterator[Callable[[], Store]]:
    """Opens the test's database, with fresh connections each time."""
    with ExitStack() as stack:
        times = ToldTimes(postgres)
        stack.callback(times.close)

        def opened() -> Store:
            store = times.open()
            stack.callback(store.close)
            return store

        yield opened


class TestLedger(LedgerContract):
    """The ledger on PostgreSQL."""


class TestAudit(AuditContract):
    """The audit on PostgreSQL."""


class TestAmendments(AmendmentContract):
    """A person's word on single places, on PostgreSQL."""


class TestReleases(ReleaseContract):
    """Releases on PostgreSQL."""


class TestOutbox(OutboxContract):
    """The outbox on PostgreSQL."""


class TestLeases(LeaseContract):
    """Leases on PostgreSQL."""


class TestRounds(RoundsContract):
    """Work that comes round, on PostgreSQL."""


class TestCalls(CallsContract):
    """Budgets that processes share."""


class TestInventory(InventoryContract):
    """The inventory on PostgreSQL."""
