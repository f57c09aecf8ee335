"""What every state database must do with work that comes round: it is due once in its interval, whoever does it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.store.interface import LeaseLost, Store, Turn
from tests.store.examples import LASTS, MINUTE, NOW, leased

Reopen = Callable[[], Store]
HOURLY = Turn(timedelta(hours=1), "a" * 64)
SPENT = timedelta(minutes=5)
AT_ONCE = timedelta(0)
INSTANT = timedelta(microseconds=1)


class RoundsContract:
    """When the next one is due."""

    def test_what_nobody_did_is_due(self, reopen: Reopen) -> None:
        """Everything is, in a new state."""
        store = reopen()
        assert store.rest(leased(store), HOURLY, NOW) == AT_ONCE

    def test_what_was_done_is_due_an_interval_after_it_began(self, reopen: Reopen) -> None:
        """Whoever comes next rests until then; how long it took makes no difference."""
        store = reopen()
        lease = leased(store)
        store.done(lease, HOURLY, SPENT, NOW)
        store.release(lease)
        rival = reopen()
        lease = leased(rival, owner="two")
        due_at = NOW - SPENT + HOURLY.every
        assert rival.rest(lease, HOURLY, NOW) == due_at - NOW
        assert rival.rest(lease, HOURLY, due_at - INSTANT) == INSTANT
        assert rival.rest(lease, HOURLY, due_at) == AT_ONCE

    def test_who_would_do_it_otherwise_need_not_rest(self, reopen: Reopen) -> None:
        """A source that has more targets now is looked at at once."""
        store = reopen()
        lease = leased(store)
        store.done(lease, HOURLY, SPENT, NOW)
        assert store.rest(lease, replace(HOURLY, done_as="b" * 64), NOW) == AT_ONCE

    def test_a_shorter_interval_holds_at_once(self, reopen: Reopen) -> None:
        """And what lies further ahead than it could is no time to wait for."""
        store = reopen()
        lease = leased(store)
        store.done(lease, HOURLY, AT_ONCE, NOW)
        assert store.rest(lease, replace(HOURLY, every=MINUTE), NOW) == AT_ONCE

    def test_what_somebody_is_at_or_did_in_turn_goes_round(self, reopen: Reopen) -> None:
        """Until it is overdue; who only held it, and let go, says nothing of a next time."""
        store = reopen()
        store.acquire("never", "one", LASTS, NOW)
        lease = leased(store)
        assert store.going_round(MINUTE, NOW) == {"never", lease.name}
        store.done(lease, HOURLY, AT_ONCE, NOW)
        over_at = NOW + HOURLY.every + MINUTE
        assert reopen().going_round(MINUTE, over_at - INSTANT) == {lease.name}
        assert store.going_round(MINUTE, over_at) == frozenset()

    def test_what_was_done_by_a_clock_far_ahead_goes_round_no_more(self, reopen: Reopen) -> None:
        """It was put right, and the work was done last, and will be due next, in a year that has not come."""
        store = reopen()
        ahead = NOW + timedelta(days=400)
        lease = store.acquire("sweep", "one", LASTS, ahead)
        assert lease is not None
        store.done(lease, HOURLY, AT_ONCE, ahead)
        assert store.going_round(MINUTE, NOW) == frozenset()

    def test_who_lost_the_lease_can_neither_ask_nor_tell(self, reopen: Reopen) -> None:
        """Another is at it."""
        store = reopen()
        lost = leased(store)
        leased(store)
        with pytest.raises(LeaseLost):
            store.rest(lost, HOURLY, NOW)
        with pytest.raises(LeaseLost):
            store.done(lost, HOURLY, SPENT, NOW)
