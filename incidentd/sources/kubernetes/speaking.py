"""Whose word is of what is seen: cert-manager's is, where what it issued is what a name, or a Secret, shows. Pure.

No Secret is read for that: for what is served the same names, and the same end to the second, are proof enough, where
they stand in the namespace of each object that exposes it. Whoever may write a Certificate elsewhere, with its status,
could else let any certificate off. That one is not ready may be said anywhere.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Place
from incidentd.model.location import Controller
from incidentd.policy.names import covers_all, normal, wildcard_for
from incidentd.sources.kubernetes.issuing import Issuance, worst


class Issued:
    """All that cert-manager says. `is_whole`: nothing that it says was kept from us."""

    def __init__(self, issuances: Iterable[Issuance], *, is_whole: bool = True) -> None:
        self.all = tuple(issuances)
        self._is_whole = is_whole
        self._by_name: dict[str, list[Issuance]] = {}
        self._by_secret: dict[tuple[str, str], list[Issuance]] = {}
        for one in self.all:
            self._by_secret.setdefault((one.origin.namespace, one.secret), []).append(one)
            for name in dict.fromkeys(map(normal, one.names)):
                self._by_name.setdefault(name, []).append(one)

    def behind(self, asked: str | None, leaves: Sequence[Certificate]) -> list[Issuance]:
        """What issued every certificate that was just seen at a name; nothing where none was."""
        if not leaves:
            return []
        return [one for one in self._covering(asked) if all(_is_of(one, leaf) for leaf in leaves)]

    def at_name(
        self, asked: str | None, leaves: Sequence[Certificate], known: Place | None, homes: Sequence[Collection[str]]
    ) -> Controller | None:
        """What is said of what a name shows; None where nobody speaks of it who may.

        `homes`: of each object that exposes it, the namespaces in which its Secret may be.
        """
        behind = self.behind(asked, leaves)
        theirs = {one.origin.namespace for one in behind}
        may_speak = bool(homes) and all(not theirs.isdisjoint(home) for home in homes)
        good = behind if may_speak else []
        bad = [one for one in behind if not one.controller.ready]
        return self._said(good or bad, self._covering(asked), known)

    def at_secret(
        self, namespace: str | None, name: str, leaf: Certificate | None, known: Place | None
    ) -> Controller | None:
        """What is said of what a Secret holds."""
        wanted = self._by_secret.get((namespace or "", name), [])
        behind = [one for one in wanted if leaf is not None and leaf.not_after == one.not_after]
        return self._said(behind, wanted, known)

    def _said(self, behind: list[Issuance], wanted: list[Issuance], known: Place | None) -> Controller | None:
        """Of those who issued what is there, the worst. Else what was said before stands, if only they are ready.

        So it does while the old one is served and the next one is issued, and while that is served and the list of
        Certificates is from a moment before: by the time at which the old one was to be renewed. That ends by itself.
        """
        if behind:
            return worst([one.controller for one in behind])
        before = known.location.controller if known else None
        if before is None or not wanted:
            return None if self._is_whole else before
        now = worst([one.controller for one in wanted])
        return replace(before, ready=now.ready, trouble=now.trouble)

    def _covering(self, asked: str | None) -> list[Issuance]:
        """What is issued for a name, or for the wildcard that covers it."""
        if asked is None:
            return []
        name = normal(asked)
        found = [*self._by_name.get(name, ()), *self._by_name.get(wildcard_for(name) or "", ())]
        return list({id(one): one for one in found}.values())


def _is_of(issuance: Issuance, leaf: Certificate) -> bool:
    return leaf.not_after == issuance.not_after and covers_all(leaf.covered_names, issuance.names)
