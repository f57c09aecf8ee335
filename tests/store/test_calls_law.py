"""The law of the shared budget, on the fastest database there is."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidentd.store.sql import SqlStore
from incidentd.store.sqlite import memory_engine
from incidentd.store.tables import metadata
from tests.store.examples import MINUTE, NOW

NONE = timedelta(0)
SECOND = timedelta(seconds=1)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(1, 5))
def test_no_window_ever_holds_more_than_the_budget(gaps: list[int], most: int) -> None:
    """However calls come, and whoever waited as long as told gets through."""
    engine = memory_engine()
    metadata.create_all(engine)
    store, now = SqlStore(engine, "memory"), NOW
    made: list[datetime] = []
    for gap in gaps:
        now += gap * SECOND
        wait = store.take_call("events", most, MINUTE, now)
        if wait > NONE:
            now += wait
            assert store.take_call("events", most, MINUTE, now) == NONE
        made.append(now)
        assert sum(now - MINUTE < at <= now for at in made) <= most
    store.close()
