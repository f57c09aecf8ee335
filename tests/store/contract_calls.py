"""What every state database must do with calls: a budget that all processes on one state share, in a sliding window."""

from collections.abc import Callable
from datetime import timedelta

from incidentd.store.interface import Store
from incidentd.store.leases import AHEAD
from tests.store.examples import MINUTE, NOW

Reopen = Callable[[], Store]
NONE = timedelta(0)
SECOND = timedelta(seconds=1)


class CallsContract:
    """Whoever calls takes room from all."""

    def test_two_that_share_a_budget_take_it_together(self, reopen: Reopen) -> None:
        """The fourth waits until the first is a minute old, whoever made it."""
        one, two = reopen(), reopen()
        for number, store in enumerate((one, two, one)):
            assert store.take_call("events", 3, MINUTE, NOW + number * SECOND) == NONE
        assert two.take_call("events", 3, MINUTE, NOW + 3 * SECOND) == MINUTE - 3 * SECOND
        assert one.take_call("events", 3, MINUTE, NOW + MINUTE) == NONE
        assert two.take_call("events", 3, MINUTE, NOW + MINUTE) == SECOND

    def test_each_name_has_a_budget_of_its_own(self, reopen: Reopen) -> None:
        """One integration's calls are not another's."""
        store = reopen()
        assert store.take_call("a", 1, MINUTE, NOW) == NONE
        assert store.take_call("b", 1, MINUTE, NOW) == NONE
        assert store.take_call("a", 1, MINUTE, NOW) == MINUTE

    def test_what_a_clock_that_ran_ahead_wrote_takes_no_room(self, reopen: Reopen) -> None:
        """A few seconds are other processes' clocks, and count."""
        store = reopen()
        assert store.take_call("a", 1, MINUTE, NOW + timedelta(days=400)) == NONE
        assert store.take_call("a", 1, MINUTE, NOW + AHEAD) == NONE
        assert store.take_call("a", 1, MINUTE, NOW) == MINUTE + AHEAD
