"""Retiring: a person says that something is gone for good. What answers, or may be there, is not gone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from incidentd.model.inventory import Member, Place, SweepRecord, Word
from incidentd.planning.phrases import instant
from incidentd.policy.looks import may_be_there, said_gone


@dataclass(frozen=True, slots=True)
class Meant:
    """A place that a person means, and which of its addresses."""

    place: Place
    addresses: frozenset[str]

    @property
    def members(self) -> tuple[Member, ...]:
        """The members that are meant."""
        return tuple(member for member in self.place.members if member.address in self.addresses)

    @property
    def news(self) -> bool:
        """False where nothing was ever seen, and where all is gone by a person's word already."""
        return any(member.current.word is None for member in self.members)

    @property
    def fingerprints(self) -> frozenset[str]:
        """The certificates that were shown there, as far as is remembered."""
        return frozenset(fp for member in self.members for run in member.runs for fp in run.chain)


def addresses_of(place: Place) -> frozenset[str]:
    """Of its members, and of what never answered. A file is one member, without an address."""
    return frozenset({*(member.address for member in place.members), *(silent.address for silent in place.silent)})


def why_not(meant: Iterable[Meant], sweeps: Mapping[str, SweepRecord]) -> tuple[str, ...]:
    """What stands against a person's word, in words; empty where nothing does.

    A place that was seen at the last look answers, whatever is said of it; where the source as a whole failed, nobody
    has looked.
    """
    return tuple(
        dict.fromkeys(said for one in meant for member in one.members if (said := _against(member, one, sweeps)))
    )


def retired(meant: Meant, word: Word, now: datetime) -> Place:
    """The place after a person's word on those of its addresses."""
    members = (
        said_gone(member, word, now) if member.address in meant.addresses and member.current.word is None else member
        for member in meant.place.members
    )
    silent = (
        replace(one, word=word) if one.address in meant.addresses and one.word is None else one
        for one in meant.place.silent
    )
    return replace(meant.place, members=tuple(members), silent=tuple(silent))


def _against(member: Member, meant: Meant, sweeps: Mapping[str, SweepRecord]) -> str:
    location = meant.place.location
    where = f"{location.uri}{f' [{member.address}]' if member.address else ''}"
    if member.unseen_since is None:
        return f"{where} answered at {instant(member.last_look_at)}" if member.current.chain else ""
    if may_be_there(member.unseen_reason):
        return f"{where} is there, though it cannot be read: {member.unseen_text}"
    sweep = sweeps.get(location.source)
    if member.current.chain and sweep is not None and sweep.failure is not None:
        return f"{where} was not looked at, as the source {location.source} fails: {sweep.failure}"
    return ""
