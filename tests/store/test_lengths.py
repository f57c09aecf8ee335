"""What is written fits: PostgreSQL holds to the length of a column, and of an index; SQLite takes whatever comes."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from enum import Enum

import pytest
from sqlalchemy import String

from incidentd.daemon.addresses import LONGEST_BYTES, without_too_long
from incidentd.model.assessment import Stage
from incidentd.model.blindness import CauseId, CauseKind
from incidentd.model.certificate import KeyType
from incidentd.model.incident import (
    HeldBy,
    IncidentState,
    change_key,
    incident_key,
    incident_marker,
    left_key,
    page_key,
    release_key,
    self_incident_key,
    self_incident_marker,
)
from incidentd.model.inventory import Member, Run
from incidentd.model.location import Location, Role
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Observation, Sweep
from incidentd.model.plan import ActionKind, IntentState
from incidentd.model.ticket import Closer
from incidentd.store.opening import open_store
from incidentd.store.tables import metadata
from tests.postgres import Server
from tests.store.examples import FINGERPRINT, NOW, certificate, leased, place, swept

INSTANCE, NAME = "i" * 40, "s" * 60
KEY = incident_key(INSTANCE, FINGERPRINT)
LONGEST_MEMBER = "\U0001f512" * 256
WORDS: dict[str, type[Enum]] = {
    "certificates.key_type": KeyType,
    "places.role": Role,
    "places.unseen_reason": GapReason,
    "members.unseen_reason": GapReason,
    "incidents.state": IncidentState,
    "incidents.stage": Stage,
    "incidents.held_by": HeldBy,
    "outbox.kind": ActionKind,
    "outbox.state": IntentState,
    "local_tickets.closed_by": Closer,
}
"""Columns that hold one of a few words."""
KEYS = [
    *(KEY, page_key(KEY), left_key(KEY), release_key(INSTANCE, "r" * 200), change_key(INSTANCE, "r" * 200, NAME)),
    *(self_incident_key(INSTANCE, CauseId(kind, NAME)) for kind in CauseKind),
]
MARKERS = [incident_marker(INSTANCE, FINGERPRINT), *(self_incident_marker(INSTANCE, key) for key in KEYS)]
MADE = {
    **dict.fromkeys(("incidents.key", "outbox.key"), KEYS),
    **dict.fromkeys(("outbox.marker", "local_tickets.marker"), MARKERS),
    "leases.name": [f"sweep:{NAME}"],
    "calls.name": [f"pagerduty-events:{FINGERPRINT}"],
}
"""The longest that is put together, where names are as long as the settings let them be."""


def length_of(column: str) -> int:
    """In characters."""
    table, name = column.split(".")
    kind = metadata.tables[table].c[name].type
    assert isinstance(kind, String)
    assert kind.length is not None
    return kind.length


@pytest.mark.parametrize("column", WORDS)
def test_every_word_of_a_list_fits_its_column(column: str) -> None:
    """A new one that is longer is found here, and not where it is written for the first time."""
    assert max(len(str(word.value)) for word in WORDS[column]) <= length_of(column)


@pytest.mark.parametrize("column", MADE)
def test_every_key_fits_its_column(column: str) -> None:
    """Whatever the names it is made of."""
    assert max(map(len, MADE[column])) <= length_of(column)


def uri(characters: int, alphabet: Callable[[random.Random], str]) -> str:
    """One that no index can press together."""
    chance = random.Random(characters)
    return "file:///" + "".join(alphabet(chance) for _ in range(characters - 8))


def _of_letters(chance: random.Random) -> str:
    return chance.choice("abcdefghijklmnopqrstuvwxyz0123456789")


def _of_every_plane(chance: random.Random) -> str:
    return chr(chance.choice((0, 0x5C, 0xD800, 0x4E00, 0x1F512)))


def at(address: str) -> Location:
    """A file there."""
    return Location(address, NAME, Role.SERVED)


@pytest.mark.parametrize("alphabet", [_of_letters, _of_every_plane])
def test_what_a_server_cannot_index_is_left_out_and_said(postgres: Server, alphabet: Callable[..., str]) -> None:
    """All that is kept can be written, with the longest names; the rest of the sweep is not lost for it."""
    addresses = [uri(characters, alphabet) for characters in (250, 500, 1000, 1500, 1501, 2800, 12_500)]
    whole = Sweep(
        NAME,
        NOW,
        NOW,
        tuple(Observation(at(one), "", (certificate(),), NOW) for one in addresses),
        tuple(Gap(at(f"{one}?gap"), None, GapReason.TORN, "", NOW) for one in addresses),
        tuple(Absence(at(f"{one}?gone"), None, AbsenceKind.REMOVED, NAME, NOW) for one in addresses),
    )
    kept = without_too_long(whole)
    looks: list[Observation | Gap | Absence] = [*kept.observations, *kept.gaps, *kept.absences]
    assert 0 < len(looks) < 3 * len(addresses)
    assert kept.failure is not None
    assert f"longer than {LONGEST_BYTES} bytes" in kept.failure
    member = Member(LONGEST_MEMBER, (Run((FINGERPRINT,), NOW, NOW, 1),))
    places = [replace(place(), location=look.location, members=(member,)) for look in looks]
    with closing(open_store(postgres.url(postgres.migrated()))) as store:
        store.record(swept(1, *places, source=NAME), leased(store), NOW)
        assert len(store.inventory().places) == len(places)


def test_a_sweep_of_usual_addresses_stays_as_it_is() -> None:
    """The very same; and what failed by itself says why."""
    usual = Sweep(NAME, NOW, NOW, gaps=(Gap(at("tls://a:443"), None, GapReason.TORN, "", NOW),))
    assert without_too_long(usual) is usual
    failing = replace(usual, gaps=(Gap(at("x" * 1501), None, GapReason.TORN, "", NOW),), failure="it is away")
    assert without_too_long(failing) == replace(failing, gaps=())
    assert without_too_long(replace(failing, failure=None)).failure == (
        f"1 address is longer than 1500 bytes and cannot be kept, the first: {'x' * 100}…"
    )
