"""Stretches: what the looks since a certificate was last shown say of it, looks that say the same taken together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import groupby

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Member, Run
from incidentd.model.location import Role
from incidentd.model.observation import AbsenceKind
from incidentd.model.policy import CloseAfter
from incidentd.policy.replacement import Succeeds


class Says(StrEnum):
    """What a look at a place says of a certificate that is not shown there."""

    SUCCESSOR = "successor"
    GONE = "gone"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Runs in a row that say the same, each dated after the one before it."""

    says: Says
    runs: tuple[Run, ...]

    @property
    def looks(self) -> int:
        """All looks of the stretch."""
        return sum(run.looks for run in self.runs)

    @property
    def lasted(self) -> timedelta:
        """From its first look to its last."""
        return self.runs[-1].last_at - self.runs[0].first_at

    @property
    def absence(self) -> AbsenceKind | None:
        """How nothing came to be there; None where something is."""
        return self.runs[-1].absence

    @property
    def suspect(self) -> bool:
        """True for an absence that came with a suspiciously emptied folder or source."""
        return self.runs[-1].suspect

    def meets(self, needed: CloseAfter) -> bool:
        """True with looks enough, the first and the last far enough apart."""
        return self.looks >= needed.observations and self.lasted >= needed.apart


def stretches_since(old: Certificate, member: Member, role: Role, succeeds: Succeeds) -> tuple[Stretch, ...]:
    """The stretches after the last look that showed `old`; of all looks, where none did. Empty: it stands there now."""
    shown = [index for index, run in enumerate(member.runs) if old.fingerprint in run.chain]
    before = member.runs[shown[-1]] if shown else None
    said = list(_said(old, before, member.runs[shown[-1] + 1 if shown else 0 :], role, succeeds))
    dated = zip(_clocks(run for _, run in said), said, strict=True)
    together = groupby(dated, key=lambda one: (one[0], one[1][0], one[1][1].absence, one[1][1].suspect))
    return tuple(Stretch(key[1], tuple(run for _, (_, run) in runs)) for key, runs in together)


def _clocks(runs: Iterable[Run]) -> Iterator[int]:
    """A number for each run, that of the one before it where it is dated later; else nobody knows what lies between."""
    number, before = 0, None
    for run in runs:
        number += before is not None and (before.cut or run.first_at < before.last_at)
        before = run
        yield number


def _said(
    old: Certificate, before: Run | None, since: tuple[Run, ...], role: Role, succeeds: Succeeds
) -> Iterator[tuple[Says, Run]]:
    """Once it was taken out of a bundle, what else changes in the bundle is no stranger in its place."""
    lost = False
    for run in since:
        lost = lost or (before is not None and _only_lost(old, before, run, role))
        if succeeds(run) is not None:
            yield Says.SUCCESSOR, run
        else:
            yield (Says.GONE if run.absence is not None or lost else Says.STRANGER), run


def _only_lost(old: Certificate, before: Run, after: Run, role: Role) -> bool:
    """True when nothing is there that was not there before: the certificate was taken out of a bundle.

    What clients get is the head of a served chain, and the CAs that it needs: of that nothing is merely lost. But a
    server can give up one of two types of keys.
    """
    if role is Role.SERVED and (old.is_authority or not set(after.heads) <= set(before.heads)):
        return False
    return bool(after.chain) and set(after.chain) < set(before.chain)
