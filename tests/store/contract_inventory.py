"""What every state database must do with the inventory: write what changed, imply the rest by the last sweep."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from incidentd.errors import StoreError
from incidentd.model.certificate import KeyType
from incidentd.model.inventory import Inventory, Member, Run, SilentAddress
from incidentd.model.location import Controller
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.store.interface import LeaseLost, Store
from tests.store.examples import FINGERPRINT, LASTS, MINUTE, NOW, certificate, leased, place, swept

Reopen = Callable[[], Store]


class InventoryContract:
    """Sweeps in, inventory out."""

    def test_nothing_was_seen_at_first(self, reopen: Reopen) -> None:
        """An empty inventory, at one revision for whoever asks."""
        assert reopen().inventory() == Inventory()
        assert reopen().revision() == reopen().revision()

    def test_a_sweep_reads_back_as_it_was_recorded(self, reopen: Reopen) -> None:
        """Places with their members in order, certificates with hostile names, the sweep itself."""
        store = reopen()
        found = certificate(
            subject="CN=a\x00\udcff\u202e\\",
            names=("ñ.example", "😀"),
            not_before=None,
            not_after=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            is_ca=True,
            unread=("issuer: bad",),
        )
        at = NOW + MINUTE
        blind = Member(
            "192.0.2.1", (Run((), at, at, 3, AbsenceKind.REMOVED, suspect=True),), at, GapReason.RESET, "gone"
        )
        known = place("file:///srv/\udce9.pem", "192.0.2.9", "192.0.2.8")
        silent = (
            SilentAddress("192.0.2.7", at, GapReason.REFUSED, "n\udce9", NOW),
            SilentAddress("::7", at, GapReason.RESET),
        )
        known = replace(known, members=(*known.members, blind), silent=silent)
        recorded = swept(1, known, place("tls://never.example.net:443"), certificates=(found,))
        store.record(recorded, leased(store), NOW)
        inventory = reopen().inventory()
        assert inventory == Inventory(
            certificates={FINGERPRINT: found},
            places={place.key: place for place in recorded.places},
            sweeps={"edge": recorded.sweep},
            first_seen={FINGERPRINT: at},
        )

    @pytest.mark.parametrize("renews_at", [None, NOW + MINUTE])
    def test_what_a_controller_says_is_kept_with_its_place(self, reopen: Reopen, renews_at: datetime | None) -> None:
        """As it said it last; and none where there is none any more."""
        store, lease = reopen(), leased(reopen())
        said = [Controller("cert-manager\u202e", ready=ready, renews_at=renews_at) for ready in (True, False)]
        known = place("k8s://prod/web/secret/api#tls.crt")
        for number, controller in enumerate((*said, None), 1):
            told = replace(known, location=replace(known.location, controller=controller))
            store.record(swept(number, told), lease, NOW)
            assert reopen().inventory().places[known.key].location.controller == controller

    def test_types_of_keys_and_handshakes_that_did_not_agree_are_kept(self, reopen: Reopen) -> None:
        """Beside runs that have neither."""
        store, at = reopen(), NOW + MINUTE
        both = Run((FINGERPRINT, "cd" * 32), at, at, 2, others=(1,), share=(2, 5))
        members = (Member("192.0.2.1", (Run((FINGERPRINT,), NOW, NOW, 1), both)),)
        known = replace(place("tls://a:443"), members=members)
        found = certificate(key_type=KeyType.RSA)
        store.record(swept(1, known, certificates=(found,)), leased(store), NOW)
        inventory = reopen().inventory()
        assert (inventory.places[known.key], inventory.certificates[FINGERPRINT]) == (known, found)

    def test_seen_the_same_again_is_implied(self, reopen: Reopen) -> None:
        """Two sweeps without news: two looks more, the last at the last sweep; what is unseen stays as it was."""
        store = reopen()
        lease = leased(store)
        known = place("tls://a:443", "192.0.2.1", "192.0.2.2")
        blind = replace(known.members[1], unseen_since=NOW, unseen_reason=GapReason.TIMED_OUT)
        store.record(swept(1, replace(known, members=(known.members[0], blind))), lease, NOW)
        store.record(swept(2), lease, NOW)
        store.record(swept(3), lease, NOW)
        seen, unseen = reopen().inventory().places[known.key].members
        assert seen.runs == (Run((FINGERPRINT,), NOW + MINUTE, NOW + 3 * MINUTE, 3),)
        assert unseen == blind

    def test_what_another_process_recorded_is_seen(self, reopen: Reopen) -> None:
        """Nobody goes on with an inventory that is no longer true, whoever has read it before and whoever writes."""
        one, other = reopen(), reopen()
        mine, theirs = leased(one, "mine"), leased(other, "theirs")
        for sequence in (1, 3):
            one.record(swept(sequence, place("tls://a:443", "192.0.2.1")), mine, NOW)
            assert one.inventory() == other.inventory() == reopen().inventory()
            other.record(swept(sequence + 1), theirs, NOW)
            one.record(swept(sequence, source="disk"), mine, NOW)
            assert one.inventory() == other.inventory() == reopen().inventory()

    def test_sweeps_of_other_sources_say_nothing(self, reopen: Reopen) -> None:
        """Each source is looked at by its own sweeps."""
        store = reopen()
        lease = leased(store)
        known = place("tls://a:443", "192.0.2.1")
        store.record(swept(1, known), lease, NOW)
        store.record(swept(7, source="disk"), lease, NOW)
        assert store.inventory().places[known.key] == known

    def test_a_place_is_replaced_whole(self, reopen: Reopen) -> None:
        """Members that it no longer has are gone."""
        store = reopen()
        lease = leased(store)
        store.record(swept(1, place("tls://a:443", "192.0.2.1", "192.0.2.2")), lease, NOW)
        after = place("tls://a:443", "192.0.2.3", "192.0.2.2")
        store.record(swept(2, after), lease, NOW)
        assert store.inventory().places == {after.key: after}

    def test_what_is_known_is_not_found_again(self, reopen: Reopen) -> None:
        """The first sight of a certificate stays."""
        store = reopen()
        lease = leased(store)
        store.record(swept(1, certificates=(certificate(),)), lease, NOW)
        store.record(swept(2, certificates=(certificate(),)), lease, NOW)
        assert store.inventory().first_seen == {FINGERPRINT: NOW + MINUTE}

    def test_the_revision_changes_with_every_sweep_and_with_nothing_else(self, reopen: Reopen) -> None:
        """It is what `record` returned."""
        store = reopen()
        lease = leased(store)
        revisions = [store.record(swept(1), lease, NOW), store.record(swept(1, source="disk"), lease, NOW)]
        store.renew(lease, LASTS, NOW)
        assert len({0, *revisions}) == 3
        assert store.revision() == reopen().revision() == revisions[-1]

    @pytest.mark.parametrize("sequence", [1, 2])
    def test_a_sweep_that_was_overtaken_is_refused(self, reopen: Reopen, sequence: int) -> None:
        """It was reckoned from an inventory that is no longer true; nothing of it is written."""
        store = reopen()
        lease = leased(store)
        store.record(swept(2), lease, NOW)
        before = store.inventory()
        with pytest.raises(StoreError, match="later sweep"):
            store.record(swept(sequence, place()), lease, NOW)
        assert store.inventory() == before

    def test_no_sweep_is_recorded_under_a_lost_lease(self, reopen: Reopen) -> None:
        """Two replicas never count one another's looks."""
        store = reopen()
        lease = leased(store)
        store.acquire(lease.name, "two", LASTS, lease.until)
        with pytest.raises(LeaseLost):
            store.record(swept(1, place()), lease, NOW)
        assert store.inventory() == Inventory()
