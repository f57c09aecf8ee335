"""Whose word is of what is served: cert-manager's is, where what it issued for a name is what that name shows. Pure.

The Secret is not read for that: the same names, and the same end to the second, are proof enough.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Place
from incidentd.model.location import Controller
from incidentd.policy.names import covers_all, normal, wildcard_for
from incidentd.sources.kubernetes.issuing import Issuance, worst


class Issued:
    """All that cert-manager says, found by name."""

    def __init__(self, issuances: Iterable[Issuance]) -> None:
        self._by_name: dict[str, list[Issuance]] = {}
        for one in issuances:
            for name in dict.fromkeys(map(normal, one.names)):
                self._by_name.setdefault(name, []).append(one)

    def covering(self, asked: str | None) -> list[Issuance]:
        """What is issued for a name, or for the wildcard that covers it."""
        if asked is None:
            return []
        name = normal(asked)
        found = [*self._by_name.get(name, ()), *self._by_name.get(wildcard_for(name) or "", ())]
        return list({id(one): one for one in found}.values())

    def behind(self, asked: str | None, leaves: Sequence[Certificate]) -> list[Issuance]:
        """What issued every certificate that was just seen at a name; nothing where none was."""
        if not leaves:
            return []
        return [one for one in self.covering(asked) if all(_is_of(one, leaf) for leaf in leaves)]

    def speaking(self, asked: str | None, leaves: Sequence[Certificate], known: Place | None) -> Controller | None:
        """What is said of what a name shows; None where nobody speaks of it.

        Once the next one is issued, and while the old one is still served, what was said of the old one stands: the
        time at which it should have been replaced. Where nothing could be seen, it stands as well.
        """
        behind = self.behind(asked, leaves)
        if behind:
            return worst([one.controller for one in behind])
        before = known.location.controller if known else None
        covering = self.covering(asked)
        if before is None or not covering:
            return None
        now = worst([one.controller for one in covering])
        if not now.ready:
            return replace(before, ready=False, trouble=now.trouble)
        return replace(before, ready=True, trouble="") if all(_is_next(one, leaves) for one in covering) else None


def _is_next(issuance: Issuance, leaves: Sequence[Certificate]) -> bool:
    """True where it ends later than what is still served, and no earlier than anything that is."""
    ends = [leaf.not_after for leaf in leaves]
    return not ends or (issuance.not_after is not None and min(ends) < issuance.not_after >= max(ends))


def _is_of(issuance: Issuance, leaf: Certificate) -> bool:
    return leaf.not_after == issuance.not_after and covers_all(leaf.covered_names, issuance.names)
