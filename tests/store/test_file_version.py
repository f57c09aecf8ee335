"""The version of a file: another number after every commit, and after its connection was given back."""

from datetime import timedelta
from pathlib import Path

from incidentd.store.interface import Decided
from incidentd.store.opening import open_store
from incidentd.store.sqlite import FileVersion
from tests.store.examples import NOW, leased, record


def test_it_moves_on_with_each_commit_and_with_each_closing(tmp_path: Path) -> None:
    """What was counted on one connection says nothing on another."""
    path = tmp_path / "state.db"
    store = open_store(f"sqlite:///{path}")
    version = FileVersion(path, timedelta(seconds=1))
    first = version()
    assert version() == first
    lease = leased(store)
    second = version()
    version.close()
    version.close()
    third = version()
    store.commit([Decided(record(), None)], lease, NOW)
    assert len({first, second, third, version()}) == 4
    version.close()
    store.close()


def test_a_store_that_gave_its_connections_back_goes_on(tmp_path: Path) -> None:
    """They are opened again when they are needed, and nothing that was known is believed."""
    store, other = (open_store(f"sqlite:///{tmp_path}/state.db") for _ in range(2))
    assert store.records(NOW) == ()
    store.close()
    other.commit([Decided(record(), None)], leased(other), NOW)
    assert len(store.records(NOW)) == 1
    store.close()
    other.close()
