"""What every state database must do with a person's word on single places: those change, and nothing was swept."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from incidentd.errors import StoreError
from incidentd.model.audit import AuditEntry
from incidentd.model.inventory import Run, SilentAddress, Word
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.model.places import Kept, kept_as
from incidentd.store.interface import LeaseLost, Store
from tests.store.examples import MINUTE, NOW, leased, place, swept

Reopen = Callable[[], Store]
WORD = Word("żółw\x00", "scrapped\udcff")
ENTRY = AuditEntry(NOW, "żółw", "retire", "tls://a:443", "scrapped", "a")
GONE, BESIDE = place("tls://a:443", "192.0.2.1"), place("tls://b:443", "192.0.2.2")


def amended(as_of: int) -> Kept:
    """One place by a person's word, as of a sweep."""
    [member] = GONE.members
    run = Run((), NOW, NOW, 1, AbsenceKind.SAID, word=WORD)
    silent = SilentAddress("192.0.2.7", NOW, GapReason.RESET, word=WORD)
    return kept_as(replace(GONE, members=(replace(member, runs=(*member.runs, run)),), silent=(silent,)), as_of)


class AmendmentContract:
    """A person's word in, inventory out."""

    def test_only_the_places_that_are_spoken_of_change(self, reopen: Reopen) -> None:
        """For every process at once; nothing else was seen again, and the next sweep goes on from there."""
        store, other = reopen(), reopen()
        lease = leased(store, "sweep:edge")
        for sequence in (1, 2):
            store.record(swept(sequence, *((GONE, BESIDE) if sequence == 1 else ())), lease, NOW)
        before, revision = other.inventory(), store.revision()
        assert store.inventory() == before
        store.amend([amended(2)], lease, NOW, [ENTRY])
        assert store.revision() not in (0, revision)
        expected = {GONE.key: amended(2).place, BESIDE.key: before.places[BESIDE.key]}
        for one in (store, other, reopen()):
            assert one.inventory().places == expected
            assert one.inventory().sweeps == before.sweeps
        assert reopen().audit() == (ENTRY,)
        store.record(swept(3), lease, NOW)
        for one in (store, other, reopen()):
            assert one.inventory().places[BESIDE.key].members[0].current.looks == 3
            assert one.inventory().places[GONE.key].members[0].current.looks == 2

    def test_each_word_moves_the_revision_on(self, reopen: Reopen) -> None:
        """Also the second one, and between sweeps: nobody goes on with what is no longer true."""
        store = reopen()
        lease = leased(store, "sweep:edge")
        revisions = [store.record(swept(1, GONE, BESIDE), lease, NOW)]
        for changed in (amended(1), kept_as(GONE, 1)):
            store.amend([changed], lease, NOW)
            revisions.append(store.revision())
        revisions.append(store.record(swept(2), lease, NOW))
        assert len(set(revisions)) == len(revisions)
        assert reopen().inventory() == store.inventory()

    @pytest.mark.parametrize("as_of", [1, 3])
    def test_a_word_on_what_was_swept_meanwhile_is_refused(self, reopen: Reopen, as_of: int) -> None:
        """It rests on a look that is not the last one; no place changes, and the audit stays empty."""
        store = reopen()
        lease = leased(store, "sweep:edge")
        for sequence in (1, 2):
            store.record(swept(sequence, GONE), lease, NOW)
        before, revision = store.inventory(), store.revision()
        with pytest.raises(StoreError, match="edge was swept meanwhile"):
            store.amend([amended(as_of)], lease, NOW, [ENTRY])
        assert (store.inventory(), store.revision(), store.audit()) == (before, revision, ())

    def test_without_the_lease_nothing_is_written(self, reopen: Reopen) -> None:
        """Whoever was paused for too long finds that another process sweeps now."""
        store = reopen()
        lease = leased(store, "sweep:edge")
        store.record(swept(1, GONE), lease, NOW)
        store.acquire("sweep:edge", "two", MINUTE, NOW + 2 * MINUTE)
        with pytest.raises(LeaseLost):
            store.amend([amended(1)], lease, NOW + 2 * MINUTE, [ENTRY])
        assert store.inventory().places == {GONE.key: GONE}
        assert store.audit() == ()
