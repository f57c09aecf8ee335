"""What is remembered in rows is exactly what is remembered in memory, whatever a fleet does."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from incidentd.model.inventory import Inventory, Recorded
from incidentd.model.location import Location, Role
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Observation, Sweep
from incidentd.policy.remember import remember
from incidentd.store.schema import bring_up
from incidentd.store.sql import SqlStore
from incidentd.store.sqlite import file_engine, memory_engine
from tests.store.examples import MINUTE, NOW, certificate, leased, place, swept

LOOK = st.sampled_from(["same", "other", "both", "types", "gap", "gone", "unconfigured", "silence"])
PLACES = st.tuples(st.sampled_from(["edge", "disk"]), st.sampled_from(["a", "b"]))
MEMBERS = st.sampled_from(["192.0.2.1", "192.0.2.2"])
LOOKS = st.lists(st.tuples(PLACES, MEMBERS, LOOK), max_size=6)
FOUND = {"same": certificate("11" * 32), "other": certificate("22" * 32)}
Look = tuple[tuple[str, str], str, str]


def observed(inventory: Inventory, look: Look, at: datetime) -> Iterator[Observation | Gap | Absence]:
    """What a source may bring home of one member; only what is known can be absent."""
    (source, name), member, what = look
    where = Location(f"tls://{name}:443", source, Role.SERVED)
    known = inventory.places.get((source, where.uri))
    shown = ("same", "other") if what == "both" else (what,)
    for late, each in enumerate(shown):
        if each in FOUND:
            yield Observation(where, member, (FOUND[each],), at + timedelta(seconds=late))
    if what == "types":
        yield Observation(where, member, tuple(FOUND.values()), at, others=(1,))
    if what == "gap":
        yield Gap(where, member, GapReason.TIMED_OUT, "slow", at)
    if what in ("gone", "unconfigured") and known is not None and known.members:
        kind = AbsenceKind.REMOVED if what == "gone" else AbsenceKind.UNCONFIGURED
        yield Absence(where, None, kind, "folder", at)


def sweep_of(inventory: Inventory, source: str, looks: list[Look], at: datetime) -> Sweep:
    """One sweep of a source with the looks that fall to it; a look at nothing else is silence, which is a gap."""
    brought = [item for look in looks if look[0][0] == source for item in observed(inventory, look, at)]
    return Sweep(
        source,
        at,
        at + MINUTE / 2,
        observations=tuple(item for item in brought if isinstance(item, Observation)),
        gaps=tuple(item for item in brought if isinstance(item, Gap)),
        absences=tuple(item for item in brought if isinstance(item, Absence)),
        failure="no permission" if not looks else None,
    )


@settings(deadline=None)
@given(
    history=st.lists(st.tuples(st.sampled_from(["edge", "disk"]), LOOKS, st.integers(1, 4), st.booleans()), max_size=8)
)
def test_what_is_loaded_is_what_was_remembered(history: list[tuple[str, list[Look], int, bool]]) -> None:
    """After each sweep of a random history, the rows say what the inventory in memory says; repeats are implied.

    So does the store that wrote them, which does not read them again.
    """
    engine = memory_engine()
    bring_up(engine)
    store, reader = SqlStore(engine, "writer"), SqlStore(engine, "reader")
    lease = leased(store)
    inventory, at = Inventory(), NOW
    for source, looks, times, suspicious in history:
        for _ in range(times):
            at += MINUTE
            suspects = {"folder"} if suspicious else set()
            inventory, recorded = remember(inventory, sweep_of(inventory, source, looks, at), suspects)
            store.record(recorded, lease, at)
            assert store.inventory() == inventory
        assert reader.inventory() == inventory
    store.close()


@contextmanager
def counted(path: Path) -> Iterator[tuple[SqlStore, list[sqlite3.Connection]]]:
    """A store whose connections can be asked how many rows they changed."""
    engine = file_engine(path, timedelta(seconds=1))
    connections: list[sqlite3.Connection] = []
    event.listen(engine, "connect", lambda connection, _: connections.append(connection))
    bring_up(engine)
    store = SqlStore(engine, str(path))
    yield store, connections
    store.close()


def test_a_sweep_without_news_writes_one_row(tmp_path: Path) -> None:
    """A thousand members seen the same again cost what one does: the row of the sweep."""
    with counted(tmp_path / "state.db") as (store, connections):
        lease = leased(store)
        fleet = [place(f"tls://h{n}:443", "192.0.2.1", "192.0.2.2") for n in range(500)]
        store.record(swept(1, *fleet), lease, NOW)
        before = sum(connection.total_changes for connection in connections)
        store.record(Recorded(swept(2).sweep, (), ()), lease, NOW)
        assert sum(connection.total_changes for connection in connections) == before + 1
        assert all(member.current.looks == 2 for known in store.inventory().places.values() for member in known.members)
