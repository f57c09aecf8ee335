"""One process records sweeps and looks, in several threads at once: what it knows moves on, and is not read again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from incidentd.store.opening import open_store
from tests.store.examples import NOW, leased, place, swept

SOURCES = ("a", "b")
SWEEPS = 60
SOON_SECONDS = 20.0


def test_who_looks_as_a_sweep_is_recorded_reads_nothing_again(tmp_path: Path) -> None:
    """Nothing new in any of them: the inventory stays, to its last part, the one that was read first."""
    with closing(open_store(f"sqlite:///{tmp_path}/state.db")) as store, ThreadPoolExecutor(4) as threads:
        store.record(swept(1, place()), leased(store, "sweep"), NOW)
        known = store.inventory().certificates

        def sweeps(source: str) -> None:
            lease = leased(store, source, source)
            for sequence in range(1, SWEEPS + 1):
                store.record(swept(sequence, source=source), lease, NOW)

        def looks_on() -> bool:
            return all(store.inventory().certificates is known for _ in range(5 * SWEEPS))

        looking = [threads.submit(looks_on) for _ in SOURCES]
        for done in [threads.submit(sweeps, source) for source in SOURCES]:
            done.result(SOON_SECONDS)
        assert all(look.result(SOON_SECONDS) for look in looking)
        assert store.inventory().sweeps.keys() >= set(SOURCES)
