"""What every state database must do with releases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.errors import IncidentdError
from incidentd.model.audit import AuditEntry
from incidentd.model.release import Announcement, Carried, Release, announced, shipped
from incidentd.store.interface import Store
from tests.store.examples import MINUTE, NOW, certificate

Reopen = Callable[[], Store]
LONG_AGO = NOW - timedelta(days=365)
SAID = AuditEntry(NOW, "ci", "release announce", "R", "")
RENEWED = certificate("cd" * 32, names=("żółw\x00", "\udc80"))
CARRIED = Carried((RENEWED,), ((certificate("aa" * 32), RENEWED),), (certificate("bb" * 32),), ("x.pem: torn",))


def said(store: Store, id: str, **told: object) -> Release:
    """A release is announced, at NOW unless told otherwise."""
    announcement = replace(Announcement(id, NOW), **told)  # type: ignore[arg-type]  # fields by name
    return store.change_release(id, lambda before: announced(before, announcement), [SAID])


class ReleaseContract:
    """Releases, each whole, with who said so."""

    def test_a_release_reads_back_as_it_was_announced(self, reopen: Reopen) -> None:
        """Every field, through another connection, whatever strangers put into names; and its audit."""
        store = reopen()
        full = said(store, "R", service="żółw\x00", planned_at=NOW, carried=CARRIED, ticket="OPS-7", url="https://ci")
        assert full == Release("R", NOW, NOW, "żółw\x00", NOW, None, None, CARRIED, "OPS-7", "https://ci")
        assert (reopen().releases(LONG_AGO), reopen().audit()) == ((full,), (SAID,))

    def test_what_is_changed_is_what_stands_there(self, reopen: Reopen) -> None:
        """Also where another process announced it meanwhile."""
        store, rival = reopen(), reopen()
        said(store, "R", service="storage")
        assert store.releases(LONG_AGO)[0].service == "storage"
        said(rival, "R", planned_at=NOW + MINUTE, at=NOW + MINUTE)
        ended = store.change_release("R", lambda before: shipped(before or Release("", NOW, NOW), NOW + MINUTE), [])
        assert (ended.service, ended.planned_at, ended.first_announced_at) == ("storage", NOW + MINUTE, NOW)
        assert store.releases(LONG_AGO) == rival.releases(LONG_AGO) == (ended,)

    def test_what_is_refused_changes_nothing(self, reopen: Reopen) -> None:
        """Neither the release nor the audit."""

        def refused(before: Release | None) -> Release:
            raise IncidentdError("no")

        store = reopen()
        with pytest.raises(IncidentdError, match="no"):
            store.change_release("R", refused, [SAID])
        assert (store.releases(LONG_AGO), store.audit()) == ((), ())

    def test_old_ones_are_told_while_they_carry_certificates(self, reopen: Reopen) -> None:
        """The latest first; asked from longer ago, older ones are read again."""
        store = reopen()
        said(store, "empty", at=NOW - 3 * MINUTE)
        said(store, "carries", at=NOW - 2 * MINUTE, carried=CARRIED)
        said(store, "over", at=NOW - 2 * MINUTE, carried=CARRIED)
        store.change_release("over", lambda before: shipped(before or Release("", NOW, NOW), NOW), [])
        said(store, "new")
        assert [one.id for one in store.releases(NOW - MINUTE)] == ["new", "carries"]
        assert [one.id for one in store.releases(LONG_AGO)] == ["new", "carries", "over", "empty"]
        assert [one.id for one in store.releases(NOW - MINUTE)] == ["new", "carries"]
