"""More threads than a state has connections: each gets its turn."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event

from sqlalchemy import text

from incidentd.store.sqlite import CONNECTIONS, file_engine
from incidentd.store.transactions import Transactions

SOON_SECONDS = 10.0
"""Far less than anybody waits for a connection that never comes back."""


def test_who_finds_every_connection_at_work_gets_the_first_that_is_free(tmp_path: Path) -> None:
    """As many sources that are swept at once as there are connections, and whoever comes then."""
    engine = file_engine(tmp_path / "state.db", timedelta(seconds=1))
    all_at_work, go_on = Barrier(CONNECTIONS + 1), Event()
    with closing(Transactions(engine, {}, {}, keeps=CONNECTIONS)) as transactions, ThreadPoolExecutor() as threads:

        def works() -> None:
            with transactions.begin(writes=False):
                all_at_work.wait(SOON_SECONDS)
                go_on.wait(SOON_SECONDS)

        def comes() -> int:
            with transactions.begin(writes=False) as connection:
                return int(connection.execute(text("SELECT 7")).scalar_one())

        working = [threads.submit(works) for _ in range(CONNECTIONS)]
        all_at_work.wait(SOON_SECONDS)
        late = [threads.submit(comes) for _ in range(3)]
        go_on.set()
        assert [one.result(SOON_SECONDS) for one in late] == [7, 7, 7]
        assert all(one.result(SOON_SECONDS) is None for one in working)
