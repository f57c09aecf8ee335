"""What every state database must do with people's decisions."""

from collections.abc import Callable

import pytest

from incidentd.errors import StoreError
from incidentd.model.audit import AuditEntry
from incidentd.store.interface import Decided, Store
from tests.store.examples import KEY, MINUTE, NOW, leased, opened, record

Reopen = Callable[[], Store]


def entry(reason: str, *, later: int = 0) -> AuditEntry:
    """Somebody moved an incident."""
    return AuditEntry(NOW + later * MINUTE, "żółw", "move", KEY, reason, "from queue to oncall\x00")


class AuditContract:
    """Who decided what, when and why."""

    def test_entries_are_kept_with_what_was_decided_newest_first(self, reopen: Reopen) -> None:
        """Every word of them, through another connection."""
        store = reopen()
        lease = leased(store)
        store.commit([Decided(record(), None)], lease, NOW, [entry("one"), entry("two", later=1)])
        assert reopen().audit() == (entry("two", later=1), entry("one"))

    def test_what_is_refused_leaves_no_entry(self, reopen: Reopen) -> None:
        """The decision and its audit are one transaction."""
        store = reopen()
        lease = leased(store)
        opened(store, lease)
        with pytest.raises(StoreError):
            store.commit([Decided(record(), None)], lease, NOW, [entry("twice")])
        assert store.audit() == ()
