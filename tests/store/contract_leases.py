"""What every state database must do with leases: one holder, and a generation that only grows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.store.interface import Decided, LeaseLost, Store
from incidentd.store.leases import AHEAD
from incidentd.store.opening import BUSY_TIMEOUT
from tests.store.examples import LASTS, NOW, leased, record

Reopen = Callable[[], Store]
INSTANT = timedelta(microseconds=1)


class LeaseContract:
    """The right to work, and its loss."""

    def test_another_owner_waits_until_it_ends(self, reopen: Reopen) -> None:
        """Held up to the last microsecond, free at the end."""
        lease = leased(reopen())
        rival = reopen()
        assert rival.acquire(lease.name, "two", LASTS, lease.until - INSTANT) is None
        taken = rival.acquire(lease.name, "two", LASTS, lease.until)
        assert taken is not None
        assert (taken.owner, taken.generation, taken.until) == ("two", lease.generation + 1, lease.until + LASTS)

    def test_leases_of_other_names_are_free(self, reopen: Reopen) -> None:
        """Each kind of work has its own."""
        store = reopen()
        assert leased(store, "a", "one").name == "a"
        assert leased(store, "b", "two").name == "b"

    def test_the_owner_may_take_it_again_and_fences_itself(self, reopen: Reopen) -> None:
        """What it began under the earlier generation must not write any more."""
        store = reopen()
        first = leased(store)
        second = leased(store)
        assert second.generation == first.generation + 1
        with pytest.raises(LeaseLost):
            store.commit([], first, NOW)
        store.commit([], second, NOW)

    def test_renewing_makes_it_longer(self, reopen: Reopen) -> None:
        """Same generation, later end, and a rival waits for that."""
        store = reopen()
        lease = leased(store)
        longer = store.renew(lease, LASTS, NOW + LASTS - INSTANT)
        assert longer == replace(lease, until=NOW + 2 * LASTS - INSTANT)
        assert reopen().acquire(lease.name, "two", LASTS, NOW + LASTS) is None

    def test_what_ran_out_but_was_not_taken_may_write_and_be_renewed(self, reopen: Reopen) -> None:
        """The generation fences, not the clock: nobody else has worked meanwhile."""
        store = reopen()
        lease = leased(store)
        late = NOW + 100 * LASTS
        store.commit([Decided(record(), None)], lease, late)
        assert store.renew(lease, LASTS, late).until == late + LASTS

    def test_a_lost_lease_cannot_be_renewed(self, reopen: Reopen) -> None:
        """Whoever lost it is told so."""
        store = reopen()
        lease = leased(store)
        reopen().acquire(lease.name, "two", LASTS, lease.until)
        with pytest.raises(LeaseLost):
            store.renew(lease, LASTS, lease.until)

    def test_a_released_lease_is_free_at_once_and_writes_no_more(self, reopen: Reopen) -> None:
        """The next generation is higher all the same."""
        store = reopen()
        lease = leased(store)
        store.release(lease)
        with pytest.raises(LeaseLost):
            store.commit([], lease, NOW)
        taken = reopen().acquire(lease.name, "two", LASTS, NOW)
        assert taken is not None
        assert taken.generation == lease.generation + 1

    def test_giving_back_what_was_lost_takes_it_from_nobody(self, reopen: Reopen) -> None:
        """The new owner keeps it."""
        store = reopen()
        lease = leased(store)
        taken = store.acquire(lease.name, "two", LASTS, lease.until)
        assert taken is not None
        store.release(lease)
        store.commit([], taken, lease.until)

    def test_a_lease_out_of_the_future_holds_nothing(self, reopen: Reopen) -> None:
        """Written under a clock that ran ahead; one that could be of now still holds."""
        store = reopen()
        lease = leased(store)
        before = NOW - AHEAD - INSTANT
        assert store.acquire(lease.name, "two", LASTS, NOW) is None
        assert store.acquire(lease.name, "two", LASTS, before) is not None

    @pytest.mark.parametrize("waited", [INSTANT, BUSY_TIMEOUT, AHEAD])
    def test_who_asked_its_clock_before_it_had_to_wait_steals_nothing(self, reopen: Reopen, waited: timedelta) -> None:
        """The lease was written while it waited for the database: it only looks as if it came from the future."""
        store = reopen()
        lease = leased(store)
        assert store.acquire(lease.name, "two", LASTS, NOW - waited) is None

    def test_a_name_that_was_never_leased_writes_nothing(self, reopen: Reopen) -> None:
        """A lease of another database, or of one that was restored, is lost."""
        lease = leased(reopen(), "elsewhere")
        with pytest.raises(LeaseLost):
            reopen().commit([], replace(lease, name="here"), NOW)
